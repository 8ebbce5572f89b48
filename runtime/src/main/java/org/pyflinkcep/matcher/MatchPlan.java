package org.pyflinkcep.matcher;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.TimeZones;

/** All that one call of {@code match} asks for, compiled for events of one type. */
public final class MatchPlan {

  /** How many partial matches a key may have, where the plan says nothing. */
  public static final int DEFAULT_MAX_PARTIAL_MATCHES = 10_000;

  private final String name;
  private final CompiledRule rule;
  private final RowType eventType;
  private final EventOrder order;
  private final boolean eventTime;
  private final long allowedLateness;
  private final int maxPartialMatches;
  private final Measures measures;

  private MatchPlan(JsonNode plan, RowType eventType, TimeZones zones, Diagnostics diagnostics) {
    this.name = plan.path("name").textValue();
    this.eventType = eventType;
    this.rule =
        CompiledRule.compile(
            plan.path("pattern"), plan.get("measures"), eventType, zones, diagnostics);
    this.measures = rule == null || rule.measures() == null ? null : new Measures(rule);
    this.order = EventOrder.by(columns(plan.path("order_by")), eventType, diagnostics);
    this.eventTime = !plan.path("time").asText("event").equals("processing");
    this.allowedLateness = plan.path("allowed_lateness").asLong(0);
    this.maxPartialMatches = plan.path("max_partial_matches").asInt(DEFAULT_MAX_PARTIAL_MATCHES);
    if (maxPartialMatches < 1) {
      diagnostics.add(
          new Diagnostic(
              "invalid-argument",
              "max_partial_matches",
              null,
              0,
              0,
              0,
              "must be at least 1",
              null));
    }
  }

  /**
   * Compiles a plan.
   *
   * @param planJson a plan, as Python sends it
   * @param eventType the columns of an event
   * @param zones the session's time zone, and that of the events' times
   * @throws org.pyflinkcep.expression.PatternException with all that is wrong
   */
  public static MatchPlan compile(String planJson, RowType eventType, TimeZones zones) {
    Diagnostics diagnostics = new Diagnostics();
    MatchPlan plan = new MatchPlan(Documents.parse(planJson), eventType, zones, diagnostics);
    diagnostics.throwIfAny();
    return plan;
  }

  /** Compiles a plan for events whose times are instants. */
  public static MatchPlan compile(String planJson, RowType eventType, ZoneId session) {
    return compile(planJson, eventType, TimeZones.ofInstants(session));
  }

  private static List<String> columns(JsonNode names) {
    List<String> columns = new ArrayList<>();
    names.forEach(name -> columns.add(name.asText()));
    return columns;
  }

  public CompiledRule rule() {
    return rule;
  }

  /** Whether the plan gives the operator a name. */
  public boolean isNamed() {
    return name != null;
  }

  /** The operator's name in a job. Where none was given, one made of the names of the steps. */
  public String name() {
    return name == null ? "match " + String.join(", ", rule.stepNames()) : name;
  }

  /** The order of events of equal time; null: that of arrival. */
  public EventOrder order() {
    return order;
  }

  public boolean eventTime() {
    return eventTime;
  }

  /** How long to wait for an event after the watermark has passed it, in milliseconds. */
  public long allowedLateness() {
    return allowedLateness;
  }

  public int maxPartialMatches() {
    return maxPartialMatches;
  }

  /**
   * A matcher of the rule alone.
   *
   * @param number the rule's number, which keys know it by
   */
  public KeyMatcher matcher(int number, MatchListener listener) {
    KeyMatcher matcher = new KeyMatcher(eventType, listener);
    matcher.add(number, 0, rule, Lifetime.ALWAYS, KeyMatcher.SLICES, maxPartialMatches);
    return matcher;
  }

  /** The columns of a match: its measures, or where there are none the events of each step. */
  public RowType outputType() {
    if (measures != null) {
      return measures.type();
    }
    List<RowType.RowField> fields = new ArrayList<>();
    RowType element = (RowType) eventType.copy(false);
    for (String step : rule.stepNames()) {
      fields.add(new RowType.RowField(step, new ArrayType(false, element)));
    }
    return new RowType(false, fields);
  }

  /**
   * The columns of a match. A measure that can't be evaluated is NULL, and the listener is told.
   *
   * @param newest the match's last event
   */
  public RowData output(TakenEvent newest, MatchListener listener) {
    return measures == null ? events(newest) : measures.evaluate(newest, listener);
  }

  private RowData events(TakenEvent newest) {
    int steps = rule.stepNames().size();
    int[] counts = new int[steps];
    for (TakenEvent taken = newest; taken != null; taken = taken.previous()) {
      counts[taken.step()]++;
    }
    GenericRowData row = new GenericRowData(steps);
    RowData[][] events = new RowData[steps][];
    for (int step = 0; step < steps; step++) {
      events[step] = new RowData[counts[step]];
      row.setField(step, new GenericArrayData(events[step]));
    }
    for (TakenEvent taken = newest; taken != null; taken = taken.previous()) {
      events[taken.step()][--counts[taken.step()]] = taken.event();
    }
    return row;
  }
}
