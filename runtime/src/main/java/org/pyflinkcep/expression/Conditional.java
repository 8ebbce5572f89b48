package org.pyflinkcep.expression;

import java.util.List;
import org.apache.flink.table.types.logical.LogicalType;

/** CASE, and what is like it: only the value that is taken is computed. */
final class Conditional extends Expression {

  private final Expression[] conditions;
  private final Expression[] values;
  private final Expression otherwise;

  private Conditional(
      LogicalType type,
      List<Expression> conditions,
      List<Expression> values,
      Expression otherwise) {
    super("CASE", type, interleaved(conditions, values, otherwise));
    this.conditions = conditions.toArray(new Expression[0]);
    this.values = values.toArray(new Expression[0]);
    this.otherwise = otherwise;
  }

  /** The first value whose condition is TRUE; all values are of the given type. */
  static Expression when(
      LogicalType type,
      List<Expression> conditions,
      List<Expression> values,
      Expression otherwise) {
    return new Conditional(type, conditions, values, otherwise);
  }

  /** The first value that is not NULL; all values are of the given type. */
  static Expression coalesce(LogicalType type, Expression... values) {
    return new Expression("COALESCE", type, values) {
      @Override
      Object value(Evaluation evaluation) {
        for (Expression candidate : values) {
          Object value = candidate.value(evaluation);
          if (value != null) {
            return value;
          }
        }
        return null;
      }
    };
  }

  @Override
  Object value(Evaluation evaluation) {
    return chosen(evaluation).value(evaluation);
  }

  @Override
  int truth(Evaluation evaluation) {
    return chosen(evaluation).truth(evaluation);
  }

  @Override
  long longValue(Evaluation evaluation) {
    return chosen(evaluation).longValue(evaluation);
  }

  @Override
  double doubleValue(Evaluation evaluation) {
    return chosen(evaluation).doubleValue(evaluation);
  }

  private Expression chosen(Evaluation evaluation) {
    for (int i = 0; i < conditions.length; i++) {
      if (conditions[i].truth(evaluation) == TRUE) {
        return values[i];
      }
    }
    return otherwise;
  }

  private static Expression[] interleaved(
      List<Expression> conditions, List<Expression> values, Expression otherwise) {
    Expression[] operands = new Expression[2 * conditions.size() + 1];
    for (int i = 0; i < conditions.size(); i++) {
      operands[2 * i] = conditions.get(i);
      operands[2 * i + 1] = values.get(i);
    }
    operands[operands.length - 1] = otherwise;
    return operands;
  }
}
