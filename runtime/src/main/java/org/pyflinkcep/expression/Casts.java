package org.pyflinkcep.expression;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.stream.IntStream;
import org.apache.flink.table.api.TableRuntimeException;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.DecimalDataUtils;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.data.binary.BinaryStringDataUtil;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.utils.LogicalTypeCasts;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;
import org.apache.flink.table.utils.DateTimeUtils;

/** Conversions between types, with the meaning of Flink SQL's CAST. */
final class Casts {

  /** Converts a value that is not null. */
  interface Converter {
    Converter NONE = (value, budget) -> value;

    Object apply(Object value, Budget budget);
  }

  private static final int MAX_DIGITS = 1000;
  private static final int SHORT_EXPONENT = "e-99".length();
  private static final BinaryStringData ZERO = BinaryStringData.fromString("0");
  private static final BinaryStringData TOO_LARGE =
      BinaryStringData.fromString("1E" + DecimalType.MAX_PRECISION);

  private final TimeZone zone;
  private final TextCasts texts;

  /**
   * @param zone the session time zone
   */
  Casts(TimeZone zone) {
    this.zone = zone;
    this.texts = new TextCasts(zone);
  }

  static boolean supported(LogicalType source, LogicalType target) {
    if (Temporal.isInterval(target) && !source.is(LogicalTypeFamily.CHARACTER_STRING)) {
      // A number counts as the milliseconds or months that Flink holds.
      return source.is(LogicalTypeFamily.INTEGER_NUMERIC) || source.is(target.getTypeRoot());
    }
    if (Temporal.isInterval(source) || Temporal.isInterval(target)) {
      return target.is(LogicalTypeFamily.CHARACTER_STRING);
    }
    if (Temporal.isPoint(source) && target.is(LogicalTypeFamily.NUMERIC)
        || Temporal.isPoint(target) && source.is(LogicalTypeFamily.NUMERIC)) {
      return false;
    }
    if (source.getTypeRoot() == target.getTypeRoot() && !source.getChildren().isEmpty()) {
      List<LogicalType> from = source.getChildren();
      List<LogicalType> to = target.getChildren();
      return from.size() == to.size()
          && IntStream.range(0, from.size()).allMatch(i -> supported(from.get(i), to.get(i)));
    }
    return LogicalTypeCasts.supportsExplicitCast(source.copy(true), target.copy(true))
        || source.is(LogicalTypeFamily.NUMERIC) && target.is(LogicalTypeRoot.BOOLEAN);
  }

  /** The operand in the target type; the operand itself where it is of that type. */
  Expression cast(Expression operand, LogicalType target) {
    LogicalType source = operand.type();
    if (isNull(source)) {
      return new Constant("CAST(NULL AS " + sql(target) + ")", target, null);
    }
    if (sameValues(source, target)) {
      return operand;
    }
    String name = "CAST AS " + sql(target);
    if (isPrimitiveNumber(source) && isPrimitiveNumber(target)) {
      return primitive(name, operand, target);
    }
    return new Conversion(name, target, converter(source, target), operand);
  }

  private static final class Conversion extends Expression {
    private final Converter converter;
    private final Expression operand;

    Conversion(String name, LogicalType type, Converter converter, Expression operand) {
      super(name, type, operand);
      this.converter = converter;
      this.operand = operand;
    }

    @Override
    Object value(Evaluation evaluation) {
      Object value = operand.value(evaluation);
      return value == null ? null : converter.apply(value, evaluation.budget);
    }

    @Override
    Expression castOperand() {
      return operand;
    }
  }

  /** The same, but NULL where the value can't be converted. */
  Expression tryCast(Expression operand, LogicalType target) {
    LogicalType source = operand.type();
    if (isNull(source) || sameValues(source, target)) {
      return cast(operand, target);
    }
    Converter converter = converter(source, target);
    Converter lenient =
        (value, budget) -> {
          try {
            return converter.apply(value, budget);
          } catch (EvaluationLimitException e) {
            throw e;
          } catch (RuntimeException e) {
            return null;
          }
        };
    return new Conversion("TRY_CAST AS " + sql(target), target, lenient, operand);
  }

