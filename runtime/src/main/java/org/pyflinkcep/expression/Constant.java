package org.pyflinkcep.expression;

import org.apache.flink.table.types.logical.LogicalType;

/** A value that is known before any event: a literal, or an expression over literals alone. */
final class Constant extends Expression {

  private final Object value;
  private final int truth;
  private final long longValue;
  private final double doubleValue;

  /**
   * @param canonical the literal or the expression that has the value
   */
  Constant(String canonical, LogicalType type, Object value) {
    this(canonical, type, value, 1);
  }

  private Constant(String canonical, LogicalType type, Object value, long size) {
    super(canonical, type, size);
    this.value = value;
    this.truth = value instanceof Boolean bool ? (bool ? TRUE : FALSE) : UNKNOWN;
    this.longValue = value instanceof Number number ? number.longValue() : 0;
    this.doubleValue = value instanceof Number number ? number.doubleValue() : 0;
  }

  /**
   * The value of an expression over constants, unless it has none: then it fails on each event.
   *
   * @param evaluation what all constants of an expression are evaluated with, for they are kept
   */
  static Expression fold(Expression expression, Evaluation evaluation) {
    if (expression == null || expression instanceof Constant || !expression.isConstant()) {
      return expression;
    }
    try {
      Object value = expression.value(evaluation);
      return new Constant(expression.canonical(), expression.type(), value, expression.size());
    } catch (RuntimeException e) {
      return expression;
    }
  }

  Object value() {
    return value;
  }

  @Override
  Object value(Evaluation evaluation) {
    return value;
  }

  @Override
  int truth(Evaluation evaluation) {
    return truth;
  }

  @Override
  long longValue(Evaluation evaluation) {
    evaluation.isNull = value == null;
    return longValue;
  }

  @Override
  double doubleValue(Evaluation evaluation) {
    evaluation.isNull = value == null;
    return doubleValue;
  }

  @Override
  boolean isConstant() {
    return true;
  }

  @Override
  String canonical() {
    return name();
  }
}
