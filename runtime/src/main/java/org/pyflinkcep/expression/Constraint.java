package org.pyflinkcep.expression;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a condition demands of a field of the tested event: where it doesn't hold, the condition
 * isn't TRUE. (Where it holds, the condition may still not be.)
 *
 * <p>It is evaluated against the field's value in Flink's internal representation, as a {@code
 * RowData.FieldGetter} gives it, by that value's own {@code equals}, {@code hashCode} and {@code
 * compareTo}. The constants are chosen so that these agree with the condition, even where the
 * condition compares otherwise:
 *
 * <ul>
 *   <li>They are values of the field's own type, also where the condition widens the field before
 *       it compares, as it does for an INT field in {@code amount > 1.5}: that is {@code > 1}.
 *   <li>Of a FLOAT or DOUBLE, 0.0 and -0.0 are two constants of {@code =}, and a bound takes the
 *       one that lets both pass, or none. NaN passes every lower bound, as in {@link
 *       Double#compareTo}.
 *   <li>BINARY, VARBINARY, arrays, maps and rows have no such {@code equals}, and no constraint.
 * </ul>
 *
 * @param field the place of the field in the event
 * @param comparison how the field's value, to the left, compares with the constants
 * @param constants of {@link Comparison#EQUAL}, those of which the value is one: none where the
 *     condition is never TRUE. Of {@link Comparison#NOT_EQUAL}, those of which it is none: so none
 *     means IS NOT NULL. Of the others, the one bound. Never null
 */
public record Constraint(int field, Comparison comparison, Set<Object> constants) {

  public Constraint {
    if (comparison.isOrder() && constants.size() != 1) {
      throw new IllegalArgumentException(comparison + " has one constant, not " + constants.size());
    }
    constants = Collections.unmodifiableSet(new LinkedHashSet<>(constants));
  }

  public Constraint(int field, Comparison comparison, Object... constants) {
    this(field, comparison, new LinkedHashSet<>(List.of(constants)));
  }

  /** The constant of a constraint that has one only, as each of an order has. */
  public Object constant() {
    if (constants.size() != 1) {
      throw new IllegalStateException("not one constant, but " + constants.size());
    }
    return constants.iterator().next();
  }

  /**
   * Whether the field's value fulfils the constraint: NULL never does.
   *
   * @param value the value in Flink's internal representation of the field's type, or null
   */
  public boolean holds(Object value) {
    if (value == null) {
      return false;
    }
    return switch (comparison) {
      case EQUAL -> constants.contains(value);
      case NOT_EQUAL -> !constants.contains(value);
      case LESS -> order(value) < 0;
      case LESS_OR_EQUAL -> order(value) <= 0;
      case GREATER -> order(value) > 0;
      case GREATER_OR_EQUAL -> order(value) >= 0;
    };
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private int order(Object value) {
    return ((Comparable) value).compareTo(constant());
  }
}
