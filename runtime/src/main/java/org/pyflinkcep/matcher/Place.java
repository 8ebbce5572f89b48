package org.pyflinkcep.matcher;

import java.util.List;

/** A step within its sequence; {@code following} is the step after it, in an outer sequence too. */
record Place(List<StepSpec> steps, int index, StepSpec group, StepSpec following) {
  StepSpec step() {
    return steps.get(index);
  }

  /** Whether the states of the step behind an absence look after it: those of a single step do. */
  boolean isFollowedBySingle() {
    int next = index + 1;
    while (next < steps.size() && steps.get(next).contiguity() == Contiguity.NOT_FOLLOWED_BY) {
      next++;
    }
    if (next == steps.size() || steps.get(next).contiguity() == Contiguity.NOT_NEXT) {
      return false;
    }
    while (next < steps.size() && steps.get(next).optional() && !steps.get(next).isGroup()) {
      next++;
    }
    if (next < steps.size() && PatternRestrictions.canBeginLater(steps.get(next))) {
      return false;
    }
    // Where all may be left out, what comes behind the sequence has to look after it.
    return next < steps.size();
  }

  Place first() {
    return index == 0 ? this : before().first();
  }

  Place before() {
    return new Place(steps, index - 1, group, step());
  }

  static Place lastOf(List<StepSpec> steps, StepSpec group, StepSpec following) {
    return new Place(steps, steps.size() - 1, group, following);
  }
}
