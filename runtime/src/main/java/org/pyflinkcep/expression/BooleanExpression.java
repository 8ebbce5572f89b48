package org.pyflinkcep.expression;

import org.apache.flink.table.types.logical.BooleanType;

/** An expression that computes its three-valued truth. */
abstract class BooleanExpression extends Expression {

  BooleanExpression(String name, Expression... operands) {
    super(name, new BooleanType(), operands);
  }

  @Override
  abstract int truth(Evaluation evaluation);

  @Override
  final Object value(Evaluation evaluation) {
    int truth = truth(evaluation);
    return truth == UNKNOWN ? null : (Object) (truth == TRUE);
  }
}
