package org.pyflinkcep.flink;

import org.apache.flink.formats.common.TimestampFormat;
import org.apache.flink.formats.json.JsonFormatOptions.MapNullKeyMode;
import org.apache.flink.formats.json.RowDataToJsonConverters;
import org.apache.flink.formats.json.RowDataToJsonConverters.RowDataToJsonConverter;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.StreamWriteFeature;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.json.JsonMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.PatternException;

/** Writes measures as JSON objects, as Flink's JSON format does; decimals keep their scale. */
final class MeasuresJson {

  static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          .nodeFactory(JsonNodeFactory.withExactBigDecimals(true))
          .build();

  private static final RowDataToJsonConverters CONVERTERS =
      new RowDataToJsonConverters(TimestampFormat.ISO_8601, MapNullKeyMode.LITERAL, "null", false);

  private final RowType measureType;
  private final RowDataToJsonConverter converter;

  /**
   * @throws PatternException with all measures of types that JSON doesn't have
   */
  MeasuresJson(RowType measureType) {
    Diagnostics diagnostics = new Diagnostics();
    for (RowType.RowField measure : measureType.getFields()) {
      check(measure, diagnostics);
    }
    diagnostics.throwIfAny();
    this.measureType = measureType;
    this.converter = CONVERTERS.createConverter(measureType);
  }

  private static void check(RowType.RowField measure, Diagnostics diagnostics) {
    try {
      CONVERTERS.createConverter(measure.getType());
    } catch (UnsupportedOperationException e) {
      diagnostics.add(
          new Diagnostic(
              "unsupported-type",
              "measure `" + measure.getName() + "`",
              null,
              0,
              0,
              0,
              "its type is "
                  + measure.getType().asSummaryString()
                  + ", and a map can be given here only if its keys are strings",
              "cast it, such as CAST(... AS MAP<STRING, INT>)"));
    }
  }

  JsonNode write(RowData measures) {
    return converter.convert(JSON, null, measures);
  }

  /** The type of the measures: the root of each type, and the types that it is made of. */
  JsonNode describeType() {
    return TypeJson.describe(measureType);
  }
}
