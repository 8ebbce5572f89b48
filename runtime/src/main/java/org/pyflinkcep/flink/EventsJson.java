package org.pyflinkcep.flink;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.flink.formats.common.TimestampFormat;
import org.apache.flink.formats.json.JsonToRowDataConverters;
import org.apache.flink.formats.json.JsonToRowDataConverters.JsonToRowDataConverter;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.PatternException;

/** Reads events from JSON objects, as Flink's JSON format does. */
final class EventsJson {

  private static final JsonToRowDataConverters CONVERTERS =
      new JsonToRowDataConverters(false, false, TimestampFormat.ISO_8601);

  private final RowType eventType;
  private final List<JsonToRowDataConverter> converters = new ArrayList<>();

  /**
   * Reads a schema: SQL types by field.
   *
   * @throws PatternException with all types that can't be used
   */
  EventsJson(JsonNode schema) {
    Diagnostics diagnostics = new Diagnostics();
    List<RowType.RowField> fields = new ArrayList<>();
    Iterator<Map.Entry<String, JsonNode>> columns = schema.fields();
    while (columns.hasNext()) {
      Map.Entry<String, JsonNode> column = columns.next();
      String sqlType = column.getValue().asText();
      try {
        LogicalType type = LogicalTypeParser.parse(sqlType, getClass().getClassLoader());
        converters.add(CONVERTERS.createConverter(type));
        fields.add(new RowType.RowField(column.getKey(), type));
      } catch (ValidationException | UnsupportedOperationException e) {
        diagnostics.add(
            new Diagnostic(
                "unknown-type",
                "schema",
                null,
                0,
                0,
                0,
                "`"
                    + column.getKey()
                    + "` is of type "
                    + sqlType
                    + ", which events can't have here",
                "give a type of Flink SQL, such as BIGINT, DECIMAL(10, 2) or ARRAY<STRING>"));
      }
    }
    diagnostics.throwIfAny();
    eventType = new RowType(false, fields);
  }

  RowType eventType() {
    return eventType;
  }

  /** Reads the event at a place of the list; what doesn't fit its type is reported. */
  RowData read(JsonNode event, int place, Diagnostics diagnostics) {
    GenericRowData row = new GenericRowData(converters.size());
    for (int i = 0; i < converters.size(); i++) {
      RowType.RowField field = eventType.getFields().get(i);
      JsonNode value = event.get(field.getName());
      try {
        row.setField(i, converters.get(i).convert(value));
      } catch (RuntimeException e) {
        diagnostics.add(
            new Diagnostic(
                "wrong-value",
                "events[" + place + "]",
                null,
                0,
                0,
                0,
                "`"
                    + field.getName()
                    + "` is "
                    + value
                    + ", which is no "
                    + field.getType().asSummaryString(),
                null));
      }
    }
    return row;
  }
}
