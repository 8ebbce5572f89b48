package org.pyflinkcep.expression;

import java.util.HashSet;
import java.util.Set;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.DecimalDataUtils;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.utils.LogicalTypeMerging;

/**
 * Aggregates of an expression over the events that one step has taken. The expression is over the
 * fields of one event, which is put into the evaluation in place of the event under test.
 */
final class Aggregates {

  /** Stands for every step, in COUNT(*). */
  static final int ANY_STEP = -1;

  private Aggregates() {}

  /** How many events the step has taken. */
  static Expression count(String stepName, int step) {
    return new LongExpression("COUNT", new BigIntType(false)) {
      @Override
      long longValue(Evaluation evaluation) {
        long count = 0;
        for (Taken taken = evaluation.taken; taken != null; taken = taken.previous()) {
          if (step == ANY_STEP || taken.step() == step) {
            count++;
          }
        }
        evaluation.isNull = false;
        return count;
      }

      @Override
      boolean refersToTaken() {
        return true;
      }

      @Override
      String canonical() {
        return "COUNT(" + stepName + ")";
      }
    };
  }

  /** On how many events of the step the argument is not NULL. */
  static Expression count(int step, Expression argument, boolean distinct) {
    return new Aggregate("COUNT", new BigIntType(false), step, argument, distinct) {
      @Override
      Object aggregate(Object count, Object value) {
        return (Long) count + 1;
      }

      @Override
      Object ofNone() {
        return 0L;
      }
    };
  }

  static Expression sum(int step, Expression argument, boolean distinct) {
    return sum(LogicalTypeMerging.findSumAggType(argument.type()), step, argument, distinct);
  }

  private static Expression sum(LogicalType type, int step, Expression argument, boolean distinct) {
    if (!distinct && !type.is(LogicalTypeRoot.DECIMAL)) {
      return type.is(LogicalTypeFamily.APPROXIMATE_NUMERIC)
          ? sumOfDoubles(type, step, argument)
          : sumOfLongs(type, step, argument);
    }
    Object zero = zero(type);
    return new Aggregate("SUM", type, step, argument, distinct) {
      @Override
      Object aggregate(Object sum, Object value) {
        // Beyond a DECIMAL it is NULL.
        return sum == null ? null : add(type, sum, value);
      }

      @Override
      Object ofNone() {
        return zero;
      }
    };
  }

  private static Expression sumOfLongs(LogicalType type, int step, Expression argument) {
    return new LongExpression("SUM", type, argument) {
      @Override
      long longValue(Evaluation evaluation) {
        RowData event = evaluation.event;
        long timestamp = evaluation.timestamp;
        try {
          long sum = 0;
          for (Taken taken = evaluation.taken; taken != null; taken = taken.previous()) {
            if (taken.step() == step) {
              evaluation.enter(taken);
              long value = argument.longValue(evaluation);
              sum += evaluation.isNull ? 0 : value;
            }
          }
          evaluation.isNull = false;
          return wrap(sum, type());
        } finally {
          evaluation.restore(event, timestamp);
        }
      }

      @Override
      boolean refersToTaken() {
        return true;
      }
    };
  }

  /** Adds from the first event on, as Flink does: the sum of doubles depends on the order. */
  private static Expression sumOfDoubles(LogicalType type, int step, Expression argument) {
    return new DoubleExpression("SUM", type, argument) {
      @Override
      double compute(Evaluation evaluation) {
        Taken[] events = oldestFirst(evaluation.taken, step);
        RowData event = evaluation.event;
        long timestamp = evaluation.timestamp;
        try {
          double sum = 0;
          for (Taken taken : events) {
            evaluation.enter(taken);
            double value = argument.doubleValue(evaluation);
            sum += evaluation.isNull ? 0 : value;
          }
          evaluation.isNull = false;
          return sum;
        } finally {
          evaluation.restore(event, timestamp);
        }
      }

      @Override
      boolean refersToTaken() {
        return true;
      }
    };
  }

