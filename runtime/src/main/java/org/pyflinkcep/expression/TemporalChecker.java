package org.pyflinkcep.expression;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TimeZone;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIntervalQualifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.TimeType;
import org.apache.flink.table.types.logical.TimestampType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;
import org.apache.flink.table.utils.DateTimeUtils.TimeUnitRange;

/** Checks functions of dates, times and intervals. */
final class TemporalChecker {

  private static final Set<TimeUnitRange> TIME_UNITS =
      EnumSet.of(
          TimeUnitRange.HOUR,
          TimeUnitRange.MINUTE,
          TimeUnitRange.SECOND,
          TimeUnitRange.MILLISECOND,
          TimeUnitRange.MICROSECOND,
          TimeUnitRange.NANOSECOND);

  /** The units of a calendar that a date can be rounded to. */
  private static final Set<TimeUnitRange> DATE_UNITS =
      EnumSet.of(
          TimeUnitRange.MILLENNIUM,
          TimeUnitRange.CENTURY,
          TimeUnitRange.DECADE,
          TimeUnitRange.YEAR,
          TimeUnitRange.QUARTER,
          TimeUnitRange.MONTH,
          TimeUnitRange.WEEK,
          TimeUnitRange.DAY);

  private static final Set<TimeUnitRange> ROUNDED_TIME_UNITS =
      EnumSet.of(
          TimeUnitRange.HOUR,
          TimeUnitRange.MINUTE,
          TimeUnitRange.SECOND,
          TimeUnitRange.MILLISECOND);

  /** The units that points in time can be moved by, or apart by: those that have a length. */
  private static final Set<TimeUnitRange> LENGTHS = EnumSet.copyOf(DATE_UNITS);

  static {
    LENGTHS.addAll(TIME_UNITS);
  }

  private static final Set<TimeUnitRange> MONTH_UNITS =
      EnumSet.of(
          TimeUnitRange.MILLENNIUM,
          TimeUnitRange.CENTURY,
          TimeUnitRange.DECADE,
          TimeUnitRange.YEAR,
          TimeUnitRange.QUARTER,
          TimeUnitRange.MONTH);

  /** The names that ODBC has for the units of TIMESTAMPADD and TIMESTAMPDIFF. */
  private static final Map<String, TimeUnitRange> ODBC_UNITS =
      Stream.of("YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND")
          .collect(Collectors.toUnmodifiableMap(name -> "SQL_TSI_" + name, TimeUnitRange::valueOf));

  /** The parts that an interval of months has. */
  private static final Set<TimeUnitRange> UNITS_OF_MONTHS =
      EnumSet.of(
          TimeUnitRange.MILLENNIUM,
          TimeUnitRange.CENTURY,
          TimeUnitRange.YEAR,
          TimeUnitRange.QUARTER,
          TimeUnitRange.MONTH);

  /** The parts that an interval of milliseconds has. */
  private static final Set<TimeUnitRange> UNITS_OF_DAYS =
      EnumSet.of(
          TimeUnitRange.DAY,
          TimeUnitRange.HOUR,
          TimeUnitRange.MINUTE,
          TimeUnitRange.SECOND,
          TimeUnitRange.MILLISECOND);

  /** The precision of milliseconds. */
  private static final int MILLIS = 3;

  /** The type that a DATE becomes where hours are added to it. */
  private static final LogicalType TIMESTAMP = new TimestampType(6);

  private final Checker checker;
  private final TypeCoercion coercion;
  private final TimeZone zone;
  private final ExpressionErrors errors;

  TemporalChecker(Checker checker, TypeCoercion coercion, TimeZone zone, ExpressionErrors errors) {
    this.checker = checker;
    this.coercion = coercion;
    this.zone = zone;
    this.errors = errors;
  }

  /** EXTRACT, whose unit is its first operand. */
  Expression extract(SqlCall call) {
    return extract(call, unit(call.operand(0)), call.operand(1));
  }

  /** YEAR, HOUR and the others that are named after what they extract. */
  Expression extract(SqlCall call, TimeUnitRange unit) {
    return extract(call, unit, call.operandCount() == 1 ? call.operand(0) : null);
  }

