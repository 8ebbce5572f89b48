package org.pyflinkcep.expression;

/** An expression would take too long on an event, or make too large a value. */
public final class EvaluationLimitException extends RuntimeException {

  EvaluationLimitException(String message) {
    super(message);
  }
}
