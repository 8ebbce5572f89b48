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

  /**
   * A way on.
   *
   * @param gap what bounds the time since the last event taken; null: nothing. The guard asks for
   *     it too
   */
  record Transition(Action action, State target, Guard guard, Gap gap) {
    Transition to(State other) {
      return new Transition(action, other, guard, gap);
    }

    Transition unless(Guard refused) {
      return new Transition(action, target, Guard.and(guard, Guard.not(refused)), gap);
    }
  }

  /** Its place among the automaton's states. */
  int index;

  /** The number of its step; negative where it has none. */
  final int step;

  final Kind kind;
  final List<Transition> transitions = new ArrayList<>();

  /** How long it may be waited for what brings a partial match on; null: without end. */
  Gap wait;

  /**
   * Whether what waits here in vain is no timeout: it has had enough, and might have had more. What
   * goes on without more does so beside it.
   */
  boolean hasEnough;

  /**
   * Whether it is about the very next event: of an absence, that what it asks is not for the event
   * that leads to it; of a stop, that it ends no way but that through the absence.
   */
  boolean ofNextEvent;

  /** The absence by whose silence what waits here becomes a match; null: none. */
  State silence;

  /** Where it goes on after that silence; null: nowhere. */
  State afterSilence;

  private Decision decision;

  State(int step, Kind kind) {
    this.step = step;
    this.kind = kind;
  }

  void take(State target, Guard guard) {
    take(target, guard, null);
  }

  void take(State target, Guard guard, Gap gap) {
    transitions.add(new Transition(Action.TAKE, target, guard, gap));
  }

  void ignore(State target, Guard guard) {
    transitions.add(new Transition(Action.IGNORE, target, guard, null));
  }

  void proceed(State target, Guard guard) {
    transitions.add(new Transition(Action.PROCEED, target, guard, null));
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
    return kind + " " + index;
  }
}
