package org.pyflinkcep.expression;

import org.apache.flink.table.data.RowData;

/**
 * An event that a partial match has taken, linked to those it took before: a persistent list,
 * newest first. The end of the list is {@code null}.
 */
public interface Taken {

  /** The step that took the event, as its place in the pattern's list of step names. */
  int step();

  RowData event();

  /** The event's time in milliseconds. */
  long timestamp();

  /** The event taken before this one, or null. */
  Taken previous();
}
