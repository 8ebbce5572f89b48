package org.pyflinkcep.expression;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import org.apache.calcite.rel.type.RelDataTypeSystem;
import org.apache.calcite.sql.SqlIntervalLiteral;
import org.apache.calcite.sql.SqlIntervalQualifier;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlUnknownLiteral;
import org.apache.calcite.sql.parser.SqlParserUtil;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BinaryType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.CharType;
import org.apache.flink.table.types.logical.DateType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.NullType;
import org.apache.flink.table.types.logical.TimeType;
import org.apache.flink.table.types.logical.TimestampType;

/** Gives literals their types and values. */
final class LiteralChecker {

  private final ExpressionErrors errors;

  LiteralChecker(ExpressionErrors errors) {
    this.errors = errors;
  }

  Expression check(SqlLiteral literal) {
    String text = literal.toString();
    if (literal instanceof SqlUnknownLiteral point) {
      return point(point);
    }
    return switch (literal.getTypeName()) {
      case NULL -> new Constant("NULL", new NullType(), null);
      // UNKNOWN is the BOOLEAN that is NULL.
      case BOOLEAN -> new Constant(text, new BooleanType(), literal.getValue());
      case CHAR -> string(literal.getValueAs(String.class));
      case BINARY -> {
        byte[] bytes = literal.getValueAs(byte[].class);
        yield new Constant(
            text,
            bytes.length == 0 ? BinaryType.ofEmptyLiteral() : new BinaryType(bytes.length),
            bytes);
      }
      case DECIMAL -> exactNumber((SqlNumericLiteral) literal);
      case DOUBLE -> new Constant(text, new DoubleType(), literal.bigDecimalValue().doubleValue());
      default ->
          literal.getValue() instanceof SqlIntervalLiteral.IntervalValue interval
              ? interval(literal, interval)
              : errors.unsupported(literal);
    };
  }

  private static Constant string(String value) {
    return new Constant(
        "'" + value.replace("'", "''") + "'",
        value.isEmpty() ? CharType.ofEmptyLiteral() : new CharType(value.length()),
        BinaryStringData.fromString(value));
  }

  /** A DATE, TIME or TIMESTAMP literal. */
  private Expression point(SqlUnknownLiteral literal) {
    String text = literal.getValue();
    String canonical = literal.tag + " '" + text + "'";
    int dot = text.indexOf('.');
    int precision = dot < 0 ? 0 : text.length() - dot - 1;
    try {
      return switch (literal.tag) {
        case "DATE" ->
            new Constant(canonical, new DateType(), (int) LocalDate.parse(text).toEpochDay());
        case "TIME" ->
            new Constant(
                canonical,
                new TimeType(Math.min(precision, Temporal.TIME_PRECISION)),
                (int) (LocalTime.parse(text).toNanoOfDay() / 1_000_000));
        case "TIMESTAMP" ->
            new Constant(
                canonical,
                new TimestampType(precision),
                TimestampData.fromLocalDateTime(LocalDateTime.parse(text.replace(' ', 'T'))));
        default -> errors.unsupported(literal);
      };
    } catch (RuntimeException e) {
      errors.add(
          "bad-literal",
          literal,
          "`" + text + "` is not a " + literal.tag,
          "write DATE '2024-12-31', TIME '23:59:59' or TIMESTAMP '2024-12-31 23:59:59.999'");
      return null;
    }
  }

  private Expression interval(SqlLiteral literal, SqlIntervalLiteral.IntervalValue interval) {
    SqlIntervalQualifier qualifier = interval.getIntervalQualifier();
    try {
      long length = interval.getSign() * length(interval.getIntervalLiteral(), qualifier);
      return qualifier.isYearMonth()
          ? new Constant(literal.toString(), Temporal.YEAR_MONTH, Math.toIntExact(length))
          : new Constant(literal.toString(), Temporal.DAY_TIME, length);
    } catch (RuntimeException e) {
      errors.add("bad-literal", literal, "`" + interval + "` is not such an interval", null);
      return null;
    }
  }

  /** The length of an interval in months, or else in milliseconds. */
  private static long length(String text, SqlIntervalQualifier qualifier) {
    // Calcite's own sums know years, months, and days to milliseconds.
    return switch (qualifier.getUnit()) {
      case WEEK, QUARTER -> {
        int[] signAndFields =
            qualifier.evaluateIntervalLiteral(
                text, qualifier.getParserPosition(), RelDataTypeSystem.DEFAULT);
        int count = signAndFields[signAndFields.length - 1];
        yield signAndFields[0] * count * qualifier.getUnit().multiplier.longValue();
      }
      default ->
          qualifier.isYearMonth()
              ? SqlParserUtil.intervalToMonths(text, qualifier)
              : SqlParserUtil.intervalToMillis(text, qualifier);
    };
  }

  private Expression exactNumber(SqlNumericLiteral literal) {
    BigDecimal value = literal.bigDecimalValue();
    String text = value.toPlainString();
    if (literal.isInteger()) {
      int bits = value.unscaledValue().bitLength();
      if (bits < Integer.SIZE) {
        return new Constant(text, new IntType(), value.intValue());
      }
      if (bits < Long.SIZE) {
        return new Constant(text, new BigIntType(), value.longValue());
      }
    }
    int scale = literal.getScale() == null ? 0 : literal.getScale();
    int precision = Math.max(literal.getPrec() == null ? 0 : literal.getPrec(), scale);
    if (literal.isInteger() || precision > DecimalType.MAX_PRECISION) {
      errors.add(
          "number-too-long",
          literal,
          "the number has too many digits for "
              + (literal.isInteger() ? "a BIGINT" : "a DECIMAL, which has 38"),
          "write it as a DOUBLE, with an exponent, such as 1.5e30");
      return null;
    }
    return new Constant(
        text,
        new DecimalType(precision, scale),
        DecimalData.fromBigDecimal(value, precision, scale));
  }
}
