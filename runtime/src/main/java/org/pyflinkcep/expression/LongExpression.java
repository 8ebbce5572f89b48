package org.pyflinkcep.expression;

import org.apache.flink.table.types.logical.LogicalType;

/** An expression of a type that is held as a whole number: integers, DATE, TIME and intervals. */
abstract class LongExpression extends Expression {

  LongExpression(String name, LogicalType type, Expression... operands) {
    super(name, type, operands);
  }

  @Override
  abstract long longValue(Evaluation evaluation);

  @Override
  final Object value(Evaluation evaluation) {
    long value = longValue(evaluation);
    return evaluation.isNull ? null : box(value, type());
  }

  @Override
  final double doubleValue(Evaluation evaluation) {
    return longValue(evaluation);
  }

  /** The number as Flink holds it for the type. */
  static Object box(long value, LogicalType type) {
    return switch (type.getTypeRoot()) {
      case TINYINT -> (byte) value;
      case SMALLINT -> (short) value;
      case BIGINT, INTERVAL_DAY_TIME -> value;
      default -> (int) value;
    };
  }

  /** The number that is left when it overflows the type. */
  static long wrap(long value, LogicalType type) {
    return switch (type.getTypeRoot()) {
      case TINYINT -> (byte) value;
      case SMALLINT -> (short) value;
      case BIGINT, INTERVAL_DAY_TIME -> value;
      default -> (int) value;
    };
  }
}
