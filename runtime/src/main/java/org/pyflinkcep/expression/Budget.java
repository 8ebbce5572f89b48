package org.pyflinkcep.expression;

import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.binary.BinaryStringData;

/**
 * What one evaluation of an expression may still take, so that no expression holds up the others or
 * takes all memory. Ordinary use is far below; beyond, the evaluation fails.
 */
final class Budget {

  /** The longest text that a function may make, in characters, where no argument is as long. */
  static final int MAX_LENGTH = 1 << 20;

  /** How many characters of texts functions may read and make, all together. */
  private static final int MAX_VOLUME = 1 << 25;

  /** How many characters patterns may look at: some 50 ms. */
  static final int MAX_STEPS = 1 << 22;

  /** How many characters searches may compare in the worst case: some 50 ms. */
  private static final int MAX_COMPARED = 1 << 27;

  static final int CHARACTERS_OF_ELEMENT = 8;

  private long volume;
  private int steps;
  private long compared;

  void reset() {
    volume = 0;
    steps = 0;
    compared = 0;
  }

  /** Whether a pattern may look at so many more characters. */
  boolean steps(int more) {
    steps = Math.min(steps, MAX_STEPS) + more;
    return steps <= MAX_STEPS;
  }

  /**
   * Takes the arguments of a function into account before they are read.
   *
   * @return the length of the longest
   */
  int read(String function, Object... arguments) {
    int longest = 0;
    for (Object argument : arguments) {
      int length = length(argument);
      longest = Math.max(longest, length);
      use(function, length);
    }
    return longest;
  }

  /**
   * Takes into account what a function has made.
   *
   * @param longest the length of its longest argument
   */
  void made(String function, Object value, int longest) {
    int length = length(value);
    if (length > longest) {
      make(function, length);
    }
  }

  /** Takes into account what a function is about to make. */
  void make(String function, long length) {
    limit(function, length);
    use(function, Math.max(0, length));
  }

  /** Refuses a text that is too long to be made. */
  static void limit(String function, long length) {
    if (length > MAX_LENGTH) {
      throw new EvaluationLimitException(
          function
              + " would make a value longer than "
              + MAX_LENGTH
              + " characters, where an element of an array counts as 8: shorten its arguments, as with LEFT(text, 1000)");
    }
  }

  private void use(String function, long length) {
    volume += length;
    if (volume > MAX_VOLUME) {
      throw new EvaluationLimitException(
          function
              + " is one function too many: those of the expression read and make more than "
              + MAX_VOLUME
              + " characters on one event: use fewer, or shorten their arguments");
    }
  }

  /** Takes into account a search for one text in another, for which each may be compared. */
  void search(String function, int textLength, int partLength, int times) {
    compared += (long) textLength * Math.max(1, partLength) * Math.max(1, times);
    if (compared < 0 || compared > MAX_COMPARED) {
      compared = MAX_COMPARED;
      throw new EvaluationLimitException(
          function
              + " would take too long to look for "
              + partLength
              + " characters in "
              + textLength
              + ": shorten either");
    }
  }

  /** The characters of a text, the bytes of BYTES, or what the elements of an array count for. */
  static int length(Object value) {
    if (value instanceof BinaryStringData text) {
      String string = text.getJavaObject();
      return string == null ? text.getSizeInBytes() : string.length();
    }
    if (value instanceof byte[] bytes) {
      return bytes.length;
    }
    if (value instanceof ArrayData array) {
      return array.size() * CHARACTERS_OF_ELEMENT;
    }
    return value instanceof MapData map ? map.size() * CHARACTERS_OF_ELEMENT : 0;
  }
}
