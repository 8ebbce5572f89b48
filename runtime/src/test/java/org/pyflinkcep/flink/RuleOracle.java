package org.pyflinkcep.flink;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.matcher.CompiledRule;
import org.pyflinkcep.matcher.EventBuffer;
import org.pyflinkcep.matcher.KeyMatcher;
import org.pyflinkcep.matcher.KeyMatches;
import org.pyflinkcep.matcher.Lifetime;
import org.pyflinkcep.matcher.MatchListener;
import org.pyflinkcep.matcher.RuleDocument;
import org.pyflinkcep.matcher.RuleReader;
import org.pyflinkcep.matcher.SkipStrategy;
import org.pyflinkcep.matcher.TakenEvent;

/**
 * What must come out of rules that change, found slowly: each version of a rule is matched alone,
 * with all the events that it may see, when all are known.
 *
 * <p>An update has a place: its time, or its number where updates have no times; and so has an
 * event: its time, or the number of updates that came before it. The version in force at a place is
 * that of the newest update whose place is no later. A version begins matches at the events where
 * it is in force, and goes on with them at all events after, until a place where a version that
 * pauses or retires the rule is in force.
 *
 * <p>A match that may not begin must not have an effect on those that may. Without a skip strategy
 * none has, so all are found, and those left out that may not begin. With one, the first step's
 * condition asks for the event to be one that may begin: a match that begins later would not drop
 * an earlier one, but of several with one first event it may change which is the match, as that is
 * decided by the layout of a heap (see {@code MatchQueue}).
 */
final class RuleOracle {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** An accepted update. */
  private record Version(RuleReader.Rule rule, long place) {

    boolean matches() {
      return rule.document().status().matches();
    }
  }

  /** An event and its place. */
  record Placed(RowData row, long timestamp, long place) {}

  private final RowType eventType;
  private final boolean timed;
  private final Map<String, List<Version>> versions = new LinkedHashMap<>();
  private final List<String> status = new ArrayList<>();
  private int accepted;

  /**
   * @param timed whether updates have times
   */
  RuleOracle(RowType eventType, boolean timed, List<String> planned) {
    this.eventType = eventType;
    this.timed = timed;
    for (String text : planned) {
      RuleReader.Rule rule = read(text);
      versions(rule).add(new Version(rule, Long.MIN_VALUE));
    }
  }

  private RuleReader.Rule read(String text) {
    return RuleReader.read("", text, eventType, ZoneOffset.UTC, new Diagnostics());
  }

  private List<Version> versions(RuleReader.Rule rule) {
    return versions.computeIfAbsent(rule.document().id(), id -> new ArrayList<>());
  }

  /**
   * Takes an update.
   *
   * @param watermark of the updates, which an update can't go back behind
   */
  void update(String text, long timestamp, long watermark) {
    RuleReader.Rule rule = read(text);
    if (rule == null) {
      var document = RuleReader.peek(text);
      status.add(
          document.path("id").textValue()
              + " "
              + (document.path("version").isIntegralNumber()
                  ? document.path("version").asLong()
                  : null)
              + " rejected");
      return;
    }
    RuleDocument document = rule.document();
    List<Version> earlier = versions(rule);
    Version last = earlier.isEmpty() ? null : earlier.get(earlier.size() - 1);
    String outcome;
    if (last != null && document.json().equals(last.rule().document().json())) {
      outcome = "unchanged";
    } else if (last != null && document.version() <= last.rule().document().version()) {
      outcome = "rejected";
    } else {
      outcome =
          document.status() == RuleDocument.Status.RETIRED
              ? "retired"
              : last == null ? "accepted" : "replaced";
      accepted++;
      earlier.add(new Version(rule, timed ? Math.max(timestamp, watermark + 1) : accepted));
    }
    status.add(document.id() + " " + document.version() + " " + outcome);
  }

  List<String> status() {
    return status;
  }

  // ---- alerts ---------------------------------------------------------------------------------

  List<String> alerts(List<Placed> events) {
    List<Placed> ordered = new ArrayList<>(events);
    ordered.sort(Comparator.comparingLong(Placed::timestamp));
    List<String> alerts = new ArrayList<>();
    for (List<Version> rule : versions.values()) {
      for (int i = 0; i < rule.size(); i++) {
        if (rule.get(i).matches()) {
          new VersionAlone(rule, i).match(ordered, alerts);
        }
      }
    }
    return alerts;
  }

  private static int inForce(List<Version> versions, long place) {
    for (int i = versions.size() - 1; i >= 0; i--) {
      if (versions.get(i).place() <= place) {
        return i;
      }
    }
    return -1;
  }

