package org.pyflinkcep.expression;

import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.DecimalDataUtils;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;

/** The arithmetic operators, over operands that have been brought to one kind of number. */
enum Arithmetic {
  PLUS("+"),
  MINUS("-"),
  TIMES("*"),
  DIVIDE("/"),
  REMAINDER("%");

  final String sql;

  Arithmetic(String sql) {
    this.sql = sql;
  }

  /** An operation on whole numbers; what overflows the type wraps around, as in Flink. */
  Expression longs(LogicalType type, Expression left, Expression right) {
    return new LongExpression(sql, type, left, right) {
      @Override
      long longValue(Evaluation evaluation) {
        long a = left.longValue(evaluation);
        if (evaluation.isNull) {
          return 0;
        }
        long b = right.longValue(evaluation);
        return evaluation.isNull ? 0 : wrap(compute(a, b), type);
      }
    };
  }

  Expression doubles(LogicalType type, Expression left, Expression right) {
    return new DoubleExpression(sql, type, left, right) {
      @Override
      double compute(Evaluation evaluation) {
        double a = left.doubleValue(evaluation);
        if (evaluation.isNull) {
          return 0;
        }
        double b = right.doubleValue(evaluation);
        return evaluation.isNull ? 0 : Arithmetic.this.compute(a, b);
      }
    };
  }

  Expression decimals(DecimalType type, Expression left, Expression right) {
    int precision = type.getPrecision();
    int scale = type.getScale();
    return Call.of(
        sql,
        type,
        (a, b) -> {
          DecimalData x = (DecimalData) a;
          DecimalData y = (DecimalData) b;
          return switch (this) {
            case PLUS -> DecimalDataUtils.add(x, y, precision, scale);
            case MINUS -> DecimalDataUtils.subtract(x, y, precision, scale);
            case TIMES -> DecimalDataUtils.multiply(x, y, precision, scale);
            case DIVIDE -> DecimalDataUtils.divide(x, y, precision, scale);
            case REMAINDER -> DecimalDataUtils.mod(x, y, precision, scale);
          };
        },
        left,
        right);
  }

  private long compute(long a, long b) {
    return switch (this) {
      case PLUS -> a + b;
      case MINUS -> a - b;
      case TIMES -> a * b;
      case DIVIDE -> a / b;
      case REMAINDER -> a % b;
    };
  }

  private double compute(double a, double b) {
    return switch (this) {
      case PLUS -> a + b;
      case MINUS -> a - b;
      case TIMES -> a * b;
      case DIVIDE -> a / b;
      case REMAINDER -> a % b;
    };
  }
}
