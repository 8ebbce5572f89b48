package org.pyflinkcep.matcher;

import java.util.Arrays;

/**
 * How long after the last event that a partial match has taken the next one may come. It depends on
 * the step that took the last one: a loop bounds the time between its own events alone.
 */
final class Gap {

  /** No bound, in the numbers that a gap is made of and that it is asked for. */
  static final long NONE = Long.MAX_VALUE;

  private final long[] limits;

  private Gap(long[] limits) {
    this.limits = limits;
  }

  /**
   * @param limits by the number of the step that took the last event, the first time in ms that is
   *     too late
   * @return null where nothing is bounded
   */
  static Gap of(long[] limits) {
    return Arrays.stream(limits).allMatch(limit -> limit == NONE) ? null : new Gap(limits);
  }

  /** The first time that is too late, in ms after an event that the given step took. */
  long after(int step) {
    return limits[step];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Gap gap && Arrays.equals(limits, gap.limits);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(limits);
  }

  @Override
  public String toString() {
    return "gap " + Arrays.toString(limits);
  }
}
