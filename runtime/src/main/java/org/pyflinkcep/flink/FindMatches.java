package org.pyflinkcep.flink;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.data.RowData;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.PatternException;
import org.pyflinkcep.matcher.CompiledRule;
import org.pyflinkcep.matcher.InMemoryMatcher;
import org.pyflinkcep.matcher.MatchListener;
import org.pyflinkcep.matcher.MatchRecorder;
import org.pyflinkcep.matcher.TakenEvent;

/** Matches a list of events without a job: the work of {@link MatchOperator}, in this thread. */
final class FindMatches implements MatchListener {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final MatchCall call;
  private final InMemoryMatcher matcher;
  private final MeasuresJson measures;
  private final Map<RowData, Integer> places = new IdentityHashMap<>();
  private final Map<RowData, Integer> fractions = new IdentityHashMap<>();
  private final ObjectNode result = JSON.createObjectNode();
  private final ArrayNode matches = result.putArray("matches");
  private final ArrayNode timeouts = result.putArray("timeouts");
  private final ArrayNode late = result.putArray("late");
  private final EvaluationErrors errors = new EvaluationErrors();

  /** What tells how the matches came about; null where that isn't asked for. */
  private final MatchRecorder recorder;

  private FindMatches(MatchCall call, boolean explained) {
    Function<RowData, ?> keyOf = new RowKeySelector(call.eventType(), call.partitionBy())::getKey;
    this.call = call;
    this.recorder = explained ? new MatchRecorder(call.plan().rule(), keyOf, this) : null;
    this.matcher =
        new InMemoryMatcher(
            call.plan(),
            call.eventType(),
            this::compare,
            keyOf,
            recorder == null ? this : recorder);
    this.measures = call.hasMeasures() ? new MeasuresJson(call.measureType()) : null;
    if (measures != null) {
      result.set("measure_type", measures.describeType());
    }
  }

  /**
   * Matches a list of events.
   *
   * @param elements in the order of their arrival: {@code {"time": ms, "fraction": ns, "event":
   *     {...}}}, or {@code {"watermark": ms}}; the fraction is what the time is after the
   *     millisecond
   * @return the matches and timeouts, their events as places in the list; the late events likewise
   * @throws PatternException with all that is wrong with the plan, or with the events
   */
  static JsonNode run(MatchCall call, EventsJson eventsJson, JsonNode elements) {
    return run(call, false, eventsJson, elements).withErrors();
  }

  /**
   * Matches a list of events, and says how the matches came about, or did not.
   *
   * @param elements as {@link #run} takes them
   * @return what {@link #run} gives, and the {@code keys}: the trace of each, and its nearest miss
   * @throws PatternException with all that is wrong with the plan, or with the events
   */
  static JsonNode explain(MatchCall call, EventsJson eventsJson, JsonNode elements) {
    FindMatches matching = run(call, true, eventsJson, elements);
    matching.result.set(
        "keys", new TraceJson(matching.places::get).write(matching.recorder.traces()));
    return matching.withErrors();
  }

  private JsonNode withErrors() {
    result.set("errors", errors.json());
    return result;
  }

  private static FindMatches run(
      MatchCall call, boolean explained, EventsJson eventsJson, JsonNode elements) {
    Diagnostics diagnostics = new Diagnostics();
    List<RowData> rows = new ArrayList<>();
    for (int place = 0; place < elements.size(); place++) {
      JsonNode event = elements.get(place).get("event");
      rows.add(event == null ? null : eventsJson.read(event, place, diagnostics));
    }
    diagnostics.throwIfAny();

    FindMatches matching = new FindMatches(call, explained);
    for (int place = 0; place < elements.size(); place++) {
      JsonNode element = elements.get(place);
      if (rows.get(place) == null) {
        matching.matcher.onWatermark(element.get("watermark").asLong());
      } else {
        matching.fractions.put(rows.get(place), element.path("fraction").asInt());
        matching.onEvent(rows.get(place), element.get("time").asLong(), place);
      }
    }
    return matching;
  }

  /** The order of events of one millisecond: by the rest of their times, and then the plan's. */
  private int compare(RowData left, RowData right) {
    int order = fractions.get(left).compareTo(fractions.get(right));
    return order != 0 || call.plan().order() == null
        ? order
        : call.plan().order().compare(left, right);
  }

  private void onEvent(RowData row, long timestamp, int place) {
    places.put(row, place);
    if (!matcher.onEvent(row, timestamp)) {
      late.add(place);
    }
  }

  @Override
  public void onMatch(CompiledRule rule, TakenEvent newest, long timestamp) {
    matches.add(describe(rule, newest));
  }

  @Override
  public void onTimeout(CompiledRule rule, TakenEvent newest, long timestamp) {
    timeouts.add(describe(rule, newest).put("timed_out_at", timestamp));
  }

  @Override
  public void onFailure(
      CompiledRule rule, String expression, RowData event, RuntimeException failure) {
    // As in a job: a condition that fails is not true, and a measure that fails is NULL.
    errors.add(rule, expression, places.get(event), failure);
  }

  @Override
  public void onOverload(CompiledRule rule) {
    // As in a job: the oldest partial match is gone.
  }

  private ObjectNode describe(CompiledRule rule, TakenEvent newest) {
    ObjectNode match = JSON.createObjectNode();
    ObjectNode steps = match.putObject("steps");
    rule.stepNames().forEach(steps::putArray);
    int first = 0;
    for (TakenEvent taken = newest; taken != null; taken = taken.previous()) {
      ArrayNode events = (ArrayNode) steps.get(rule.stepNames().get(taken.step()));
      first = places.get(taken.event());
      events.insert(0, first);
    }
    match.put("first", first);
    match.put("last", places.get(newest.event()));
    if (measures != null) {
      match.set(
          "measures", measures.write(rule, call.plan().output(newest, this), newest.event(), this));
    }
    return match;
  }
}
