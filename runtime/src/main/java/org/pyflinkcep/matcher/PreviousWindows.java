package org.pyflinkcep.matcher;

import java.util.List;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;

/**
 * Refuses windows to the event before that would bound nothing, or more than what they stand at.
 *
 * <p>As in flink-cep, such a window counts while a partial match waits at the very step that has
 * it. After a loop of open length it waits at the loop, after a step that may be left out at that
 * step: there the window would be passed over without a word. Patterns keep flink-cep's meaning;
 * rules are ours to refuse.
 */
final class PreviousWindows {

  private final Diagnostics diagnostics;

  PreviousWindows(Diagnostics diagnostics) {
    this.diagnostics = diagnostics;
  }

  void check(PatternSpec pattern) {
    check(pattern.steps(), "steps", false, true);
  }

  /**
   * @param path what {@link PatternReader} calls the place of the steps
   * @param afterFixed whether it is settled when the event before the first step has come
   * @param last whether the pattern ends with these steps
   */
  private void check(List<StepSpec> steps, String path, boolean afterFixed, boolean last) {
    for (int i = 0; i < steps.size(); i++) {
      StepSpec step = steps.get(i);
      boolean settled = isSettled(steps, i, afterFixed);
      boolean isLast = last && i == steps.size() - 1;
      if (step.withinPrevious() != null && !(settled && isHeeded(step, isLast))) {
        refuse(step, path + "[" + i + "]", i == 0 ? null : steps.get(i - 1));
      }
      if (step.isGroup()) {
        boolean once = step.times() == null && !step.optional();
        check(step.group(), path + "[" + i + "]", settled && once, isLast);
      }
    }
  }

  private static boolean isHeeded(StepSpec step, boolean last) {
    return !step.isGroup()
        && step.times() == null
        && !step.optional()
        && (step.contiguity() != Contiguity.NOT_FOLLOWED_BY || last);
  }

  /** Whether the step before the given one ends with its last event. */
  private static boolean isSettled(List<StepSpec> steps, int index, boolean afterFixed) {
    int before = index - 1;
    while (before >= 0 && steps.get(before).contiguity() == Contiguity.NOT_FOLLOWED_BY) {
      before--;
    }
    return before < 0 ? afterFixed : isFixed(steps.get(before));
  }

  private static boolean isFixed(StepSpec step) {
    return step.contiguity() != Contiguity.NOT_NEXT
        && !step.optional()
        && (step.times() == null || Integer.valueOf(step.times().min()).equals(step.times().max()))
        && (!step.isGroup() || isSettled(step.group(), step.group().size(), false));
  }

  private void refuse(StepSpec step, String path, StepSpec before) {
    String named = before == null || before.isGroup() ? "STEP" : before.name();
    diagnostics.add(
        new Diagnostic(
            "window-without-effect",
            "within_previous of "
                + (step.isGroup() ? "group at " + path : "step `" + step.name() + "`"),
            null,
            0,
            0,
            0,
            "`within_previous` counts at a single step, after one that occurs a fixed number of times:"
                + " here it would bound nothing, or more than this step",
            "say it in a condition, such as ROWTIME() - LAST(ROWTIME("
                + named
                + ")) < "
                + step.withinPrevious()));
  }
}
