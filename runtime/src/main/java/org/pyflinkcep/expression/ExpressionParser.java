package org.pyflinkcep.expression;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.calcite.avatica.util.Casing;
import org.apache.calcite.runtime.CalciteContextException;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.validate.SqlConformanceEnum;
import org.apache.flink.sql.parser.impl.FlinkSqlParserImpl;
import org.apache.flink.sql.parser.impl.FlinkSqlParserImplConstants;
import org.apache.flink.sql.parser.impl.FlinkSqlParserImplTokenManager;
import org.apache.flink.sql.parser.impl.ParseException;
import org.apache.flink.sql.parser.impl.SimpleCharStream;
import org.apache.flink.sql.parser.impl.Token;
import org.apache.flink.sql.parser.impl.TokenMgrError;

/**
 * Parses an expression with Flink SQL's grammar.
 *
 * <p>Unlike in Flink SQL, a field or a step whose name is a reserved word needs no backticks where
 * its place tells it from the keyword: {@code end.amount}, {@code value > 1}.
 */
final class ExpressionParser {

  private static final int MAX_NAME_LENGTH = 1024;

  /** Keywords that make up expressions: a field with such a name takes backticks. */
  static final Set<String> EXPRESSION_KEYWORDS =
      Set.of(
          "AND",
          "OR",
          "NOT",
          "CASE",
          "WHEN",
          "THEN",
          "ELSE",
          "END",
          "IS",
          "NULL",
          "TRUE",
          "FALSE",
          "UNKNOWN",
          "IN",
          "BETWEEN",
          "LIKE",
          "SIMILAR",
          "TO",
          "ESCAPE",
          "AS",
          "FROM",
          "FOR",
          "DISTINCT",
          "ROW",
          "ARRAY",
          "MAP");

  /**
   * Aggregates that the grammar has with clauses of their own, and without a FILTER. Where one is
   * filtered, it is parsed inside a call of {@link #FILTERED}.
   */
  private static final Set<String> UNFILTERED = Set.of("JSON_ARRAYAGG", "JSON_OBJECTAGG");

  /** The name of a call that stands around an aggregate with a FILTER, and is not written. */
  static final String FILTERED = "FILTERED AGGREGATE";

  private static final Set<String> TYPED_LITERALS = Set.of("DATE", "TIME", "TIMESTAMP", "INTERVAL");

  private final Set<String> fields;
  private final Set<String> steps;

  ExpressionParser(Set<String> fields, Set<String> steps) {
    this.fields = fields;
    this.steps = steps;
  }

  /** The parsed expression, or null after its errors were reported. */
  SqlNode parse(String sql, ExpressionErrors errors) {
    if (!ParserLimits.allow(sql, errors)) {
      return null;
    }
    List<Token> all = List.of();
    try {
      Tokens tokens = new Tokens(sql);
      all = tokens.all;
      if (!ParserLimits.allow(tokens.all, errors)) {
        return null;
      }
      FlinkSqlParserImpl parser = new FlinkSqlParserImpl(tokens);
      parser.setQuotedCasing(Casing.UNCHANGED);
      parser.setUnquotedCasing(Casing.UNCHANGED);
      parser.setIdentifierMaxLength(MAX_NAME_LENGTH);
      parser.setConformance(SqlConformanceEnum.LENIENT);
      return parser.parseSqlExpressionEof();
    } catch (ParseException e) {
      SyntaxHints.report(unexpected(e), all, sql, errors);
    } catch (TokenMgrError e) {
      SyntaxHints.report(e, sql, errors);
    } catch (CalciteContextException e) {
      report(e, errors);
    } catch (Exception e) {
      errors.add("syntax", e.getMessage());
    }
    return null;
  }

  /** Reports what the parser finds once it has read the tokens. */
  private static void report(CalciteContextException e, ExpressionErrors errors) {
    String message = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
    String hint = message.startsWith("BETWEEN") ? "write BETWEEN 1 AND 5" : null;
    errors.add("syntax", e.getPosLine(), e.getPosColumn(), 1, message, hint);
  }

