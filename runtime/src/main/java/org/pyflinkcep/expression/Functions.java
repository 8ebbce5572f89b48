package org.pyflinkcep.expression;

import static org.pyflinkcep.expression.FunctionSignature.Parameter.BINARY;
import static org.pyflinkcep.expression.FunctionSignature.Parameter.DOUBLE;
import static org.pyflinkcep.expression.FunctionSignature.Parameter.INTEGER;
import static org.pyflinkcep.expression.FunctionSignature.Parameter.LONG;
import static org.pyflinkcep.expression.FunctionSignature.Parameter.LTZ;
import static org.pyflinkcep.expression.FunctionSignature.Parameter.NUMBER;
import static org.pyflinkcep.expression.FunctionSignature.Parameter.REGEX;
import static org.pyflinkcep.expression.FunctionSignature.Parameter.TEXT;
import static org.pyflinkcep.expression.FunctionSignature.Parameter.TIMESTAMP;

import java.nio.charset.Charset;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.data.binary.BinaryStringDataUtil;
import org.apache.flink.table.runtime.functions.SqlFunctionUtils;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.CharType;
import org.apache.flink.table.types.logical.DateType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.TimestampType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.table.utils.DateTimeUtils;
import org.pyflinkcep.expression.FunctionSignature.Implementation;
import org.pyflinkcep.expression.FunctionSignature.Parameter;

/**
 * The functions that Flink SQL's planner turns into calls of its runtime: their names, signatures
 * and implementations. One entry is one signature. Those that Flink has as classes of their own are
 * in {@link BuiltInFunctions}.
 */
final class Functions {

  private static final LogicalType STRING = VarCharType.STRING_TYPE;
  private static final LogicalType TEXTS = new ArrayType(STRING);
  private static final LogicalType BOOLEAN = new BooleanType();
  private static final LogicalType INT = new IntType();
  private static final LogicalType BIGINT = new BigIntType();
  private static final LogicalType REAL = new DoubleType();

  /** What Flink's parser gives for a text that is no date of the format: one of a far year. */
  private static final int NO_DATE = DateTimeUtils.parseDate("", "yyyy");

  private static final Map<String, List<FunctionSignature>> TABLE = new TreeMap<>();

