package org.pyflinkcep.matcher;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.pyflinkcep.matcher.State.Action;
import org.pyflinkcep.matcher.State.Kind;
import org.pyflinkcep.matcher.State.Transition;

/**
 * A node of a state's decision tree: a condition to ask, or the outcome for an event whose answers
 * led here. Conditions are asked in the order in which flink-cep walks the state's transitions, and
 * none that doesn't matter. The tree grows where events lead.
 */
final class Decision {

  static final byte UNKNOWN = -1;

  private final State state;
  private final boolean start;
  private final byte[] known;

  /** The condition to ask; negative where {@link #outcome} is known. */
  final int condition;

  /** What the event does to a partial match in the state; null where there is more to ask. */
  final Outcome outcome;

  private Decision whenTrue;
  private Decision whenFalse;

  static Decision first(State state, int conditions, boolean start) {
    byte[] known = new byte[conditions];
    Arrays.fill(known, UNKNOWN);
    return new Decision(state, start, known);
  }

  private Decision(State state, boolean start, byte[] known) {
    this.state = state;
    this.start = start;
    this.known = known;
    Walk walk = new Walk();
    this.condition = walk.missing;
    this.outcome = walk.missing >= 0 ? null : walk.outcome;
  }

  Decision next(boolean answer) {
    if (answer) {
      if (whenTrue == null) {
        whenTrue = child((byte) Guard.TRUE);
      }
      return whenTrue;
    }
    if (whenFalse == null) {
      whenFalse = child((byte) Guard.FALSE);
    }
    return whenFalse;
  }

  private Decision child(byte answer) {
    byte[] more = known.clone();
    more[condition] = answer;
    return new Decision(state, start, more);
  }

  /**
   * What an event does to a partial match.
   *
   * @param unchanged whether the partial match stays as it is
   * @param stop where it must not go on: the state that says so; what it completes is a match all
   *     the same
   * @param moves the ways on, in order
   */
  record Outcome(boolean unchanged, State stop, Move[] moves) {
    boolean discarded() {
      return stop != null;
    }
  }

  /**
   * One way on.
   *
   * @param step the step that takes the event; negative where it is passed over
   * @param target the state of the partial match from then on; null where none goes on
   * @param completes whether the way is a match
   */
  record Move(int step, State target, boolean completes) {
    Move withoutTarget() {
      return new Move(step, null, completes);
    }
  }

  /** Walks the transitions as far as the known conditions allow. */
  private final class Walk {

    private int missing = -1;
    private Outcome outcome;

    Walk() {
      List<Transition> edges = new ArrayList<>();
      List<State> sources = new ArrayList<>();
      Deque<State> open = new ArrayDeque<>();
      open.push(state);
      while (!open.isEmpty()) {
        State current = open.pop();
        for (Transition transition : current.transitions) {
          if (holds(transition)) {
            if (transition.action() == Action.PROCEED) {
              open.push(transition.target());
            } else {
              edges.add(transition);
              sources.add(current);
            }
          }
          if (missing >= 0) {
            return;
          }
        }
      }
      outcome = outcome(edges, sources);
    }

    private boolean holds(Transition transition) {
      int value = transition.guard().value(known);
      if (value < 0) {
        missing = -1 - value;
      }
      return value == Guard.TRUE;
    }

    private Outcome outcome(List<Transition> edges, List<State> sources) {
      List<Move> moves = new ArrayList<>();
      State stop = null;
      State stopOfNext = null;
      for (int i = 0; i < edges.size(); i++) {
        Transition edge = edges.get(i);
        boolean take = edge.action() == Action.TAKE;
        if (!take && start) {
          continue;
        }
        State target = edge.target();
        boolean completes = target.isFinal() || (take && proceedsToFinal(target));
        if (missing >= 0) {
          return null;
        }
        if (target.kind == Kind.STOP && target.ofNextEvent) {
          stopOfNext = target;
        } else if (target.kind == Kind.STOP) {
          stop = target;
        }
        boolean goesOn = target.kind == Kind.NORMAL || target.kind == Kind.PENDING;
        if (goesOn || completes) {
          moves.add(new Move(take ? sources.get(i).step : -1, goesOn ? target : null, completes));
        }
      }
      if (moves.isEmpty() && stop == null) {
        stop = stopOfNext;
      }
      boolean unchanged =
          stop == null
              && moves.size() == 1
              && moves.get(0).step() < 0
              && moves.get(0).target() == state
              && !moves.get(0).completes();
      return new Outcome(unchanged, stop, moves.toArray(new Move[0]));
    }

    /** Whether nothing more is needed once the target is reached. */
    private boolean proceedsToFinal(State target) {
      Deque<State> open = new ArrayDeque<>();
      open.push(target);
      while (!open.isEmpty()) {
        State current = open.pop();
        if (current.ofNextEvent) {
          continue;
        }
        for (Transition transition : current.transitions) {
          if (transition.action() == Action.PROCEED && holds(transition)) {
            if (transition.target().isFinal()) {
              return true;
            }
            open.push(transition.target());
          }
          if (missing >= 0) {
            return false;
          }
        }
      }
      return false;
    }
  }
}
