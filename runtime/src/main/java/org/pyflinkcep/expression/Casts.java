package org.pyflinkcep.expression;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TimeZone;
import java.util.function.UnaryOperator;
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

  private final TimeZone zone;

  /**
   * @param zone the session time zone
   */
  Casts(TimeZone zone) {
    this.zone = zone;
  }

  static boolean supported(LogicalType source, LogicalType target) {
    return LogicalTypeCasts.supportsExplicitCast(source.copy(true), target.copy(true))
        || source.is(LogicalTypeRoot.DECIMAL) && target.is(LogicalTypeRoot.BOOLEAN);
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
    private final UnaryOperator<Object> converter;
    private final Expression operand;

    Conversion(String name, LogicalType type, UnaryOperator<Object> converter, Expression operand) {
      super(name, type, operand);
      this.converter = converter;
      this.operand = operand;
    }

    @Override
    Object value(Evaluation evaluation) {
      Object value = operand.value(evaluation);
      return value == null ? null : converter.apply(value);
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
    UnaryOperator<Object> converter = converter(source, target);
    return Call.of(
        "TRY_CAST AS " + sql(target),
        target,
        value -> {
          try {
            return converter.apply(value);
          } catch (RuntimeException e) {
            return null;
          }
        },
        operand);
  }

  private static String sql(LogicalType type) {
    return type.copy(true).asSerializableString();
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
  private UnaryOperator<Object> converter(LogicalType source, LogicalType target) {
    if (sameValues(source, target)) {
      return UnaryOperator.identity();
    }
    return switch (target.getTypeRoot()) {
      case CHAR, VARCHAR -> {
        UnaryOperator<Object> text = text(source);
        yield value -> fitted((BinaryStringData) text.apply(value), target);
      }
      case BINARY, VARBINARY -> value -> fitted(bytes(value), target);
      case BOOLEAN -> value -> toBoolean(value);
      case TINYINT, SMALLINT, INTEGER, BIGINT, FLOAT, DOUBLE -> value -> toNumber(value, target);
      case DECIMAL -> value -> toDecimal(value, (DecimalType) target);
      case DATE -> value -> toDate(value, source);
      case TIME_WITHOUT_TIME_ZONE -> value -> toTime(value, source, target);
      case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
          value -> toTimestamp(value, source, target);
      case ARRAY -> array((ArrayType) source, (ArrayType) target);
      case MAP -> map((MapType) source, (MapType) target);
      case ROW -> row(source, target);
      default -> throw new IllegalArgumentException("no cast from " + source + " to " + target);
    };
  }

  // ---------------------------------------------------------------------------------------------
  // To text and bytes
  // ---------------------------------------------------------------------------------------------

  private UnaryOperator<Object> text(LogicalType source) {
    return switch (source.getTypeRoot()) {
      case CHAR, VARCHAR -> UnaryOperator.identity();
      case BOOLEAN ->
          value ->
              (Boolean) value
                  ? BinaryStringDataUtil.TRUE_STRING
                  : BinaryStringDataUtil.FALSE_STRING;
      case BINARY, VARBINARY ->
          value -> BinaryStringData.fromString(new String((byte[]) value, StandardCharsets.UTF_8));
      case ARRAY -> arrayText((ArrayType) source);
      case MAP -> mapText((MapType) source);
      case ROW -> rowText(source);
      default -> value -> BinaryStringData.fromString(string(value, source));
    };
  }

  private String string(Object value, LogicalType source) {
    return switch (source.getTypeRoot()) {
      case DATE -> DateTimeUtils.formatDate((Integer) value);
      case TIME_WITHOUT_TIME_ZONE ->
          DateTimeUtils.formatTimestampMillis(
              (Integer) value, LogicalTypeChecks.getPrecision(source));
      case TIMESTAMP_WITHOUT_TIME_ZONE ->
          DateTimeUtils.formatTimestamp(
              (TimestampData) value,
              DateTimeUtils.UTC_ZONE,
              LogicalTypeChecks.getPrecision(source));
      case TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
          DateTimeUtils.formatTimestamp(
              (TimestampData) value, zone, LogicalTypeChecks.getPrecision(source));
      case INTERVAL_YEAR_MONTH -> DateTimeUtils.formatIntervalYearMonth((Integer) value);
      case INTERVAL_DAY_TIME -> DateTimeUtils.formatIntervalDayTime((Long) value);
      default -> value.toString();
    };
  }

  private String stringOrNull(UnaryOperator<Object> text, Object value) {
    return value == null ? "NULL" : text.apply(value).toString();
  }

  private UnaryOperator<Object> arrayText(ArrayType type) {
    UnaryOperator<Object> element = text(type.getElementType());
    ArrayData.ElementGetter getter = ArrayData.createElementGetter(type.getElementType());
    return value -> {
      ArrayData array = (ArrayData) value;
      StringBuilder text = new StringBuilder("[");
      for (int i = 0; i < array.size(); i++) {
        text.append(i == 0 ? "" : ", ");
        text.append(stringOrNull(element, getter.getElementOrNull(array, i)));
      }
      return BinaryStringData.fromString(text.append("]").toString());
    };
  }

  private UnaryOperator<Object> mapText(MapType type) {
    UnaryOperator<Object> key = text(type.getKeyType());
    UnaryOperator<Object> mapped = text(type.getValueType());
    ArrayData.ElementGetter keys = ArrayData.createElementGetter(type.getKeyType());
    ArrayData.ElementGetter values = ArrayData.createElementGetter(type.getValueType());
    return value -> {
      MapData map = (MapData) value;
      StringBuilder text = new StringBuilder("{");
      for (int i = 0; i < map.size(); i++) {
        text.append(i == 0 ? "" : ", ");
        text.append(stringOrNull(key, keys.getElementOrNull(map.keyArray(), i)));
        text.append("=");
        text.append(stringOrNull(mapped, values.getElementOrNull(map.valueArray(), i)));
      }
      return BinaryStringData.fromString(text.append("}").toString());
    };
  }

  private UnaryOperator<Object> rowText(LogicalType type) {
    int arity = type.getChildren().size();
    RowData.FieldGetter[] getters = getters(type);
    @SuppressWarnings({"unchecked", "rawtypes"})
    UnaryOperator<Object>[] fields = new UnaryOperator[arity];
    Arrays.setAll(fields, i -> text(type.getChildren().get(i)));
    return value -> {
      StringBuilder text = new StringBuilder("(");
      for (int i = 0; i < arity; i++) {
        text.append(i == 0 ? "" : ", ");
        text.append(stringOrNull(fields[i], getters[i].getFieldOrNull((RowData) value)));
      }
      return BinaryStringData.fromString(text.append(")").toString());
    };
  }

  private static BinaryStringData fitted(BinaryStringData value, LogicalType target) {
    int length = LogicalTypeChecks.getLength(target);
    int actual = value.numChars();
    if (actual > length) {
      return value.substring(0, length);
    }
    return actual < length && target.is(LogicalTypeRoot.CHAR)
        ? BinaryStringDataUtil.concat(value, BinaryStringData.blankString(length - actual))
        : value;
  }

  private static byte[] bytes(Object value) {
    return value instanceof BinaryStringData text ? text.toBytes() : (byte[]) value;
  }

  private static byte[] fitted(byte[] value, LogicalType target) {
    int length = LogicalTypeChecks.getLength(target);
    return value.length > length || value.length < length && target.is(LogicalTypeRoot.BINARY)
        ? Arrays.copyOf(value, length)
        : value;
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
      return parse(text.trim(), target);
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
      return BinaryStringDataUtil.toDecimal(text, precision, scale);
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
    if (value instanceof TimestampData timestamp) {
      return source.is(LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE)
          ? DateTimeUtils.timestampWithLocalZoneToTime(timestamp, zone, precision)
          : DateTimeUtils.timestampWithoutLocalZoneToTime(timestamp, precision);
    }
    return DateTimeUtils.truncate((int) (Integer) value, precision);
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
        yield DateTimeUtils.truncate(timestamp, precision);
      }
    };
  }

  // ---------------------------------------------------------------------------------------------
  // Element by element
  // ---------------------------------------------------------------------------------------------

  private UnaryOperator<Object> array(ArrayType source, ArrayType target) {
    UnaryOperator<Object> elements = elements(source.getElementType(), target.getElementType());
    return elements::apply;
  }

  private UnaryOperator<Object> map(MapType source, MapType target) {
    UnaryOperator<Object> keys = objects(source.getKeyType(), target.getKeyType());
    UnaryOperator<Object> values = objects(source.getValueType(), target.getValueType());
    return value -> {
      Object[] k = (Object[]) keys.apply(((MapData) value).keyArray());
      Object[] v = (Object[]) values.apply(((MapData) value).valueArray());
      Map<Object, Object> map = new LinkedHashMap<>();
      for (int i = 0; i < k.length; i++) {
        map.put(k[i], v[i]);
      }
      return new GenericMapData(map);
    };
  }

  private UnaryOperator<Object> elements(LogicalType source, LogicalType target) {
    UnaryOperator<Object> objects = objects(source, target);
    return value -> new GenericArrayData((Object[]) objects.apply(value));
  }

  private UnaryOperator<Object> objects(LogicalType source, LogicalType target) {
    UnaryOperator<Object> converter = converter(source, target);
    ArrayData.ElementGetter getter = ArrayData.createElementGetter(source);
    return value -> {
      ArrayData array = (ArrayData) value;
      Object[] converted = new Object[array.size()];
      for (int i = 0; i < converted.length; i++) {
        Object element = getter.getElementOrNull(array, i);
        converted[i] = element == null ? null : converter.apply(element);
      }
      return converted;
    };
  }

  private UnaryOperator<Object> row(LogicalType source, LogicalType target) {
    int arity = source.getChildren().size();
    RowData.FieldGetter[] getters = getters(source);
    @SuppressWarnings({"unchecked", "rawtypes"})
    UnaryOperator<Object>[] fields = new UnaryOperator[arity];
    Arrays.setAll(fields, i -> converter(source.getChildren().get(i), target.getChildren().get(i)));
    return value -> {
      GenericRowData row = new GenericRowData(arity);
      for (int i = 0; i < arity; i++) {
        Object field = getters[i].getFieldOrNull((RowData) value);
        row.setField(i, field == null ? null : fields[i].apply(field));
      }
      return row;
    };
  }

  private static RowData.FieldGetter[] getters(LogicalType row) {
    RowData.FieldGetter[] getters = new RowData.FieldGetter[row.getChildren().size()];
    Arrays.setAll(getters, i -> RowData.createFieldGetter(row.getChildren().get(i).copy(true), i));
    return getters;
  }
}
