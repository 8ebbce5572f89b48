package org.pyflinkcep.matcher;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Which windows bound the time from the last event taken to the next, wherever a step takes one.
 *
 * <p>A loop's {@code times_within} bounds each gap between two of its own events, those of a
 * repeated group among them, and no other; a {@code within_previous} that before each event of its
 * step or group.
 */
final class Gaps {

  private final Map<String, Integer> stepNumbers;
  private final Groups groups;

  Gaps(Groups groups, Map<String, Integer> stepNumbers) {
    this.groups = groups;
    this.stepNumbers = stepNumbers;
  }

  /**
   * What bounds the time before an event of a step.
   *
   * @param isFirst whether an event is taken in the first passage of a loop, for the step itself
   *     and each group around it
   * @return null: nothing
   */
  Gap before(StepSpec step, Predicate<StepSpec> isFirst) {
    long[] limits = new long[stepNumbers.size()];
    Arrays.fill(limits, Gap.NONE);
    boolean[] before = new boolean[limits.length];
    StepSpec inner = null;
    for (StepSpec outer = step; outer != null; inner = outer, outer = groups.of(outer)) {
      if (inner != null) {
        for (StepSpec earlier : outer.group()) {
          if (earlier == inner) {
            break;
          }
          mark(earlier, before);
        }
      }
      if (outer.times() != null && !isFirst.test(outer)) {
        mark(outer, before);
      }
      for (int i = 0; i < limits.length; i++) {
        if (outer.withinPrevious() != null) {
          limits[i] = Math.min(limits[i], outer.withinPrevious());
        }
        if (before[i] && outer.times() != null && outer.times().within() != null) {
          limits[i] = Math.min(limits[i], outer.times().within());
        }
      }
    }
    return Gap.of(limits);
  }

  /** How long after the last event taken an absence holds; null: until the next one is taken. */
  Gap ofAbsence(StepSpec step) {
    long[] limits = new long[stepNumbers.size()];
    Arrays.fill(limits, step.withinPrevious() == null ? Gap.NONE : step.withinPrevious());
    return Gap.of(limits);
  }

  /** Notes that the last event may be one of a step's, or of those in a group. */
  private void mark(StepSpec step, boolean[] marked) {
    if (step.isGroup()) {
      step.group().forEach(inner -> mark(inner, marked));
    } else {
      marked[stepNumbers.get(step.name())] = true;
    }
  }
}