  private static Taken[] oldestFirst(Taken newest, int step) {
    int count = 0;
    for (Taken taken = newest; taken != null; taken = taken.previous()) {
      count += taken.step() == step ? 1 : 0;
    }
    Taken[] events = new Taken[count];
    for (Taken taken = newest; taken != null; taken = taken.previous()) {
      if (taken.step() == step) {
        events[--count] = taken;
      }
    }
    return events;
  }

  static Expression least(int step, Expression argument) {
    return extreme("MIN", step, argument, -1);
  }

  static Expression greatest(int step, Expression argument) {
    return extreme("MAX", step, argument, 1);
  }

  private static Expression extreme(String name, int step, Expression argument, int sign) {
    Values.Order order = Values.order(argument.type());
    return new Aggregate(name, argument.type(), step, argument, false) {
      @Override
      Object aggregate(Object best, Object value) {
        return best == null || sign * order.compare(value, best) > 0 ? value : best;
      }

      @Override
      Object ofNone() {
        return null;
      }
    };
  }

  /** The mean, of the type that Flink gives it: that of an integer is an integer. */
  static Expression average(int step, Expression argument, boolean distinct) {
    LogicalType type = LogicalTypeMerging.findAvgAggType(argument.type());
    Expression sum = sum(widest(argument.type()), step, argument, distinct);
    Expression count = count(step, argument, distinct);
    return new Expression("AVG", type, sum, count) {
      @Override
      Object value(Evaluation evaluation) {
        long n = count.longValue(evaluation);
        Object total = n == 0 ? null : sum.value(evaluation);
        return total == null ? null : divide(type, total, n);
      }
    };
  }

  /** The type in which values are added up for their mean. */
  private static LogicalType widest(LogicalType type) {
    if (type.is(LogicalTypeRoot.DECIMAL)) {
      return LogicalTypeMerging.findSumAggType(type);
    }
    return type.is(LogicalTypeFamily.APPROXIMATE_NUMERIC) ? new DoubleType() : new BigIntType();
  }

  private static Object zero(LogicalType type) {
    if (type instanceof DecimalType decimal) {
      return DecimalData.zero(decimal.getPrecision(), decimal.getScale());
    }
    return type.is(LogicalTypeFamily.APPROXIMATE_NUMERIC)
        ? real(type, 0)
        : LongExpression.box(0, type);
  }

  private static Object add(LogicalType type, Object sum, Object value) {
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

  private abstract static class Aggregate extends Expression {
    private final int step;
    private final Expression argument;
    private final boolean distinct;

    Aggregate(String name, LogicalType type, int step, Expression argument, boolean distinct) {
      super(name, type, argument);
      this.step = step;
      this.argument = argument;
      this.distinct = distinct;
    }

    abstract Object ofNone();

    /** The aggregate with one more value, which is not null. */
    abstract Object aggregate(Object aggregate, Object value);

    @Override
    final Object value(Evaluation evaluation) {
      Object aggregate = ofNone();
      Set<Object> seen = distinct ? new HashSet<>() : null;
      RowData event = evaluation.event;
      long timestamp = evaluation.timestamp;
      try {
        for (Taken taken = evaluation.taken; taken != null; taken = taken.previous()) {
          if (taken.step() != step) {
            continue;
          }
          evaluation.enter(taken);
          Object value = argument.value(evaluation);
          if (value != null && (seen == null || seen.add(value))) {
            aggregate = aggregate(aggregate, value);
          }
        }
        return aggregate;
      } finally {
        evaluation.restore(event, timestamp);
      }
    }

    @Override
    final boolean refersToTaken() {
      return true;
    }

    @Override
    final boolean isConstant() {
      return false;
    }

    @Override
    final String canonical() {
      return name() + "(" + (distinct ? "DISTINCT " : "") + argument.canonical() + ")";
    }
  }
}
