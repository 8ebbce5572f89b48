package org.pyflinkcep.expression;

import java.util.List;

/**
 * The value of a condition on an event, and why.
 *
 * @param truth the value
 * @param reasons the parts that decided it, from left to right
 * @param shortfall what it lacks to be TRUE
 */
public record Verdict(Truth truth, List<Reason> reasons, Shortfall shortfall) {

  public boolean holds() {
    return truth == Truth.TRUE;
  }
}
