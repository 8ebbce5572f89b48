package org.pyflinkcep.expression;

import org.apache.flink.table.types.logical.LogicalType;

/** A function of the values of its operands, which is NULL where one of them is. */
final class Call extends Expression {

  /** A function of one value that is not null. */
  interface Unary {
    Object apply(Object value);
  }

  /** A function of two values that are not null. */
  interface Binary {
    Object apply(Object first, Object second);
  }

  /** A function of values that are not null. */
  interface Variadic {
    Object apply(Object[] values);
  }

  private final Variadic function;
  private final Expression[] arguments;

  private Call(String name, LogicalType type, Variadic function, Expression... arguments) {
    super(name, type, arguments);
    this.function = function;
    this.arguments = arguments;
  }

  static Expression of(String name, LogicalType type, Unary function, Expression argument) {
    return new Expression(name, type, argument) {
      @Override
      Object value(Evaluation evaluation) {
        Object value = argument.value(evaluation);
        return value == null ? null : function.apply(value);
      }
    };
  }

  static Expression of(
      String name, LogicalType type, Binary function, Expression first, Expression second) {
    return new Expression(name, type, first, second) {
      @Override
      Object value(Evaluation evaluation) {
        Object a = first.value(evaluation);
        if (a == null) {
          return null;
        }
        Object b = second.value(evaluation);
        return b == null ? null : function.apply(a, b);
      }
    };
  }

  static Expression ofAll(
      String name, LogicalType type, Variadic function, Expression... arguments) {
    return new Call(name, type, function, arguments);
  }

  @Override
  Object value(Evaluation evaluation) {
    Object[] values = new Object[arguments.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = arguments[i].value(evaluation);
      if (values[i] == null) {
        return null;
      }
    }
    return function.apply(values);
  }
}
