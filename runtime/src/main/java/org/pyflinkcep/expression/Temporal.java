package org.pyflinkcep.expression;

import static java.time.temporal.ChronoField.PROLEPTIC_MONTH;

import java.time.LocalDate;
import java.util.TimeZone;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.runtime.functions.SqlFunctionUtils;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.DayTimeIntervalType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.YearMonthIntervalType;
import org.apache.flink.table.utils.DateTimeUtils;
import org.apache.flink.table.utils.DateTimeUtils.TimeUnitRange;

/** Arithmetic on dates, times, timestamps and intervals, as Flink SQL does it. */
final class Temporal {

  static final LogicalType DAY_TIME =
      new DayTimeIntervalType(DayTimeIntervalType.DayTimeResolution.SECOND, 2, 3);
  static final LogicalType YEAR_MONTH =
      new YearMonthIntervalType(YearMonthIntervalType.YearMonthResolution.MONTH);

  /** How many decimals of a second a TIME has at most: it is held in milliseconds. */
  static final int TIME_PRECISION = 3;

  private static final long DAY = DateTimeUtils.MILLIS_PER_DAY;

  private Temporal() {}

  static boolean isInterval(LogicalType type) {
    return type.is(LogicalTypeFamily.INTERVAL);
  }

  static boolean isPoint(LogicalType type) {
    return type.is(LogicalTypeFamily.DATETIME);
  }

  /** A point in time moved by an interval, or null where the types don't allow it. */
  static Expression move(String operator, int sign, Expression point, Expression interval) {
    LogicalType type = point.type();
    boolean months = interval.type().is(LogicalTypeRoot.INTERVAL_YEAR_MONTH);
    return switch (type.getTypeRoot()) {
      case DATE ->
          Call.of(
              operator,
              type,
              (date, by) ->
                  months
                      ? DateTimeUtils.addMonths((int) (Integer) date, sign * (Integer) by)
                      : (Object) ((Integer) date + sign * Math.toIntExact((Long) by / DAY)),
              point,
              interval);
      case TIME_WITHOUT_TIME_ZONE ->
          Call.of(
              operator,
              type,
              (time, by) ->
                  months
                      ? time
                      : (Object)
                          Math.toIntExact(
                              ((Integer) time + DAY + sign * Math.toIntExact((Long) by % DAY))
                                  % DAY),
              point,
              interval);
      case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
          Call.of(
              operator,
              type,
              (value, by) -> {
                TimestampData timestamp = (TimestampData) value;
                long millis = timestamp.getMillisecond();
                return TimestampData.fromEpochMillis(
                    months
                        ? DateTimeUtils.addMonths(millis, sign * (Integer) by)
                        : millis + sign * (Long) by,
                    timestamp.getNanoOfMillisecond());
              },
              point,
              interval);
      default -> null;
    };
  }

  /** TIMESTAMPDIFF: how many whole units lie between two points in time. */
  static Expression difference(TimeUnitRange unit, Expression from, Expression to) {
    String name = "TIMESTAMPDIFF " + unit;
    return switch (unit) {
      case MILLENNIUM, CENTURY, DECADE, YEAR, QUARTER, MONTH ->
          Call.of(
              name,
              new IntType(),
              (a, b) ->
                  wholeMonths(millis(a, from.type()), millis(b, to.type()))
                      / (int) multiplier(unit),
              from,
              to);
      case NANOSECOND ->
          Call.of(
              name,
              new BigIntType(),
              (a, b) -> (millis(b, to.type()) - millis(a, from.type())) * 1_000_000,
              from,
              to);
      case MICROSECOND ->
          Call.of(
              name,
              new IntType(),
              (a, b) -> (int) ((millis(b, to.type()) - millis(a, from.type())) * 1000),
              from,
              to);
      default ->
          Call.of(
              name,
              new IntType(),
              (a, b) -> (int) ((millis(b, to.type()) - millis(a, from.type())) / multiplier(unit)),
              from,
              to);
    };
  }

  /** The whole months, or the milliseconds, from one point in time to another. */
  static Expression between(boolean months, Expression from, Expression to) {
    return months
        ? Call.of(
            "- MONTH",
            YEAR_MONTH,
            (a, b) -> wholeMonths(millis(a, from.type()), millis(b, to.type())),
            from,
            to)
        : Call.of(
            "- SECOND",
            DAY_TIME,
            (a, b) -> (Object) (millis(b, to.type()) - millis(a, from.type())),
            from,
            to);
  }

  /**
   * The whole months from one point in time to another, as Flink counts them: a time of day that is
   * not reached takes one away, also backwards. Flink's own function goes from month to month.
   */
  static int wholeMonths(long from, long to) {
    long first = Math.floorDiv(from, DAY);
    long last = Math.floorDiv(to, DAY);
    long months = first <= last ? wholeMonthsOfDays(first, last) : -wholeMonthsOfDays(last, first);
    boolean isReached =
        LocalDate.ofEpochDay(first).plusMonths(months).toEpochDay() != last
            || Math.floorMod(to, DAY) >= Math.floorMod(from, DAY);
    return Math.toIntExact(isReached ? months : months - 1);
  }

