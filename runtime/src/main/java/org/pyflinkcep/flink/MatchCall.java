package org.pyflinkcep.flink;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.PatternException;
import org.pyflinkcep.matcher.MatchPlan;

/**
 * One call of {@code match}, checked against the columns of its events.
 *
 * @param planJson the plan as Python sent it, which the operator compiles again
 * @param eventType the columns of the events
 * @param plan the compiled plan
 * @param matchType the measures, and last the rowtime
 * @param partitionBy the columns of the key; none where all events are of one key
 * @param zone the session's time zone
 */
record MatchCall(
    String planJson,
    RowType eventType,
    MatchPlan plan,
    RowType matchType,
    List<String> partitionBy,
    ZoneId zone) {

  static final String ROWTIME = "rowtime";

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Checks the plan.
   *
   * @throws PatternException with all that is wrong
   */
  static MatchCall check(String planJson, InputColumns columns, ZoneId zone) {
    JsonNode document = parse(planJson);
    List<String> partitionBy = new ArrayList<>();
    document.path("partition_by").forEach(column -> partitionBy.add(column.asText()));
    boolean eventTime = !document.path("time").asText().equals("processing");

    Diagnostics diagnostics = new Diagnostics();
    columns.checkRowtime(eventTime, diagnostics);
    columns.checkKey(partitionBy, diagnostics);
    if (document.path("measures").has(ROWTIME)) {
      diagnostics.add(
          new Diagnostic(
              "reserved-name",
              "measures",
              null,
              0,
              0,
              0,
              "`rowtime` is the time of the match, and can't be a measure",
              "give the measure another name, such as `event_time`"));
    }
    MatchPlan plan = null;
    try {
      plan = MatchPlan.compile(planJson, columns.eventType(), zone);
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
        plan,
        new RowType(false, fields),
        List.copyOf(partitionBy),
        zone);
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

  private static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("The plan is not JSON: " + json, e);
    }
  }
}
