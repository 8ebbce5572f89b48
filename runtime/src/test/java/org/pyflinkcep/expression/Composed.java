package org.pyflinkcep.expression;

import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.pyflinkcep.expression.SqlDifferential.Difference;

/**
 * The value that an expression has by the values of its operands: by the logic of three values, and
 * by IEEE 754. Where here and Flink SQL give the same operands, but another value for the whole,
 * this tells which of the two is right.
 *
 * @param text the value as text; null for NULL
 */
record Composed(String text) {

  /**
   * The value of a row; empty where that isn't told by the operands alone, or one of them fails.
   */
  static Optional<Composed> of(Difference difference, int row) {
    List<Answer> operands = difference.operands();
    if (operands.isEmpty()
        || operands.stream().anyMatch(Answer::isRefused)
        || operands.stream().anyMatch(operand -> Answer.isFailure(operand.values().get(row)))) {
      return Optional.empty();
    }
    List<String> values =
        operands.stream().map(operand -> operand.values().get(row)).map(Composed::orNull).toList();
    List<String> texts = difference.tree().texts().stream().map(String::strip).toList();
    boolean numbers =
        operands.stream().allMatch(o -> o.type().is(LogicalTypeFamily.NUMERIC))
            && operands.stream().anyMatch(o -> o.type().is(LogicalTypeFamily.APPROXIMATE_NUMERIC));
    Comparison compared =
        (i, operator, j) ->
            compared(
                values.get(i),
                operator,
                values.get(j),
                operands.get(i).type().is(LogicalTypeFamily.EXACT_NUMERIC)
                    && operands.get(j).type().is(LogicalTypeFamily.EXACT_NUMERIC));
    return switch (difference.tree().template()) {
      case "NOT {B}" -> truth(not(bool(values.get(0))));
      case "{B} AND {B}" -> truth(and(bool(values.get(0)), bool(values.get(1))));
      case "{B} OR {B}" -> truth(not(and(not(bool(values.get(0))), not(bool(values.get(1))))));
      case "{B} IS {not} {bool3}" -> truth(is(bool(values.get(0)), texts.get(1)));
      case "{X} {is}" -> truth(texts.get(1).equals("IS NULL") == (values.get(0) == NULL));
      case "CASE WHEN {B} THEN {K} ELSE {K} END", "IF({B}, {K}, {K})" ->
          chosen(difference, Boolean.TRUE.equals(bool(values.get(0))) ? 1 : 2, row);
      case "{N} {distinct} {N}", "{K} {distinct} {K}" ->
          numbers
              ? truth(texts.get(1).contains("NOT") != distinct(values, compared))
              : Optional.empty();
      case "{N} {cmp} {N}", "{K} {cmp} {K}", "{K} {eq} {K}" ->
          numbers ? truth(compared.of(0, texts.get(1), 1)) : Optional.empty();
      case "{N} {not} BETWEEN {N} AND {N}", "{K} {not} BETWEEN {K} AND {K}" ->
          numbers ? truth(between(compared, texts.get(1).startsWith("NOT"))) : Optional.empty();
      case "{K} {not} IN ({K}, {K})", "{N} {not} IN ({N}, {N}, {N})" ->
          numbers
              ? truth(in(values.size(), compared, texts.get(1).startsWith("NOT")))
              : Optional.empty();
      case "ARRAY[{N}, {N}]" ->
          difference.ours().type().asSummaryString().startsWith("ARRAY<DOUBLE>")
              ? Optional.of(
                  new Composed(values.stream().map(Composed::asDouble).toList().toString()))
              : Optional.empty();
      default -> Optional.empty();
    };
  }

  private static String asDouble(String number) {
    return number == NULL ? null : Double.toString(Double.parseDouble(number));
  }

  /** Stands for NULL, which a list can't have. */
  private static final String NULL = "NULL";

  private static String orNull(String value) {
    return value == null ? NULL : value;
  }

  private static Optional<Composed> truth(Boolean value) {
    return Optional.of(new Composed(value == null ? null : value.toString()));
  }

  private static Optional<Composed> chosen(Difference difference, int operand, int row) {
    Answer answer = difference.operands().get(operand);
    return answer.type().copy(true).equals(difference.ours().type().copy(true))
        ? Optional.of(new Composed(answer.values().get(row)))
        : Optional.empty();
  }

  private static Boolean bool(String text) {
    return text == NULL ? null : Boolean.valueOf(text);
  }

  private static Boolean not(Boolean value) {
    return value == null ? null : !value;
  }

  private static Boolean and(Boolean a, Boolean b) {
    if (Boolean.FALSE.equals(a) || Boolean.FALSE.equals(b)) {
      return false;
    }
    return a == null || b == null ? null : Boolean.TRUE;
  }

  private static Boolean is(Boolean value, String test) {
    Boolean asked = test.contains("UNKNOWN") ? null : Boolean.valueOf(test.contains("TRUE"));
    return Objects.equals(value, asked) != test.contains("NOT");
  }

  /** Compares two operands, by their places. */
  private interface Comparison {
    Boolean of(int left, String operator, int right);
  }

  private static boolean distinct(List<String> values, Comparison compared) {
    Boolean equal = compared.of(0, "=", 1);
    return equal == null ? values.get(0) != values.get(1) : !equal;
  }

  private static Boolean compared(String a, String operator, String b, boolean exact) {
    if (a == NULL || b == NULL) {
      return null;
    }
    if (exact) {
      return holds(new BigDecimal(a).compareTo(new BigDecimal(b)), operator);
    }
    double x = Double.parseDouble(a);
    double y = Double.parseDouble(b);
    // Nothing is equal to NaN, below it or above it.
    return Double.isNaN(x) || Double.isNaN(y)
        ? operator.equals("<>")
        : holds(x < y ? -1 : x > y ? 1 : 0, operator);
  }

  private static boolean holds(int order, String operator) {
    return switch (operator) {
      case "=" -> order == 0;
      case "<>" -> order != 0;
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      case ">=" -> order >= 0;
      default -> throw new IllegalArgumentException(operator);
    };
  }

  private static Boolean between(Comparison compared, boolean negated) {
    Boolean inside = and(compared.of(0, ">=", 1), compared.of(0, "<=", 2));
    return negated ? not(inside) : inside;
  }

  private static Boolean in(int count, Comparison compared, boolean negated) {
    Boolean none = true;
    for (int i = 1; i < count; i++) {
      none = and(none, not(compared.of(0, "=", i)));
    }
    return negated ? none : not(none);
  }
}
