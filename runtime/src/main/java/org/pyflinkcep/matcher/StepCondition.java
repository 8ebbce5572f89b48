package org.pyflinkcep.matcher;

import java.util.List;

/**
 * A condition as it was written at a step.
 *
 * @param steps the step that it was written at; those of a group
 * @param role what it is for
 * @param sql the condition
 * @param alternative whether it is an alternative to those before it, rather than one more
 * @param parts the numbers by which the automaton knows its parts: it holds where all of them do
 */
public record StepCondition(
    List<String> steps, Role role, String sql, boolean alternative, int[] parts) {

  /** What a condition is for. */
  public enum Role {
    WHERE,
    UNTIL
  }

  boolean hasPart(int condition) {
    for (int part : parts) {
      if (part == condition) {
        return true;
      }
    }
    return false;
  }
}
