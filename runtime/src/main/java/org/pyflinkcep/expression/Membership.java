package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;

/** IN of constants that are of one type: found by their hash, however many there are. */
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

  /** OR of comparisons of one value by {@code =}: those with constants as one for each type. */
  static Expression any(List<Expression> comparisons) {
    Map<LogicalType, List<Expression>> byType = new LinkedHashMap<>();
    List<Expression> alternatives = new ArrayList<>();
    for (Expression comparison : comparisons) {
      if (hasHashedConstant(comparison)) {
        LogicalType type = comparison.operands().get(0).type().copy(true);
        byType.computeIfAbsent(type, added -> new ArrayList<>()).add(comparison);
      } else {
        alternatives.add(comparison);
      }
    }
    byType.values().forEach(same -> alternatives.add(of(same)));
    return Logic.or(alternatives);
  }

  private static Expression of(List<Expression> comparisons) {
    if (comparisons.size() == 1) {
      return comparisons.get(0);
    }
    Set<Object> constants = new HashSet<>();
    for (Expression comparison : comparisons) {
      constants.add(((Constant) comparison.operands().get(1)).value());
    }
    return new Membership(comparisons.get(0).operands().get(0), constants, comparisons);
  }

  private static boolean hasHashedConstant(Expression comparison) {
    return comparison.name().equals(Comparison.EQUAL.sql)
        && comparison.operands().get(1) instanceof Constant constant
        && constant.value() != null
        && isHashed(constant.type());
  }

  /** Whether values that are equal to SQL are equal to Java. */
  private static boolean isHashed(LogicalType type) {
    return Values.isOrdered(type)
        && !type.is(LogicalTypeFamily.APPROXIMATE_NUMERIC)
        && !type.is(LogicalTypeFamily.BINARY_STRING);
  }

  @Override
  int truth(Evaluation evaluation) {
    Object found = value.value(evaluation);
    return found == null ? UNKNOWN : constants.contains(found) ? TRUE : FALSE;
  }

  @Override
  List<Constraint> constraints(boolean truth) {
    return truth ? Constraints.any(comparisons, true) : Constraints.all(comparisons, false);
  }
}
