package org.pyflinkcep.matcher;

/** Gives conditions their numbers. */
interface ConditionNumbers {

  /** Those of the parts of a step's condition. */
  int[] numbersOf(StepSpec step, String sql);

  int numberOf(Gap gap);

  int count();
}
