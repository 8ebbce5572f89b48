package org.pyflinkcep.matcher;

/**
 * A match under way: where it stands in the automaton, and what it has taken.
 *
 * @param state the index of its state
 * @param newest the event it took last
 * @param start the event it began with
 */
public record PartialMatch(int state, TakenEvent newest, Event start) {

  boolean startedBefore(PartialMatch other) {
    return start.id() < other.start.id();
  }
}
