package org.pyflinkcep.flink;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.PatternException;
import org.pyflinkcep.matcher.CompiledRule;
import org.pyflinkcep.matcher.MatchListener;
import org.pyflinkcep.matcher.Measures;

/** Writes the measures of matches as JSON objects. */
final class MeasuresJson {

  private final RowType measureType;
  private final FieldsJson fields;

  /**
   * @throws PatternException with all measures of types that JSON doesn't have
   */
  MeasuresJson(RowType measureType) {
    Diagnostics diagnostics = new Diagnostics();
    measureType.getFields().forEach(measure -> check(measure, diagnostics));
    diagnostics.throwIfAny();
    this.measureType = measureType;
    this.fields = new FieldsJson(measureType);
  }

  /** Reports a measure of a type that JSON doesn't have. */
  static void check(RowType.RowField measure, Diagnostics diagnostics) {
    FieldsJson.check(
        measure,
        Measures.location(measure.getName()),
        "its type is "
            + measure.getType().asSummaryString()
            + ", and a map can be given here only if its keys are strings",
        "cast it, such as CAST(... AS MAP<STRING, INT>)",
        diagnostics);
  }

  /**
   * The measures of a match. One that can't be written is null, and the listener is told.
   *
   * @param newest the last event that the match took
   */
  JsonNode write(CompiledRule rule, RowData measures, RowData newest, MatchListener listener) {
    return fields.write(
        measures,
        (name, failure) -> listener.onFailure(rule, Measures.location(name), newest, failure));
  }

  /** The type of the measures: the root of each type, and the types that it is made of. */
  JsonNode describeType() {
    return TypeJson.describe(measureType);
  }
}
