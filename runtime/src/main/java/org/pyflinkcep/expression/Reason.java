package org.pyflinkcep.expression;

import java.util.List;

/**
 * A part of a condition that decided its value.
 *
 * @param sql the part as it was written, such as {@code amount > 500}
 * @param truth the part's own value
 * @param error what failed; null where nothing did
 * @param operands the values of the fields and steps that it refers to
 */
public record Reason(String sql, Truth truth, String error, List<Operand> operands) {

  /**
   * What a part refers to.
   *
   * @param sql the reference as it was written, such as {@code LAST(probe.merchant)}
   * @param value its value, as a SQL literal
   */
  public record Operand(String sql, String value) {}
}
