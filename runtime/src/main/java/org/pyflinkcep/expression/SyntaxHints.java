package org.pyflinkcep.expression;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.sql.parser.impl.FlinkSqlParserImplConstants;
import org.apache.flink.sql.parser.impl.Token;
import org.apache.flink.sql.parser.impl.TokenMgrError;

/** What to write in place of what isn't SQL, much of which is how other languages write it. */
final class SyntaxHints {

  private static final String EQUALS = "`=` is how SQL compares: write one";

  private static final String QUOTE = "a text ends with a quote: 'text'";

  private static final Set<String> TYPES =
      Set.of("INT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "STRING", "BOOLEAN");

  private static final Set<String> LITERALS = Set.of("DATE", "TIME", "TIMESTAMP", "INTERVAL");

  private static final Pattern NUMBER = Pattern.compile("\\d[\\d.]*");

  private static final Pattern LEXICAL_ERROR =
      Pattern.compile(
          "at line (\\d+), column (\\d+)\\.\\s+Encountered: (?!<EOF>).*after : \"(!?)",
          Pattern.DOTALL);

  /** The first sign, such as that of a currency, that is in no text. */
  private static final Pattern SIGN = Pattern.compile("^(?:[^'\\p{Sc}]|'[^']*')*(\\p{Sc})");

  private final List<Token> tokens;
  private final int index;
  private final Token unexpected;

  private SyntaxHints(Token unexpected, List<Token> tokens) {
    this.unexpected = unexpected;
    this.tokens = tokens;
    this.index = tokens.indexOf(unexpected);
  }

  /** Reports a token that can't stand where it is, and all that are wrong in the same way. */
  static void report(Token unexpected, List<Token> tokens, String sql, ExpressionErrors errors) {
    new SyntaxHints(unexpected, tokens).report(sql, errors);
  }

  private void report(String sql, ExpressionErrors errors) {
    if (index < 0) {
      add(unexpected, unexpected.image, null, errors);
      return;
    }
    String operator = operatorAt(index);
    if (operator.matches("==+|=<")) {
      int first = beginOfOperator(index);
      for (int i = first; i < tokens.size(); i++) {
        if (i == beginOfOperator(i) && operatorAt(i).equals(operator)) {
          add(tokens.get(i), operator, ofComparison(i, operator), errors);
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
          Comments.hint(sql, ofEnd()));
    } else {
      add(unexpected, unexpected.image, hint(), errors);
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
      reportUnended(sql, errors);
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
        switch (image) {
          case "'" -> QUOTE;
          case "\"" -> "a text is put in single quotes, and a name in backticks";
          default -> OtherLanguages.symbol(image).orElse(null);
        });
  }

  /**
   * Reports that the text ends within a token: one that lacks its end, or a sign that begins none.
   */
  private static void reportUnended(String sql, ExpressionErrors errors) {
    Matcher sign = SIGN.matcher(sql);
    if (sign.find()) {
      String before = sql.substring(0, sign.start(1));
      errors.add(
          "syntax",
          (int) before.lines().count() + (before.isEmpty() || before.endsWith("\n") ? 1 : 0),
          sign.start(1) - before.lastIndexOf('\n'),
          1,
          "`" + sign.group(1) + "` can't stand here",
          "put a text in quotes, and write a number without its currency or unit");
    } else {
      errors.add("syntax", "this is not SQL: a quote or a comment may lack its end");
    }
  }

  /** A hint for {@code ==} and {@code =<}. */
  private String ofComparison(int begin, String operator) {
    String value = word(begin + operator.length());
    if (!operator.startsWith("==")) {
      return OtherLanguages.symbol(operator).orElse(null);
    }
    return OtherLanguages.isNull(value) ? OtherLanguages.NULL : EQUALS;
  }

  private String ofEnd() {
    long open = tokens.stream().filter(token -> token.image.equals("(")).count();
    long closed = tokens.stream().filter(token -> token.image.equals(")")).count();
    if (word(index - 2).equals("INTERVAL") && isText(index - 1)) {
      return "an interval has its unit behind the quotes: INTERVAL '5' SECOND";
    }
    if (open > closed) {
      return "a `)` is missing";
    }
    return index > 0 ? "something must follow `" + image(index - 1) + "`" : null;
  }

  private String hint() {
    String image = unexpected.image;
    String word = word(index);
    String before = word(index - 1);
    if (image.equals("'")) {
      return QUOTE;
    }
    if (image.startsWith("\"")) {
      return "a text is put in single quotes, and a name in backticks";
    }
    if (before.equals("IN") && !image.equals("[")) {
      return isText(index) || NUMBER.matcher(image).matches()
          ? OtherLanguages.LIST
          : "IN takes a list in parentheses: write ARRAY_CONTAINS(array, element) for an array";
    }
    if (image.equals("[")) {
      return before.equals("IN")
          ? OtherLanguages.LIST
          : "a name is put in backticks, and a list in parentheses: IN (1, 2)";
    }
    if (before.equals("IS") || before.equals("NOT") && word(index - 2).equals("IS")) {
      return OtherLanguages.word(word)
          .orElse("IS is for NULL, TRUE and FALSE: compare others by `=` and `<>`");
    }
    if (image.equals("=") && before.equals("NOT")) {
      return "write `<>`";
    }
    if (NUMBER.matcher(image(index - 1)).matches()) {
      if (image.equals(",") && NUMBER.matcher(image(index + 1)).matches()) {
        return "a number is written without commas, such as 1000.5; a list is put in parentheses";
      }
      if (image.startsWith("_") && isAdjacent(index - 1)) {
        return "a number is written without `_`, such as 1000";
      }
    }
    if (isText(index - 1) && isAdjacent(index - 1) && !image.equals(")")) {
      return "a quote within a text is written twice: 'O''Brien'";
    }
    if (before.equals(".") && image(index + 1).equals("(")) {
      return OtherLanguages.function(word)
          .orElse("SQL has functions in place of methods: " + word + "(value)");
    }
    if (before.equals("[") && (image.equals("*") || image.equals(":"))) {
      return "all events of a step are taken by aggregates, such as SUM(step.field) and COUNT(step)";
    }
    if (image.equals(":") && !isBehindValue()) {
      return "write the value itself";
    }
    if (image.equals(":")) {
      return image(index + 1).equals(":") && isAdjacent(index)
          ? "write CAST(value AS TYPE)"
          : "a field of a field is written with a dot, as in place.city";
    }
    if (image.equals(">") && image(index - 1).equals("-") && isAdjacent(index - 1)) {
      return "a field of a field is written with a dot; one of a text in JSON is"
          + " JSON_VALUE(text, '$.field')";
    }
    if (image.equals("*") && image(index - 1).equals("*")) {
      return "write POWER(number, 2)";
    }
    if (image.equals("|") && isAdjacent(index - 1) && isAdjacent(index)) {
      return "conditions are joined by OR; in place of a modifier write LIKE: field LIKE '%text%'";
    }
    if (image.equals(",") && isWithinCast()) {
      return "write CAST(value AS TYPE)";
    }
    if (image.equals(")") && (before.equals("(") || before.equals(","))) {
      return "a value is missing before it";
    }
    if (image(index + 1).equals("(") && TYPES.contains(word)) {
      return "write CAST(value AS " + word + ")";
    }
    if (LITERALS.contains(before) && !isText(index)) {
      String name = image(index - 1);
      return "`"
          + name
          + "` is a keyword of SQL: put a name like that in backticks; a literal is such as"
          + " DATE '2024-12-31' or INTERVAL '5' SECOND";
    }
    return OtherLanguages.symbol(image)
        .or(() -> OtherLanguages.word(word))
        .orElseGet(() -> ofPlace(image, word));
  }

  /** A hint where only the kind of the token tells what may be wrong. */
  private String ofPlace(String image, String word) {
    boolean letter = !image.isEmpty() && Character.isLetter(image.charAt(0));
    if (letter && unexpected.kind != FlinkSqlParserImplConstants.IDENTIFIER) {
      return ExpressionParser.EXPRESSION_KEYWORDS.contains(word)
          ? null
          : "`" + image + "` is a keyword of SQL: put a name like that in backticks";
    }
    boolean value = letter || isText(index) || NUMBER.matcher(image).matches();
    return value && isBehindValue() ? "an operator such as AND or `=` is missing before it" : null;
  }

  private boolean isBehindValue() {
    return index > 0
        && (isText(index - 1)
            || image(index - 1).equals(")")
            || tokens.get(index - 1).kind == FlinkSqlParserImplConstants.IDENTIFIER
            || NUMBER.matcher(image(index - 1)).matches());
  }

  /** Whether the innermost parenthesis around the token is that of a CAST. */
  private boolean isWithinCast() {
    int depth = 0;
    for (int i = index - 1; i > 0; i--) {
      depth += image(i).equals(")") ? 1 : image(i).equals("(") ? -1 : 0;
      if (depth < 0) {
        return word(i - 1).endsWith("CAST");
      }
    }
    return false;
  }

  /** An operator that other languages have, and that is several tokens here. */
  private String operatorAt(int place) {
    int first = beginOfOperator(place);
    StringBuilder operator = new StringBuilder(image(first));
    for (int i = first; isOneOperator(i); i++) {
      operator.append(image(i + 1));
    }
    return operator.toString();
  }

  private int beginOfOperator(int place) {
    int first = place;
    while (first > 0 && isOneOperator(first - 1)) {
      first--;
    }
    return first;
  }

  /** Whether a `=`, and what stands right behind it, are written as one operator. */
  private boolean isOneOperator(int place) {
    return image(place).equals("=")
        && (image(place + 1).equals("=") || image(place + 1).equals("<"))
        && isAdjacent(place);
  }

  /** Whether nothing is between a token and the next one. */
  private boolean isAdjacent(int place) {
    if (place < 0 || place + 1 >= tokens.size()) {
      return false;
    }
    Token token = tokens.get(place);
    Token next = tokens.get(place + 1);
    return token.endLine == next.beginLine && token.endColumn + 1 == next.beginColumn;
  }

  private boolean isText(int place) {
    return image(place).startsWith("'");
  }

  private String image(int place) {
    return place < 0 || place >= tokens.size() ? "" : tokens.get(place).image;
  }

  private String word(int place) {
    return image(place).toUpperCase(Locale.ROOT);
  }
}
