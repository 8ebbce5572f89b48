package org.pyflinkcep.expression;

import static org.pyflinkcep.expression.Functions.Parameter.BINARY;
import static org.pyflinkcep.expression.Functions.Parameter.DOUBLE;
import static org.pyflinkcep.expression.Functions.Parameter.INTEGER;
import static org.pyflinkcep.expression.Functions.Parameter.LONG;
import static org.pyflinkcep.expression.Functions.Parameter.LTZ;
import static org.pyflinkcep.expression.Functions.Parameter.NUMBER;
import static org.pyflinkcep.expression.Functions.Parameter.TEXT;
import static org.pyflinkcep.expression.Functions.Parameter.TIMESTAMP;

import java.nio.charset.Charset;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.data.binary.BinaryStringDataUtil;
import org.apache.flink.table.runtime.functions.SqlFunctionUtils;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.DateType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.TimestampType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.table.types.logical.utils.LogicalTypeMerging;
import org.apache.flink.table.utils.DateTimeUtils;

/**
 * The functions that Flink SQL's planner turns into calls of its runtime: their names, signatures
 * and implementations. One entry is one signature. Those that Flink has as classes of their own are
 * in {@link BuiltInFunctions}.
 */
final class Functions {

  /** What a function computes from its arguments: null for NULL. */
  interface Implementation {
    Object apply(Arguments arguments);
  }

  /** A type that a function takes, and to which other numbers are widened. */
  enum Parameter {
    TEXT("STRING", LogicalTypeFamily.CHARACTER_STRING, null),
    BINARY("BYTES", LogicalTypeFamily.BINARY_STRING, null),
    INTEGER("INT", LogicalTypeFamily.INTEGER_NUMERIC, new IntType()),
    LONG("BIGINT", LogicalTypeFamily.INTEGER_NUMERIC, new BigIntType()),
    DOUBLE("DOUBLE", LogicalTypeFamily.NUMERIC, new DoubleType()),
    NUMBER("number", LogicalTypeFamily.NUMERIC, null),
    TIMESTAMP("TIMESTAMP", LogicalTypeFamily.TIMESTAMP, null),
    LTZ("TIMESTAMP_LTZ", LogicalTypeFamily.TIMESTAMP, null);

    private final String sql;
    private final LogicalTypeFamily family;
    private final LogicalType widened;

    Parameter(String sql, LogicalTypeFamily family, LogicalType widened) {
      this.sql = sql;
      this.family = family;
      this.widened = widened;
    }

    boolean accepts(LogicalType type) {
      if (type.is(LogicalTypeRoot.NULL)) {
        return true;
      }
      return switch (this) {
        case INTEGER -> type.is(family) && !type.is(LogicalTypeRoot.BIGINT);
        case TIMESTAMP -> type.is(LogicalTypeRoot.TIMESTAMP_WITHOUT_TIME_ZONE);
        case LTZ -> type.is(LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE);
        default -> type.is(family);
      };
    }

    LogicalType target(LogicalType type) {
      return widened == null ? type : widened;
    }
  }

  /**
   * @param parameters the types that it takes
   * @param repeated whether the last parameter can be repeated
   * @param strict whether it is NULL where an argument is NULL
   */
  record Signature(
      String name,
      List<Parameter> parameters,
      boolean repeated,
      boolean strict,
      Function<List<Expression>, LogicalType> type,
      Implementation implementation) {

    boolean accepts(List<Expression> arguments) {
      if (repeated ? arguments.size() < parameters.size() : arguments.size() != parameters.size()) {
        return false;
      }
      for (int i = 0; i < arguments.size(); i++) {
        if (!parameter(i).accepts(arguments.get(i).type())) {
          return false;
        }
      }
      return true;
    }

    Parameter parameter(int index) {
      return parameters.get(Math.min(index, parameters.size() - 1));
    }

    @Override
    public String toString() {
      return parameters.stream()
          .map(parameter -> parameter.sql)
          .collect(Collectors.joining(", ", name + "(", repeated ? ", ...)" : ")"));
    }
  }