  private static long wholeMonthsOfDays(long first, long last) {
    LocalDate from = LocalDate.ofEpochDay(first);
    long months =
        LocalDate.ofEpochDay(last).getLong(PROLEPTIC_MONTH) - from.getLong(PROLEPTIC_MONTH);
    return from.plusMonths(months).toEpochDay() > last ? months - 1 : months;
  }

  static Expression extract(TimeUnitRange unit, Expression from, TimeZone zone) {
    LogicalType type = from.type();
    return Call.of(
        "EXTRACT " + unit,
        new BigIntType(),
        value ->
            switch (type.getTypeRoot()) {
              case TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
                  DateTimeUtils.extractFromTimestamp(unit, (TimestampData) value, zone);
              case TIMESTAMP_WITHOUT_TIME_ZONE -> extract(unit, (TimestampData) value);
              case DATE -> DateTimeUtils.extractFromDate(unit, (long) (Integer) value);
              default -> part(unit, ((Number) value).longValue());
            },
        from);
  }

  private static long extract(TimeUnitRange unit, TimestampData timestamp) {
    long millis = timestamp.getMillisecond();
    return switch (unit) {
      case HOUR, MINUTE, SECOND, MILLISECOND -> part(unit, millis);
      case MICROSECOND -> millis % 1000 * 1000 + timestamp.getNanoOfMillisecond() / 1000;
      case NANOSECOND -> millis % 1000 * 1_000_000 + timestamp.getNanoOfMillisecond();
      case EPOCH -> millis / 1000;
      default -> DateTimeUtils.extractFromDate(unit, millis / DAY);
    };
  }

  /** The part of a time of day, or of an interval in milliseconds or months. */
  private static long part(TimeUnitRange unit, long value) {
    return switch (unit) {
      case HOUR -> value % DAY / DateTimeUtils.MILLIS_PER_HOUR;
      case MINUTE -> value % DateTimeUtils.MILLIS_PER_HOUR / DateTimeUtils.MILLIS_PER_MINUTE;
      case SECOND -> value % DateTimeUtils.MILLIS_PER_MINUTE / DateTimeUtils.MILLIS_PER_SECOND;
      case MILLISECOND -> value % DateTimeUtils.MILLIS_PER_SECOND;
      case MONTH -> value % 12;
      case QUARTER -> (value % 12 - 1) / 3 + 1;
      default -> value / multiplier(unit);
    };
  }

  /** FLOOR or CEIL to a unit of time. */
  static Expression round(TimeUnitRange unit, boolean up, Expression operand, TimeZone zone) {
    LogicalType type = operand.type();
    return Call.of(
        (up ? "CEIL TO " : "FLOOR TO ") + unit,
        type,
        value ->
            switch (type.getTypeRoot()) {
              case TIMESTAMP_WITH_LOCAL_TIME_ZONE -> {
                long millis = ((TimestampData) value).getMillisecond();
                yield TimestampData.fromEpochMillis(
                    up
                        ? DateTimeUtils.timestampCeil(unit, millis, zone)
                        : DateTimeUtils.timestampFloor(unit, millis, zone));
              }
              case TIMESTAMP_WITHOUT_TIME_ZONE -> {
                TimestampData timestamp = (TimestampData) value;
                // What lies behind the millisecond counts only where milliseconds are rounded.
                boolean behind =
                    up && unit == TimeUnitRange.MILLISECOND && timestamp.getNanoOfMillisecond() > 0;
                yield TimestampData.fromEpochMillis(
                    rounded(unit, up, timestamp.getMillisecond() + (behind ? 1 : 0)));
              }
              case DATE ->
                  isShort(unit)
                      ? value
                      : (Object)
                          (int)
                              (up
                                  ? DateTimeUtils.unixDateCeil(unit, (Integer) value)
                                  : DateTimeUtils.unixDateFloor(unit, (Integer) value));
              default -> {
                int by = (int) multiplier(unit);
                yield up
                    ? SqlFunctionUtils.ceil((int) (Integer) value, by)
                    : SqlFunctionUtils.floor((int) (Integer) value, by);
              }
            },
        operand);
  }

  private static long rounded(TimeUnitRange unit, boolean up, long millis) {
    if (isShort(unit) || unit == TimeUnitRange.DAY) {
      long by = multiplier(unit);
      return up ? SqlFunctionUtils.ceil(millis, by) : SqlFunctionUtils.floor(millis, by);
    }
    return up
        ? DateTimeUtils.unixTimestampCeil(unit, millis)
        : DateTimeUtils.unixTimestampFloor(unit, millis);
  }

  private static boolean isShort(TimeUnitRange unit) {
    return switch (unit) {
      case HOUR, MINUTE, SECOND, MILLISECOND -> true;
      default -> false;
    };
  }

  private static long millis(Object value, LogicalType type) {
    if (value instanceof TimestampData timestamp) {
      return timestamp.getMillisecond();
    }
    return type.is(LogicalTypeRoot.DATE) ? (Integer) value * DAY : (Integer) value;
  }

  /** The unit in milliseconds, or in months. */
  private static long multiplier(TimeUnitRange unit) {
    return unit.startUnit.multiplier.longValue();
  }
}
