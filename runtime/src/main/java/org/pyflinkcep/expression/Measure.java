package org.pyflinkcep.expression;

import org.apache.flink.table.types.logical.LogicalType;

/** A named SQL expression over the events of a match. */
public interface Measure {

  /** The value in Flink's internal representation of {@link #type()}, or null. */
  Object evaluate(Evaluation evaluation);

  LogicalType type();
}
