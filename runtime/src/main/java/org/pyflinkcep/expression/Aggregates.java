package org.pyflinkcep.expression;

import java.util.List;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.DecimalDataUtils;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.utils.LogicalTypeMerging;
import org.pyflinkcep.expression.Aggregate.Accumulator;
import org.pyflinkcep.expression.Aggregate.Events;

/** Aggregates that count, add up and compare, with the types and values of Flink SQL's GROUP BY. */
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
              public void add(Object[] values) {
                count += values[0] == null ? 0 : 1;
              }

              @Override
              public Object result() {
                return count;
              }
            },
        argument);
  }

  static Expression sum(Events events, Expression argument) {
    return sum(LogicalTypeMerging.findSumAggType(argument.type()), events, argument);
  }

  private static Expression sum(LogicalType type, Events events, Expression argument) {
    return new Aggregate("SUM", type, events, budget -> new Sum(type), argument);
  }

  /** The sum, 0 of no value. A FLOAT is rounded each time, and beyond a DECIMAL it is NULL. */
  private static final class Sum implements Accumulator {
    private final LogicalType type;
    private Object sum;

    Sum(LogicalType type) {
      this.type = type;
      this.sum = zero(type);
    }

    @Override
    public void add(Object[] values) {
      if (values[0] != null && sum != null) {
        sum = plus(type, sum, values[0]);
      }
    }

    @Override
    public Object result() {
      return sum;
    }
  }

  static Expression least(Events events, Expression argument) {
    return extreme("MIN", events, argument, -1);
  }

  static Expression greatest(Events events, Expression argument) {
    return extreme("MAX", events, argument, 1);
  }

  private static Expression extreme(String name, Events events, Expression argument, int sign) {
    boolean approximate = argument.type().is(LogicalTypeFamily.APPROXIMATE_NUMERIC);
    Values.Order order = Values.order(argument.type());
    return new Aggregate(
        name,
        argument.type(),
        events,
        budget ->
            new Accumulator() {
              private Object best;

              @Override
              public void add(Object[] values) {
                if (values[0] != null && (best == null || isBetter(values[0]))) {
                  best = values[0];
                }
              }

              /** Flink compares numbers by &gt; and &lt;, for which NaN is neither. */
              private boolean isBetter(Object value) {
                if (!approximate) {
                  return sign * order.compare(value, best) > 0;
                }
                double a = ((Number) value).doubleValue();
                double b = ((Number) best).doubleValue();
                return sign > 0 ? a > b : a < b;
              }

              @Override
              public Object result() {
                return best;
              }
            },
        argument);
  }

  /** The mean, of the type that Flink gives it: that of an integer is an integer. */
  static Expression average(Events events, Expression argument) {
    LogicalType type = LogicalTypeMerging.findAvgAggType(argument.type());
    Expression sum = sum(widest(argument.type()), events, argument);
    Expression count = count(events, argument);
    return new Expression("AVG", type, sum, count) {
      @Override
      Object value(Evaluation evaluation) {
        long n = count.longValue(evaluation);
        Object total = n == 0 ? null : sum.value(evaluation);
        return total == null ? null : divide(type, total, n);
      }

      @Override
      String canonical() {
        return events.canonical("AVG", List.of(argument));
      }
    };
  }

  /** The type in which values are added up for their mean. */
  private static LogicalType widest(LogicalType type) {
    if (type.is(LogicalTypeFamily.INTEGER_NUMERIC)) {
      return new BigIntType();
    }
    return type.is(LogicalTypeRoot.DECIMAL)
        ? LogicalTypeMerging.findSumAggType(type)
        : new DoubleType();
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
              public void add(Object[] values) {
                if (values[0] != null && (found == null || !first)) {
                  found = values[0];
                }
              }

              @Override
              public Object result() {
                return found;
              }
            },
        argument);
  }

  private static Object zero(LogicalType type) {
    if (type instanceof DecimalType decimal) {
      return DecimalData.zero(decimal.getPrecision(), decimal.getScale());
    }
    return type.is(LogicalTypeFamily.APPROXIMATE_NUMERIC)
        ? real(type, 0)
        : LongExpression.box(0, type);
  }

  private static Object plus(LogicalType type, Object sum, Object value) {
    if (type instanceof DecimalType decimal) {
      return DecimalDataUtils.add(
          (DecimalData) sum, (DecimalData) value, decimal.getPrecision(), decimal.getScale());
    }
    Number a = (Number) sum;
    Number b = (Number) value;
    return type.is(LogicalTypeFamily.APPROXIMATE_NUMERIC)
        ? real(type, a.doubleValue() + b.doubleValue())
        : LongExpression.box(a.longValue() + b.longValue(), type);
  }

  private static Object divide(LogicalType type, Object sum, long count) {
    if (type instanceof DecimalType decimal) {
      return DecimalDataUtils.divide(
          (DecimalData) sum,
          DecimalDataUtils.castFrom(count, 20, 0),
          decimal.getPrecision(),
          decimal.getScale());
    }
    Number number = (Number) sum;
    return type.is(LogicalTypeFamily.APPROXIMATE_NUMERIC)
        ? real(type, number.doubleValue() / count)
        : LongExpression.box(number.longValue() / count, type);
  }

  private static Object real(LogicalType type, double value) {
    return type.is(LogicalTypeRoot.FLOAT) ? (Object) (float) value : (Object) value;
  }
}
