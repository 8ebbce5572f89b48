package org.pyflinkcep.matcher;

import org.apache.flink.table.data.RowData;

/** Told of what comes out of the matching. */
public interface MatchListener {

  /**
   * A match.
   *
   * @param newest its last event, linked to those before it
   * @param timestamp the time at which it was certain, in milliseconds: that of its last event, or
   *     a later one where it had to wait
   */
  void onMatch(CompiledRule rule, TakenEvent newest, long timestamp);

  /**
   * A partial match ran out of time.
   *
   * @param timestamp the first time that was too late, in milliseconds
   */
  void onTimeout(CompiledRule rule, TakenEvent newest, long timestamp);

  /**
   * A condition or measure could not be evaluated.
   *
   * @param expression the condition in its canonical spelling, or the measure by its name
   * @param event the tested event; of a measure the match's last one
   */
  void onFailure(CompiledRule rule, String expression, RowData event, RuntimeException failure);

  /**
   * A match has nowhere to skip to, and its pattern says that this is an error. Where this returns,
   * the match is treated as if the pattern didn't.
   */
  default void onSkipMiss(CompiledRule rule, SkipException miss) {
    throw miss;
  }

  /** The oldest partial match of a key was dropped, as the key had too many. */
  void onOverload(CompiledRule rule);
}