  private Expression extract(SqlCall call, TimeUnitRange unit, SqlNode node) {
    Expression from = node == null ? null : checker.check(node);
    if (node == null) {
      return errors.wrongArguments(
          call, call.getOperator().getName(), "of one date or time", List.of());
    }
    if (from == null || unit == null) {
      return null;
    }
    if (!has(from.type(), unit)) {
      errors.add(
          "type-mismatch",
          node,
          "there is no " + unit + " in " + from.sqlType(),
          from.type().is(LogicalTypeRoot.DATE)
              ? "a DATE has no time of day: take it from a TIMESTAMP"
              : null);
      return null;
    }
    return Temporal.extract(unit, from, zone);
  }

  private static boolean has(LogicalType type, TimeUnitRange unit) {
    return switch (type.getTypeRoot()) {
      case DATE -> !TIME_UNITS.contains(unit);
      case TIME_WITHOUT_TIME_ZONE -> TIME_UNITS.contains(unit);
      case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE -> true;
      case INTERVAL_YEAR_MONTH -> UNITS_OF_MONTHS.contains(unit);
      case INTERVAL_DAY_TIME -> UNITS_OF_DAYS.contains(unit);
      default -> false;
    };
  }

  Expression round(SqlCall call) {
    Expression operand = checker.check(call.operand(0));
    TimeUnitRange unit = unit(call.operand(1));
    if (operand == null || unit == null) {
      return null;
    }
    if (!Temporal.isPoint(operand.type())) {
      errors.add(
          "type-mismatch",
          call.operand(0),
          "expected a date or time, found " + operand.sqlType(),
          null);
      return null;
    }
    boolean time = operand.type().is(LogicalTypeRoot.TIME_WITHOUT_TIME_ZONE);
    if (!ROUNDED_TIME_UNITS.contains(unit) && (time || !DATE_UNITS.contains(unit))) {
      errors.add(
          "type-mismatch",
          call.operand(1),
          "a " + operand.sqlType() + " can't be rounded to " + unit,
          null);
      return null;
    }
    return Temporal.round(unit, call.getKind() == SqlKind.CEIL, operand, zone);
  }

  Expression timestampAdd(SqlCall call) {
    TimeUnitRange unit = length(call.operand(0));
    Expression count = checker.check(call.operand(1));
    Expression point = checker.check(call.operand(2));
    if (unit == null || count == null || point == null) {
      return null;
    }
    if (!count.type().is(LogicalTypeFamily.INTEGER_NUMERIC) || !Temporal.isPoint(point.type())) {
      return errors.wrongArguments(
          call, "TIMESTAMPADD", "TIMESTAMPADD(unit, integer, date or time)", List.of(count, point));
    }
    if (unit == TimeUnitRange.MICROSECOND || unit == TimeUnitRange.NANOSECOND) {
      errors.add(
          "unknown-unit",
          call.operand(0),
          "a time is moved by milliseconds at least",
          "write MILLISECOND, or a longer unit");
      return null;
    }
    Expression moved =
        TIME_UNITS.contains(unit) && point.type().is(LogicalTypeRoot.DATE)
            ? coercion.coerce(point, TIMESTAMP)
            : unit == TimeUnitRange.MILLISECOND ? coercion.coerce(point, withMillis(point)) : point;
    return Temporal.move("+", 1, moved, units(unit, count));
  }

  /** The type of a point in time that has at least milliseconds. */
  private static LogicalType withMillis(Expression point) {
    LogicalType type = point.type();
    if (type.is(LogicalTypeRoot.DATE) || LogicalTypeChecks.getPrecision(type) >= MILLIS) {
      return type;
    }
    return switch (type.getTypeRoot()) {
      case TIME_WITHOUT_TIME_ZONE -> new TimeType(MILLIS);
      case TIMESTAMP_WITHOUT_TIME_ZONE -> new TimestampType(MILLIS);
      default -> new LocalZonedTimestampType(MILLIS);
    };
  }

