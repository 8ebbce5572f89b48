package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.fun.SqlCase;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/**
 * Checks expressions that choose one of several values: CASE, IF, COALESCE, NULLIF, GREATEST,
 * LEAST.
 */
final class ConditionalChecker {

  private final Checker checker;
  private final ComparisonChecker comparisons;
  private final TypeCoercion coercion;
  private final ExpressionErrors errors;

  ConditionalChecker(
      Checker checker,
      ComparisonChecker comparisons,
      TypeCoercion coercion,
      ExpressionErrors errors) {
    this.checker = checker;
    this.comparisons = comparisons;
    this.coercion = coercion;
    this.errors = errors;
  }

  Expression caseWhen(SqlCase call) {
    List<Expression> conditions = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    Expression subject =
        call.getValueOperand() == null ? null : checker.check(call.getValueOperand());
    for (SqlNode when : call.getWhenOperands()) {
      conditions.add(
          call.getValueOperand() == null
              ? checker.bool(when)
              : comparisons.compared(Comparison.EQUAL, when, subject, checker.check(when)));
    }
    for (SqlNode then : call.getThenOperands()) {
      values.add(checker.check(then));
    }
    Expression otherwise = checker.check(call.getElseOperand());
    return conditions.contains(null) || values.contains(null) || otherwise == null
        ? null
        : choice(call, conditions, values, otherwise);
  }

  /** IF, whose type is that of its first value where it is a point in time. */
  Expression ifElse(SqlCall call, List<Expression> arguments) {
    if (arguments.size() != 3 || !arguments.get(0).type().is(LogicalTypeRoot.BOOLEAN)) {
      return errors.wrongArguments(call, "IF", "IF(BOOLEAN, value, value)", arguments);
    }
    Expression value = arguments.get(1);
    Expression otherwise = arguments.get(2);
    boolean points = Temporal.isPoint(value.type()) && Temporal.isPoint(otherwise.type());
    Expression second =
        points && value.type().is(otherwise.type().getTypeRoot())
            ? coercion.coerce(otherwise, value.type())
            : otherwise;
    return choice(call, List.of(arguments.get(0)), List.of(value), second);
  }

  private Expression choice(
      SqlCall call, List<Expression> conditions, List<Expression> values, Expression otherwise) {
    List<Expression> all = new ArrayList<>(values);
    all.add(otherwise);
    Optional<LogicalType> type = TypeCoercion.commonType(all);
    if (type.isEmpty()) {
      String given =
          all.stream().map(Expression::sqlType).distinct().collect(Collectors.joining(", "));
      errors.add("type-mismatch", call, "the values are of different types: " + given, null);
      return null;
    }
    return Conditional.when(
        type.get(),
        conditions,
        values.stream().map(value -> coercion.coerce(value, type.get())).toList(),
        coercion.coerce(otherwise, type.get()));
  }

  Expression nullIf(SqlCall call, List<Expression> arguments) {
    if (arguments.size() != 2) {
      return errors.wrongArguments(call, "NULLIF", "NULLIF(value, value)", arguments);
    }
    Expression value = arguments.get(0);
    Expression equal = comparisons.compared(Comparison.EQUAL, call, value, arguments.get(1));
    return equal == null
        ? null
        : Conditional.when(
            value.type(), List.of(equal), List.of(new Constant("NULL", value.type(), null)), value);
  }

  /** COALESCE, GREATEST and LEAST. */
  Expression ofCommonType(SqlCall call, String name, List<Expression> arguments) {
    if (arguments.isEmpty()) {
      return errors.wrongArguments(call, name, name + "(value, ...)", arguments);
    }
    Optional<LogicalType> type = TypeCoercion.commonTypeOfArguments(arguments);
    boolean compared = !name.equals("COALESCE");
    if (type.isEmpty()
        || compared && !Values.isOrdered(type.get())
        || compared && !arguments.stream().allMatch(value -> isComparable(value, type.get()))) {
      return errors.wrongArguments(call, name, name + " of values of one type", arguments);
    }
    Expression[] values =
        arguments.stream()
            .map(value -> coercion.coerce(value, type.get()))
            .toArray(Expression[]::new);
    return name.equals("COALESCE")
        ? Conditional.coalesce(type.get(), values)
        : extreme(name, type.get(), values);
  }

  /**
   * Whether a value can be compared as one of a type: of the points in time, timestamps with each
   * other.
   */
  private static boolean isComparable(Expression value, LogicalType type) {
    return !Temporal.isPoint(type)
        || value.type().isAnyOf(type.getTypeRoot(), LogicalTypeRoot.NULL)
        || value.type().is(LogicalTypeFamily.TIMESTAMP) && type.is(LogicalTypeFamily.TIMESTAMP);
  }

  private static Expression extreme(String name, LogicalType type, Expression[] values) {
    Values.Order order = Values.orderOfObjects(type);
    int sign = name.equals("GREATEST") ? 1 : -1;
    return Call.ofAll(
        name,
        type,
        found -> {
          Object best = found[0];
          for (Object candidate : found) {
            best = sign * order.compare(candidate, best) > 0 ? candidate : best;
          }
          return best;
        },
        values);
  }
}
