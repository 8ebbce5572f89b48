package org.pyflinkcep.expression;

import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.DecimalDataUtils;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/** The operators that compare two values. */
public enum Comparison {
  EQUAL("="),
  NOT_EQUAL("<>"),
  LESS("<"),
  LESS_OR_EQUAL("<="),
  GREATER(">"),
  GREATER_OR_EQUAL(">=");

  final String sql;

  Comparison(String sql) {
    this.sql = sql;
  }

  /** The operator that says the same with its operands swapped. */
  Comparison swapped() {
    return switch (this) {
      case LESS -> GREATER;
      case LESS_OR_EQUAL -> GREATER_OR_EQUAL;
      case GREATER -> LESS;
      case GREATER_OR_EQUAL -> LESS_OR_EQUAL;
      default -> this;
    };
  }

  static boolean isOperator(String name) {
    return Stream.of(values()).anyMatch(comparison -> comparison.sql.equals(name));
  }

  /** The operator that is TRUE where this one is FALSE. */
  Comparison negated() {
    return switch (this) {
      case EQUAL -> NOT_EQUAL;
      case NOT_EQUAL -> EQUAL;
      case LESS -> GREATER_OR_EQUAL;
      case LESS_OR_EQUAL -> GREATER;
      case GREATER -> LESS_OR_EQUAL;
      case GREATER_OR_EQUAL -> LESS;
    };
  }

  /** Whether it needs an order of the values, and not only equality. */
  boolean isOrder() {
    return this != EQUAL && this != NOT_EQUAL;
  }

  /**
   * Compares operands of one type, two DECIMALs, or a DECIMAL with a FLOAT or DOUBLE. A constant is
   * put on the right.
   */
  static BooleanExpression of(Comparison operator, Expression left, Expression right) {
    if (left.isConstant() && !right.isConstant()) {
      return of(operator.swapped(), right, left);
    }
    if (left.type().is(LogicalTypeRoot.DECIMAL) != right.type().is(LogicalTypeRoot.DECIMAL)) {
      return right instanceof Constant constant && constant.value() != null
          ? new MixedWithConstant(operator, left, constant)
          : new Mixed(operator, left, right);
    }
    return switch (left.type().getTypeRoot()) {
      case TINYINT,
          SMALLINT,
          INTEGER,
          BIGINT,
          DATE,
          TIME_WITHOUT_TIME_ZONE,
          INTERVAL_YEAR_MONTH,
          INTERVAL_DAY_TIME ->
          right instanceof Constant constant && constant.value() != null
              ? new LongsWithConstant(operator, left, constant)
              : new Longs(operator, left, right);
      case FLOAT, DOUBLE ->
          right instanceof Constant constant && constant.value() != null
              ? new DoublesWithConstant(operator, left, constant)
              : new Doubles(operator, left, right);
      default -> new Objects(operator, left, right);
    };
  }

  private int holds(long left, long right) {
    return switch (this) {
          case EQUAL -> left == right;
          case NOT_EQUAL -> left != right;
          case LESS -> left < right;
          case LESS_OR_EQUAL -> left <= right;
          case GREATER -> left > right;
          case GREATER_OR_EQUAL -> left >= right;
        }
        ? Expression.TRUE
        : Expression.FALSE;
  }

  private int holds(double left, double right) {
    return switch (this) {
          case EQUAL -> left == right;
          case NOT_EQUAL -> left != right;
          case LESS -> left < right;
          case LESS_OR_EQUAL -> left <= right;
          case GREATER -> left > right;
          case GREATER_OR_EQUAL -> left >= right;
        }
        ? Expression.TRUE
        : Expression.FALSE;
  }

  /** A DECIMAL with a FLOAT or DOUBLE: NaN is above all, and -0.0 below 0.0. */
  private int holdsInOrder(double left, double right) {
    return holds((long) Double.compare(left, right), 0L);
  }

  private abstract static class Compared extends BooleanExpression {
    final Comparison operator;
    private final Expression left;
    private final Expression right;

    Compared(Comparison operator, Expression left, Expression right) {
      super(operator.sql, left, right);
      this.operator = operator;
      this.left = left;
      this.right = right;
    }

    @Override
    final List<Constraint> constraints(boolean truth) {
      return Constraints.comparison(operator, left, right, truth);
    }
  }

  private static final class Longs extends Compared {
    private final Expression left;
    private final Expression right;

    Longs(Comparison operator, Expression left, Expression right) {
      super(operator, left, right);
      this.left = left;
      this.right = right;
    }

