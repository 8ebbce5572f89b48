package org.pyflinkcep.flink;

import org.apache.flink.formats.common.TimestampFormat;
import org.apache.flink.formats.json.JsonFormatOptions.MapNullKeyMode;
import org.apache.flink.formats.json.RowDataToJsonConverters;
import org.apache.flink.formats.json.RowDataToJsonConverters.RowDataToJsonConverter;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/** Writes measures as JSON objects, as Flink's JSON format does. */
final class MeasuresJson {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final RowType measureType;
  private final RowDataToJsonConverter converter;

  MeasuresJson(RowType measureType) {
    this.measureType = measureType;
    this.converter =
        new RowDataToJsonConverters(TimestampFormat.ISO_8601, MapNullKeyMode.LITERAL, "null", false)
            .createConverter(measureType);
  }

  JsonNode write(RowData measures) {
    return converter.convert(JSON, null, measures);
  }

  /** The type of the measures: the root of each type, and the types that it is made of. */
  JsonNode describeType() {
    return describe(measureType);
  }

  private static JsonNode describe(LogicalType type) {
    ObjectNode description = JSON.createObjectNode();
    description.put("root", type.getTypeRoot().name());
    if (type instanceof RowType row) {
      ArrayNode names = description.putArray("names");
      row.getFieldNames().forEach(names::add);
    }
    ArrayNode children = description.putArray("children");
    type.getChildren().forEach(child -> children.add(describe(child)));
    return description;
  }
}