  static {
    // Numbers
    define("ABS", NumericFunctions::sameType, a -> NumericFunctions.abs(a.get(0)), NUMBER);
    define("SIGN", NumericFunctions::sameType, a -> NumericFunctions.sign(a.get(0)), NUMBER);
    define("CEIL", NumericFunctions::integralType, a -> NumericFunctions.ceil(a.get(0)), NUMBER);
    define("CEILING", NumericFunctions::integralType, a -> NumericFunctions.ceil(a.get(0)), NUMBER);
    define("FLOOR", NumericFunctions::integralType, a -> NumericFunctions.floor(a.get(0)), NUMBER);
    define(
        "ROUND", NumericFunctions::roundedType, a -> NumericFunctions.round(a.get(0), 0), NUMBER);
    define(
        "ROUND",
        NumericFunctions::roundedType,
        a -> NumericFunctions.round(a.get(0), a.integer(1)),
        NUMBER,
        INTEGER);
    define(
        "TRUNCATE",
        NumericFunctions::roundedType,
        a -> NumericFunctions.truncate(a.get(0), 0),
        NUMBER);
    define(
        "TRUNCATE",
        NumericFunctions::roundedType,
        a -> NumericFunctions.truncate(a.get(0), a.integer(1)),
        NUMBER,
        INTEGER);
    real("SQRT", x -> Math.pow(x, 0.5));
    real("EXP", Math::exp);
    real("LN", x -> SqlFunctionUtils.log(x));
    real("LOG", x -> SqlFunctionUtils.log(x));
    real("LOG", (base, x) -> SqlFunctionUtils.log(base, x));
    real("LOG10", SqlFunctionUtils::log10);
    real("LOG2", SqlFunctionUtils::log2);
    real("POWER", Math::pow);
    real("SIN", Math::sin);
    real("COS", Math::cos);
    real("TAN", Math::tan);
    real("COT", SqlFunctionUtils::cot);
    real("ASIN", Math::asin);
    real("ACOS", Math::acos);
    real("ATAN", Math::atan);
    real("ATAN2", Math::atan2);
    real("SINH", Math::sinh);
    real("COSH", Math::cosh);
    real("TANH", Math::tanh);
    real("DEGREES", Math::toDegrees);
    real("RADIANS", Math::toRadians);
    define("PI", REAL, a -> Math.PI);
    define("E", REAL, a -> Math.E);
    define("BIN", STRING, a -> Long.toBinaryString(a.bigint(0)), LONG);
    define("HEX", STRING, a -> SqlFunctionUtils.hex(a.bigint(0)), LONG);
    define("HEX", STRING, a -> SqlFunctionUtils.hex(a.string(0)), TEXT);

    // Text
    define("CHAR_LENGTH", INT, a -> a.text(0).numChars(), TEXT);
    define("CHARACTER_LENGTH", INT, a -> a.text(0).numChars(), TEXT);
    define("UPPER", STRING, a -> a.text(0).toUpperCase(), TEXT);
    define("LOWER", STRING, a -> a.text(0).toLowerCase(), TEXT);
    define("INITCAP", STRING, a -> SqlFunctionUtils.initcap(a.string(0)), TEXT);
    define("LTRIM", STRING, a -> BinaryStringDataUtil.trimLeft(a.text(0)), TEXT);
    define("LTRIM", STRING, TextFunctions::trimLeft, TEXT, TEXT);
    define("RTRIM", STRING, a -> BinaryStringDataUtil.trimRight(a.text(0)), TEXT);
    define("RTRIM", STRING, TextFunctions::trimRight, TEXT, TEXT);
    for (String name : List.of("SUBSTRING", "SUBSTR")) {
      define(
          name,
          STRING,
          a -> BinaryStringDataUtil.substringSQL(a.text(0), a.integer(1)),
          TEXT,
          INTEGER);
      define(
          name,
          STRING,
          a -> BinaryStringDataUtil.substringSQL(a.text(0), a.integer(1), a.integer(2)),
          TEXT,
          INTEGER,
          INTEGER);
    }
    define("LEFT", STRING, a -> left(a.text(0), a.integer(1)), TEXT, INTEGER);
    define("RIGHT", STRING, a -> right(a.text(0), a.integer(1)), TEXT, INTEGER);
    define("POSITION", INT, a -> TextFunctions.position(a, a.text(0), a.text(1), 1), TEXT, TEXT);
    define("LOCATE", INT, a -> TextFunctions.position(a, a.text(0), a.text(1), 1), TEXT, TEXT);
    for (String name : List.of("POSITION", "LOCATE")) {
      define(
          name,
          INT,
          a -> TextFunctions.position(a, a.text(0), a.text(1), a.integer(2)),
          TEXT,
          TEXT,
          INTEGER);
    }
    define("INSTR", INT, TextFunctions::instr, TEXT, TEXT);
    define("INSTR", INT, TextFunctions::instr, TEXT, TEXT, INTEGER);
    define("INSTR", INT, TextFunctions::instr, TEXT, TEXT, INTEGER, INTEGER);
    define(
        "OVERLAY",
        STRING,
        a -> SqlFunctionUtils.overlay(a.string(0), a.string(1), a.bigint(2)),
        TEXT,
        TEXT,
        LONG);
    define(
        "OVERLAY",
        STRING,
        a -> SqlFunctionUtils.overlay(a.string(0), a.string(1), a.bigint(2), a.bigint(3)),
        TEXT,
        TEXT,
        LONG,
        LONG);
    define("REPLACE", STRING, TextFunctions::replace, TEXT, TEXT, TEXT);
    define("REVERSE", STRING, a -> BinaryStringDataUtil.reverse(a.text(0)), TEXT);
    define("REPEAT", STRING, TextFunctions::repeat, TEXT, INTEGER);
    define("LPAD", STRING, TextFunctions::padLeft, TEXT, INTEGER, TEXT);
    define("RPAD", STRING, TextFunctions::padRight, TEXT, INTEGER, TEXT);
    define("||", STRING, a -> BinaryStringDataUtil.concat(a.text(0), a.text(1)), TEXT, TEXT);
    repeated("CONCAT", STRING, a -> BinaryStringDataUtil.concat(texts(a)), TEXT);
    repeated("CONCAT_WS", STRING, TextFunctions::concatWithSeparator, TEXT);
    define("SPLIT_INDEX", STRING, TextFunctions::splitIndex, TEXT, TEXT, INTEGER);
    define(
        "SPLIT_INDEX",
        STRING,
        a -> SqlFunctionUtils.splitIndex(a.string(0), a.integer(1), a.integer(2)),
        TEXT,
        INTEGER,
        INTEGER);
    define("ASCII", INT, a -> ascii(a.text(0)), TEXT);
    define("CHR", STRING, a -> SqlFunctionUtils.chr(a.bigint(0)), LONG);
    define(
        "ENCODE",
        new VarBinaryType(VarBinaryType.MAX_LENGTH),
        a -> a.string(0).getBytes(Charset.forName(a.string(1))),
        TEXT,
        TEXT);
    define(
        "DECODE", STRING, a -> new String(a.bytes(0), Charset.forName(a.string(1))), BINARY, TEXT);
    define("TO_BASE64", STRING, a -> SqlFunctionUtils.toBase64(a.text(0)), TEXT);
    define("TO_BASE64", STRING, a -> SqlFunctionUtils.toBase64(a.bytes(0)), BINARY);
    define("FROM_BASE64", STRING, a -> SqlFunctionUtils.fromBase64(a.text(0)), TEXT);
    define("FROM_BASE64", STRING, a -> SqlFunctionUtils.fromBase64(a.bytes(0)), BINARY);
    define(
        "PARSE_URL", STRING, a -> SqlFunctionUtils.parseUrl(a.string(0), a.string(1)), TEXT, TEXT);
    define(
        "PARSE_URL",
        STRING,
        a -> SqlFunctionUtils.parseUrl(a.string(0), a.string(1), a.string(2)),
        TEXT,
        TEXT,
        TEXT);
    define("STR_TO_MAP", new MapType(STRING, STRING), a -> RegexFunctions.map(a), TEXT);
    define(
        "STR_TO_MAP",
        new MapType(STRING, STRING),
        a -> RegexFunctions.map(a, a.regex(1), a.regex(2)),
        TEXT,
        REGEX,
        REGEX);
    lenient("IS_ALPHA", BOOLEAN, a -> SqlFunctionUtils.isAlpha(a.string(0)), TEXT);
    lenient("IS_DECIMAL", BOOLEAN, a -> SqlFunctionUtils.isDecimal(a.string(0)), TEXT);
    lenient("IS_DIGIT", BOOLEAN, a -> SqlFunctionUtils.isDigit(a.string(0)), TEXT);

    // Regular expressions
    define("REGEXP", BOOLEAN, RegexFunctions::find, TEXT, REGEX);
    define("REGEXP_EXTRACT", STRING, a -> RegexFunctions.extract(a, 0), TEXT, REGEX);
    define(
        "REGEXP_EXTRACT",
        STRING,
        a -> RegexFunctions.extract(a, a.integer(2)),
        TEXT,
        REGEX,
        INTEGER);
    define("REGEXP_EXTRACT_ALL", TEXTS, a -> RegexFunctions.extractAll(a, 1), TEXT, REGEX);
    define(
        "REGEXP_EXTRACT_ALL",
        TEXTS,
        a -> RegexFunctions.extractAll(a, a.bigint(2)),
        TEXT,
        REGEX,
        LONG);
    define("REGEXP_REPLACE", STRING, RegexFunctions::replace, TEXT, REGEX, TEXT);
    define("REGEXP_COUNT", INT, RegexFunctions::count, TEXT, REGEX);
    define("REGEXP_INSTR", INT, RegexFunctions::position, TEXT, REGEX);
    define("REGEXP_SUBSTR", STRING, a -> RegexFunctions.extract(a, 0), TEXT, REGEX);

    // Hashes
    hash("MD5", 32, "MD5");
    hash("SHA1", 40, "SHA");
    hash("SHA224", 56, "SHA-224");
    hash("SHA256", 64, "SHA-256");
    hash("SHA384", 96, "SHA-384");
    hash("SHA512", 128, "SHA-512");
    define("SHA2", STRING, a -> hash(a.text(0), "SHA-" + a.integer(1)), TEXT, INTEGER);
    define(
        "SHA2",
        STRING,
        a -> hash(BinaryStringData.fromBytes(a.bytes(0)), "SHA-" + a.integer(1)),
        BINARY,
        INTEGER);

    // Dates and times
    define(
        "DATE_FORMAT",
        STRING,
        a -> DateTimeUtils.formatTimestamp(a.timestamp(0), a.string(1)),
        TIMESTAMP,
        TEXT);
    define(
        "DATE_FORMAT",
        STRING,
        a -> DateTimeUtils.formatTimestamp(a.timestamp(0), a.string(1), a.zone()),
        LTZ,
        TEXT);
    define(
        "DATE_FORMAT",
        STRING,
        a -> DateTimeUtils.formatTimestampString(a.string(0), a.string(1)),
        TEXT,
        TEXT);
    define("TO_DATE", new DateType(), a -> DateTimeUtils.parseDate(a.string(0)), TEXT);
    define(
        "TO_DATE",
        new DateType(),
        a -> date(DateTimeUtils.parseDate(a.string(0), a.string(1))),
        TEXT,
        TEXT);
    define("TO_TIMESTAMP", new TimestampType(3), a -> timestamp(a), TEXT);
    define("TO_TIMESTAMP", new TimestampType(3), a -> timestamp(a), TEXT, TEXT);
    define("UNIX_TIMESTAMP", BIGINT, a -> DateTimeUtils.unixTimestamp(a.string(0), a.zone()), TEXT);
    define(
        "UNIX_TIMESTAMP",
        BIGINT,
        a -> DateTimeUtils.unixTimestamp(a.string(0), a.string(1), a.zone()),
        TEXT,
        TEXT);
    define(
        "FROM_UNIXTIME",
        STRING,
        a -> DateTimeUtils.formatUnixTimestamp(a.bigint(0), a.zone()),
        LONG);
    define(
        "FROM_UNIXTIME",
        STRING,
        a -> DateTimeUtils.formatUnixTimestamp(a.bigint(0), a.string(1), a.zone()),
        LONG,
        TEXT);
    define(
        "CONVERT_TZ",
        STRING,
        a -> DateTimeUtils.convertTz(a.string(0), a.string(1), a.string(2)),
        TEXT,
        TEXT,
        TEXT);
  }