  private static String sql(LogicalType type) {
    return type.copy(true).asSummaryString();
  }

  private static boolean isNull(LogicalType type) {
    return type.is(LogicalTypeRoot.NULL);
  }

  private static boolean isPrimitiveNumber(LogicalType type) {
    return type.is(LogicalTypeFamily.NUMERIC) && !type.is(LogicalTypeRoot.DECIMAL);
  }

  /** Whether all values of the source are values of the target as they are. */
  private static boolean sameValues(LogicalType source, LogicalType target) {
    if (source.is(LogicalTypeFamily.CHARACTER_STRING) && target.is(LogicalTypeRoot.VARCHAR)) {
      return LogicalTypeChecks.getLength(source) <= LogicalTypeChecks.getLength(target);
    }
    return source.copy(true).equals(target.copy(true));
  }

  private static Expression primitive(String name, Expression operand, LogicalType target) {
    boolean approximate = operand.type().is(LogicalTypeFamily.APPROXIMATE_NUMERIC);
    if (target.is(LogicalTypeFamily.APPROXIMATE_NUMERIC)) {
      return new DoubleExpression(name, target, operand) {
        @Override
        double compute(Evaluation evaluation) {
          return operand.doubleValue(evaluation);
        }

        @Override
        Expression castOperand() {
          return operand;
        }
      };
    }
    return new LongExpression(name, target, operand) {
      @Override
      long longValue(Evaluation evaluation) {
        if (!approximate) {
          return wrap(operand.longValue(evaluation), type());
        }
        double value = operand.doubleValue(evaluation);
        return narrow(value, type());
      }

      @Override
      Expression castOperand() {
        return operand;
      }
    };
  }

  private static long narrow(double value, LogicalType type) {
    return type.is(LogicalTypeRoot.BIGINT) ? (long) value : LongExpression.wrap((int) value, type);
  }

  /** The conversion of values that are not null. */
  private Converter converter(LogicalType source, LogicalType target) {
    if (sameValues(source, target)) {
      return Converter.NONE;
    }
    return switch (target.getTypeRoot()) {
      case CHAR, VARCHAR -> {
        Converter text = texts.converter(source);
        yield (value, budget) ->
            TextCasts.fitted((BinaryStringData) text.apply(value, budget), target, budget);
      }
      case BINARY, VARBINARY -> (value, budget) -> TextCasts.fitted(value, target, budget);
      case BOOLEAN -> (value, budget) -> toBoolean(value);
      case TINYINT, SMALLINT, INTEGER, BIGINT, FLOAT, DOUBLE ->
          (value, budget) -> toNumber(value, target);
      case DECIMAL -> (value, budget) -> toDecimal(value, (DecimalType) target);
      case DATE -> (value, budget) -> toDate(value, source);
      case TIME_WITHOUT_TIME_ZONE -> (value, budget) -> toTime(value, source, target);
      case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
          (value, budget) -> toTimestamp(value, source, target);
      case INTERVAL_YEAR_MONTH, INTERVAL_DAY_TIME ->
          (value, budget) -> LongExpression.box(((Number) value).longValue(), target);
      case ARRAY -> array((ArrayType) source, (ArrayType) target);
      case MAP -> map((MapType) source, (MapType) target);
      case ROW -> row(source, target);
      default -> throw new IllegalArgumentException("no cast from " + source + " to " + target);
    };
  }

  // ---------------------------------------------------------------------------------------------
  // To numbers and booleans
  // ---------------------------------------------------------------------------------------------

  private static Object toBoolean(Object value) {
    if (value instanceof BinaryStringData text) {
      return BinaryStringDataUtil.toBoolean(text);
    }
    return value instanceof DecimalData decimal
        ? DecimalDataUtils.castToBoolean(decimal)
        : ((Number) value).doubleValue() != 0;
  }

