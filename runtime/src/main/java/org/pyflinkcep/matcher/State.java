package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.List;

/** A state of a pattern's automaton: what a partial match waits for. */
final class State {

  /** What becomes of a partial match that gets here. */
  enum Kind {
    NORMAL,
    /** It is a match. */
    FINAL,
    /** It is dropped: an event came that must not. */
    STOP,
    /** It is a match once its window has passed. */
    PENDING
  }

  /** What a transition does with the event. */
  enum Action {
    /** The event becomes part of the match. */
    TAKE,
    /** The event is passed over. */
    IGNORE,
    /** The event is left to the target state. */
    PROCEED
  }

  record Transition(Action action, State target, Guard guard) {}

  final int index;
  final String name;
  final int step;
  final Kind kind;
  final List<Transition> transitions = new ArrayList<>();

  /** The longest time from the last event taken to the next, in ms; 0: no limit. */
  long previousWindow;

  private Decision decision;

  State(int index, String name, int step, Kind kind) {
    this.index = index;
    this.name = name;
    this.step = step;
    this.kind = kind;
  }

  void take(State target, Guard guard) {
    transitions.add(new Transition(Action.TAKE, target, guard));
  }

  void ignore(State target, Guard guard) {
    transitions.add(new Transition(Action.IGNORE, target, guard));
  }

  void proceed(State target, Guard guard) {
    transitions.add(new Transition(Action.PROCEED, target, guard));
  }

  boolean isFinal() {
    return kind == Kind.FINAL;
  }

  /** The first question that an event is asked in this state. */
  Decision decision(int conditions, boolean start) {
    if (decision == null) {
      decision = Decision.first(this, conditions, start);
    }
    return decision;
  }

  @Override
  public String toString() {
    return name;
  }
}