  private Functions() {}

  static Collection<String> names() {
    return TABLE.keySet();
  }

  /** The signatures of a function, none where it isn't known. */
  static List<FunctionSignature> named(String name) {
    return TABLE.getOrDefault(name, List.of());
  }

  // ---------------------------------------------------------------------------------------------
  // Kinds of entries
  // ---------------------------------------------------------------------------------------------

  private static void define(
      String name, LogicalType type, Implementation implementation, Parameter... parameters) {
    define(name, arguments -> type, implementation, parameters);
  }

  private static void define(
      String name,
      Function<List<Expression>, LogicalType> type,
      Implementation implementation,
      Parameter... parameters) {
    add(new FunctionSignature(name, List.of(parameters), false, true, type, implementation));
  }

  /** A function that has a value where its argument is NULL. */
  private static void lenient(
      String name, LogicalType type, Implementation implementation, Parameter... parameters) {
    add(new FunctionSignature(name, List.of(parameters), false, false, a -> type, implementation));
  }

  private static void repeated(
      String name, LogicalType type, Implementation implementation, Parameter... parameters) {
    add(new FunctionSignature(name, List.of(parameters), true, false, a -> type, implementation));
  }

  private static void real(String name, DoubleUnaryOperator function) {
    define(name, REAL, a -> function.applyAsDouble(a.real(0)), DOUBLE);
  }

