package org.pyflinkcep.expression;

import org.apache.flink.table.data.RowData;

/** What an expression is evaluated on. One instance is reused for all evaluations of a thread. */
public final class Evaluation {

  private static final String TOO_NESTED = "a value of the event is nested too deeply";

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

  /**
   * What an evaluation that did not end failed with, as conditions and measures throw it: whatever
   * it was, it fails on that event alone. Errors of the JVM itself are thrown, such as that there
   * is no memory left; that of a full stack is one of the value.
   */
  public static RuntimeException failure(Throwable thrown) {
    if (thrown instanceof StackOverflowError) {
      return new EvaluationLimitException(TOO_NESTED);
    }
    if (thrown instanceof VirtualMachineError error) {
      throw error;
    }
    return thrown instanceof RuntimeException failure
        ? failure
        : new IllegalStateException(thrown.toString(), thrown);
  }

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