  private static Object toNumber(Object value, LogicalType target) {
    if (value instanceof BinaryStringData text) {
      return parse(digits(text).trim(), target);
    }
    boolean approximate = target.is(LogicalTypeFamily.APPROXIMATE_NUMERIC);
    if (value instanceof DecimalData decimal) {
      return approximate
          ? real(DecimalDataUtils.doubleValue(decimal), target)
          : LongExpression.box(DecimalDataUtils.castToIntegral(decimal), target);
    }
    Number number = value instanceof Boolean bool ? (bool ? 1 : 0) : (Number) value;
    if (approximate) {
      return real(number.doubleValue(), target);
    }
    return number instanceof Double || number instanceof Float
        ? LongExpression.box(narrow(number.doubleValue(), target), target)
        : LongExpression.box(number.longValue(), target);
  }

  /** A text that may be a number: to read one takes a time that grows with the square. */
  private static BinaryStringData digits(BinaryStringData text) {
    if (Budget.length(text) > MAX_DIGITS) {
      throw new TableRuntimeException(
          "a text of " + Budget.length(text) + " characters is too long for a number");
    }
    return text;
  }

  /** A text of the same DECIMAL, for an exponent is written out in digits, however large it is. */
  private static BinaryStringData bounded(BinaryStringData text) {
    String number = text.toString().trim();
    int exponent = Math.max(number.indexOf('e'), number.indexOf('E'));
    if (exponent < 0 || number.length() - exponent <= SHORT_EXPONENT) {
      return text;
    }
    try {
      BigDecimal read = new BigDecimal(number);
      long digitsBeforePoint = (long) read.precision() - read.scale();
      return digitsBeforePoint > DecimalType.MAX_PRECISION
          ? TOO_LARGE
          : digitsBeforePoint < -DecimalType.MAX_PRECISION ? ZERO : text;
    } catch (NumberFormatException e) {
      return TOO_LARGE;
    }
  }

  private static Object real(double value, LogicalType target) {
    return target.is(LogicalTypeRoot.FLOAT) ? (Object) (float) value : (Object) value;
  }

  private static Object parse(BinaryStringData text, LogicalType target) {
    return switch (target.getTypeRoot()) {
      case TINYINT -> BinaryStringDataUtil.toByte(text);
      case SMALLINT -> BinaryStringDataUtil.toShort(text);
      case INTEGER -> BinaryStringDataUtil.toInt(text);
      case BIGINT -> BinaryStringDataUtil.toLong(text);
      case FLOAT -> BinaryStringDataUtil.toFloat(text);
      default -> BinaryStringDataUtil.toDouble(text);
    };
  }

  private static DecimalData toDecimal(Object value, DecimalType target) {
    int precision = target.getPrecision();
    int scale = target.getScale();
    if (value instanceof BinaryStringData text) {
      return BinaryStringDataUtil.toDecimal(bounded(digits(text)), precision, scale);
    }
    if (value instanceof DecimalData decimal) {
      return DecimalDataUtils.castToDecimal(decimal, precision, scale);
    }
    Number number = value instanceof Boolean bool ? (bool ? 1 : 0) : (Number) value;
    return number instanceof Double || number instanceof Float
        ? DecimalDataUtils.castFrom(number.doubleValue(), precision, scale)
        : DecimalDataUtils.castFrom(number.longValue(), precision, scale);
  }

  // ---------------------------------------------------------------------------------------------
  // To dates and times
  // ---------------------------------------------------------------------------------------------

  private Object toDate(Object value, LogicalType source) {
    if (value instanceof BinaryStringData text) {
      return BinaryStringDataUtil.toDate(text);
    }
    TimestampData timestamp = (TimestampData) value;
    return source.is(LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE)
        ? DateTimeUtils.timestampWithLocalZoneToDate(timestamp, zone)
        : (int) (timestamp.getMillisecond() / DateTimeUtils.MILLIS_PER_DAY);
  }

  private Object toTime(Object value, LogicalType source, LogicalType target) {
    int precision = LogicalTypeChecks.getPrecision(target);
    if (value instanceof BinaryStringData text) {
      return BinaryStringDataUtil.toTime(text, precision);
    }
    int millis =
        value instanceof TimestampData timestamp
            ? timeOfDay(timestamp, source.is(LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE))
            : (Integer) value;
    return DateTimeUtils.truncate(millis, precision);
  }

