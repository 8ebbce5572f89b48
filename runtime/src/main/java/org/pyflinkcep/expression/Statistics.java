package org.pyflinkcep.expression;

import java.util.Arrays;
import java.util.List;
import org.apache.flink.table.api.dataview.MapView;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.runtime.functions.aggregate.PercentileAggFunction.PercentileAccumulator;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.utils.LogicalTypeMerging;
import org.pyflinkcep.expression.Aggregate.Accumulator;
import org.pyflinkcep.expression.Aggregate.Events;

/** Aggregates that say how values are spread: variances, deviations and percentiles. */
final class Statistics {

  /** The names of the deviations and variances. */
  static final List<String> SPREADS =
      List.of("STDDEV", "STDDEV_POP", "STDDEV_SAMP", "VARIANCE", "VAR_POP", "VAR_SAMP");

  private Statistics() {}

  /**
   * A variance or standard deviation, of the type that Flink gives it: that of integers is one.
   *
   * @param doubles the argument as a DOUBLE
   */
  static Expression spread(
      String name, Events events, Expression argument, Expression doubles, Casts casts) {
    boolean population = name.endsWith("_POP");
    boolean root = name.startsWith("STDDEV");
    Expression spread =
        new Aggregate(
            name,
            new DoubleType(),
            events,
            budget ->
                new Accumulator() {
                  private long count;
                  private double mean;
                  private double squares;

                  /** Welford's method, which loses no digits where the mean is large. */
                  @Override
                  public void add(Evaluation evaluation) {
                    double x = doubles.doubleValue(evaluation);
                    if (!evaluation.isNull) {
                      double delta = x - mean;
                      mean += delta / ++count;
                      squares += delta * (x - mean);
                    }
                  }

                  @Override
                  public Object result() {
                    long degrees = population ? count : count - 1;
                    if (degrees < 1) {
                      return null;
                    }
                    double variance = squares / degrees;
                    return root ? Math.sqrt(variance) : variance;
                  }
                },
            doubles);
    return casts.cast(spread, LogicalTypeMerging.findAvgAggType(argument.type()));
  }

  /**
   * The value below which a share of the values lies, between two of them if need be.
   *
   * @param doubles the argument as a DOUBLE
   * @param shares a share from 0 to 1, or an array of such
   * @param frequency how often a value counts; null: once
   */
  static Expression percentile(
      Events events, Expression doubles, Constant shares, Expression frequency) {
    double[] percentages = shares(shares);
    boolean many = shares.type() instanceof ArrayType;
    LogicalType type = many ? new ArrayType(new DoubleType()) : new DoubleType();
    Expression[] arguments =
        frequency == null ? new Expression[] {doubles} : new Expression[] {doubles, frequency};
    return new Aggregate(
        "PERCENTILE",
        type,
        events,
        budget -> new Percentile(percentages, many, arguments),
        arguments);
  }

  /** The shares that a constant has, or null where one of them isn't from 0 to 1. */
  static double[] shares(Constant shares) {
    Object[] values;
    if (shares.value() instanceof ArrayData array) {
      ArrayData.ElementGetter getter =
          ArrayData.createElementGetter(((ArrayType) shares.type()).getElementType());
      values = new Object[array.size()];
      Arrays.setAll(values, i -> getter.getElementOrNull(array, i));
    } else {
      values = new Object[] {shares.value()};
    }
    double[] numbers = new double[values.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] =
          values[i] instanceof DecimalData decimal
              ? decimal.toBigDecimal().doubleValue()
              : values[i] instanceof Number number ? number.doubleValue() : Double.NaN;
      if (!(numbers[i] >= 0 && numbers[i] <= 1)) {
        return null;
      }
    }
    return numbers;
  }

  /** Flink's own accumulator, which interpolates between the values next to the place. */
  private static final class Percentile implements Accumulator {
    private final PercentileAccumulator values = new PercentileAccumulator();
    private final boolean many;
    private final Expression[] arguments;

    Percentile(double[] percentages, boolean many, Expression[] arguments) {
      this.many = many;
      this.arguments = arguments;
      values.percentages = percentages;
      values.valueCount = new MapView<>();
    }

    @Override
    public void add(Evaluation evaluation) {
      double value = arguments[0].doubleValue(evaluation);
      if (evaluation.isNull) {
        return;
      }
      // 0 where it is NULL.
      long times = arguments.length == 1 ? 1 : arguments[1].longValue(evaluation);
      if (times > 0) {
        values.valueCount.getMap().merge(value, times, Long::sum);
      }
    }

    @Override
    public Object result() {
      Double[] found = values.getValue();
      return found == null ? null : many ? new GenericArrayData(found) : found[0];
    }
  }
}
