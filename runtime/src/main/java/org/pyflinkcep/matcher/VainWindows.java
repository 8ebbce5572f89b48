package org.pyflinkcep.matcher;

import java.util.List;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;

/**
 * Refuses windows between two events where there is only one. flink-cep takes them, and so do
 * patterns; rules are ours to refuse.
 */
final class VainWindows {

  private final Diagnostics diagnostics;

  VainWindows(Diagnostics diagnostics) {
    this.diagnostics = diagnostics;
  }

  void check(PatternSpec pattern) {
    check(pattern.steps(), "steps", false);
  }

  /**
   * @param path what {@link PatternReader} calls the place of the steps
   * @param hasBefore whether there can be an event before the first step
   */
  private void check(List<StepSpec> steps, String path, boolean hasBefore) {
    for (int i = 0; i < steps.size(); i++) {
      StepSpec step = steps.get(i);
      String place = path + "[" + i + "]";
      boolean repeats = step.times() != null && !Integer.valueOf(1).equals(step.times().max());
      boolean bounds = hasBefore || i > 0 || repeats;
      if (step.isGroup()) {
        check(step.group(), place, bounds);
      } else if (step.withinPrevious() != null && !bounds) {
        refuse("within_previous", step, place, "before this step there is no event");
      }
      if (step.times() != null && step.times().within() != null && !repeats) {
        refuse("times_within", step, place, "a step that occurs once has no two events");
      }
    }
  }

  private void refuse(String key, StepSpec step, String place, String reason) {
    diagnostics.add(
        new Diagnostic(
            "window-without-effect",
            key + " of " + (step.isGroup() ? "group at " + place : "step `" + step.name() + "`"),
            null,
            0,
            0,
            0,
            "`" + key + "` bounds nothing here: " + reason,
            "leave it out; `within` bounds the whole match"));
  }
}