  private static void real(String name, DoubleBinaryOperator function) {
    define(name, REAL, a -> function.applyAsDouble(a.real(0), a.real(1)), DOUBLE, DOUBLE);
  }

  /**
   * @param length how many digits it has
   */
  private static void hash(String name, int length, String algorithm) {
    LogicalType digits = new CharType(length);
    define(name, digits, a -> hash(a.text(0), algorithm), TEXT);
    define(name, digits, a -> hash(BinaryStringData.fromBytes(a.bytes(0)), algorithm), BINARY);
  }

  private static void add(FunctionSignature signature) {
    TABLE.computeIfAbsent(signature.name(), name -> new ArrayList<>()).add(signature);
  }

  // ---------------------------------------------------------------------------------------------
  // Implementations that are more than one call
  // ---------------------------------------------------------------------------------------------

  private static BinaryStringData left(BinaryStringData text, int length) {
    return length <= 0
        ? BinaryStringData.EMPTY_UTF8
        : BinaryStringDataUtil.substringSQL(text, 1, length);
  }

  private static BinaryStringData right(BinaryStringData text, int length) {
    if (length <= 0) {
      return BinaryStringData.EMPTY_UTF8;
    }
    return length >= text.numChars() ? text : BinaryStringDataUtil.substringSQL(text, -length);
  }

  private static int ascii(BinaryStringData text) {
    return text.getSizeInBytes() == 0 ? 0 : text.byteAt(0);
  }

  private static BinaryStringData[] texts(Arguments a) {
    return Arrays.copyOf(a.values(), a.count(), BinaryStringData[].class);
  }

  private static BinaryStringData hash(BinaryStringData text, String algorithm) {
    try {
      return BinaryStringDataUtil.hash(text, algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** The timestamp that a text stands for, or null where it stands for none. */
  private static TimestampData timestamp(Arguments a) {
    try {
      return a.count() == 1
          ? DateTimeUtils.parseTimestampData(a.string(0))
          : DateTimeUtils.parseTimestampData(a.string(0), a.string(1));
    } catch (RuntimeException e) {
      return null;
    }
  }

  /** The date, or null where the text is none. */
  private static Integer date(int days) {
    return days == NO_DATE ? null : days;
  }
}
