package org.pyflinkcep.matcher;

import java.util.ArrayList;
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
        refuse(step, path + "[" + i + "]", hint(step, steps.subList(0, i)));
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
        // At a `not_next` it would bound the time to the next event, whatever that is.
        && step.contiguity() != Contiguity.NOT_NEXT
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

  /** What says the same in a condition; null where there is no event before. */
  private static String hint(StepSpec step, List<StepSpec> before) {
    List<String> times = new ArrayList<>();
    for (int i = before.size() - 1; i >= 0; i--) {
      StepSpec earlier = before.get(i);
      if (earlier.contiguity().isNegative()) {
        continue;
      }
      times.add("LAST(ROWTIME(" + (earlier.isGroup() ? "STEP" : earlier.name()) + "))");
      if (!earlier.optional()) {
        break;
      }
    }
    if (times.isEmpty()) {
      return null;
    }
    String last = times.size() == 1 ? times.get(0) : "COALESCE(" + String.join(", ", times) + ")";
    return "say it in the condition, as `… AND ROWTIME() - "
        + last
        + " < "
        + step.withinPrevious()
        + "`, in ms; a `within` of the rule then ends what waits in vain";
  }

  private void refuse(StepSpec step, String path, String hint) {
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
            hint));
  }
}
