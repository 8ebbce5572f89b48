package org.pyflinkcep.expression;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.TimeZone;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.data.binary.BinaryStringDataUtil;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;
import org.apache.flink.table.utils.DateTimeUtils;

/** Conversions of values to text and bytes. */
final class TextCasts {

  private final TimeZone zone;

  /**
   * @param zone the session time zone
   */
  TextCasts(TimeZone zone) {
    this.zone = zone;
  }

  Casts.Converter converter(LogicalType source) {
    return switch (source.getTypeRoot()) {
      case CHAR, VARCHAR -> Casts.Converter.NONE;
      case BOOLEAN ->
          (value, budget) ->
              (Boolean) value
                  ? BinaryStringDataUtil.TRUE_STRING
                  : BinaryStringDataUtil.FALSE_STRING;
      case BINARY, VARBINARY ->
          (value, budget) ->
              BinaryStringData.fromString(new String((byte[]) value, StandardCharsets.UTF_8));
      case ARRAY -> arrayText((ArrayType) source);
      case MAP -> mapText((MapType) source);
      case ROW -> rowText(source);
      default -> (value, budget) -> BinaryStringData.fromString(string(value, source));
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

  private static void append(
      StringBuilder text, Casts.Converter converter, Object value, Budget budget) {
    String appended = value == null ? "NULL" : converter.apply(value, budget).toString();
    Budget.limit("CAST", (long) text.length() + appended.length());
    text.append(appended);
  }

  private Casts.Converter arrayText(ArrayType type) {
    Casts.Converter element = converter(type.getElementType());
    ArrayData.ElementGetter getter = ArrayData.createElementGetter(type.getElementType());
    return (value, budget) -> {
      ArrayData array = (ArrayData) value;
      StringBuilder text = new StringBuilder("[");
      for (int i = 0; i < array.size(); i++) {
        text.append(i == 0 ? "" : ", ");
        append(text, element, getter.getElementOrNull(array, i), budget);
      }
      return BinaryStringData.fromString(text.append("]").toString());
    };
  }

  private Casts.Converter mapText(MapType type) {
    Casts.Converter key = converter(type.getKeyType());
    Casts.Converter mapped = converter(type.getValueType());
    ArrayData.ElementGetter keys = ArrayData.createElementGetter(type.getKeyType());
    ArrayData.ElementGetter values = ArrayData.createElementGetter(type.getValueType());
    return (value, budget) -> {
      MapData map = (MapData) value;
      StringBuilder text = new StringBuilder("{");
      for (int i = 0; i < map.size(); i++) {
        text.append(i == 0 ? "" : ", ");
        append(text, key, keys.getElementOrNull(map.keyArray(), i), budget);
        text.append("=");
        append(text, mapped, values.getElementOrNull(map.valueArray(), i), budget);
      }
      return BinaryStringData.fromString(text.append("}").toString());
    };
  }

  private Casts.Converter rowText(LogicalType type) {
    int arity = type.getChildren().size();
    RowData.FieldGetter[] getters = getters(type);
    @SuppressWarnings({"unchecked", "rawtypes"})
    Casts.Converter[] fields = new Casts.Converter[arity];
    Arrays.setAll(fields, i -> converter(type.getChildren().get(i)));
    return (value, budget) -> {
      StringBuilder text = new StringBuilder("(");
      for (int i = 0; i < arity; i++) {
        text.append(i == 0 ? "" : ", ");
        append(text, fields[i], getters[i].getFieldOrNull((RowData) value), budget);
      }
      return BinaryStringData.fromString(text.append(")").toString());
    };
  }

  /** The text in the length of the type: cut, or filled up where it is CHAR. */
  static BinaryStringData fitted(BinaryStringData value, LogicalType target, Budget budget) {
    int length = LogicalTypeChecks.getLength(target);
    int actual = value.numChars();
    if (actual > length) {
      return value.substring(0, length);
    }
    if (actual == length || !target.is(LogicalTypeRoot.CHAR)) {
      return value;
    }
    budget.make("CAST", length);
    return BinaryStringDataUtil.concat(value, BinaryStringData.blankString(length - actual));
  }

  /** Bytes in the length of the type: cut, or filled up where it is BINARY. */
  static byte[] fitted(Object value, LogicalType target, Budget budget) {
    int length = LogicalTypeChecks.getLength(target);
    byte[] bytes = value instanceof BinaryStringData text ? text.toBytes() : (byte[]) value;
    if (bytes.length <= length && !target.is(LogicalTypeRoot.BINARY)) {
      return bytes;
    }
    if (bytes.length < length) {
      budget.make("CAST", length);
    }
    return bytes.length == length ? bytes : Arrays.copyOf(bytes, length);
  }

  static RowData.FieldGetter[] getters(LogicalType row) {
    RowData.FieldGetter[] getters = new RowData.FieldGetter[row.getChildren().size()];
    Arrays.setAll(getters, i -> RowData.createFieldGetter(row.getChildren().get(i).copy(true), i));
    return getters;
  }
}
