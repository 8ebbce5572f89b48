package org.pyflinkcep.expression;

import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.DecimalDataUtils;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/** Conversions between types. */
final class Casts {

  private Casts() {}

  /** The operand as a number of a type that can hold it. */
  static Expression number(Expression operand, LogicalType target) {
    LogicalType source = operand.type();
    if (source.is(target.getTypeRoot()) && !source.is(LogicalTypeRoot.DECIMAL)
        || source.copy(true).equals(target.copy(true))) {
      return operand;
    }
    String name = "CAST AS " + target.copy(true).asSerializableString();
    if (target instanceof DecimalType decimal) {
      int precision = decimal.getPrecision();
      int scale = decimal.getScale();
      return Call.of(
          name,
          target,
          value ->
              value instanceof DecimalData exact
                  ? DecimalDataUtils.castFrom(exact, precision, scale)
                  : DecimalDataUtils.castFrom(((Number) value).longValue(), precision, scale),
          operand);
    }
    if (source.is(LogicalTypeRoot.DECIMAL)) {
      return new DoubleExpression(name, target, operand) {
        @Override
        double compute(Evaluation evaluation) {
          Object value = operand.value(evaluation);
          evaluation.isNull = value == null;
          return value == null ? 0 : DecimalDataUtils.doubleValue((DecimalData) value);
        }
      };
    }
    if (target.is(LogicalTypeFamily.APPROXIMATE_NUMERIC)) {
      return new DoubleExpression(name, target, operand) {
        @Override
        double compute(Evaluation evaluation) {
          return operand.doubleValue(evaluation);
        }
      };
    }
    return new LongExpression(name, target, operand) {
      @Override
      long longValue(Evaluation evaluation) {
        return operand.longValue(evaluation);
      }
    };
  }
}
