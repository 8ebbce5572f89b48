package org.pyflinkcep.expression;

import java.util.List;
import java.util.regex.PatternSyntaxException;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.fun.SqlLikeOperator;
import org.apache.calcite.sql.fun.SqlTrimFunction;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.data.binary.BinaryStringDataUtil;
import org.apache.flink.table.types.logical.VarCharType;

/** Checks the operators on text that have a syntax of their own: LIKE, SIMILAR TO and TRIM. */
final class TextChecker {

  private final Checker checker;
  private final FunctionChecker functions;
  private final ExpressionErrors errors;

  TextChecker(Checker checker, FunctionChecker functions, ExpressionErrors errors) {
    this.checker = checker;
    this.functions = functions;
    this.errors = errors;
  }

  Expression like(SqlCall call) {
    SqlLikeOperator operator = (SqlLikeOperator) call.getOperator();
    Expression text = checker.text(call.operand(0));
    Expression pattern = checker.text(call.operand(1));
    Expression escape = call.operandCount() > 2 ? checker.text(call.operand(2)) : null;
    if (text == null || pattern == null || escape == null && call.operandCount() > 2) {
      return null;
    }
    if (!operator.isCaseSensitive()) {
      if (call.operandCount() > 2) {
        errors.add(
            "unsupported",
            call,
            "ILIKE takes no ESCAPE",
            "write LOWER(text) LIKE 'pattern' ESCAPE '!'");
        return null;
      }
      text = lower(call, text);
      pattern = lower(call, pattern);
    }
    try {
      Expression match =
          operator.getKind() == SqlKind.LIKE
              ? Patterns.like(text, pattern, escape)
              : Patterns.similar(text, pattern, escape);
      return operator.isNegated() ? Logic.not(match) : match;
    } catch (PatternSyntaxException e) {
      errors.badRegex(call.operand(1), e);
      return null;
    } catch (RuntimeException e) {
      errors.add("bad-pattern", call.operand(1), e.getMessage(), null);
      return null;
    }
  }

  private Expression lower(SqlCall call, Expression text) {
    return checker.fold(functions.call(call, "LOWER", List.of(text)));
  }

  Expression trim(SqlCall call) {
    SqlTrimFunction.Flag flag =
        ((SqlLiteral) call.operand(0)).getValueAs(SqlTrimFunction.Flag.class);
    Expression characters = checker.text(call.operand(1));
    Expression text = checker.text(call.operand(2));
    if (characters == null || text == null) {
      return null;
    }
    boolean leading = flag != SqlTrimFunction.Flag.TRAILING;
    boolean trailing = flag != SqlTrimFunction.Flag.LEADING;
    return new Expression("TRIM " + flag, VarCharType.STRING_TYPE, text, characters) {
      @Override
      Object value(Evaluation evaluation) {
        BinaryStringData value = (BinaryStringData) text.value(evaluation);
        BinaryStringData trimmed =
            value == null ? null : (BinaryStringData) characters.value(evaluation);
        if (trimmed == null) {
          return null;
        }
        evaluation.budget.search("TRIM", Budget.length(value), Budget.length(trimmed), 1);
        return BinaryStringDataUtil.trim(value, leading, trailing, trimmed);
      }
    };
  }
}