    @Override
    int truth(Evaluation evaluation) {
      long a = left.longValue(evaluation);
      if (evaluation.isNull) {
        return UNKNOWN;
      }
      long b = right.longValue(evaluation);
      return evaluation.isNull ? UNKNOWN : operator.holds(a, b);
    }
  }

  private static final class LongsWithConstant extends Compared {
    private final Expression left;
    private final long right;

    LongsWithConstant(Comparison operator, Expression left, Constant right) {
      super(operator, left, right);
      this.left = left;
      this.right = ((Number) right.value()).longValue();
    }

    @Override
    int truth(Evaluation evaluation) {
      long value = left.longValue(evaluation);
      return evaluation.isNull ? UNKNOWN : operator.holds(value, right);
    }
  }

  private static final class Doubles extends Compared {
    private final Expression left;
    private final Expression right;

    Doubles(Comparison operator, Expression left, Expression right) {
      super(operator, left, right);
      this.left = left;
      this.right = right;
    }

    @Override
    int truth(Evaluation evaluation) {
      double a = left.doubleValue(evaluation);
      if (evaluation.isNull) {
        return UNKNOWN;
      }
      double b = right.doubleValue(evaluation);
      return evaluation.isNull ? UNKNOWN : operator.holds(a, b);
    }
  }

  private static final class DoublesWithConstant extends Compared {
    private final Expression left;
    private final double right;

    DoublesWithConstant(Comparison operator, Expression left, Constant right) {
      super(operator, left, right);
      this.left = left;
      this.right = ((Number) right.value()).doubleValue();
    }

    @Override
    int truth(Evaluation evaluation) {
      double value = left.doubleValue(evaluation);
      return evaluation.isNull ? UNKNOWN : operator.holds(value, right);
    }
  }

  private static final class Mixed extends Compared {
    private final Expression left;
    private final Expression right;
    private final boolean leftIsDecimal;

    Mixed(Comparison operator, Expression left, Expression right) {
      super(operator, left, right);
      this.leftIsDecimal = left.type().is(LogicalTypeRoot.DECIMAL);
      this.left = left;
      this.right = right;
    }

    @Override
    int truth(Evaluation evaluation) {
      double a = leftIsDecimal ? real(left, evaluation) : left.doubleValue(evaluation);
      if (evaluation.isNull) {
        return UNKNOWN;
      }
      double b = leftIsDecimal ? right.doubleValue(evaluation) : real(right, evaluation);
      return evaluation.isNull ? UNKNOWN : operator.holdsInOrder(a, b);
    }

    /** The value of a DECIMAL; sets {@link Evaluation#isNull}. */
    static double real(Expression decimal, Evaluation evaluation) {
      Object value = decimal.value(evaluation);
      evaluation.isNull = value == null;
      return value == null ? 0 : DecimalDataUtils.doubleValue((DecimalData) value);
    }
  }

  private static final class MixedWithConstant extends Compared {
    private final Expression left;
    private final boolean leftIsDecimal;
    private final double right;

    MixedWithConstant(Comparison operator, Expression left, Constant right) {
      super(operator, left, right);
      this.leftIsDecimal = left.type().is(LogicalTypeRoot.DECIMAL);
      this.left = left;
      this.right =
          right.value() instanceof DecimalData decimal
              ? DecimalDataUtils.doubleValue(decimal)
              : ((Number) right.value()).doubleValue();
    }

    @Override
    int truth(Evaluation evaluation) {
      double value = leftIsDecimal ? Mixed.real(left, evaluation) : left.doubleValue(evaluation);
      return evaluation.isNull ? UNKNOWN : operator.holdsInOrder(value, right);
    }
  }

  private static final class Objects extends Compared {
    private final Expression left;
    private final Expression right;
    private final Values.Order order;

    Objects(Comparison operator, Expression left, Expression right) {
      super(operator, left, right);
      this.left = left;
      this.right = right;
      this.order = Values.order(left.type());
    }

    @Override
    int truth(Evaluation evaluation) {
      Object a = left.value(evaluation);
      if (a == null) {
        return UNKNOWN;
      }
      Object b = right.value(evaluation);
      if (b == null) {
        return UNKNOWN;
      }
      return switch (operator) {
        case EQUAL -> order.equal(a, b) ? TRUE : FALSE;
        case NOT_EQUAL -> order.equal(a, b) ? FALSE : TRUE;
        default -> operator.holds(order.compare(a, b), 0L);
      };
    }
  }
}