  private static final LogicalType STRING = VarCharType.STRING_TYPE;
  private static final LogicalType BOOLEAN = new BooleanType();
  private static final LogicalType INT = new IntType();
  private static final LogicalType BIGINT = new BigIntType();
  private static final LogicalType REAL = new DoubleType();

  private static final Map<String, List<Signature>> TABLE = new TreeMap<>();

  static {
    // Numbers
    sameType("ABS", a -> abs(a.get(0)), NUMBER);
    sameType("SIGN", a -> sign(a.get(0)), NUMBER);
    integral("CEIL", a -> ceil(a.get(0)), NUMBER);
    integral("CEILING", a -> ceil(a.get(0)), NUMBER);
    integral("FLOOR", a -> floor(a.get(0)), NUMBER);
    rounding("ROUND", a -> round(a.get(0), 0), NUMBER);
    rounding("ROUND", a -> round(a.get(0), a.integer(1)), NUMBER, INTEGER);
    rounding("TRUNCATE", a -> truncate(a.get(0), 0), NUMBER);
    rounding("TRUNCATE", a -> truncate(a.get(0), a.integer(1)), NUMBER, INTEGER);
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
    define("LTRIM", STRING, a -> BinaryStringDataUtil.trimLeft(a.text(0), a.text(1)), TEXT, TEXT);
    define("RTRIM", STRING, a -> BinaryStringDataUtil.trimRight(a.text(0)), TEXT);
    define("RTRIM", STRING, a -> BinaryStringDataUtil.trimRight(a.text(0), a.text(1)), TEXT, TEXT);
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
    define("POSITION", INT, a -> SqlFunctionUtils.position(a.text(0), a.text(1)), TEXT, TEXT);
    define("LOCATE", INT, a -> SqlFunctionUtils.position(a.text(0), a.text(1)), TEXT, TEXT);
    define(
        "LOCATE",
        INT,
        a -> SqlFunctionUtils.position(a.text(0), a.text(1), a.integer(2)),
        TEXT,
        TEXT,
        INTEGER);
    define("INSTR", INT, a -> instr(a), TEXT, TEXT);
    define("INSTR", INT, a -> instr(a), TEXT, TEXT, INTEGER);
    define("INSTR", INT, a -> instr(a), TEXT, TEXT, INTEGER, INTEGER);
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
    define(
        "REPLACE",
        STRING,
        a -> SqlFunctionUtils.replace(a.string(0), a.string(1), a.string(2)),
        TEXT,
        TEXT,
        TEXT);
    define("REVERSE", STRING, a -> BinaryStringDataUtil.reverse(a.text(0)), TEXT);
    define(
        "REPEAT", STRING, a -> SqlFunctionUtils.repeat(a.string(0), a.integer(1)), TEXT, INTEGER);
    define(
        "LPAD",
        STRING,
        a -> SqlFunctionUtils.lpad(a.string(0), a.integer(1), a.string(2)),
        TEXT,
        INTEGER,
        TEXT);
    define(
        "RPAD",
        STRING,
        a -> SqlFunctionUtils.rpad(a.string(0), a.integer(1), a.string(2)),
        TEXT,
        INTEGER,
        TEXT);
    define("||", STRING, a -> BinaryStringDataUtil.concat(a.text(0), a.text(1)), TEXT, TEXT);
    repeated("CONCAT", STRING, a -> BinaryStringDataUtil.concat(texts(a, 0)), TEXT);
    repeated("CONCAT_WS", STRING, a -> BinaryStringDataUtil.concatWs(a.text(0), texts(a, 1)), TEXT);
    define(
        "SPLIT_INDEX",
        STRING,
        a -> SqlFunctionUtils.splitIndex(a.string(0), a.string(1), a.integer(2)),
        TEXT,
        TEXT,
        INTEGER);
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
    define("STR_TO_MAP", new MapType(STRING, STRING), a -> map(a.string(0), ",", "="), TEXT);
    define(
        "STR_TO_MAP",
        new MapType(STRING, STRING),
        a -> map(a.string(0), a.string(1), a.string(2)),
        TEXT,
        TEXT,
        TEXT);
    lenient("IS_ALPHA", BOOLEAN, a -> SqlFunctionUtils.isAlpha(a.string(0)), TEXT);
    lenient("IS_DECIMAL", BOOLEAN, a -> SqlFunctionUtils.isDecimal(a.string(0)), TEXT);
    lenient("IS_DIGIT", BOOLEAN, a -> SqlFunctionUtils.isDigit(a.string(0)), TEXT);

    // Regular expressions
    define("REGEXP", BOOLEAN, a -> SqlFunctionUtils.regExp(a.string(0), a.string(1)), TEXT, TEXT);
    define(
        "REGEXP_EXTRACT",
        STRING,
        a -> SqlFunctionUtils.regexpExtract(a.string(0), a.string(1)),
        TEXT,
        TEXT);
    define(
        "REGEXP_EXTRACT",
        STRING,
        a -> SqlFunctionUtils.regexpExtract(a.string(0), a.string(1), a.integer(2)),
        TEXT,
        TEXT,
        INTEGER);
    define(
        "REGEXP_REPLACE",
        STRING,
        a -> SqlFunctionUtils.regexpReplace(a.string(0), a.string(1), a.string(2)),
        TEXT,
        TEXT,
        TEXT);

    // Hashes
    hash("MD5", "MD5");
    hash("SHA1", "SHA");
    hash("SHA224", "SHA-224");
    hash("SHA256", "SHA-256");
    hash("SHA384", "SHA-384");
    hash("SHA512", "SHA-512");
    define("SHA2", STRING, a -> hash(a.text(0), "SHA-" + a.integer(1)), TEXT, INTEGER);

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
  static List<Signature> named(String name) {
    return TABLE.getOrDefault(name, List.of());
  }

  // ---------------------------------------------------------------------------------------------
  // Kinds of entries
  // ---------------------------------------------------------------------------------------------

  private static void define(
      String name, LogicalType type, Implementation implementation, Parameter... parameters) {
    add(new Signature(name, List.of(parameters), false, true, a -> type, implementation));
  }

  /** A function that has a value where its argument is NULL. */
  private static void lenient(
      String name, LogicalType type, Implementation implementation, Parameter... parameters) {
    add(new Signature(name, List.of(parameters), false, false, a -> type, implementation));
  }

  private static void repeated(
      String name, LogicalType type, Implementation implementation, Parameter... parameters) {
    add(new Signature(name, List.of(parameters), true, false, a -> type, implementation));
  }

  private static void sameType(
      String name, Implementation implementation, Parameter... parameters) {
    add(
        new Signature(
            name, List.of(parameters), false, true, a -> a.get(0).type(), implementation));
  }

  private static void integral(
      String name, Implementation implementation, Parameter... parameters) {
    add(
        new Signature(
            name, List.of(parameters), false, true, Functions::integralType, implementation));
  }

  private static void rounding(
      String name, Implementation implementation, Parameter... parameters) {
    add(
        new Signature(
            name, List.of(parameters), false, true, Functions::roundedType, implementation));
  }

  private static void real(String name, DoubleUnaryOperator function) {
    define(name, REAL, a -> function.applyAsDouble(a.real(0)), DOUBLE);
  }

  private static void real(String name, DoubleBinaryOperator function) {
    define(name, REAL, a -> function.applyAsDouble(a.real(0), a.real(1)), DOUBLE, DOUBLE);
  }

  private static void hash(String name, String algorithm) {
    define(name, STRING, a -> hash(a.text(0), algorithm), TEXT);
  }

  private static void add(Signature signature) {
    TABLE.computeIfAbsent(signature.name(), name -> new ArrayList<>()).add(signature);
  }

  // ---------------------------------------------------------------------------------------------
  // Implementations that are more than one call
  // ---------------------------------------------------------------------------------------------

  private static LogicalType roundedType(List<Expression> arguments) {
    if (!(arguments.get(0).type() instanceof DecimalType type)) {
      return arguments.get(0).type();
    }
    int places = 0;
    if (arguments.size() > 1) {
      if (!(arguments.get(1) instanceof Constant constant) || constant.value() == null) {
        return type;
      }
      places = (Integer) constant.value();
    }
    return LogicalTypeMerging.findRoundDecimalType(type.getPrecision(), type.getScale(), places);
  }

  private static LogicalType integralType(List<Expression> arguments) {
    return arguments.get(0).type() instanceof DecimalType type
        ? new DecimalType(type.getPrecision(), 0)
        : arguments.get(0).type();
  }

  private static Object abs(Object x) {
    if (x instanceof DecimalData decimal) {
      return SqlFunctionUtils.abs(decimal);
    }
    if (x instanceof Double real) {
      return Math.abs(real);
    }
    if (x instanceof Float real) {
      return Math.abs(real);
    }
    return whole(Math.abs(((Number) x).longValue()), x);
  }

  private static Object sign(Object x) {
    if (x instanceof DecimalData decimal) {
      return SqlFunctionUtils.sign(decimal);
    }
    if (x instanceof Double real) {
      return Math.signum(real);
    }
    if (x instanceof Float real) {
      return Math.signum(real);
    }
    return whole(Long.signum(((Number) x).longValue()), x);
  }

  private static Object ceil(Object x) {
    if (x instanceof DecimalData decimal) {
      return SqlFunctionUtils.ceil(decimal);
    }
    if (x instanceof Double real) {
      return Math.ceil(real);
    }
    return x instanceof Float real ? (Object) (float) Math.ceil(real) : x;
  }

  private static Object floor(Object x) {
    if (x instanceof DecimalData decimal) {
      return SqlFunctionUtils.floor(decimal);
    }
    if (x instanceof Double real) {
      return Math.floor(real);
    }
    return x instanceof Float real ? (Object) (float) Math.floor(real) : x;
  }

  private static Object round(Object x, int places) {
    if (x instanceof DecimalData decimal) {
      return SqlFunctionUtils.sround(decimal, places);
    }
    if (x instanceof Double real) {
      return SqlFunctionUtils.sround((double) real, places);
    }
    if (x instanceof Float real) {
      return SqlFunctionUtils.sround((float) real, places);
    }
    return x instanceof Integer number
        ? (Object) SqlFunctionUtils.sround((int) number, places)
        : whole(SqlFunctionUtils.sround(((Number) x).longValue(), places), x);
  }

  private static Object truncate(Object x, int places) {
    if (x instanceof DecimalData decimal) {
      return SqlFunctionUtils.struncate(decimal, places);
    }
    if (x instanceof Double real) {
      return SqlFunctionUtils.struncate((double) real, places);
    }
    if (x instanceof Float real) {
      return SqlFunctionUtils.struncate((float) real, places);
    }
    return x instanceof Integer number
        ? (Object) SqlFunctionUtils.struncate((int) number, places)
        : whole(SqlFunctionUtils.struncate(((Number) x).longValue(), places), x);
  }

  /** A whole number as an object of the class that another one has. */
  private static Object whole(long value, Object like) {
    if (like instanceof Long) {
      return value;
    }
    if (like instanceof Integer) {
      return (int) value;
    }
    return like instanceof Short ? (Object) (short) value : (Object) (byte) value;
  }

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

  private static int instr(Arguments a) {
    return SqlFunctionUtils.instr(
        a.text(0), a.text(1), a.count() < 3 ? 1 : a.integer(2), a.count() < 4 ? 1 : a.integer(3));
  }

  private static int ascii(BinaryStringData text) {
    return text.getSizeInBytes() == 0 ? 0 : text.byteAt(0);
  }

  private static BinaryStringData[] texts(Arguments a, int from) {
    return Arrays.copyOfRange(a.values(), from, a.count(), BinaryStringData[].class);
  }

  private static BinaryStringData hash(BinaryStringData text, String algorithm) {
    try {
      return BinaryStringDataUtil.hash(text, algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static GenericMapData map(String text, String entries, String keys) {
    Map<StringData, StringData> map = new LinkedHashMap<>();
    SqlFunctionUtils.strToMap(text, entries, keys)
        .forEach((k, v) -> map.put(StringData.fromString(k), StringData.fromString(v)));
    return new GenericMapData(map);
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

  /** The date, or null where Flink's parser could not read one. */
  private static Integer date(int days) {
    return days == Integer.MIN_VALUE ? null : days;
  }
}
