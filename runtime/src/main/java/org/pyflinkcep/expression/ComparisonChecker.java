package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.fun.SqlBetweenOperator;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/** Checks comparisons: {@code =} and its kin, IN, BETWEEN and IS DISTINCT FROM. */
final class ComparisonChecker {

  private final Checker checker;
  private final TypeCoercion coercion;
  private final ExpressionErrors errors;

  ComparisonChecker(Checker checker, TypeCoercion coercion, ExpressionErrors errors) {
    this.checker = checker;
    this.coercion = coercion;
    this.errors = errors;
  }

  Expression comparison(SqlCall call, Comparison operator) {
    if (operator == Comparison.EQUAL && areRows(call.operand(0), call.operand(1))) {
      return equalRows(call, call.operand(0), call.operand(1));
    }
    if (isNullLiteral(call.operand(0)) || isNullLiteral(call.operand(1))) {
      errors.add(
          "null-comparison",
          call,
          "a comparison with NULL is never true",
          operator == Comparison.NOT_EQUAL ? "write IS NOT NULL" : "write IS NULL");
      return null;
    }
    return compared(operator, call, checker.check(call.operand(0)), checker.check(call.operand(1)));
  }

  private static boolean areRows(SqlNode left, SqlNode right) {
    return left.getKind() == SqlKind.ROW && right.getKind() == SqlKind.ROW;
  }

  /** Whether rows that are written as such are equal, field by field. */
  private Expression equalRows(SqlNode node, SqlNode leftRow, SqlNode rightRow) {
    List<SqlNode> left = ((SqlCall) leftRow).getOperandList();
    List<SqlNode> right = ((SqlCall) rightRow).getOperandList();
    if (left.size() != right.size()) {
      errors.add("type-mismatch", node, "the rows have different numbers of fields", null);
      return null;
    }
    List<Expression> equal = new ArrayList<>();
    for (int i = 0; i < left.size(); i++) {
      Expression a = checker.check(left.get(i));
      Expression b = checker.check(right.get(i));
      equal.add(
          a != null && b != null && areNumbers(a, b)
              ? asTheyAre(Comparison.EQUAL, a, b)
              : compared(Comparison.EQUAL, node, a, b));
    }
    return equal.contains(null) ? null : Logic.and(equal);
  }

  /** Compares two expressions: null where one of them is. */
  Expression compared(Comparison operator, SqlNode node, Expression left, Expression right) {
    if (left == null || right == null) {
      return null;
    }
    if (isNull(left) || isNull(right)) {
      return new Constant("NULL", new BooleanType(), null);
    }
    Optional<LogicalType> common = TypeCoercion.comparisonType(left.type(), right.type());
    if (common.isEmpty()) {
      errors.add(
          "type-mismatch",
          node,
          "can't compare " + left.sqlType() + " with " + right.sqlType(),
          TypeHints.compared(node, left, right));
      return null;
    }
    if (operator.isOrder() && !Values.isOrdered(common.get())) {
      errors.add("type-mismatch", node, "there is no order in " + left.sqlType(), null);
      return null;
    }
    if (operator.isOrder() && areNumbers(left, right)) {
      return asTheyAre(operator, left, right);
    }
    Expression a = coerced(left, common.get(), operator, node);
    Expression b = coerced(right, common.get(), operator, node);
    return a == null || b == null ? null : Comparison.of(operator, a, b);
  }

  private static boolean areNumbers(Expression left, Expression right) {
    return left.type().is(LogicalTypeFamily.NUMERIC) && right.type().is(LogicalTypeFamily.NUMERIC);
  }

  /**
   * Compares numbers without a loss of digits: Flink SQL casts only what it compares by = or <>.
   */
  private Expression asTheyAre(Comparison operator, Expression left, Expression right) {
    boolean approximate =
        left.type().is(LogicalTypeFamily.APPROXIMATE_NUMERIC)
            || right.type().is(LogicalTypeFamily.APPROXIMATE_NUMERIC);
    boolean decimal =
        left.type().is(LogicalTypeRoot.DECIMAL) || right.type().is(LogicalTypeRoot.DECIMAL);
    if (decimal) {
      return approximate
          ? Comparison.of(operator, left, right)
          : Comparison.of(operator, coercion.decimal(left), coercion.decimal(right));
    }
    LogicalType type = TypeCoercion.orderedType(left.type(), right.type());
    return Comparison.of(operator, coercion.coerce(left, type), coercion.coerce(right, type));
  }

