package org.pyflinkcep.expression;

import java.math.BigDecimal;
import java.time.LocalDateTime;
import org.apache.calcite.rel.type.RelDataTypeSystem;
import org.apache.calcite.sql.SqlIntervalLiteral;
import org.apache.calcite.sql.SqlIntervalQualifier;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlTimeLiteral;
import org.apache.calcite.sql.SqlTimestampLiteral;
import org.apache.calcite.sql.SqlUnknownLiteral;
import org.apache.calcite.sql.parser.SqlParserUtil;
import org.apache.calcite.util.BitString;
import org.apache.calcite.util.DateString;
import org.apache.calcite.util.TimeString;
import org.apache.calcite.util.TimestampString;
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
      case BINARY -> bytes(literal);
      case DECIMAL -> exactNumber((SqlNumericLiteral) literal);
      case DOUBLE -> approximateNumber(literal);
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

  /** A DATE, TIME or TIMESTAMP literal, as Calcite reads it. */
  private Expression point(SqlUnknownLiteral literal) {
    String text = literal.getValue();
    String canonical = literal.tag + " '" + text + "'";
    try {
      return switch (literal.tag) {
        case "DATE" ->
            new Constant(
                canonical,
                new DateType(),
                SqlParserUtil.parseDateLiteral(text, literal.getParserPosition())
                    .getValueAs(DateString.class)
                    .getDaysSinceEpoch());
        case "TIME" -> {
          SqlTimeLiteral time = SqlParserUtil.parseTimeLiteral(text, literal.getParserPosition());
          yield new Constant(
              canonical,
              new TimeType(Math.min(time.getPrec(), Temporal.TIME_PRECISION)),
              time.getValueAs(TimeString.class).getMillisOfDay());
        }
        case "TIMESTAMP" -> {
          SqlTimestampLiteral timestamp =
              SqlParserUtil.parseTimestampLiteral(text, literal.getParserPosition());
          yield new Constant(
              canonical,
              new TimestampType(Math.min(timestamp.getPrec(), TimestampType.MAX_PRECISION)),
              TimestampData.fromLocalDateTime(
                  LocalDateTime.parse(
                      timestamp
                          .getValueAs(TimestampString.class)
                          .round(TimestampType.MAX_PRECISION)
                          .toString()
                          .replace(' ', 'T'))));
        }
        default -> {
          errors.add(
              "unsupported",
              literal,
              "Flink SQL takes such a literal for the time in UTC, whatever the session's zone",
              "write CAST('" + text + "' AS TIMESTAMP_LTZ(3)), which is in the session's zone");
          yield null;
        }
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

  private Expression bytes(SqlLiteral literal) {
    byte[] bytes = literal.getValueAs(byte[].class);
    if (literal.getValueAs(BitString.class).getBitCount() % Byte.SIZE != 0) {
      errors.add(
          "bad-literal", literal, "a byte has two digits, and one is missing", "such as x'0a'");
      return null;
    }
    return new Constant(
        literal.toString(),
        bytes.length == 0 ? BinaryType.ofEmptyLiteral() : new BinaryType(bytes.length),
        bytes);
  }

  private Expression approximateNumber(SqlLiteral literal) {
    double value = literal.bigDecimalValue().doubleValue();
    if (Double.isInfinite(value)) {
      errors.add(
          "number-too-large",
          literal,
          "the number is too large for a DOUBLE, which goes to 1.7976931348623157e308",
          "write CAST('Infinity' AS DOUBLE), if that is meant");
      return null;
    }
    return new Constant(literal.toString(), new DoubleType(), value);
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
    // The 0 before the point counts as a digit, but where there is no place for it.
    int digits = literal.getPrec() == null ? 0 : literal.getPrec();
    int precision = Math.max(Math.min(digits, DecimalType.MAX_PRECISION), scale);
    if (literal.isInteger()
        || Math.max(value.precision(), scale) > DecimalType.MAX_PRECISION
        || DecimalData.fromBigDecimal(value, Math.min(precision, DecimalType.MAX_PRECISION), scale)
            == null) {
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
