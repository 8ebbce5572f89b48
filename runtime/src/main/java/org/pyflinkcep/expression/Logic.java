package org.pyflinkcep.expression;

import java.util.List;

/** AND, OR, NOT and IS, in three-valued logic. */
final class Logic {

  private Logic() {}

  static Expression and(List<? extends Expression> conjuncts) {
    return conjuncts.size() == 1 ? conjuncts.get(0) : new And(conjuncts.toArray(new Expression[0]));
  }

  /** The conditions that an expression joins by AND: itself where it is none. */
  static List<Expression> conjuncts(Expression expression) {
    return expression instanceof And ? expression.operands() : List.of(expression);
  }

  static Expression or(List<? extends Expression> alternatives) {
    return alternatives.size() == 1
        ? alternatives.get(0)
        : new Or(alternatives.toArray(new Expression[0]));
  }

  static BooleanExpression not(Expression operand) {
    return new BooleanExpression("NOT", operand) {
      @Override
      int truth(Evaluation evaluation) {
        return TRUE - operand.truth(evaluation);
      }

      @Override
      List<Constraint> constraints(boolean truth) {
        return operand.constraints(!truth);
      }
    };
  }

  static BooleanExpression isNull(Expression operand) {
    return new BooleanExpression("IS NULL", operand) {
      @Override
      int truth(Evaluation evaluation) {
        return operand.value(evaluation) == null ? TRUE : FALSE;
      }

      @Override
      List<Constraint> constraints(boolean truth) {
        return truth ? List.of() : Constraints.notNull(operand);
      }
    };
  }

  /** IS DISTINCT FROM, where two NULLs are the same. */
  static BooleanExpression distinct(
      Expression equal, Expression left, Expression right, boolean negated) {
    String name = negated ? "IS NOT DISTINCT FROM" : "IS DISTINCT FROM";
    return new BooleanExpression(name, left, right) {
      @Override
      int truth(Evaluation evaluation) {
        int truth = equal.truth(evaluation);
        boolean same =
            truth == UNKNOWN
                ? left.value(evaluation) == null && right.value(evaluation) == null
                : truth == TRUE;
        return same == negated ? TRUE : FALSE;
      }

      @Override
      List<Constraint> constraints(boolean truth) {
        boolean same = truth == negated;
        return same && (isNotNull(left) || isNotNull(right)) ? equal.constraints(true) : List.of();
      }

      private static boolean isNotNull(Expression operand) {
        return operand instanceof Constant constant && constant.value() != null;
      }
    };
  }

  /** IS TRUE, IS FALSE and IS UNKNOWN. */
  static BooleanExpression is(Expression operand, int truth) {
    String[] names = {"IS FALSE", "IS UNKNOWN", "IS TRUE"};
    return new BooleanExpression(names[truth], operand) {
      @Override
      int truth(Evaluation evaluation) {
        return operand.truth(evaluation) == truth ? TRUE : FALSE;
      }

      @Override
      List<Constraint> constraints(boolean holds) {
        return holds && truth != UNKNOWN ? operand.constraints(truth == TRUE) : List.of();
      }
    };
  }

  private static final class And extends BooleanExpression {
    private final Expression[] conjuncts;

    And(Expression... conjuncts) {
      super("AND", conjuncts);
      this.conjuncts = conjuncts;
    }

    @Override
    int truth(Evaluation evaluation) {
      int least = TRUE;
      for (Expression conjunct : conjuncts) {
        int truth = conjunct.truth(evaluation);
        if (truth == FALSE) {
          return FALSE;
        }
        least = Math.min(least, truth);
      }
      return least;
    }

    @Override
    List<Constraint> constraints(boolean truth) {
      return truth ? Constraints.all(conjuncts, true) : Constraints.any(conjuncts, false);
    }
  }

  private static final class Or extends BooleanExpression {
    private final Expression[] alternatives;

    Or(Expression... alternatives) {
      super("OR", alternatives);
      this.alternatives = alternatives;
    }

    @Override
    int truth(Evaluation evaluation) {
      int greatest = FALSE;
      for (Expression alternative : alternatives) {
        int truth = alternative.truth(evaluation);
        if (truth == TRUE) {
          return TRUE;
        }
        greatest = Math.max(greatest, truth);
      }
      return greatest;
    }

    @Override
    List<Constraint> constraints(boolean truth) {
      return truth ? Constraints.any(alternatives, true) : Constraints.all(alternatives, false);
    }
  }
}
