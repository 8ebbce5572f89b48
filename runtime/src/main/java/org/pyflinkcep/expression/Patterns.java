package org.pyflinkcep.expression;

import java.util.List;
import java.util.Objects;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.functions.SqlLikeUtils;

/** LIKE and SIMILAR TO. A pattern is compiled once, and anew where it changes. */
final class Patterns {

  private Patterns() {}

  /** A pattern that has been compiled. */
  private interface Matcher {
    boolean matches(BinaryStringData text, Budget budget);
  }

  /** Compiles a pattern whose escape character, or null, is the second argument. */
  private interface Compiler {
    Matcher compile(String pattern, String escape);
  }

  /**
   * @param escape the escape character, or null
   * @throws RuntimeException if the pattern is constant, and none
   */
  static Expression like(Expression text, Expression pattern, Expression escape) {
    if (!isKnown(pattern) || escape != null && !isKnown(escape)) {
      return new Match(
          "LIKE", (a, b) -> LikePattern.compile(a, b)::matches, null, text, pattern, escape);
    }
    LikePattern like = LikePattern.compile(known(pattern), known(escape));
    if (!like.isText()) {
      List<Constraint> constraints = Constraints.prefix(text, like.prefix());
      return new Match("LIKE", (a, b) -> like::matches, constraints, text, pattern, escape);
    }
    BinaryStringData whole = BinaryStringData.fromBytes(like.prefix());
    List<Constraint> constraints = Constraints.equal(text, whole);
    Matcher equal = (value, budget) -> value.equals(whole);
    return new Match("LIKE", (a, b) -> equal, constraints, text, pattern, escape);
  }

  /**
   * @param escape the escape character, or null
   * @throws RuntimeException if the pattern is constant, and none
   */
  static Expression similar(Expression text, Expression pattern, Expression escape) {
    Match match = new Match("SIMILAR TO", Patterns::similar, null, text, pattern, escape);
    if (isKnown(pattern) && (escape == null || isKnown(escape))) {
      match.matcher(known(pattern), known(escape));
    }
    return match;
  }

  private static Matcher similar(String pattern, String escape) {
    Regex regex = Regex.compile(SqlLikeUtils.sqlToRegexSimilar(pattern, escape));
    return (text, budget) -> regex.matches(text.toString(), budget);
  }

  private static boolean isKnown(Expression expression) {
    return expression instanceof Constant constant && constant.value() != null;
  }

  private static String known(Expression expression) {
    return expression == null ? null : ((Constant) expression).value().toString();
  }

  private record Compiled(String source, String escape, Matcher matcher) {}

  private static final class Match extends BooleanExpression {
    private final Compiler compiler;
    private final List<Constraint> constraints;
    private final Expression text;
    private final Expression pattern;
    private final Expression escape;

    private Compiled last = new Compiled(null, null, null);

    /**
     * @param constraints what follows from a match, or null where no more than a text
     */
    Match(
        String name,
        Compiler compiler,
        List<Constraint> constraints,
        Expression text,
        Expression pattern,
        Expression escape) {
      super(
          name,
          escape == null
              ? new Expression[] {text, pattern}
              : new Expression[] {text, pattern, escape});
      this.compiler = compiler;
      this.constraints = constraints == null ? Constraints.notNull(text) : constraints;
      this.text = text;
      this.pattern = pattern;
      this.escape = escape;
    }

    @Override
    int truth(Evaluation evaluation) {
      Object value = text.value(evaluation);
      Object like = value == null ? null : pattern.value(evaluation);
      Object character = like == null || escape == null ? null : escape.value(evaluation);
      if (like == null || escape != null && character == null) {
        return UNKNOWN;
      }
      Matcher compiled = matcher(like.toString(), character == null ? null : character.toString());
      return compiled.matches((BinaryStringData) value, evaluation.budget) ? TRUE : FALSE;
    }

    private Matcher matcher(String like, String character) {
      Compiled compiled = last;
      if (!like.equals(compiled.source) || !Objects.equals(character, compiled.escape)) {
        compiled = new Compiled(like, character, compiler.compile(like, character));
        last = compiled;
      }
      return compiled.matcher;
    }

    @Override
    List<Constraint> constraints(boolean truth) {
      return truth ? constraints : Constraints.notNull(text);
    }
  }
}
