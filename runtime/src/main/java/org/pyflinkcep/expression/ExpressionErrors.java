package org.pyflinkcep.expression;

import java.util.List;
import java.util.Locale;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.parser.SqlParserPos;

/** Reports the errors of one expression, each at its place in the source. */
final class ExpressionErrors {

  /** How many errors of one expression are reported, the last of which says that there are more. */
  private static final int MAX_ERRORS = 50;

  private static final int SHOWN_OF_TOO_LONG = 60;

  private final String source;
  private final String location;
  private final Diagnostics diagnostics;
  private int count;

  ExpressionErrors(String source, String location, Diagnostics diagnostics) {
    this.source =
        source.length() > ParserLimits.MAX_LENGTH
            ? source.substring(0, SHOWN_OF_TOO_LONG) + "..."
            : source;
    this.location = location;
    this.diagnostics = diagnostics;
  }

  boolean none() {
    return count == 0;
  }

  /** Reports an error of the whole expression. */
  void add(String code, String message) {
    add(code, message, null);
  }

  /** Reports an error of the whole expression. */
  void add(String code, String message, String hint) {
    add(code, 1, 1, lineLength(1), message, hint);
  }

  void add(String code, SqlNode node, String message, String hint) {
    add(code, node.getParserPosition(), message, hint);
  }

  void add(String code, SqlParserPos position, String message, String hint) {
    int line = Math.max(1, position.getLineNum());
    int column = Math.max(1, position.getColumnNum());
    int last = position.getEndLineNum() == line ? position.getEndColumnNum() : lineLength(line);
    add(code, line, column, last - column + 1, message, hint);
  }

  void add(String code, int line, int column, int length, String message, String hint) {
    if (++count > MAX_ERRORS) {
      return;
    }
    if (count == MAX_ERRORS) {
      diagnostics.add(
          new Diagnostic(
              "too-many-errors", location, source, line, column, 1, "there are more errors", null));
      return;
    }
    diagnostics.add(
        new Diagnostic(code, location, source, line, column, Math.max(1, length), message, hint));
  }

  /** Reports arguments that a function can't take, and gives null in place of the call. */
  Expression wrongArguments(SqlNode call, String name, String known, List<Expression> arguments) {
    String given = arguments.stream().map(Expression::sqlType).collect(Collectors.joining(", "));
    String hint =
        name.equals("||") ? "`||` joins texts, and conditions are joined by OR" : "it is " + known;
    add("wrong-arguments", call, name + " can't take (" + given + ")", hint);
    return null;
  }

  /** Reports a constant that can't be a regular expression. */
  void badRegex(SqlNode node, PatternSyntaxException e) {
    String place = e.getIndex() < 0 ? "" : ", at character " + (e.getIndex() + 1);
    add("bad-pattern", node, "no regular expression: " + e.getDescription() + place, null);
  }

  /**
   * Reports what failed in a way that was not thought of, and gives null in its place. Errors of
   * the JVM itself are thrown.
   *
   * @param node null: it is not known which part of the expression
   */
  Expression internal(SqlNode node, Throwable failure) {
    if (failure instanceof VirtualMachineError error) {
      throw error;
    }
    String message = "this can't be checked: " + failure;
    String hint = "this is a defect of pyflink-cep: please report it, with the expression";
    if (node == null) {
      add("internal-error", 1, 1, lineLength(1), message, hint);
    } else {
      add("internal-error", node, message, hint);
    }
    return null;
  }

  /** Reports what is SQL, but not here, and gives null in its place. */
  Expression unsupported(SqlNode node) {
    String what = "this";
    if (node.getKind() == SqlKind.SELECT) {
      what = "a subquery";
    } else if (node instanceof SqlCall call && isWritten(call.getOperator().getName())) {
      what = "`" + call.getOperator().getName() + "`";
    }
    add(
        "unsupported",
        node,
        what + " can't be used in conditions and measures",
        unsupportedHint(node));
    return null;
  }

  /** Some operators have a name that nobody writes, such as DOT. */
  private boolean isWritten(String operator) {
    return source.toUpperCase(Locale.ROOT).contains(operator.toUpperCase(Locale.ROOT));
  }

  private static String unsupportedHint(SqlNode node) {
    if (node.getKind() == SqlKind.DYNAMIC_PARAM) {
      return "write the value itself";
    }
    String word = node instanceof SqlCall call ? call.getOperator().getName() : "";
    return OtherLanguages.word(node.getKind() == SqlKind.SELECT ? "EXISTS" : word).orElse(null);
  }

  private int lineLength(int line) {
    return source.split("\\R", -1)[line - 1].length();
  }
}