  private static Token unexpected(ParseException e) {
    Token token = e.currentToken.next;
    int matched = 0;
    while (token.next != null && startsAnExpected(e, matched, token)) {
      token = token.next;
      matched++;
    }
    return token;
  }

  private static boolean startsAnExpected(ParseException e, int index, Token token) {
    for (int[] sequence : e.expectedTokenSequences) {
      if (sequence.length > index + 1 && sequence[index] == token.kind) {
        return true;
      }
    }
    return false;
  }

  /** The tokens of an expression, where names that are reserved words have become identifiers. */
  private final class Tokens extends FlinkSqlParserImplTokenManager {

    private final List<Token> all = new ArrayList<>();
    private int position;

    Tokens(String sql) {
      super(characters(sql));
      SwitchTo(FlinkSqlParserImplConstants.BTID);
      Token token;
      do {
        token = super.getNextToken();
        all.add(token);
      } while (token.kind != FlinkSqlParserImplConstants.EOF);
      for (int i = 0; i < all.size(); i++) {
        if (isName(i)) {
          all.get(i).kind = FlinkSqlParserImplConstants.IDENTIFIER;
        }
      }
      for (int i = all.size() - 1; i >= 0; i--) {
        int end = UNFILTERED.contains(image(i).toUpperCase(Locale.ROOT)) ? closing(i + 1) : -1;
        if (end >= 0 && image(end + 1).equalsIgnoreCase("FILTER")) {
          add(end + 1, FlinkSqlParserImplConstants.RPAREN, ")", all.get(end));
          add(i, FlinkSqlParserImplConstants.LPAREN, "(", all.get(i));
          add(i, FlinkSqlParserImplConstants.IDENTIFIER, FILTERED, all.get(i));
        }
      }
    }

    /** The place of the parenthesis that closes the one at a place, or -1. */
    private int closing(int open) {
      int depth = 0;
      for (int i = open; i < all.size(); i++) {
        depth += image(i).equals("(") ? 1 : image(i).equals(")") ? -1 : 0;
        if (depth == 0) {
          return image(i).equals(")") ? i : -1;
        }
      }
      return -1;
    }

    /** Adds a token that is not written, with the place of one that is. */
    private void add(int index, int kind, String image, Token at) {
      Token token = new Token();
      token.kind = kind;
      token.image = image;
      token.beginLine = at.beginLine;
      token.beginColumn = at.beginColumn;
      token.endLine = at.endLine;
      token.endColumn = at.endColumn;
      all.add(index, token);
    }

    @Override
    public Token getNextToken() {
      return all.get(Math.min(position++, all.size() - 1));
    }

    private boolean isName(int i) {
      String image = image(i);
      String keyword = image.toUpperCase(Locale.ROOT);
      if (image.isEmpty() || !Character.isLetter(image.charAt(0)) || image(i + 1).equals("(")) {
        return false;
      }
      if (image(i - 1).equals(".") || image(i + 1).equals(".")) {
        return true;
      }
      if (steps.contains(image) && image(i - 1).equals("(") && image(i + 1).equals(")")) {
        return true;
      }
      return fields.contains(image)
          && !EXPRESSION_KEYWORDS.contains(keyword)
          && !isTimeKeyword(i, keyword);
    }

    /** Whether a keyword such as DATE or YEAR is used as one. */
    private boolean isTimeKeyword(int i, String keyword) {
      String before = image(i - 1).toUpperCase(Locale.ROOT);
      return TYPED_LITERALS.contains(keyword) && image(i + 1).startsWith("'")
          || before.startsWith("'")
          || before.equals("TO")
          || before.equals("AS")
          || before.equals("(")
              && image(i - 2).toUpperCase(Locale.ROOT).matches("TIMESTAMP(ADD|DIFF)")
          || image(i + 1).toUpperCase(Locale.ROOT).equals("FROM");
    }

    private String image(int i) {
      return i < 0 || i >= all.size() ? "" : all.get(i).image;
    }
  }

  private static SimpleCharStream characters(String sql) {
    return new SimpleCharStream(new StringReader(sql)) {
      {
        setTabSize(1);
      }
    };
  }
}
