package org.pyflinkcep.expression;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.sql.parser.impl.FlinkSqlParserImplConstants;
import org.apache.flink.sql.parser.impl.Token;
import org.apache.flink.sql.parser.impl.TokenMgrError;

/** What to write in place of what isn't SQL, much of which is how other languages write it. */
final class SyntaxHints {

  private static final String EQUALS = "`=` is how SQL compares: write one";

  private static final String QUOTE = "a text ends with a quote: 'text'";

  private static final Map<String, String> HINTS =
      Map.ofEntries(
          Map.entry("==", EQUALS),
          Map.entry("===", EQUALS),
          Map.entry("=<", "write `<=`"),
          Map.entry("=>", "write `>=`"),
          Map.entry("&", "write AND"),
          Map.entry("&&", "write AND"),
          Map.entry("|", "write OR"),
          Map.entry("!", "write NOT; and `<>` for what is not equal"),
          Map.entry("~", "write LIKE, or REGEXP(text, pattern)"),
          Map.entry("[", "a list is put in parentheses: IN (1, 2)"),
          Map.entry("?", "write CASE WHEN condition THEN value ELSE other END"),
          Map.entry("#", "a comment begins with `--`"),
          Map.entry(";", "this is one expression: leave it out"),
          Map.entry("\u2018", "a text is put in straight quotes: 'text'"),
          Map.entry("\u2019", "a text is put in straight quotes: 'text'"),
          Map.entry("\u201c", "a text is put in straight single quotes: 'text'"),
          Map.entry("\u201d", "a text is put in straight single quotes: 'text'"));

  private static final Pattern LEXICAL_ERROR =
      Pattern.compile(
          "at line (\\d+), column (\\d+)\\.\\s+Encountered: (?!<EOF>).*after : \"(!?)",
          Pattern.DOTALL);

  private SyntaxHints() {}

  /** Reports a token that can't stand where it is, and all that are wrong in the same way. */
  static void report(Token unexpected, List<Token> tokens, ExpressionErrors errors) {
    int index = tokens.indexOf(unexpected);
    String operator = operatorAt(tokens, index);
    if (HINTS.containsKey(operator) && operator.startsWith("=") && !operator.equals("=>")) {
      int first = index;
      while (first > 0 && isAdjacent(tokens, first - 1)) {
        first--;
      }
      for (int i = first; i < tokens.size(); i++) {
        boolean begins = i == 0 || !isAdjacent(tokens, i - 1);
        if (begins && operatorAt(tokens, i).equals(operator)) {
          add(tokens.get(i), operator, HINTS.get(operator), errors);
        }
      }
      return;
    }
    if (unexpected.kind == FlinkSqlParserImplConstants.EOF) {
      errors.add(
          "syntax",
          unexpected.beginLine,
          unexpected.beginColumn,
          unexpected.image.length(),
          "the expression ends too early",
          null);
    } else {
      add(unexpected, unexpected.image, hint(unexpected), errors);
    }
  }

  private static void add(Token token, String image, String hint, ExpressionErrors errors) {
    errors.add(
        "syntax",
        token.beginLine,
        token.beginColumn,
        image.length(),
        "`" + image + "` can't stand here",
        hint);
  }

  /** Reports a character that is in no token. */
  static void report(TokenMgrError error, String sql, ExpressionErrors errors) {
    Matcher place = LEXICAL_ERROR.matcher(String.valueOf(error.getMessage()));
    if (!place.find()) {
      errors.add("syntax", "this is not SQL: a quote or a comment may lack its end");
      return;
    }
    int line = Integer.parseInt(place.group(1));
    String text = sql.split("\\R", -1)[line - 1];
    // What comes behind a `!` is told, as that might begin a `!=`.
    int index = Integer.parseInt(place.group(2)) - 1 - place.group(3).length();
    String before = text.substring(0, index);
    if (before.chars().filter(c -> c == '\'').count() % 2 == 1) {
      index = before.lastIndexOf('\'');
    }
    String image =
        text.startsWith("&&", index)
            ? "&&"
            : text.substring(index, text.offsetByCodePoints(index, 1));
    errors.add(
        "syntax",
        line,
        index + 1,
        image.codePointCount(0, image.length()),
        "`" + image + "` can't stand here",
        image.equals("'") ? QUOTE : HINTS.get(image));
  }

  /** An operator that other languages have, and that is several tokens here. */
  private static String operatorAt(List<Token> tokens, int index) {
    int first = index;
    while (first > 0 && isAdjacent(tokens, first - 1)) {
      first--;
    }
    StringBuilder operator = new StringBuilder(tokens.get(first).image);
    for (int i = first; isAdjacent(tokens, i); i++) {
      operator.append(tokens.get(i + 1).image);
    }
    return operator.toString();
  }

  /** Whether a `=`, and what stands right behind it, are written as one operator. */
  private static boolean isAdjacent(List<Token> tokens, int index) {
    if (index + 1 >= tokens.size()) {
      return false;
    }
    Token token = tokens.get(index);
    Token next = tokens.get(index + 1);
    return token.image.equals("=")
        && (next.image.equals("=") || next.image.equals("<"))
        && token.endLine == next.beginLine
        && token.endColumn + 1 == next.beginColumn;
  }

  private static String hint(Token token) {
    if (token.image.startsWith("'")) {
      return QUOTE;
    }
    if (token.image.startsWith("\"")) {
      return "a text is put in single quotes, and a name in backticks";
    }
    if (HINTS.containsKey(token.image)) {
      return HINTS.get(token.image);
    }
    boolean keyword =
        !token.image.isEmpty()
            && Character.isLetter(token.image.charAt(0))
            && token.kind != FlinkSqlParserImplConstants.IDENTIFIER;
    return keyword
        ? "`" + token.image + "` is a keyword of SQL: put a name like that in backticks"
        : null;
  }
}
