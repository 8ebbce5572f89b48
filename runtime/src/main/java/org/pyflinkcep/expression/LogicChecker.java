package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;

/** Checks three-valued logic: AND, OR, NOT, IS NULL, IS TRUE and IS FALSE. */
final class LogicChecker {

  private final Checker checker;

  LogicChecker(Checker checker) {
    this.checker = checker;
  }

  /** AND or OR, a chain of which is one expression. */
  Expression junction(SqlCall call, Function<List<Expression>, Expression> operator) {
    List<Expression> operands = new ArrayList<>();
    for (SqlNode operand : flattened(call)) {
      operands.add(checker.bool(operand));
    }
    return operands.contains(null) ? null : operator.apply(operands);
  }

  /** The operands of a chain of the same operator, from left to right. */
  private static List<SqlNode> flattened(SqlCall call) {
    List<SqlNode> operands = new ArrayList<>();
    SqlNode node = call;
    while (node.getKind() == call.getKind()) {
      operands.add(((SqlCall) node).operand(1));
      node = ((SqlCall) node).operand(0);
    }
    operands.add(node);
    Collections.reverse(operands);
    return operands;
  }

  Expression not(SqlCall call) {
    Expression operand = checker.bool(call.operand(0));
    return operand == null ? null : Logic.not(operand);
  }

  /** {@code IS NULL} of anything, and {@code IS UNKNOWN} of a condition. */
  Expression isNull(SqlCall call) {
    boolean ofTruth = call.getOperator().getName().endsWith("UNKNOWN");
    Expression operand = ofTruth ? checker.bool(call.operand(0)) : checker.check(call.operand(0));
    return operand == null ? null : inverted(Logic.isNull(operand), call, SqlKind.IS_NOT_NULL);
  }

  Expression is(SqlCall call, int truth, SqlKind negated) {
    Expression operand = checker.bool(call.operand(0));
    return operand == null ? null : inverted(Logic.is(operand, truth), call, negated);
  }

  private static Expression inverted(BooleanExpression test, SqlCall call, SqlKind negated) {
    return call.getKind() == negated ? Logic.not(test) : test;
  }
}
