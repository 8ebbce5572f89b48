package org.pyflinkcep.flink.decoding;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.Base64;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.flink.table.types.logical.BinaryType;
import org.apache.flink.table.types.logical.CharType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;

/**
 * Whether a text is a value of a column, and one that the column holds as it is.
 *
 * <p>Formats of text are lenient: what is no truth value is FALSE, a number past a DECIMAL is NULL,
 * 30 February is another day. A time finer than the column's is cut, as SQL does.
 */
final class TextValues implements Serializable {

  private static final long serialVersionUID = 1L;

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?");
  private static final Pattern NO_NUMBER = Pattern.compile("NaN|[+-]?Infinity");
  private static final int LONGEST_NUMBER = 1000;

  /** Digits of a number without an exponent, that a FLOAT has room for. */
  private static final int SURELY_FINITE = 30;

  private final TimeTexts times;

  TextValues(TimeTexts times) {
    this.times = times;
  }

  /**
   * Whether a text stands for a value of a type that is neither a collection nor a row.
   *
   * @param isNumber whether a parser has found it to be a number
   */
  boolean fits(LogicalType type, String text, boolean isNumber) {
    return switch (type.getTypeRoot()) {
      case BOOLEAN -> isTruth(text.trim());
      case TINYINT -> isWhole(text, isNumber, Byte.MIN_VALUE, Byte.MAX_VALUE);
      case SMALLINT -> isWhole(text, isNumber, Short.MIN_VALUE, Short.MAX_VALUE);
      case INTEGER, INTERVAL_YEAR_MONTH ->
          isWhole(text, isNumber, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case BIGINT, INTERVAL_DAY_TIME -> isWhole(text, isNumber, Long.MIN_VALUE, Long.MAX_VALUE);
      case FLOAT -> isBinary(text, isNumber, number -> Float.isFinite(Float.parseFloat(number)));
      case DOUBLE ->
          isBinary(text, isNumber, number -> Double.isFinite(Double.parseDouble(number)));
      case DECIMAL -> isDecimal((DecimalType) type, text, isNumber);
      case CHAR -> isText(text, ((CharType) type).getLength());
      case VARCHAR -> isText(text, ((VarCharType) type).getLength());
      case BINARY -> isBase64(text, ((BinaryType) type).getLength());
      case VARBINARY -> isBase64(text, ((VarBinaryType) type).getLength());
      case DATE -> times.isDate(text);
      case TIME_WITHOUT_TIME_ZONE -> times.isTime(text);
      case TIMESTAMP_WITHOUT_TIME_ZONE -> times.isTimestamp(text);
      case TIMESTAMP_WITH_LOCAL_TIME_ZONE -> times.isInstant(text);
      default -> true;
    };
  }

  private static boolean isTruth(String text) {
    return text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false");
  }

  private static boolean isWhole(String text, boolean isNumber, long least, long most) {
    String stripped = text.trim();
    if (!isNumber(stripped, isNumber)) {
      return false;
    }
    BigDecimal number = new BigDecimal(stripped);
    return number.compareTo(BigDecimal.valueOf(least)) >= 0
        && number.compareTo(BigDecimal.valueOf(most)) <= 0
        && (number.scale() <= 0 || number.stripTrailingZeros().scale() <= 0);
  }

  private static boolean isBinary(String text, boolean isNumber, Predicate<String> isFinite) {
    String stripped = text.trim();
    if (isNumber && stripped.length() < SURELY_FINITE && exponent(stripped) < 0) {
      return true;
    }
    return isNumber(stripped, isNumber)
        ? isFinite.test(stripped)
        : NO_NUMBER.matcher(stripped).matches();
  }

  private static boolean isDecimal(DecimalType type, String text, boolean isNumber) {
    String stripped = text.trim();
    if (!isNumber(stripped, isNumber)) {
      return false;
    }
    BigDecimal number = new BigDecimal(stripped).stripTrailingZeros();
    long digitsBeforePoint = (long) number.precision() - number.scale();
    return number.signum() == 0
        || number.scale() <= type.getScale()
            && digitsBeforePoint <= type.getPrecision() - type.getScale();
  }

  /** Longer ones, and exponents of more digits than an int has, are numbers of no column. */
  private static boolean isNumber(String text, boolean isKnown) {
    int exponent = exponent(text);
    return text.length() <= LONGEST_NUMBER
        && (exponent < 0 || text.length() - exponent <= 10)
        && (isKnown || NUMBER.matcher(text).matches());
  }

  private static int exponent(String text) {
    return Math.max(text.indexOf('e'), text.indexOf('E'));
  }

  private static boolean isText(String text, int length) {
    return (text.length() <= length || text.codePointCount(0, text.length()) <= length)
        && Utf8.isWhole(text);
  }

  private static boolean isBase64(String text, int length) {
    try {
      String stripped = text.trim();
      byte[] bytes = Base64.getDecoder().decode(stripped);
      return bytes.length <= length && Base64.getEncoder().encodeToString(bytes).equals(stripped);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