  /** The operand in the type in which it is compared, or null after an error was reported. */
  private Expression coerced(
      Expression operand, LogicalType type, Comparison operator, SqlNode node) {
    if (!Temporal.isPoint(type) || !operand.type().is(LogicalTypeFamily.CHARACTER_STRING)) {
      return coercion.coerce(operand, type);
    }
    Expression point =
        operator.isOrder() ? coercion.coerce(operand, type) : coercion.tryCoerce(operand, type);
    if (operand instanceof Constant constant
        && constant.value() != null
        && (!(point instanceof Constant read) || read.value() == null)) {
      errors.add(
          "bad-literal",
          node,
          operand.canonical() + " is not a " + point.sqlType(),
          "write '2024-12-31' for a DATE, '23:59:59' for a TIME, '2024-12-31 23:59:59.999' for a TIMESTAMP");
      return null;
    }
    return point;
  }

  Expression distinct(SqlCall call, boolean negated) {
    Expression left = checker.check(call.operand(0));
    Expression right = checker.check(call.operand(1));
    Expression equal =
        left != null && right != null && areNumbers(left, right)
            ? asTheyAre(Comparison.EQUAL, left, right)
            : compared(Comparison.EQUAL, call, left, right);
    return equal == null ? null : Logic.distinct(equal, left, right, negated);
  }

  private static boolean isNullLiteral(SqlNode node) {
    return node instanceof SqlLiteral literal && literal.getValue() == null;
  }

  private static boolean isNull(Expression expression) {
    return expression.type().is(LogicalTypeRoot.NULL);
  }

  Expression in(SqlCall call) {
    if (!(call.operand(1) instanceof SqlNodeList list)) {
      return errors.unsupported(call.operand(1));
    }
    Expression left = checker.check(call.operand(0));
    List<Expression> equal = new ArrayList<>();
    for (SqlNode item : list) {
      equal.add(
          areRows(call.operand(0), item)
              ? equalRows(item, call.operand(0), item)
              : equalMember(item, left, checker.check(item)));
    }
    if (equal.contains(null)) {
      return null;
    }
    Expression any = Membership.any(equal);
    return call.getKind() == SqlKind.NOT_IN ? Logic.not(any) : any;
  }

  /** Whether a value is equal to one of a list: what is no exact number is cast to its type. */
  private Expression equalMember(SqlNode node, Expression left, Expression item) {
    if (left == null || item == null) {
      return null;
    }
    boolean cast =
        left.type().is(LogicalTypeFamily.APPROXIMATE_NUMERIC)
                && item.type().is(LogicalTypeFamily.NUMERIC)
            || left.type().is(LogicalTypeRoot.CHAR) && item.type().is(LogicalTypeRoot.VARCHAR)
            || left.type().is(LogicalTypeRoot.BINARY) && item.type().is(LogicalTypeRoot.VARBINARY)
            || Temporal.isPoint(left.type()) && isVariableText(item);
    return compared(Comparison.EQUAL, node, left, cast ? coercion.coerce(item, left.type()) : item);
  }

  private static boolean isVariableText(Expression item) {
    return item.type().is(LogicalTypeFamily.CHARACTER_STRING) && !(item instanceof Constant);
  }

  Expression between(SqlCall call) {
    SqlBetweenOperator operator = (SqlBetweenOperator) call.getOperator();
    Expression value = checker.check(call.operand(0));
    Expression low = checker.check(call.operand(1));
    Expression high = checker.check(call.operand(2));
    Expression inside = range(call, value, low, high);
    if (operator.flag == SqlBetweenOperator.Flag.SYMMETRIC && inside != null) {
      inside = Logic.or(List.of(inside, range(call, value, high, low)));
    }
    return inside == null ? null : operator.isNegated() ? Logic.not(inside) : inside;
  }

  private Expression range(SqlCall call, Expression value, Expression low, Expression high) {
    Expression above = compared(Comparison.GREATER_OR_EQUAL, call.operand(1), value, low);
    Expression below = compared(Comparison.LESS_OR_EQUAL, call.operand(2), value, high);
    return above == null || below == null ? null : Logic.and(List.of(above, below));
  }
}