  /** The milliseconds of the day, which Flink counts below 0 before 1970. */
  private int timeOfDay(TimestampData timestamp, boolean local) {
    long millis =
        local
            ? DateTimeUtils.timestampWithLocalZoneToTime(timestamp, zone, Temporal.TIME_PRECISION)
            : timestamp.getMillisecond();
    return (int) Math.floorMod(millis, DateTimeUtils.MILLIS_PER_DAY);
  }

  private Object toTimestamp(Object value, LogicalType source, LogicalType target) {
    boolean local = target.is(LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE);
    int precision = LogicalTypeChecks.getPrecision(target);
    return switch (source.getTypeRoot()) {
      case CHAR, VARCHAR ->
          local
              ? BinaryStringDataUtil.toTimestamp((BinaryStringData) value, precision, zone)
              : BinaryStringDataUtil.toTimestamp((BinaryStringData) value, precision);
      case DATE ->
          local
              ? DateTimeUtils.dateToTimestampWithLocalZone((Integer) value, zone)
              : TimestampData.fromEpochMillis((Integer) value * DateTimeUtils.MILLIS_PER_DAY);
      case TIME_WITHOUT_TIME_ZONE ->
          local
              ? DateTimeUtils.timeToTimestampWithLocalZone((Integer) value, zone)
              : TimestampData.fromEpochMillis((Integer) value);
      default -> {
        TimestampData timestamp = (TimestampData) value;
        boolean fromLocal = source.is(LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE);
        if (local && !fromLocal) {
          timestamp = DateTimeUtils.timestampToTimestampWithLocalZone(timestamp, zone);
        } else if (fromLocal && !local) {
          timestamp = DateTimeUtils.timestampWithLocalZoneToTimestamp(timestamp, zone);
        }
        // As in Flink, a computed value may have more digits than its type says, and keeps them.
        yield LogicalTypeChecks.getPrecision(source) <= precision
            ? timestamp
            : DateTimeUtils.truncate(timestamp, precision);
      }
    };
  }

  // ---------------------------------------------------------------------------------------------
  // Element by element
  // ---------------------------------------------------------------------------------------------

  private Converter array(ArrayType source, ArrayType target) {
    Converter elements = elements(source.getElementType(), target.getElementType());
    return elements;
  }

  private Converter map(MapType source, MapType target) {
    Converter keys = objects(source.getKeyType(), target.getKeyType());
    Converter values = objects(source.getValueType(), target.getValueType());
    return (value, budget) -> {
      Object[] k = (Object[]) keys.apply(((MapData) value).keyArray(), budget);
      Object[] v = (Object[]) values.apply(((MapData) value).valueArray(), budget);
      Map<Object, Object> map = new LinkedHashMap<>();
      for (int i = 0; i < k.length; i++) {
        map.put(k[i], v[i]);
      }
      return new GenericMapData(map);
    };
  }

  private Converter elements(LogicalType source, LogicalType target) {
    Converter objects = objects(source, target);
    return (value, budget) -> new GenericArrayData((Object[]) objects.apply(value, budget));
  }

  private Converter objects(LogicalType source, LogicalType target) {
    Converter converter = converter(source, target);
    ArrayData.ElementGetter getter = ArrayData.createElementGetter(source);
    return (value, budget) -> {
      ArrayData array = (ArrayData) value;
      Object[] converted = new Object[array.size()];
      for (int i = 0; i < converted.length; i++) {
        Object element = getter.getElementOrNull(array, i);
        converted[i] = element == null ? null : converter.apply(element, budget);
      }
      return converted;
    };
  }

  private Converter row(LogicalType source, LogicalType target) {
    int arity = source.getChildren().size();
    RowData.FieldGetter[] getters = TextCasts.getters(source);
    @SuppressWarnings({"unchecked", "rawtypes"})
    Converter[] fields = new Converter[arity];
    Arrays.setAll(fields, i -> converter(source.getChildren().get(i), target.getChildren().get(i)));
    return (value, budget) -> {
      GenericRowData row = new GenericRowData(arity);
      for (int i = 0; i < arity; i++) {
        Object field = getters[i].getFieldOrNull((RowData) value);
        row.setField(i, field == null ? null : fields[i].apply(field, budget));
      }
      return row;
    };
  }
}
