package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Which group each step of a pattern stands in. */
final class Groups {

  private final Map<StepSpec, StepSpec> groups = new IdentityHashMap<>();

  Groups(PatternSpec pattern) {
    find(pattern.steps(), null);
  }

  private void find(List<StepSpec> steps, StepSpec group) {
    for (StepSpec step : steps) {
      groups.put(step, group);
      if (step.isGroup()) {
        find(step.group(), step);
      }
    }
  }

  /** The innermost group around a step or a group; null: none. */
  StepSpec of(StepSpec step) {
    return groups.get(step);
  }

  /** The groups that begin with the step, the innermost first. */
  List<StepSpec> begunBy(StepSpec step) {
    List<StepSpec> begun = new ArrayList<>();
    StepSpec head = step;
    for (StepSpec group = of(head); group != null && group.group().get(0) == head; ) {
      begun.add(group);
      head = group;
      group = of(head);
    }
    return begun;
  }
}
