package org.pyflinkcep.expression;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.parser.SqlParserPos;

/** Where in its text each part of an expression comes from. */
final class Sources {

  private enum Kind {
    JUNCTION,
    REFERENCE,
    OTHER
  }

  private record Source(SqlParserPos position, Kind kind) {}

  private final String sql;
  private final Map<Expression, Source> sources = new IdentityHashMap<>();

  Sources(String sql) {
    this.sql = sql;
  }

  void add(Expression expression, SqlNode node) {
    if (expression != null) {
      sources.put(expression, new Source(node.getParserPosition(), kind(node)));
    }
  }

  /** Whether it joins conditions: AND, OR or NOT, as it was written. */
  boolean isJunction(Expression expression) {
    Source source = sources.get(expression);
    // Parts of a junction that are put together anew have no source of their own.
    return (source == null || source.kind == Kind.JUNCTION)
        && Set.of("AND", "OR", "NOT").contains(expression.name());
  }

  /** Whether it stands for a value of an event, or of several: a field, LAST, COUNT, ROWTIME. */
  boolean isReference(Expression expression) {
    Source source = sources.get(expression);
    return source != null && source.kind == Kind.REFERENCE && !expression.isConstant();
  }

  /** The part as it was written. */
  String text(Expression expression) {
    Source source = sources.get(expression);
    String text = source == null ? null : text(source.position);
    return text == null ? spelled(expression) : text;
  }

  /** The canonical text of what was not written as such, as a person would write it. */
  private static String spelled(Expression expression) {
    String text = expression.canonical().replaceAll("`(\\w+)`", "$1");
    return text.startsWith("(") && text.endsWith(")") ? text.substring(1, text.length() - 1) : text;
  }

  private static Kind kind(SqlNode node) {
    if (node instanceof SqlIdentifier) {
      return Kind.REFERENCE;
    }
    if (!(node instanceof SqlCall call)) {
      return Kind.OTHER;
    }
    return switch (call.getKind()) {
      case AND, OR, NOT -> Kind.JUNCTION;
      case FIRST, LAST, FILTER -> Kind.REFERENCE;
      default -> {
        String name = Checker.name(call);
        yield OverStepChecker.AGGREGATES.contains(name) || name.equals("ROWTIME")
            ? Kind.REFERENCE
            : Kind.OTHER;
      }
    };
  }

  /** The text at a position, on one line, or null where it can't be made out. */
  private String text(SqlParserPos position) {
    String[] lines = sql.split("\\R", -1);
    int first = position.getLineNum() - 1;
    int last = position.getEndLineNum() - 1;
    if (first < 0 || last >= lines.length) {
      return null;
    }
    StringBuilder text = new StringBuilder();
    for (int i = first; i <= last; i++) {
      int from = i == first ? position.getColumnNum() - 1 : 0;
      int to = i == last ? position.getEndColumnNum() : lines[i].length();
      if (from < 0 || from > to || to > lines[i].length()) {
        return null;
      }
      text.append(i == first ? "" : " ").append(lines[i], from, to);
    }
    return balanced(text.toString().strip().replaceAll("\\s+", " "));
  }

  /** Positions leave out the parentheses around an operand at the edge. */
  private static String balanced(String text) {
    int open = 0;
    int missing = 0;
    char quote = 0;
    for (char c : text.toCharArray()) {
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '\'' || c == '`') {
        quote = c;
      } else if (c == '(') {
        open++;
      } else if (c == ')' && open-- == 0) {
        open = 0;
        missing++;
      }
    }
    return "(".repeat(missing) + text + ")".repeat(open);
  }
}
