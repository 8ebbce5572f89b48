package org.pyflinkcep.expression;

import java.util.Comparator;

/**
 * How far a condition is from being TRUE on an event.
 *
 * @param parts the fewest of its comparisons that would have to come out otherwise
 * @param gap how far those that compare numbers are from their turning points, as a part of the
 *     numbers' size; 1 for each of the others
 */
public record Shortfall(int parts, double gap) implements Comparable<Shortfall> {

  public static final Shortfall NONE = new Shortfall(0, 0);

  private static final Comparator<Shortfall> ORDER =
      Comparator.comparingInt(Shortfall::parts).thenComparingDouble(Shortfall::gap);

  public Shortfall plus(Shortfall other) {
    return new Shortfall(parts + other.parts, gap + other.gap);
  }

  public Shortfall or(Shortfall other) {
    return compareTo(other) <= 0 ? this : other;
  }

  @Override
  public int compareTo(Shortfall other) {
    return ORDER.compare(this, other);
  }
}
