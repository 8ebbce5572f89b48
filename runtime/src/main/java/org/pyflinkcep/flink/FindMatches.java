package org.pyflinkcep.flink;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.PatternException;
import org.pyflinkcep.matcher.CompiledRule;
import org.pyflinkcep.matcher.EventBuffer;
import org.pyflinkcep.matcher.KeyMatcher;
import org.pyflinkcep.matcher.KeyMatches;
import org.pyflinkcep.matcher.MatchListener;
import org.pyflinkcep.matcher.TakenEvent;

/** Matches a list of events without a job: the work of {@link MatchOperator}, in this thread. */
final class FindMatches implements MatchListener {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What is kept for a key. */
  private record Key(EventBuffer waiting, KeyMatches underWay) {
    Key(RowType eventType) {
      this(new EventBuffer(eventType), new KeyMatches(eventType));
    }
  }

  private final MatchCall call;
  private final KeyMatcher matcher;
  private final RowKeySelector keySelector;
  private final MeasuresJson measures;
  private final Map<RowData, Key> keys = new LinkedHashMap<>();
  private final Map<RowData, Integer> places = new IdentityHashMap<>();
  private final ObjectNode result = JSON.createObjectNode();
  private final ArrayNode matches = result.putArray("matches");
  private final ArrayNode timeouts = result.putArray("timeouts");
  private final ArrayNode late = result.putArray("late");
  private long watermark = Long.MIN_VALUE;

  private FindMatches(MatchCall call) {
    this.call = call;
    this.matcher = new KeyMatcher(0, call.plan().rule(), this, call.plan().maxPartialMatches());
    this.keySelector = new RowKeySelector(call.eventType(), call.partitionBy());
    this.measures = call.hasMeasures() ? new MeasuresJson(call.measureType()) : null;
    if (measures != null) {
      result.set("measure_type", measures.describeType());
    }
  }

  /**
   * Matches a list of events.
   *
   * @param elements in the order of their arrival: {@code {"time": ms, "event": {...}}}, or {@code
   *     {"watermark": ms}}
   * @return the matches and timeouts, their events as places in the list; the late events likewise
   * @throws PatternException with all that is wrong with the plan, or with the events
   */
  static JsonNode run(MatchCall call, EventsJson eventsJson, JsonNode elements) {
    Diagnostics diagnostics = new Diagnostics();
    List<RowData> rows = new ArrayList<>();
    for (int place = 0; place < elements.size(); place++) {
      JsonNode event = elements.get(place).get("event");
      rows.add(event == null ? null : eventsJson.read(event, place, diagnostics));
    }
    diagnostics.throwIfAny();

    FindMatches matching = new FindMatches(call);
    for (int place = 0; place < elements.size(); place++) {
      JsonNode element = elements.get(place);
      if (rows.get(place) == null) {
        matching.onWatermark(element.get("watermark").asLong());
      } else {
        matching.onEvent(rows.get(place), element.get("time").asLong(), place);
      }
    }
    return matching.result;
  }

  private void onEvent(RowData row, long timestamp, int place) {
    if (timestamp <= watermark) {
      late.add(place);
    } else {
      places.put(row, place);
      keys.computeIfAbsent(keySelector.getKey(row), key -> new Key(call.eventType()))
          .waiting
          .add(row, timestamp, call.plan().order());
    }
  }

  private void onWatermark(long time) {
    watermark = Math.max(watermark, time);
    for (Key key : keys.values()) {
      EventBuffer waiting = key.waiting;
      while (!waiting.isEmpty() && waiting.firstTimestamp() <= watermark) {
        long timestamp = waiting.firstTimestamp();
        matcher.process(key.underWay, waiting.poll(), timestamp);
      }
      matcher.advanceTime(key.underWay, watermark);
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
  public void onFailure(CompiledRule rule, String expression, RuntimeException failure) {
    // As in a job: a condition that fails is not true, and a measure that fails is NULL.
  }

  @Override
  public void onOverload(CompiledRule rule) {
    // As in a job: the oldest partial match is gone.
  }

  private ObjectNode describe(CompiledRule rule, TakenEvent newest) {
    ObjectNode match = JSON.createObjectNode();
    ObjectNode steps = match.putObject("steps");
    rule.stepNames().forEach(steps::putArray);
    long startedAt = newest.timestamp();
    for (TakenEvent taken = newest; taken != null; taken = taken.previous()) {
      ArrayNode events = (ArrayNode) steps.get(rule.stepNames().get(taken.step()));
      events.insert(0, places.get(taken.event()));
      startedAt = taken.timestamp();
    }
    match.put("started_at", startedAt);
    match.put("ended_at", newest.timestamp());
    if (measures != null) {
      match.set("measures", measures.write(call.plan().output(newest, this)));
    }
    return match;
  }
}
