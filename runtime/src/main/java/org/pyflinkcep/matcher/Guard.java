package org.pyflinkcep.matcher;

/**
 * What must hold for a transition: a boolean combination of a pattern's conditions, each of which
 * is known by its number.
 */
sealed interface Guard {

  int FALSE = 0;
  int TRUE = 1;

  /**
   * {@link #TRUE}, {@link #FALSE}, or, where the value of condition {@code c} has to be known
   * first, {@code -1 - c}. Operands are looked at from left to right, and no further than needed.
   *
   * @param known the value of each condition, as {@link Decision} keeps it
   */
  int value(byte[] known);

  Guard ALWAYS = new Always();

  static Guard and(Guard left, Guard right) {
    return left == ALWAYS ? right : right == ALWAYS ? left : new And(left, right);
  }

  static Guard or(Guard left, Guard right) {
    return left == ALWAYS ? left : right == ALWAYS ? right : new Or(left, right);
  }

  static Guard not(Guard guard) {
    return new Not(guard);
  }

  /** No condition. */
  record Always() implements Guard {
    @Override
    public int value(byte[] known) {
      return TRUE;
    }
  }

  /** One condition of the pattern. */
  record Holds(int condition) implements Guard {
    @Override
    public int value(byte[] known) {
      byte value = known[condition];
      return value == Decision.UNKNOWN ? -1 - condition : value;
    }
  }

  /** Negation: true where the condition is false or unknown to SQL. */
  record Not(Guard guard) implements Guard {
    @Override
    public int value(byte[] known) {
      int value = guard.value(known);
      return value < 0 ? value : 1 - value;
    }
  }

  /** Both. */
  record And(Guard left, Guard right) implements Guard {
    @Override
    public int value(byte[] known) {
      int value = left.value(known);
      return value == TRUE ? right.value(known) : value;
    }
  }

  /** Either. */
  record Or(Guard left, Guard right) implements Guard {
    @Override
    public int value(byte[] known) {
      int value = left.value(known);
      return value == FALSE ? right.value(known) : value;
    }
  }
}
