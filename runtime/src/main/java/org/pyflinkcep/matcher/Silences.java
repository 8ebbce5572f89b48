package org.pyflinkcep.matcher;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.pyflinkcep.matcher.State.Action;
import org.pyflinkcep.matcher.State.Kind;
import org.pyflinkcep.matcher.State.Transition;

/**
 * Where a partial match waits for more of a loop, or for what may be left out, it is complete once
 * the window of a last absence has passed: with no further event, too.
 */
final class Silences {

  private final UnaryOperator<State> newCopy;
  private final Map<State, State> copies = new IdentityHashMap<>();

  private Silences(UnaryOperator<State> newCopy) {
    this.newCopy = newCopy;
  }

  /**
   * @param newCopy adds a state of the same step and kind
   */
  static void settle(List<State> states, UnaryOperator<State> newCopy) {
    Silences silences = new Silences(newCopy);
    for (State state : states) {
      state.silence = state.kind == Kind.NORMAL ? silenceBehind(state) : null;
    }
    for (State state : states) {
      if (state.silence != null && state.silence.wait != null) {
        State rest = silences.withoutSilence(state);
        state.afterSilence = goesOn(rest) ? rest : null;
      }
    }
  }

  private static State silenceBehind(State from) {
    Set<State> seen = new HashSet<>();
    Deque<State> open = new ArrayDeque<>(List.of(from));
    while (!open.isEmpty()) {
      State state = open.poll();
      if (state.kind == Kind.PENDING) {
        return state;
      }
      if (state.kind == Kind.NORMAL && seen.add(state)) {
        proceeding(state).forEach(open::add);
      }
    }
    return null;
  }

  private static List<State> proceeding(State state) {
    return state.transitions.stream()
        .filter(transition -> transition.action() == Action.PROCEED)
        .map(Transition::target)
        .toList();
  }

  /** The same, once it has been complete by silence: that comes of it no more. */
  private State withoutSilence(State state) {
    State known = copies.get(state);
    if (known != null) {
      return known;
    }
    State copy = newCopy.apply(state);
    copy.hasEnough = true;
    copies.put(state, copy);
    for (Transition transition : state.transitions) {
      State target = transition.target();
      if (transition.action() == Action.PROCEED && target.kind == Kind.PENDING) {
        for (Transition stop : target.transitions) {
          if (stop.action() == Action.PROCEED) {
            copy.proceed(stop.target(), Guard.and(transition.guard(), stop.guard()));
          }
        }
      } else if (transition.action() != Action.TAKE && target.silence != null) {
        copy.transitions.add(transition.to(withoutSilence(target)));
      } else {
        copy.transitions.add(transition);
      }
    }
    return copy;
  }

  private static boolean goesOn(State from) {
    Set<State> seen = new HashSet<>();
    Deque<State> open = new ArrayDeque<>(List.of(from));
    while (!open.isEmpty()) {
      State state = open.poll();
      if (state.kind == Kind.NORMAL && seen.add(state)) {
        if (state.transitions.stream().anyMatch(t -> t.action() != Action.PROCEED)) {
          return true;
        }
        proceeding(state).forEach(open::add);
      }
    }
    return false;
  }
}
