package org.pyflinkcep.expression;

import java.util.List;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.pyflinkcep.expression.Aggregate.Accumulator;
import org.pyflinkcep.expression.Aggregate.Events;

/** Aggregates that count and compare, with the types and values of Flink SQL's GROUP BY. */
final class Aggregates {

  private Aggregates() {}

  /** How many events there are. */
  static Expression count(String stepName, Events events) {
    return new LongExpression("COUNT", new BigIntType(false)) {
      @Override
      long longValue(Evaluation evaluation) {
        long count = events.count(evaluation);
        evaluation.isNull = false;
        return count;
      }

      @Override
      boolean refersToTaken() {
        return true;
      }

      @Override
      String canonical() {
        return "COUNT(" + stepName + ")" + events.canonical("", List.of());
      }
    };
  }

  /** On how many events the argument is not NULL. */
  static Expression count(Events events, Expression argument) {
    return new Aggregate(
        "COUNT",
        new BigIntType(false),
        events,
        budget ->
            new Accumulator() {
              private long count;

              @Override
              public void add(Evaluation evaluation) {
                count += argument.value(evaluation) == null ? 0 : 1;
              }

              @Override
              public Object result() {
                return count;
              }
            },
        argument);
  }

  static Expression least(Events events, Expression argument) {
    return extreme("MIN", events, argument, -1);
  }

  static Expression greatest(Events events, Expression argument) {
    return extreme("MAX", events, argument, 1);
  }

  private static Expression extreme(String name, Events events, Expression argument, int sign) {
    LogicalType type = argument.type();
    Values.Order order = Values.order(type);
    return new Aggregate(
        name,
        type,
        events,
        budget ->
            type.is(LogicalTypeFamily.INTEGER_NUMERIC)
                ? new LongExtreme(argument, sign)
                : type.is(LogicalTypeFamily.APPROXIMATE_NUMERIC)
                    ? new DoubleExtreme(argument, sign)
                    : new Extreme(argument, order, sign),
        argument);
  }

  private static final class LongExtreme implements Accumulator {
    private final Expression argument;
    private final int sign;
    private boolean any;
    private long best;

    LongExtreme(Expression argument, int sign) {
      this.argument = argument;
      this.sign = sign;
    }

    @Override
    public void add(Evaluation evaluation) {
      long value = argument.longValue(evaluation);
      if (!evaluation.isNull && (!any || sign * Long.compare(value, best) > 0)) {
        any = true;
        best = value;
      }
    }

    @Override
    public Object result() {
      return any ? LongExpression.box(best, argument.type()) : null;
    }
  }

  /** Flink compares these by &gt; and &lt;, for which NaN is neither. */
  private static final class DoubleExtreme implements Accumulator {
    private final Expression argument;
    private final int sign;
    private boolean any;
    private double best;

    DoubleExtreme(Expression argument, int sign) {
      this.argument = argument;
      this.sign = sign;
    }

    @Override
    public void add(Evaluation evaluation) {
      double value = argument.doubleValue(evaluation);
      if (!evaluation.isNull && (!any || (sign > 0 ? value > best : value < best))) {
        any = true;
        best = value;
      }
    }

    @Override
    public Object result() {
      return any ? DoubleExpression.box(best, argument.type()) : null;
    }
  }

  private static final class Extreme implements Accumulator {
    private final Expression argument;
    private final Values.Order order;
    private final int sign;
    private Object best;

    Extreme(Expression argument, Values.Order order, int sign) {
      this.argument = argument;
      this.order = order;
      this.sign = sign;
    }

    @Override
    public void add(Evaluation evaluation) {
      Object value = argument.value(evaluation);
      if (value != null && (best == null || sign * order.compare(value, best) > 0)) {
        best = value;
      }
    }

    @Override
    public Object result() {
      return best;
    }
  }

  /** The first, or else the last value that is not NULL. */
  static Expression end(String name, Events events, Expression argument) {
    boolean first = name.equals("FIRST_VALUE");
    return new Aggregate(
        name,
        argument.type().copy(true),
        events,
        budget ->
            new Accumulator() {
              private Object found;

              @Override
              public void add(Evaluation evaluation) {
                Object value = first && found != null ? null : argument.value(evaluation);
                if (value != null) {
                  found = value;
                }
              }

              @Override
              public Object result() {
                return found;
              }
            },
        argument);
  }
}
