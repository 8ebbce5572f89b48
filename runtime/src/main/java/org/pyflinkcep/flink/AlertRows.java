package org.pyflinkcep.flink;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.TimeZones;
import org.pyflinkcep.matcher.MatchListener;
import org.pyflinkcep.matcher.Measures;
import org.pyflinkcep.matcher.RuleReader;
import org.pyflinkcep.matcher.TakenEvent;

/** The rows of alerts: the matches of one version of a rule. */
final class AlertRows {

  private static final LogicalType TEXT = new VarCharType(false, VarCharType.MAX_LENGTH);
  private static final LogicalType TIME = new LocalZonedTimestampType(false, 3);

  /** The columns of an alert, but for its rowtime. */
  static final RowType TYPE =
      RowType.of(
          false,
          new LogicalType[] {TEXT, new BigIntType(false), TEXT, TEXT, TEXT, TIME, TIME, TEXT, TEXT},
          new String[] {
            "rule_id",
            "rule_version",
            "severity",
            "status",
            "key",
            "started_at",
            "ended_at",
            "measures",
            "events"
          });

  private final RuleReader.Rule rule;
  private final StringData id;
  private final StringData severity;
  private final StringData status;
  private final Measures measures;
  private final MeasuresJson measuresJson;
  private final FieldsJson events;
  private final FieldsJson key;
  private final List<String> stepNames;
  private final TimeZones zones;

  AlertRows(RuleReader.Rule rule, RowType eventType, TimeZones zones) {
    this.rule = rule;
    this.zones = zones;
    this.id = StringData.fromString(rule.document().id());
    this.severity = StringData.fromString(rule.document().severity());
    this.status = StringData.fromString(rule.document().status().key());
    this.measures = rule.compiled().measures() == null ? null : new Measures(rule.compiled());
    this.measuresJson = measures == null ? null : new MeasuresJson(measures.type());
    this.events = new FieldsJson(eventType);
    this.key = new FieldsJson(eventType, rule.document().partitionBy());
    this.stepNames = rule.compiled().stepNames();
  }

  /** Whether the measures of a rule can be written; otherwise errors are reported. */
  static boolean check(RuleReader.Rule rule, Diagnostics diagnostics) {
    if (rule.compiled() == null || rule.compiled().measures() == null) {
      return true;
    }
    boolean fits = true;
    for (RowType.RowField measure : new Measures(rule.compiled()).type().getFields()) {
      Diagnostics unfit = new Diagnostics();
      MeasuresJson.check(measure, unfit);
      for (Diagnostic error : unfit.list()) {
        String path = "measures." + measure.getName();
        diagnostics.add(rule.diagnostic(path, error.code(), error.message(), error.hint()));
        fits = false;
      }
    }
    return fits;
  }

  /** Reports columns of the events that can't be written as JSON. */
  static void check(RowType eventType, Diagnostics diagnostics) {
    for (RowType.RowField field : eventType.getFields()) {
      FieldsJson.check(
          field,
          "events",
          "the column `"
              + field.getName()
              + "` is a "
              + field.getType().asSummaryString()
              + ", which the JSON of an alert can't have",
          "leave it out, or cast it",
          diagnostics);
    }
  }

  /** The alert of a match. What of it can't be written is null, and the listener is told. */
  RowData of(TakenEvent newest, MatchListener listener) {
    ObjectNode steps = FieldsJson.JSON.createObjectNode();
    List<TakenEvent> taken = new ArrayList<>();
    for (TakenEvent event = newest; event != null; event = event.previous()) {
      taken.add(event);
    }
    TakenEvent first = taken.get(taken.size() - 1);
    for (int i = taken.size() - 1; i >= 0; i--) {
      String step = stepNames.get(taken.get(i).step());
      ArrayNode events = steps.has(step) ? (ArrayNode) steps.get(step) : steps.putArray(step);
      events.add(write(this.events, taken.get(i).event(), listener));
    }
    return GenericRowData.of(
        id,
        rule.document().version(),
        severity,
        status,
        StringData.fromString(write(key, first.event(), listener).toString()),
        TimestampData.fromEpochMillis(zones.instant(first.timestamp())),
        TimestampData.fromEpochMillis(zones.instant(newest.timestamp())),
        StringData.fromString(
            measures == null
                ? "{}"
                : measuresJson
                    .write(
                        rule.compiled(),
                        measures.evaluate(newest, listener),
                        newest.event(),
                        listener)
                    .toString()),
        StringData.fromString(steps.toString()));
  }

  private JsonNode write(FieldsJson fields, RowData event, MatchListener listener) {
    return fields.write(
        event,
        (column, failure) ->
            listener.onFailure(rule.compiled(), "column `" + column + "`", event, failure));
  }
}
