package org.pyflinkcep.matcher;

import java.util.List;
import org.pyflinkcep.matcher.State.Action;
import org.pyflinkcep.matcher.State.Kind;
import org.pyflinkcep.matcher.State.Transition;

/**
 * Where all that comes behind a {@code not_next} may be left out, the next event completes the
 * match: only then is it known that it is not what must not come.
 */
final class NextAbsences {

  private NextAbsences() {}

  static void settle(List<State> states) {
    for (State state : states) {
      if (state.kind == Kind.NORMAL && state.ofNextEvent) {
        settle(state);
      }
    }
  }

  private static void settle(State absence) {
    Guard complete = null;
    Guard stopped = null;
    for (Transition transition : absence.transitions) {
      if (transition.action() == Action.PROCEED) {
        State target = transition.target();
        if (target.kind != Kind.STOP) {
          complete = or(complete, and(transition.guard(), wayToEnd(target)));
        } else if (!target.ofNextEvent) {
          stopped = or(stopped, transition.guard());
        }
      }
    }
    State end = complete == null ? null : end(absence);
    if (end != null) {
      absence.ignore(end, StepGuards.unless(complete, stopped));
    }
  }

  /** When a match is complete without an event more; null: never. */
  private static Guard wayToEnd(State state) {
    if (state.isFinal()) {
      return Guard.ALWAYS;
    }
    Guard way = null;
    for (Transition transition : state.transitions) {
      // Another absence asks for itself.
      if (transition.action() == Action.PROCEED && !transition.target().ofNextEvent) {
        way = or(way, and(transition.guard(), wayToEnd(transition.target())));
      }
    }
    return way;
  }

  private static State end(State state) {
    if (state.isFinal()) {
      return state;
    }
    return state.transitions.stream()
        .filter(transition -> transition.action() == Action.PROCEED)
        .map(transition -> end(transition.target()))
        .filter(end -> end != null)
        .findFirst()
        .orElse(null);
  }

  private static Guard and(Guard left, Guard right) {
    return right == null ? null : Guard.and(left, right);
  }

  private static Guard or(Guard left, Guard right) {
    return left == null ? right : right == null ? left : Guard.or(left, right);
  }
}
