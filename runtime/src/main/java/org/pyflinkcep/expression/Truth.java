package org.pyflinkcep.expression;

/** The value of a condition on an event, in SQL's three-valued logic, or that it has none. */
public enum Truth {
  TRUE,
  FALSE,
  NULL,
  /** The expression can't be evaluated on this event. */
  FAILED
}
