package org.pyflinkcep.expression;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.flink.sql.parser.impl.Token;

/**
 * Refuses expressions for which Calcite's parser would take too long: seconds, or minutes, for less
 * than {@link #MAX_LENGTH} characters.
 */
final class ParserLimits {

  static final int MAX_LENGTH = 64 * 1024;

  /** The lexer looks at a word to its end for each token in it. */
  private static final int MAX_WORD = 2000;

  /** How many fields of fields, or elements of elements, may follow each other. */
  private static final int MAX_PATH = 128;

  /** The parser takes a time for these that grows with the cube of how many are joined. */
  private static final Set<String> SPECIAL =
      Set.of("BETWEEN", "LIKE", "ILIKE", "RLIKE", "SIMILAR", "ESCAPE");

  private static final int MAX_SPECIAL = 128;

  /** Each takes some of the stack, of which there is not the same on all threads. */
  private static final int MAX_JUNCTIONS = 3000;

  /** Operators of which each is nested in the next. */
  private static final Set<String> NESTING = Set.of("+", "-", "*", "/", "%", "||", "NOT");

  /** What an expression in a list, in CASE or in a chain of conditions ends with. */
  private static final Set<String> SEPARATORS = Set.of(",", "WHEN", "THEN", "ELSE");

  private static final Set<String> JUNCTIONS = Set.of("AND", "OR");

  private final ExpressionErrors errors;
  private final Deque<int[]> outer = new ArrayDeque<>();
  private int special;
  private int nesting;
  private int junctions;
  private int path;

  private ParserLimits(ExpressionErrors errors) {
    this.errors = errors;
  }

  /** Whether the source may be taken apart; if not, that is reported. */
  static boolean allow(String sql, ExpressionErrors errors) {
    if (sql.length() > MAX_LENGTH) {
      String message =
          "the expression has " + sql.length() + " characters, and may have " + MAX_LENGTH;
      errors.add("too-long", 1, 1, 1, message, null);
      return false;
    }
    if (longestWord(sql) > MAX_WORD) {
      String message =
          "the expression has more than " + MAX_WORD + " characters without a space between them";
      errors.add("too-long", 1, 1, 1, message, "put spaces around operators");
      return false;
    }
    return true;
  }

  /** The most characters in a row, outside of texts, that may begin a token. */
  private static int longestWord(String sql) {
    int longest = 0;
    int word = 0;
    boolean text = false;
    for (int i = 0; i < sql.length(); i++) {
      char c = sql.charAt(i);
      text ^= c == '\'';
      word = !text && (Character.isLetterOrDigit(c) || "_$.:=-".indexOf(c) >= 0) ? word + 1 : 0;
      longest = Math.max(longest, word);
    }
    return longest;
  }

  /** Whether the tokens may be parsed; if not, that is reported. */
  static boolean allow(List<Token> tokens, ExpressionErrors errors) {
    ParserLimits limits = new ParserLimits(errors);
    String before = "";
    for (Token token : tokens) {
      String image = token.image.toUpperCase(Locale.ROOT);
      if (!limits.allow(token, image, before)) {
        return false;
      }
      before = image;
    }
    return true;
  }

  private boolean allow(Token token, String image, String before) {
    if (image.equals("(") || image.equals("[")) {
      outer.push(new int[] {special, nesting, junctions});
      reset();
    } else if (image.equals(")") || image.equals("]")) {
      int[] level = outer.isEmpty() ? new int[3] : outer.pop();
      special = level[0];
      nesting = level[1];
      junctions = level[2];
    } else if (SEPARATORS.contains(image)) {
      reset();
    } else if (JUNCTIONS.contains(image)) {
      junctions++;
      nesting = 0;
    } else {
      special += SPECIAL.contains(image) ? 1 : 0;
      nesting += NESTING.contains(image) ? 1 : 0;
    }
    boolean goesOn = image.equals(".") || image.equals("[") && before.equals("]");
    boolean isPart = before.equals(".") || before.equals("[") || image.equals("]");
    path = goesOn ? path + 1 : isPart ? path : 0;
    if (special > MAX_SPECIAL) {
      return tooMany(token, MAX_SPECIAL + " of BETWEEN, LIKE and the like");
    }
    if (junctions > MAX_JUNCTIONS) {
      return tooMany(token, MAX_JUNCTIONS + " of AND and OR");
    }
    if (nesting > ExpressionCompiler.MAX_DEPTH || path > MAX_PATH) {
      add(token, "too-deep", ExpressionCompiler.TOO_DEEP, null);
      return false;
    }
    return true;
  }

  private void reset() {
    special = 0;
    nesting = 0;
    junctions = 0;
  }

  private boolean tooMany(Token token, String what) {
    String hint = "put some of them at a time in parentheses";
    add(token, "too-many-operators", "more than " + what + " in a row", hint);
    return false;
  }

  private void add(Token token, String code, String message, String hint) {
    int length = token.image.length();
    errors.add(code, token.beginLine, token.beginColumn, length, message, hint);
  }
}
