package org.pyflinkcep.flink;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.flink.formats.common.TimestampFormat;
import org.apache.flink.formats.json.JsonFormatOptions.MapNullKeyMode;
import org.apache.flink.formats.json.RowDataToJsonConverters;
import org.apache.flink.formats.json.RowDataToJsonConverters.RowDataToJsonConverter;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.StreamWriteFeature;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.json.JsonMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.Evaluation;

/**
 * Writes fields of rows as JSON objects, as Flink's JSON format does; decimals keep their scale.
 *
 * <p>A type may have values that can't be written, such as a TIME below 00:00, which Flink's CAST
 * of a timestamp before 1970 gives, or one that is nested too deeply for the stack. Such a field is
 * null, so that no event ends a job.
 */
final class FieldsJson {

  static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          .nodeFactory(JsonNodeFactory.withExactBigDecimals(true))
          .build();

  private static final RowDataToJsonConverters CONVERTERS =
      new RowDataToJsonConverters(TimestampFormat.ISO_8601, MapNullKeyMode.LITERAL, "null", false);

  private record Field(String name, RowData.FieldGetter getter, RowDataToJsonConverter converter) {}

  private final List<Field> fields = new ArrayList<>();

  /** All fields of rows. */
  FieldsJson(RowType type) {
    this(type, type.getFieldNames());
  }

  /** Some fields of rows. */
  FieldsJson(RowType type, List<String> names) {
    for (String name : names) {
      int place = type.getFieldIndex(name);
      LogicalType fieldType = type.getTypeAt(place);
      fields.add(
          new Field(
              name,
              RowData.createFieldGetter(fieldType, place),
              CONVERTERS.createConverter(fieldType)));
    }
  }

  /**
   * Reports a field whose type JSON doesn't have.
   *
   * @param location where it is, such as {@code measure `total`}
   * @param hint what to do
   */
  static void check(
      RowType.RowField field,
      String location,
      String message,
      String hint,
      Diagnostics diagnostics) {
    try {
      CONVERTERS.createConverter(field.getType());
    } catch (UnsupportedOperationException e) {
      diagnostics.add(new Diagnostic("unsupported-type", location, null, 0, 0, 0, message, hint));
    }
  }

  /**
   * @param failed is told the names of fields whose values can't be written, and why
   */
  ObjectNode write(RowData row, BiConsumer<String, RuntimeException> failed) {
    ObjectNode node = JSON.createObjectNode();
    for (Field field : fields) {
      node.set(field.name(), write(field, row, failed));
    }
    return node;
  }

  private static JsonNode write(
      Field field, RowData row, BiConsumer<String, RuntimeException> failed) {
    try {
      Object value = field.getter().getFieldOrNull(row);
      return value == null ? JSON.nullNode() : field.converter().convert(JSON, null, value);
    } catch (RuntimeException | Error e) {
      failed.accept(field.name(), Evaluation.failure(e));
      return JSON.nullNode();
    }
  }
}
