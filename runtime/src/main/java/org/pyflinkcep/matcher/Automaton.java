package org.pyflinkcep.matcher;

import java.util.List;

/**
 * A compiled pattern.
 *
 * @param states all states; a state's index is its place
 * @param start the state that every event may begin a partial match from
 * @param window the longest time from a match's first event to its last, in ms; 0: no limit
 * @param conditions how many conditions its guards refer to
 * @param repeatsItself whether it can reach one match in two ways that differ in nothing, because a
 *     repeated or optional group can be passed without an event in several
 */
record Automaton(
    List<State> states, State start, long window, int conditions, boolean repeatsItself) {

  Decision startDecision() {
    return start.decision(conditions, true);
  }

  Decision decision(State state) {
    return state.decision(conditions, false);
  }

  /** The states in which a partial match can wait for an event. */
  State[] waitingStates() {
    return states.stream()
        .flatMap(s -> s.transitions.stream())
        .filter(t -> t.action() != State.Action.PROCEED)
        .map(State.Transition::target)
        .filter(s -> s.kind == State.Kind.NORMAL || s.kind == State.Kind.PENDING)
        .filter(s -> s != start)
        .distinct()
        .toArray(State[]::new);
  }
}
