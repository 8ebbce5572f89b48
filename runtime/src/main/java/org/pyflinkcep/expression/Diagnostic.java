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

  /** The diagnostic as text: where and what, the source underlined, and the hint. */
  public String render() {
    StringBuilder text = new StringBuilder(location);
    if (source != null) {
      text.append(':').append(line).append(':').append(column);
    }
    text.append(": error[").append(code).append("]: ").append(message);
    if (source != null) {
      String gutter = "  " + line + " | ";
      text.append('\n').append(gutter).append(source.split("\\R", -1)[line - 1]);
      text.append('\n').append(" ".repeat(gutter.length() - 2)).append("| ");
      text.append(" ".repeat(column - 1)).append("^".repeat(Math.max(1, length)));
    }
    if (hint != null) {
      text.append("\n\nhint: ").append(hint);
    }
    return text.toString();
  }
}
