package org.pyflinkcep.expression;

import org.apache.flink.table.data.RowData;

/** What an expression is evaluated on. One instance is reused for all evaluations of a thread. */
public final class Evaluation {

  /** The event under test; null while a measure is evaluated. */
  public RowData event;

  /** The time of the event under test, in milliseconds. */
  public long timestamp;

  /** The events that the partial match has taken, newest first; null where there are none. */
  public Taken taken;

  /** What the evaluation may still take. */
  final Budget budget = new Budget();

  /** Whether the number that was returned last stands for NULL. */
  boolean isNull;

  /** Puts an event that was taken in place of the event under test. */
  void enter(Taken taken) {
    event = taken.event();
    timestamp = taken.timestamp();
  }

  /** Puts the event under test back. */
  void restore(RowData event, long timestamp) {
    this.event = event;
    this.timestamp = timestamp;
  }
}
