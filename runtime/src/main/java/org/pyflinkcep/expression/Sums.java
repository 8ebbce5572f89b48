package org.pyflinkcep.expression;

import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.DecimalDataUtils;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.utils.LogicalTypeMerging;
import org.pyflinkcep.expression.Aggregate.Accumulator;
import org.pyflinkcep.expression.Aggregate.Events;

/** Aggregates that add up: SUM and AVG, with the types and values of Flink SQL's GROUP BY. */
final class Sums {

  private Sums() {}

  /** The sum, 0 of no value. A FLOAT is rounded each time, and beyond a DECIMAL it is NULL. */
  static Expression sum(Events events, Expression argument) {
    LogicalType type = LogicalTypeMerging.findSumAggType(argument.type());
    return new Aggregate("SUM", type, events, budget -> sum(type, argument, false), argument);
  }

  /** The mean, of the type that Flink gives it: that of an integer is an integer. */
  static Expression average(Events events, Expression argument) {
    LogicalType type = LogicalTypeMerging.findAvgAggType(argument.type());
    return new Aggregate("AVG", type, events, budget -> sum(type, argument, true), argument);
  }

  private static Sum sum(LogicalType type, Expression argument, boolean mean) {
    if (type.is(LogicalTypeRoot.DECIMAL)) {
      return new DecimalSum((DecimalType) type, argument, mean);
    }
    return type.is(LogicalTypeFamily.APPROXIMATE_NUMERIC)
        ? new DoubleSum(type, argument, mean)
        : new LongSum(type, argument, mean);
  }

  /** Adds up the values of an argument that are not NULL. */
  private abstract static class Sum implements Accumulator {
    final LogicalType type;
    final Expression argument;
    private final boolean mean;
    long count;

    Sum(LogicalType type, Expression argument, boolean mean) {
      this.type = type;
      this.argument = argument;
      this.mean = mean;
    }

    abstract Object total();

    abstract Object mean();

    @Override
    public final Object result() {
      if (!mean) {
        return total();
      }
      return count == 0 ? null : mean();
    }
  }

  private static final class LongSum extends Sum {
    private long sum;

    LongSum(LogicalType type, Expression argument, boolean mean) {
      super(type, argument, mean);
    }

    @Override
    public void add(Evaluation evaluation) {
      long value = argument.longValue(evaluation);
      if (!evaluation.isNull) {
        sum += value;
        count++;
      }
    }

    @Override
    Object total() {
      return LongExpression.box(sum, type);
    }

    @Override
    Object mean() {
      return LongExpression.box(sum / count, type);
    }
  }

  private static final class DoubleSum extends Sum {
    private final boolean single;
    private double sum;

    DoubleSum(LogicalType type, Expression argument, boolean mean) {
      super(type, argument, mean);
      this.single = !mean && type.is(LogicalTypeRoot.FLOAT);
    }

    @Override
    public void add(Evaluation evaluation) {
      double value = argument.doubleValue(evaluation);
      if (!evaluation.isNull) {
        sum = single ? (float) (sum + value) : sum + value;
        count++;
      }
    }

    @Override
    Object total() {
      return DoubleExpression.box(sum, type);
    }

    @Override
    Object mean() {
      return DoubleExpression.box(sum / count, type);
    }
  }

  private static final class DecimalSum extends Sum {
    private final DecimalType sumType;
    private DecimalData sum;

    DecimalSum(DecimalType type, Expression argument, boolean mean) {
      super(type, argument, mean);
      this.sumType = (DecimalType) LogicalTypeMerging.findSumAggType(argument.type());
      this.sum = DecimalData.zero(sumType.getPrecision(), sumType.getScale());
    }

    @Override
    public void add(Evaluation evaluation) {
      DecimalData value = (DecimalData) argument.value(evaluation);
      if (value == null) {
        return;
      }
      count++;
      if (sum != null) {
        sum = DecimalDataUtils.add(sum, value, sumType.getPrecision(), sumType.getScale());
      }
    }

    @Override
    Object total() {
      return sum;
    }

    @Override
    Object mean() {
      DecimalType mean = (DecimalType) type;
      return sum == null
          ? null
          : DecimalDataUtils.divide(
              sum, DecimalDataUtils.castFrom(count, 20, 0), mean.getPrecision(), mean.getScale());
    }
  }
}
