package org.pyflinkcep.matcher;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.pyflinkcep.matcher.State.Action;

/**
 * What the states of a compiled pattern mean. Stored partial matches know their states by number:
 * where another version of the library compiles a pattern to other states, they are of no use.
 *
 * @param states tells which events lead from which state to which
 * @param waits tells how long a partial match waits in each state
 * @param isOldest whether the states are those of versions that stored no layout
 */
public record Layout(String states, String waits, boolean isOldest) {

  private static final String BETWEEN = " ";

  static Layout of(PatternSpec pattern, Automaton automaton) {
    return new Layout(
        digest(automaton.states(), Layout::meaning),
        automaton.window() + BETWEEN + digest(automaton.states(), Layout::wait),
        hasStatesOfOldest(pattern));
  }

  /** The layout as state keeps it. */
  public String stored() {
    return states + BETWEEN + waits;
  }

  /**
   * Whether partial matches go on in the states in which they were stored.
   *
   * @param stored the layout under which they were; null: that of a version that stored none
   */
  public boolean fits(String stored) {
    return stored == null ? isOldest : stored.startsWith(states + BETWEEN);
  }

  /** Ways that an event is left to are not among it: they may be mended, and states stay. */
  private static String meaning(State state) {
    return state.kind
        + state.transitions.stream()
            .filter(transition -> transition.action() != Action.PROCEED)
            .map(transition -> transition.action().name() + transition.target().index)
            .distinct()
            .sorted()
            .collect(Collectors.joining(" ", "(", ")"));
  }

  private static String wait(State state) {
    return state.wait + BETWEEN + (state.silence == null ? null : state.silence.wait);
  }

  private static String digest(List<State> states, Function<State, String> text) {
    String all = states.stream().map(text).collect(Collectors.joining("\n"));
    return UUID.nameUUIDFromBytes(all.getBytes(StandardCharsets.UTF_8)).toString();
  }

  /**
   * Before layouts were stored, states had other numbers in patterns with a group, with an absence
   * that isn't the last step, and with a last one whose window is written at an earlier step.
   */
  private static boolean hasStatesOfOldest(PatternSpec pattern) {
    List<StepSpec> steps = pattern.steps();
    StepSpec last = steps.get(steps.size() - 1);
    boolean isOther =
        steps.stream()
            .anyMatch(step -> step.isGroup() || step != last && step.contiguity().isNegative());
    return !isOther
        && (last.contiguity() != Contiguity.NOT_FOLLOWED_BY
            || last.within() != null
            || last.withinPrevious() != null);
  }
}