  Expression timestampDiff(SqlCall call) {
    TimeUnitRange unit = length(call.operand(0));
    Expression from = checker.check(call.operand(1));
    Expression to = checker.check(call.operand(2));
    if (unit == null || from == null || to == null) {
      return null;
    }
    if (!Temporal.isPoint(from.type())
        || !Temporal.isPoint(to.type())
        || differ(from, to, LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE)
        || differ(from, to, LogicalTypeRoot.TIME_WITHOUT_TIME_ZONE)) {
      return errors.wrongArguments(
          call,
          "TIMESTAMPDIFF",
          "TIMESTAMPDIFF(unit, date or time, date or time)",
          List.of(from, to));
    }
    return Temporal.difference(unit, from, to);
  }

  /** Whether one of the two is of a type, and the other isn't. */
  private static boolean differ(Expression a, Expression b, LogicalTypeRoot type) {
    return a.type().is(type) != b.type().is(type);
  }

  /** {@code (later - earlier) SECOND}: the interval between two points in time of one kind. */
  Expression between(SqlCall call) {
    Expression to = checker.check(call.operand(0));
    Expression from = checker.check(call.operand(1));
    SqlIntervalQualifier qualifier = call.operand(2);
    if (to == null || from == null) {
      return null;
    }
    boolean months = qualifier.isYearMonth();
    boolean times = to.type().is(LogicalTypeRoot.TIME_WITHOUT_TIME_ZONE);
    if (!Temporal.isPoint(to.type())
        || !from.type().is(to.type().getTypeRoot())
        || times && months) {
      errors.add(
          "type-mismatch",
          call,
          "there is no interval of "
              + (months ? "months" : "seconds")
              + " between "
              + to.sqlType()
              + " and "
              + from.sqlType(),
          "both are dates, times or timestamps of one kind: CAST one of them");
      return null;
    }
    return Temporal.between(months, from, to);
  }

  /** {@code INTERVAL minutes MINUTE}: as many units of time as a number says. */
  Expression interval(SqlCall call) {
    Expression count = checker.check(call.operand(0));
    TimeUnitRange unit = length(call.operand(1));
    if (count == null || unit == null) {
      return null;
    }
    if (!count.type().is(LogicalTypeFamily.INTEGER_NUMERIC)) {
      errors.add(
          "type-mismatch",
          call.operand(0),
          "INTERVAL takes a whole number of units, found " + count.sqlType(),
          "such as INTERVAL minutes MINUTE, INTERVAL (2 * days) DAY or INTERVAL '1 12' DAY TO HOUR");
      return null;
    }
    return units(unit, count);
  }

  /** As many units as a number says. */
  private static Expression units(TimeUnitRange unit, Expression count) {
    long multiplier = unit.startUnit.multiplier.longValue();
    Constant one =
        MONTH_UNITS.contains(unit)
            ? new Constant("INTERVAL " + unit, Temporal.YEAR_MONTH, (int) multiplier)
            : new Constant("INTERVAL " + unit, Temporal.DAY_TIME, multiplier);
    return Arithmetic.TIMES.longs(one.type(), one, count);
  }

  private TimeUnitRange length(SqlNode node) {
    SqlIntervalQualifier qualifier = (SqlIntervalQualifier) node;
    String name = qualifier.timeFrameName == null ? "" : qualifier.timeFrameName;
    TimeUnitRange odbc = ODBC_UNITS.get(name.toUpperCase(Locale.ROOT));
    if (odbc != null) {
      return odbc;
    }
    TimeUnitRange unit = unit(node);
    if (unit == null || LENGTHS.contains(unit)) {
      return unit;
    }
    errors.add("unknown-unit", node, unit + " has no length", "such as DAY, HOUR or SECOND");
    return null;
  }

  private TimeUnitRange unit(SqlNode node) {
    SqlIntervalQualifier qualifier = (SqlIntervalQualifier) node;
    if (qualifier.timeFrameName != null) {
      errors.add(
          "unknown-unit", node, "`" + qualifier.timeFrameName + "` is not a unit of time", null);
      return null;
    }
    return TimeUnitRange.valueOf(qualifier.timeUnitRange.name());
  }
}
