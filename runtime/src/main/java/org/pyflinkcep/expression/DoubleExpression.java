package org.pyflinkcep.expression;

import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/** An expression of type FLOAT or DOUBLE. A FLOAT is computed as a double and rounded once. */
abstract class DoubleExpression extends Expression {

  private final boolean single;

  DoubleExpression(String name, LogicalType type, Expression... operands) {
    super(name, type, operands);
    this.single = type.is(LogicalTypeRoot.FLOAT);
  }

  /** The value before it is rounded to the type. */
  abstract double compute(Evaluation evaluation);

  @Override
  final double doubleValue(Evaluation evaluation) {
    double value = compute(evaluation);
    return single ? (float) value : value;
  }

  @Override
  final Object value(Evaluation evaluation) {
    double value = compute(evaluation);
    return evaluation.isNull ? null : box(value, type());
  }

  /** The number as Flink holds it for the type. */
  static Object box(double value, LogicalType type) {
    return type.is(LogicalTypeRoot.FLOAT) ? (Object) (float) value : (Object) value;
  }
}
