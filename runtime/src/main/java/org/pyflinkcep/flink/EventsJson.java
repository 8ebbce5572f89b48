package org.pyflinkcep.flink;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.formats.common.TimestampFormat;
import org.apache.flink.formats.json.JsonToRowDataConverters;
import org.apache.flink.formats.json.JsonToRowDataConverters.JsonToRowDataConverter;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.UnresolvedUserDefinedType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.Names;
import org.pyflinkcep.expression.PatternException;

/** Reads events from JSON objects, as Flink's JSON format does. */
final class EventsJson {

  private static final JsonToRowDataConverters CONVERTERS =
      new JsonToRowDataConverters(false, false, TimestampFormat.ISO_8601);

  private static final String SUCH_AS = "such as BIGINT, DECIMAL(10, 2) or ARRAY<STRING>";

  private static final List<String> TYPES =
      List.of(
          "BOOLEAN",
          "TINYINT",
          "SMALLINT",
          "INT",
          "BIGINT",
          "FLOAT",
          "DOUBLE",
          "DECIMAL",
          "CHAR",
          "VARCHAR",
          "STRING",
          "BINARY",
          "VARBINARY",
          "BYTES",
          "DATE",
          "TIME",
          "TIMESTAMP",
          "TIMESTAMP_LTZ",
          "INTERVAL",
          "ARRAY",
          "MAP",
          "ROW");

  /**
   * Types without a length, and names in backticks. Flink's parser of types takes the length for 1,
   * and Flink SQL for the greatest.
   */
  private static final Pattern WITHOUT_LENGTH =
      Pattern.compile(
          "`(?:[^`]|``)*`|\\b(?:VARCHAR|VARBINARY)\\b(?!\\s*\\()", Pattern.CASE_INSENSITIVE);

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
        LogicalType type = parse(sqlType);
        converters.add(CONVERTERS.createConverter(type));
        fields.add(new RowType.RowField(column.getKey(), type));
      } catch (ValidationException | UnsupportedOperationException e) {
        diagnostics.add(unusable(column.getKey(), sqlType, e));
      }
    }
    diagnostics.throwIfAny();
    eventType = new RowType(false, fields);
  }

  private static LogicalType parse(String sqlType) {
    String withLengths =
        WITHOUT_LENGTH
            .matcher(sqlType)
            .replaceAll(
                found ->
                    found.group().startsWith("`")
                        ? Matcher.quoteReplacement(found.group())
                        : found.group() + "(" + VarCharType.MAX_LENGTH + ")");
    return LogicalTypeParser.parse(withLengths, EventsJson.class.getClassLoader());
  }

  private static Diagnostic unusable(String column, String sqlType, RuntimeException failure) {
    String message = "`" + column + "` is of type `" + sqlType + "`, ";
    String hint = SUCH_AS + ". Types: " + String.join(", ", TYPES);
    String unknown = unknownType(sqlType);
    if (unknown != null) {
      message +=
          unknown.equals(sqlType)
              ? "which is not one of SQL"
              : "and `" + unknown + "` is not one of SQL";
      hint = Names.hint(unknown, "Types", TYPES);
    } else if (failure instanceof ValidationException) {
      // Flink's parser of types says what is wrong in one line, and then repeats the type.
      String reason = failure.getMessage().lines().findFirst().orElse("");
      reason = reason.replaceFirst("^Could not parse type at position \\d+: ", "");
      message += "which is not one of SQL: " + reason.replaceFirst("\\.$", "");
      hint = SUCH_AS;
    } else {
      message += "which events can't have here";
    }
    return new Diagnostic("unknown-type", "schema", null, 0, 0, 0, message, hint);
  }

  /** The name in a type that Flink takes for that of somebody's own type; null for none. */
  private static String unknownType(String sqlType) {
    try {
      return unknownType(parse(sqlType));
    } catch (ValidationException e) {
      return null;
    }
  }

  private static String unknownType(LogicalType type) {
    if (type instanceof UnresolvedUserDefinedType unknown) {
      return unknown.getUnresolvedIdentifier().getObjectName();
    }
    return type.getChildren().stream()
        .map(EventsJson::unknownType)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
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
