package org.pyflinkcep.matcher;

import java.util.List;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** What to write where YAML reads an expression otherwise than it is meant. */
final class YamlHints {

  private static final String QUOTES =
      "put an expression with `: `, ` #`, brackets or quotes in it in double quotes:"
          + " where: \"kind = 'a'\"";

  private static final List<String> OF_EXPRESSIONS =
      List.of(
          "but got [",
          "but got :",
          "but found '<scalar>'",
          "mapping values are not allowed",
          "undefined alias",
          "cannot start any token");

  private YamlHints() {}

  /** A hint for what the parser says, or null. */
  static String of(String problem) {
    if (problem.contains("TAB")) {
      return "indent by spaces";
    }
    if (problem.contains("another document")) {
      return "a file has one rule: give each a file of its own";
    }
    if (problem.contains("but got <scalar>")) {
      return "a comma or a quote may be missing before it";
    }
    return OF_EXPRESSIONS.stream().anyMatch(problem::contains) ? QUOTES : null;
  }

  /**
   * Whether a value without quotes is a part of an expression: a parenthesis or a quote is open in
   * it.
   */
  static boolean isCut(ScalarNode scalar) {
    int open = 0;
    boolean quoted = false;
    for (char c : scalar.getValue().toCharArray()) {
      quoted ^= c == '\'';
      open += quoted ? 0 : c == '(' ? 1 : c == ')' ? -1 : 0;
    }
    return scalar.getScalarStyle() == ScalarStyle.PLAIN && (quoted || open > 0);
  }
}
