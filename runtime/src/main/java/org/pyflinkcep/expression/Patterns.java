package org.pyflinkcep.expression;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.functions.SqlLikeUtils;
import org.apache.flink.table.runtime.functions.SqlLikeChainChecker;
import org.apache.flink.table.types.logical.BooleanType;

/**
 * LIKE and SIMILAR TO. A constant pattern is compiled once, and to less than a regex where it can.
 */
final class Patterns {

  private static final char REPLACEMENT = '\uFFFD';

  private Patterns() {}

  /**
   * @param escape the escape character, or null
   */
  static Expression like(Expression text, Expression pattern, Expression escape) {
    if (pattern instanceof Constant constant
        && constant.value() != null
        && (escape == null || escape instanceof Constant known && known.value() != null)) {
      String like = constant.value().toString();
      String escaping = escape == null ? null : ((Constant) escape).value().toString();
      Predicate<BinaryStringData> matcher = likeMatcher(like, escaping);
      List<Constraint> constraints = Constraints.prefix(text, prefix(like, escaping));
      return escape == null
          ? matching("LIKE", matcher, constraints, text, pattern)
          : matching("LIKE", matcher, constraints, text, pattern, escape);
    }
    return escape == null
        ? Call.of(
            "LIKE",
            new BooleanType(),
            (a, b) -> SqlLikeUtils.like(a.toString(), b.toString()),
            text,
            pattern)
        : Call.ofAll(
            "LIKE",
            new BooleanType(),
            values ->
                SqlLikeUtils.like(values[0].toString(), values[1].toString(), values[2].toString()),
            text,
            pattern,
            escape);
  }

  static Expression similar(Expression text, Expression pattern, Expression escape) {
    if (escape == null && pattern instanceof Constant constant && constant.value() != null) {
      Pattern regex =
          Pattern.compile(SqlLikeUtils.sqlToRegexSimilar(constant.value().toString(), null));
      return matching(
          "SIMILAR TO",
          value -> regex.matcher(value.toString()).matches(),
          Constraints.notNull(text),
          text,
          pattern);
    }
    return escape == null
        ? Call.of(
            "SIMILAR TO",
            new BooleanType(),
            (a, b) -> SqlLikeUtils.similar(a.toString(), b.toString()),
            text,
            pattern)
        : Call.ofAll(
            "SIMILAR TO",
            new BooleanType(),
            values ->
                SqlLikeUtils.similar(
                    values[0].toString(), values[1].toString(), values[2].toString()),
            text,
            pattern,
            escape);
  }

  private static Expression matching(
      String name,
      Predicate<BinaryStringData> matcher,
      List<Constraint> constraints,
      Expression... operands) {
    Expression text = operands[0];
    return new BooleanExpression(name, operands) {
      @Override
      int truth(Evaluation evaluation) {
        Object value = text.value(evaluation);
        return value == null ? UNKNOWN : matcher.test((BinaryStringData) value) ? TRUE : FALSE;
      }

      @Override
      List<Constraint> constraints(boolean truth) {
        return truth ? constraints : Constraints.notNull(text);
      }
    };
  }

  /** How all texts begin that a pattern of LIKE matches. */
  private static String prefix(String pattern, String escape) {
    StringBuilder prefix = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      boolean escaped = escape != null && pattern.charAt(i) == escape.charAt(0);
      char next = pattern.charAt(escaped ? ++i : i);
      // What is no UTF-8 is matched as if it were the replacement character.
      if (!escaped && (next == '%' || next == '_') || next == REPLACEMENT) {
        break;
      }
      prefix.append(next);
    }
    return prefix.toString();
  }

  private static Predicate<BinaryStringData> likeMatcher(String pattern, String escape) {
    if (escape != null || pattern.contains("_")) {
      Pattern regex = Pattern.compile(SqlLikeUtils.sqlToRegexLike(pattern, escape));
      return value -> regex.matcher(value.toString()).matches();
    }
    int first = pattern.indexOf('%');
    if (first < 0) {
      BinaryStringData whole = BinaryStringData.fromString(pattern);
      return value -> value.equals(whole);
    }
    boolean starts = first == 0;
    boolean ends = pattern.endsWith("%");
    if (pattern.length() == 1) {
      return value -> true;
    }
    String inner = pattern.substring(starts ? 1 : 0, pattern.length() - (ends ? 1 : 0));
    if (inner.contains("%")) {
      return new SqlLikeChainChecker(pattern)::check;
    }
    BinaryStringData part = BinaryStringData.fromString(inner);
    if (starts && ends) {
      return value -> value.contains(part);
    }
    return starts ? value -> value.endsWith(part) : value -> value.startsWith(part);
  }
}
