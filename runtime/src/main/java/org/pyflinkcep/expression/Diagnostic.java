package org.pyflinkcep.expression;

import java.io.Serializable;

/**
 * One thing that is wrong with a pattern, and where.
 *
 * @param code a worded code, such as {@code unknown-step}
 * @param location which part of the pattern, such as {@code where of step `spend`}
 * @param source the whole expression, or null where the error is not in an expression
 * @param line the first line of the error in the source, from 1
 * @param column the first column of the error in the source, from 1
 * @param length how many characters of that line are wrong
 * @param message what was found, and what was expected
 * @param hint what to do, or null
 */
public record Diagnostic(
    String code,
    String location,
    String source,
    int line,
    int column,
    int length,
    String message,
    String hint)
    implements Serializable {

  /** The most that is shown of a line: what is around the error. */
  private static final int MAX_LINE = 120;

  /** The diagnostic as text: where and what, the source underlined, and the hint. */
  public String render() {
    StringBuilder text = new StringBuilder(location);
    if (source != null) {
      text.append(':').append(line).append(':').append(column);
    }
    text.append(": error[").append(code).append("]: ").append(message);
    if (source != null) {
      String gutter = "  " + line + " | ";
      String whole = source.split("\\R", -1)[line - 1];
      int from = whole.length() <= MAX_LINE ? 0 : Math.max(0, column - 1 - MAX_LINE / 2);
      int to = Math.min(whole.length(), from + MAX_LINE);
      String before = from == 0 ? "" : "...";
      text.append('\n').append(gutter).append(before).append(whole, from, to);
      text.append(to == whole.length() ? "" : "...");
      text.append('\n').append(" ".repeat(gutter.length() - 2)).append("| ");
      text.append(" ".repeat(before.length() + column - 1 - from));
      text.append("^".repeat(Math.max(1, Math.min(length, to - column + 1))));
    }
    if (hint != null) {
      text.append("\n\nhint: ").append(hint);
    }
    return text.toString();
  }
}