  private final class VersionAlone implements MatchListener {

    private final List<Version> versions;
    private final int index;
    private final Version version;
    private final RuleReader.Rule rule;
    private final AlertRows rows;
    private final long over;
    private KeyMatcher matcher;
    private Set<Long> beginning;
    private List<String> alerts;

    VersionAlone(List<Version> versions, int index) {
      this.versions = versions;
      this.index = index;
      this.version = versions.get(index);
      boolean guarded = version.rule().compiled().skip().kind() != SkipStrategy.Kind.NONE;
      this.rule = guarded ? guarded(version.rule()) : version.rule();
      this.rows = new AlertRows(rule, eventType, ChangingRulesTest.ZONES);
      this.over =
          versions.stream()
              .mapToLong(Version::place)
              .filter(
                  place ->
                      inForce(versions, place) > index
                          && !versions.get(inForce(versions, place)).matches())
              .min()
              .orElse(Long.MAX_VALUE);
    }

    private RuleReader.Rule guarded(RuleReader.Rule rule) {
      ObjectNode document = rule.document().json().deepCopy();
      ObjectNode first = (ObjectNode) document.get("steps").get(0);
      if (first.has("times") || first.has("optional")) {
        throw new AssertionError("later events may be of the first step too: " + rule.text());
      }
      first.put("where", "may_begin AND (" + first.get("where").asText() + ")");
      return read(document.toString());
    }

    void match(List<Placed> ordered, List<String> alerts) {
      this.alerts = alerts;
      int[] columns =
          rule.document().partitionBy().stream().mapToInt(eventType::getFieldIndex).toArray();
      Map<List<Object>, List<Placed>> byKey = new LinkedHashMap<>();
      for (Placed event : ordered) {
        GenericRowData row = (GenericRowData) event.row();
        if (event.place() >= version.place() && event.place() < over) {
          byKey
              .computeIfAbsent(
                  Arrays.stream(columns).mapToObj(row::getField).collect(Collectors.toList()),
                  key -> new ArrayList<>())
              .add(event);
        }
      }
      for (List<Placed> events : byKey.values()) {
        if (isRolledOut(events.get(0).row())) {
          matchKey(events);
        }
      }
    }

    /** The share is that of the slices of the keys. */
    private boolean isRolledOut(RowData row) {
      RowData routed =
          new RoutedEvents(eventType).row(0, rule.document().partitionBy(), row, 0, true);
      int slice = RoutedEvents.slice(new RoutedEvents.Key().getKey(routed));
      return slice < rule.document().rollout() * KeyMatcher.SLICES / 100;
    }

    private void matchKey(List<Placed> events) {
      matcher = new KeyMatcher(eventType, this);
      matcher.add(0, 0, rule.compiled(), Lifetime.ALWAYS, KeyMatcher.SLICES, Integer.MAX_VALUE);
      EventBuffer buffer = new EventBuffer(eventType);
      beginning = new TreeSet<>();
      for (Placed event : events) {
        boolean begins = inForce(versions, event.place()) == index;
        if (begins) {
          beginning.add(event.timestamp());
        }
        GenericRowData row = new GenericRowData(eventType.getFieldCount());
        for (int i = 0; i < row.getArity() - 1; i++) {
          row.setField(i, ((GenericRowData) event.row()).getField(i));
        }
        row.setField(row.getArity() - 1, begins);
        buffer.add(row, event.timestamp(), Lifetime.NEVER, null);
      }
      matcher.advanceTo(
          new KeyMatches(eventType),
          buffer,
          0,
          timed && over < Long.MAX_VALUE ? over - 1 : Long.MAX_VALUE);
    }

    @Override
    public void onMatch(CompiledRule compiled, TakenEvent newest, long timestamp) {
      TakenEvent first = newest;
      while (first.previous() != null) {
        first = first.previous();
      }
      if (beginning.contains(first.timestamp())) {
        alerts.add(
            RulesRun.alertLine(
                    rows.of(newest, this), Math.max(timestamp, matcher.latestEventTime()))
                .replaceAll("\"may_begin\":(true|false)", "\"may_begin\":null"));
      }
    }

    @Override
    public void onTimeout(CompiledRule compiled, TakenEvent newest, long timestamp) {}

    @Override
    public void onFailure(
        CompiledRule compiled, String expression, RowData event, RuntimeException failure) {
      // A value that JSON doesn't have is null in the alert.
      if (!expression.startsWith("column ")) {
        throw failure;
      }
    }

    @Override
    public void onOverload(CompiledRule compiled) {
      throw new AssertionError("an overload");
    }
  }
}
