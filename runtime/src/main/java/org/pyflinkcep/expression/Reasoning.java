package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.types.logical.LogicalTypeFamily;

/**
 * Finds out why a condition has the value that it has on an event: which of the comparisons that it
 * joins by AND, OR and NOT decided it, and the values that they compared.
 */
final class Reasoning {

  private record Valued(Truth truth, String error) {}

  private final Sources sources;
  private final Evaluation evaluation;
  private final List<Reason> reasons = new ArrayList<>();

  private Reasoning(Sources sources, Evaluation evaluation) {
    this.sources = sources;
    this.evaluation = evaluation;
  }

  static Verdict on(Expression condition, Sources sources, Evaluation evaluation) {
    Reasoning reasoning = new Reasoning(sources, evaluation);
    Valued valued = reasoning.valued(condition);
    reasoning.collect(condition, valued);
    Shortfall shortfall = reasoning.shortfall(condition, Truth.TRUE);
    return new Verdict(
        valued.truth,
        List.copyOf(reasoning.reasons),
        // Of A OR B it may be A that fails, and B that would do.
        valued.truth == Truth.FAILED && shortfall.parts() == 0 ? new Shortfall(1, 1) : shortfall);
  }

  private Valued valued(Expression condition) {
    try {
      return new Valued(
          switch (condition.truth(evaluation)) {
            case Expression.TRUE -> Truth.TRUE;
            case Expression.FALSE -> Truth.FALSE;
            default -> Truth.NULL;
          },
          null);
    } catch (RuntimeException | Error e) {
      return new Valued(Truth.FAILED, message(Evaluation.failure(e)));
    }
  }

  static String message(RuntimeException failure) {
    return failure.getMessage() == null
        ? failure.getClass().getSimpleName()
        : failure.getMessage().strip().lines().findFirst().orElse("");
  }

  private void collect(Expression condition, Valued valued) {
    if (!sources.isJunction(condition)) {
      reasons.add(reason(condition, valued));
      return;
    }
    for (Expression part : condition.operands()) {
      Valued partly = valued(part);
      if (decides(condition.name(), valued.truth, partly.truth)) {
        collect(part, partly);
        if (condition.name().equals("OR") && partly.truth == Truth.TRUE) {
          return;
        }
      }
    }
  }

  /** Whether a part with its value is among what gave the whole the value that it has. */
  private static boolean decides(String junction, Truth whole, Truth part) {
    if (whole == Truth.FAILED) {
      return part == Truth.FAILED;
    }
    return switch (junction) {
      // Of a part that fails behind one that is false, nothing would be known.
      case "AND" -> whole == Truth.TRUE || part == Truth.FALSE || part == Truth.NULL;
      case "OR" -> part == whole || whole == Truth.NULL && part == Truth.FALSE;
      default -> true;
    };
  }

  private Reason reason(Expression condition, Valued valued) {
    Map<String, String> operands = new LinkedHashMap<>();
    addOperands(condition, operands);
    return new Reason(
        sources.text(condition),
        valued.truth,
        valued.error,
        operands.entrySet().stream()
            .map(operand -> new Reason.Operand(operand.getKey(), operand.getValue()))
            .toList());
  }

  private void addOperands(Expression expression, Map<String, String> operands) {
    if (!sources.isReference(expression)) {
      expression.operands().forEach(operand -> addOperands(operand, operands));
      return;
    }
    String value;
    try {
      value = ValueText.of(expression.value(evaluation), expression.type());
    } catch (RuntimeException | Error e) {
      value = "failed: " + message(Evaluation.failure(e));
    }
    operands.put(sources.text(expression), value);
  }

  /** What a condition lacks to have a value, TRUE or FALSE. */
  private Shortfall shortfall(Expression condition, Truth wanted) {
    if (!sources.isJunction(condition)) {
      return valued(condition).truth == wanted ? Shortfall.NONE : new Shortfall(1, gap(condition));
    }
    Truth ofParts =
        !condition.name().equals("NOT") ? wanted : wanted == Truth.TRUE ? Truth.FALSE : Truth.TRUE;
    boolean all = condition.name().equals(wanted == Truth.TRUE ? "AND" : "OR");
    return condition.operands().stream()
        .map(part -> shortfall(part, ofParts))
        .reduce(all ? Shortfall::plus : Shortfall::or)
        .orElse(Shortfall.NONE);
  }

  private double gap(Expression condition) {
    if (!Comparison.isOperator(condition.name())) {
      return 1;
    }
    double left = number(condition.operands().get(0));
    double right = number(condition.operands().get(1));
    double sum = Math.abs(left) + Math.abs(right);
    return Double.isFinite(sum) ? sum == 0 ? 0 : Math.abs(left - right) / sum : 1;
  }

  private double number(Expression operand) {
    if (!operand.type().is(LogicalTypeFamily.NUMERIC)) {
      return Double.NaN;
    }
    try {
      Object value = operand.value(evaluation);
      if (value instanceof DecimalData decimal) {
        return decimal.toBigDecimal().doubleValue();
      }
      return value == null ? Double.NaN : ((Number) value).doubleValue();
    } catch (RuntimeException | Error e) {
      Evaluation.failure(e);
      return Double.NaN;
    }
  }
}
