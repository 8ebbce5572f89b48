package org.pyflinkcep.flink;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.PatternException;
import org.pyflinkcep.expression.TimeZones;
import org.pyflinkcep.matcher.Documents;
import org.pyflinkcep.matcher.MatchPlan;

/**
 * One call of {@code match}, checked against the columns of its events.
 *
 * @param planJson the plan as Python sent it, which the operator compiles again
 * @param inputType the columns of the events, as they come
 * @param eventType the same as they are kept: any may be NULL, as one is that the input has gained
 *     since the event came
 * @param plan the compiled plan
 * @param matchType the measures, and last the rowtime
 * @param partitionBy the columns of the key; none where all events are of one key
 * @param zones the session's time zone, and that of the events' times
 */
record MatchCall(
    String planJson,
    RowType inputType,
    RowType eventType,
    MatchPlan plan,
    RowType matchType,
    List<String> partitionBy,
    TimeZones zones) {

  static final String ROWTIME = "rowtime";

  /**
   * Checks the plan.
   *
   * @throws PatternException with all that is wrong
   */
  static MatchCall check(String planJson, InputColumns columns, ZoneId zone) {
    JsonNode document = Documents.parse(planJson);
    List<String> partitionBy = new ArrayList<>();
    document.path("partition_by").forEach(column -> partitionBy.add(column.asText()));
    boolean eventTime = !document.path("time").asText().equals("processing");

    // The clock of the machine tells instants.
    TimeZones zones = eventTime ? columns.zones(zone) : TimeZones.ofInstants(zone);

    Diagnostics diagnostics = new Diagnostics();
    columns.checkRowtime(eventTime, diagnostics);
    columns.checkKey(partitionBy, diagnostics);
    checkMeasureNames(document.path("measures"), diagnostics);
    RowType eventType = nullable(columns.eventType());
    MatchPlan plan = null;
    try {
      plan = MatchPlan.compile(planJson, eventType, zones);
      checkStepNames(plan, diagnostics);
    } catch (PatternException e) {
      e.diagnostics().forEach(diagnostics::add);
    }
    diagnostics.throwIfAny();

    LogicalType rowtimeType =
        eventTime || !columns.timeIsColumn()
            ? columns.rowtimeType()
            : new LocalZonedTimestampType(false, 3);
    List<RowType.RowField> fields = new ArrayList<>(plan.outputType().getFields());
    fields.add(new RowType.RowField(ROWTIME, rowtimeType));
    return new MatchCall(
        planJson,
        columns.eventType(),
        eventType,
        plan,
        new RowType(false, fields),
        List.copyOf(partitionBy),
        zones);
  }

  /** The same columns, any of which may be NULL. */
  static RowType nullable(RowType type) {
    return new RowType(
        false,
        type.getFields().stream()
            .map(field -> new RowType.RowField(field.getName(), field.getType().copy(true)))
            .toList());
  }

  private static void checkMeasureNames(JsonNode measures, Diagnostics diagnostics) {
    Iterator<String> names = measures.fieldNames();
    while (names.hasNext()) {
      String name = names.next();
      if (name.isBlank()) {
        report(
            diagnostics,
            "invalid-name",
            "measures",
            "`" + name + "` can't be the name of a measure",
            "give it a name that has letters");
      } else if (name.equals(ROWTIME)) {
        report(
            diagnostics,
            "reserved-name",
            "measures",
            "`rowtime` is the time of the match, and can't be a measure",
            "give the measure another name, such as `event_time`");
      }
    }
  }

  /** Without measures, steps are columns. */
  private static void checkStepNames(MatchPlan plan, Diagnostics diagnostics) {
    if (plan.rule().measures() == null && plan.rule().stepNames().contains(ROWTIME)) {
      report(
          diagnostics,
          "reserved-name",
          "step `rowtime`",
          "`rowtime` is the time of the match, and can't be the column of a step's events",
          "give the step another name, or pass measures=");
    }
  }

  private static void report(
      Diagnostics diagnostics, String code, String location, String message, String hint) {
    diagnostics.add(new Diagnostic(code, location, null, 0, 0, 0, message, hint));
  }

  RowType measureType() {
    return plan.outputType();
  }

  boolean hasMeasures() {
    return plan.rule().measures() != null;
  }

  boolean eventTime() {
    return plan.eventTime();
  }
}
