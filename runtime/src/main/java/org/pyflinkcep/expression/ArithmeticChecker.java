package org.pyflinkcep.expression;

import java.util.List;
import org.apache.calcite.sql.SqlCall;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.DecimalDataUtils;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.utils.LogicalTypeMerging;

/** Checks arithmetic on numbers and intervals, and gives it the types of Flink SQL. */
final class ArithmeticChecker {

  private final Checker checker;
  private final TypeCoercion coercion;
  private final ExpressionErrors errors;

  ArithmeticChecker(Checker checker, TypeCoercion coercion, ExpressionErrors errors) {
    this.checker = checker;
    this.coercion = coercion;
    this.errors = errors;
  }

  Expression arithmetic(SqlCall call, Arithmetic operator) {
    Expression left = checker.check(call.operand(0));
    Expression right = checker.check(call.operand(1));
    return arithmetic(call, operator, left, right);
  }

  Expression remainder(SqlCall call, List<Expression> arguments) {
    return arguments.size() == 2
        ? arithmetic(call, Arithmetic.REMAINDER, arguments.get(0), arguments.get(1))
        : errors.wrongArguments(call, "MOD", "MOD(number, number)", arguments);
  }

  private Expression arithmetic(
      SqlCall call, Arithmetic operator, Expression left, Expression right) {
    if (left == null || right == null) {
      return null;
    }
    if (Temporal.isInterval(left.type()) || Temporal.isInterval(right.type())) {
      return temporal(call, operator, left, right);
    }
    if (!left.type().is(LogicalTypeFamily.NUMERIC) || !right.type().is(LogicalTypeFamily.NUMERIC)) {
      errors.add(
          "type-mismatch",
          call,
          "`"
              + operator.sql
              + "` needs numbers, found "
              + left.sqlType()
              + " and "
              + right.sqlType(),
          TypeHints.arithmetic(operator, left, right));
      return null;
    }
    boolean approximate =
        left.type().is(LogicalTypeFamily.APPROXIMATE_NUMERIC)
            || right.type().is(LogicalTypeFamily.APPROXIMATE_NUMERIC);
    boolean decimal =
        left.type().is(LogicalTypeRoot.DECIMAL) || right.type().is(LogicalTypeRoot.DECIMAL);
    if (operator == Arithmetic.REMAINDER && isWhole(left) && isWhole(right)) {
      return remainderOfWhole(left, right);
    }
    if (decimal && !approximate) {
      Expression a = coercion.decimal(left);
      Expression b = coercion.decimal(right);
      return operator.decimals(
          decimalType(operator, (DecimalType) a.type(), (DecimalType) b.type()), a, b);
    }
    LogicalType type = TypeCoercion.commonType(left.type(), right.type()).orElseThrow();
    Expression a = coercion.coerce(left, type);
    Expression b = coercion.coerce(right, type);
    return approximate ? operator.doubles(type, a, b) : operator.longs(type, a, b);
  }

  private static boolean isWhole(Expression number) {
    return number.type().is(LogicalTypeFamily.INTEGER_NUMERIC)
        || number.type() instanceof DecimalType decimal && decimal.getScale() == 0;
  }

  /**
   * The remainder is of the type of the divisor, also where a DECIMAL without a scale is divided.
   */
  private Expression remainderOfWhole(Expression left, Expression right) {
    if (right.type() instanceof DecimalType decimal) {
      return Arithmetic.REMAINDER.decimals(decimal, coercion.decimal(left), right);
    }
    Expression dividend =
        left.type().is(LogicalTypeRoot.DECIMAL) ? coercion.coerce(left, new BigIntType()) : left;
    return Arithmetic.REMAINDER.longs(right.type(), dividend, right);
  }

  /** Arithmetic with an interval. */
  private Expression temporal(
      SqlCall call, Arithmetic operator, Expression left, Expression right) {
    boolean intervals = Temporal.isInterval(left.type()) && Temporal.isInterval(right.type());
    Expression result = null;
    if (operator == Arithmetic.PLUS || operator == Arithmetic.MINUS) {
      if (intervals && left.type().is(right.type().getTypeRoot())) {
        result = operator.longs(left.type(), left, right);
      } else if (!intervals && Temporal.isInterval(right.type())) {
        result = Temporal.move(operator.sql, operator == Arithmetic.PLUS ? 1 : -1, left, right);
      } else if (!intervals && operator == Arithmetic.PLUS) {
        result = Temporal.move(operator.sql, 1, right, left);
      }
    } else if (operator == Arithmetic.TIMES && !intervals) {
      Expression interval = Temporal.isInterval(left.type()) ? left : right;
      Expression factor = interval == left ? right : left;
      if (factor.type().is(LogicalTypeFamily.INTEGER_NUMERIC)) {
        result = operator.longs(interval.type(), interval, factor);
      }
    }
    if (result == null) {
      errors.add(
          "type-mismatch",
          call,
          "`" + operator.sql + "` can't take " + left.sqlType() + " and " + right.sqlType(),
          null);
    }
    return result;
  }

  Expression negation(SqlCall call) {
    Expression operand = checker.check(call.operand(0));
    if (operand == null) {
      return null;
    }
    if (!operand.type().is(LogicalTypeFamily.NUMERIC) && !Temporal.isInterval(operand.type())) {
      errors.add("type-mismatch", call, "`-` needs a number, found " + operand.sqlType(), null);
      return null;
    }
    LogicalType type = operand.type();
    if (type instanceof DecimalType decimal) {
      return Call.of("-", type, value -> DecimalDataUtils.negate((DecimalData) value), operand);
    }
    if (type.is(LogicalTypeFamily.APPROXIMATE_NUMERIC)) {
      return new DoubleExpression("-", type, operand) {
        @Override
        double compute(Evaluation evaluation) {
          return -operand.doubleValue(evaluation);
        }
      };
    }
    return new LongExpression("-", type, operand) {
      @Override
      long longValue(Evaluation evaluation) {
        return wrap(-operand.longValue(evaluation), type());
      }
    };
  }

  private static DecimalType decimalType(Arithmetic operator, DecimalType a, DecimalType b) {
    int p1 = a.getPrecision();
    int s1 = a.getScale();
    int p2 = b.getPrecision();
    int s2 = b.getScale();
    DecimalType type =
        switch (operator) {
          case PLUS, MINUS -> LogicalTypeMerging.findAdditionDecimalType(p1, s1, p2, s2);
          case TIMES -> LogicalTypeMerging.findMultiplicationDecimalType(p1, s1, p2, s2);
          case DIVIDE -> LogicalTypeMerging.findDivisionDecimalType(p1, s1, p2, s2);
          case REMAINDER -> LogicalTypeMerging.findModuloDecimalType(p1, s1, p2, s2);
        };
    return (DecimalType) type.copy(true);
  }
}
