package org.pyflinkcep.matcher;

import java.util.List;

/**
 * One step of a pattern as it was written, or a group of steps.
 *
 * @param contiguity how it follows the step before
 * @param name the step's name; null for a group
 * @param group the steps of a group; null for a single step
 * @param where its conditions, read from left to right; empty: every event fits
 * @param until the condition that ends a loop, or null
 * @param times how often it occurs; null: once
 * @param inner how the events of a loop follow each other
 * @param optional whether it may be left out
 * @param greedy whether a loop takes an event that the next step could take as well
 * @param within the longest time from the first event to the last, in ms; null: no limit
 * @param withinPrevious the longest time from the event before, in ms; null: no limit
 */
public record StepSpec(
    Contiguity contiguity,
    String name,
    List<StepSpec> group,
    List<Clause> where,
    String until,
    Times times,
    Inner inner,
    boolean optional,
    boolean greedy,
    Long within,
    Long withinPrevious) {

  /** A condition, and whether it is an alternative to those before it rather than one more. */
  public record Clause(String sql, boolean alternative) {}

  /**
   * @param min the least number of events
   * @param max the greatest number; null: no limit
   * @param within the longest time between two of them in ms; null: no limit
   */
  public record Times(int min, Integer max, Long within) {
    boolean isLoop() {
      return max == null;
    }
  }

  /** How the events of a loop follow each other. */
  public enum Inner {
    RELAXED,
    CONSECUTIVE,
    COMBINATIONS
  }

  boolean isGroup() {
    return group != null;
  }

  boolean isLoop() {
    return times != null && times.isLoop();
  }

  boolean isTimes() {
    return times != null && !times.isLoop();
  }
}
