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
   * The value of an expression over constants.
   *
   * @param evaluation what all constants of an expression are evaluated with, for they are kept
   * @throws RuntimeException where it has none, on any event
   */
  static Expression fold(Expression expression, Evaluation evaluation) {
    if (expression == null || expression instanceof Constant || !expression.isConstant()) {
      return expression;
    }
    try {
      Object value = expression.value(evaluation);
      return new Constant(expression.canonical(), expression.type(), value, expression.size());
    } catch (RuntimeException | Error e) {
      throw Evaluation.failure(e);
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
