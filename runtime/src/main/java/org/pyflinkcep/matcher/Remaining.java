package org.pyflinkcep.matcher;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import org.pyflinkcep.matcher.State.Action;
import org.pyflinkcep.matcher.State.Kind;
import org.pyflinkcep.matcher.State.Transition;

/** The fewest events that lead from a state to a match, whatever their conditions. */
final class Remaining {

  private final Automaton automaton;
  private final Map<State, List<Integer>> steps = new HashMap<>();

  Remaining(Automaton automaton) {
    this.automaton = automaton;
  }

  /** The numbers of the steps that would take those events, in order. */
  List<Integer> steps(State from) {
    return steps.computeIfAbsent(from, this::shortestWay);
  }

  int count(State from) {
    return steps(from).size();
  }

  /** Breadth first, where ways without an event cost nothing. */
  private List<Integer> shortestWay(State from) {
    int size = automaton.states().size();
    int[] distance = new int[size];
    Arrays.fill(distance, Integer.MAX_VALUE);
    State[] before = new State[size];
    int[] stepBefore = new int[size];
    Deque<State> open = new ArrayDeque<>();
    distance[from.index] = 0;
    open.add(from);
    while (!open.isEmpty()) {
      State state = open.poll();
      if (state.kind == Kind.FINAL || state.kind == Kind.PENDING) {
        LinkedList<Integer> way = new LinkedList<>();
        for (State s = state; s != from; s = before[s.index]) {
          if (stepBefore[s.index] >= 0) {
            way.addFirst(stepBefore[s.index]);
          }
        }
        return List.copyOf(way);
      }
      for (Transition transition : state.transitions) {
        State target = transition.target();
        boolean take = transition.action() == Action.TAKE;
        int reached = distance[state.index] + (take ? 1 : 0);
        if (target.kind != Kind.STOP && reached < distance[target.index]) {
          distance[target.index] = reached;
          before[target.index] = state;
          stepBefore[target.index] = take ? state.step : -1;
          if (take) {
            open.addLast(target);
          } else {
            open.addFirst(target);
          }
        }
      }
    }
    return List.of();
  }
}
