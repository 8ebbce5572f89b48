package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;

/**
 * IN of constants that are of one type: found by their hash, however many there are. A FLOAT or
 * DOUBLE is found as Flink SQL finds it among two or more: as an object, so that -0.0 is not 0.0.
 */
final class Membership extends BooleanExpression {

  private final Expression value;
  private final Set<Object> constants;
  private final Expression[] comparisons;

  private Membership(Expression value, Set<Object> constants, List<Expression> comparisons) {
    super("IN", comparisons.toArray(new Expression[0]));
    this.value = value;
    this.constants = constants;
    this.comparisons = comparisons.toArray(new Expression[0]);
  }

  /** What is compared: where IN has a constant to its left, that is an item of its list. */
  private record Compared(String value, LogicalType type) {}

  /** OR of comparisons of one value by {@code =}: those with constants as one for each type. */
  static Expression any(List<Expression> comparisons) {
    Map<Compared, List<Expression>> byType = new LinkedHashMap<>();
    List<Expression> alternatives = new ArrayList<>();
    for (Expression comparison : comparisons) {
      if (hasHashedConstant(comparison)) {
        Expression value = comparison.operands().get(0);
        Compared compared = new Compared(value.canonical(), value.type().copy(true));
        byType.computeIfAbsent(compared, added -> new ArrayList<>()).add(comparison);
      } else {
        alternatives.add(comparison);
      }
    }
    byType.values().forEach(same -> alternatives.add(of(same)));
    return Logic.or(alternatives);
  }

  private static Expression of(List<Expression> comparisons) {
    Set<Object> constants = new HashSet<>();
    for (Expression comparison : comparisons) {
      constants.add(((Constant) comparison.operands().get(1)).value());
    }
    return constants.size() == 1
        ? comparisons.get(0)
        : new Membership(comparisons.get(0).operands().get(0), constants, comparisons);
  }

  private static boolean hasHashedConstant(Expression comparison) {
    return comparison.name().equals(Comparison.EQUAL.sql)
        && comparison.operands().get(1) instanceof Constant constant
        && constant.value() != null
        && isHashed(constant.type());
  }

  /** Whether the values that IN finds are equal to Java. */
  private static boolean isHashed(LogicalType type) {
    return Values.isOrdered(type) && !type.is(LogicalTypeFamily.BINARY_STRING);
  }

  @Override
  int truth(Evaluation evaluation) {
    Object found = value.value(evaluation);
    return found == null ? UNKNOWN : constants.contains(found) ? TRUE : FALSE;
  }

  @Override
  List<Constraint> constraints(boolean truth) {
    if (value.type().is(LogicalTypeFamily.APPROXIMATE_NUMERIC)) {
      return truth ? Constraints.oneOf(value, constants) : Constraints.notNull(value);
    }
    return truth ? Constraints.any(comparisons, true) : Constraints.all(comparisons, false);
  }
}
