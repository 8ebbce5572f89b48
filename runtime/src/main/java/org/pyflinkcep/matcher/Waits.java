package org.pyflinkcep.matcher;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import org.pyflinkcep.matcher.State.Action;
import org.pyflinkcep.matcher.State.Kind;
import org.pyflinkcep.matcher.State.Transition;

/**
 * How long a partial match may wait in a state: until all that could bring it on would come too
 * late.
 */
final class Waits {

  private Waits() {}

  static void settle(List<State> states, int steps) {
    if (states.stream().flatMap(s -> s.transitions.stream()).noneMatch(t -> t.gap() != null)) {
      return;
    }
    for (State state : states) {
      if (state.kind == Kind.NORMAL) {
        settle(state, steps);
      }
    }
  }

  private static void settle(State from, int steps) {
    long[] limits = new long[steps];
    BitSet seen = new BitSet();
    Deque<State> open = new ArrayDeque<>(List.of(from));
    while (!open.isEmpty()) {
      State state = open.poll();
      if (seen.get(state.index) || state.kind == Kind.STOP) {
        continue;
      }
      seen.set(state.index);
      if (state.kind == Kind.PENDING) {
        return;
      }
      // It is a match already.
      from.hasEnough |= state.isFinal();
      for (Transition transition : state.transitions) {
        if (transition.action() == Action.PROCEED) {
          open.add(transition.target());
        } else if (transition.action() == Action.TAKE || transition.target().isFinal()) {
          if (transition.gap() == null) {
            return;
          }
          for (int step = 0; step < steps; step++) {
            limits[step] = Math.max(limits[step], transition.gap().after(step));
          }
        }
      }
    }
    if (Arrays.stream(limits).anyMatch(limit -> limit > 0)) {
      from.wait = Gap.of(limits);
    }
  }
}
