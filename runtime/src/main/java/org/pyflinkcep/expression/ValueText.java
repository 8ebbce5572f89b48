package org.pyflinkcep.expression;

import java.time.LocalDate;
import java.time.LocalTime;
import java.util.HexFormat;
import java.util.StringJoiner;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;

/** Values as a person reads them: much as they are written in SQL. */
final class ValueText {

  private static final int LONGEST = 120;

  private ValueText() {}

  static String of(Object value, LogicalType type) {
    String text = whole(value, type);
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 1) + "…";
  }

  private static String whole(Object value, LogicalType type) {
    if (value == null) {
      return "NULL";
    }
    return switch (type.getTypeRoot()) {
      case BOOLEAN -> (Boolean) value ? "TRUE" : "FALSE";
      case CHAR, VARCHAR -> "'" + value.toString().replace("'", "''") + "'";
      case DECIMAL -> decimal((DecimalData) value);
      case DATE -> LocalDate.ofEpochDay((Integer) value).toString();
      case TIME_WITHOUT_TIME_ZONE -> LocalTime.ofNanoOfDay((Integer) value * 1_000_000L).toString();
      case TIMESTAMP_WITHOUT_TIME_ZONE -> ((TimestampData) value).toLocalDateTime().toString();
      case TIMESTAMP_WITH_LOCAL_TIME_ZONE -> ((TimestampData) value).toInstant().toString();
      case INTERVAL_DAY_TIME -> value + " ms";
      case INTERVAL_YEAR_MONTH -> value + " months";
      case BINARY, VARBINARY -> "x'" + HexFormat.of().formatHex((byte[]) value) + "'";
      case ARRAY -> array((ArrayData) value, ((ArrayType) type).getElementType());
      case MAP -> map((MapData) value, (MapType) type);
      case ROW -> row((RowData) value, type);
      default -> value.toString();
    };
  }

  private static String decimal(DecimalData value) {
    return value.toBigDecimal().signum() == 0
        ? "0"
        : value.toBigDecimal().stripTrailingZeros().toPlainString();
  }

  private static String array(ArrayData array, LogicalType elementType) {
    ArrayData.ElementGetter getter = ArrayData.createElementGetter(elementType);
    StringJoiner text = new StringJoiner(", ", "[", "]");
    for (int i = 0; i < array.size() && text.length() < LONGEST; i++) {
      text.add(whole(getter.getElementOrNull(array, i), elementType));
    }
    return text.toString();
  }

  private static String map(MapData map, MapType type) {
    ArrayData.ElementGetter keys = ArrayData.createElementGetter(type.getKeyType());
    ArrayData.ElementGetter values = ArrayData.createElementGetter(type.getValueType());
    StringJoiner text = new StringJoiner(", ", "{", "}");
    for (int i = 0; i < map.size() && text.length() < LONGEST; i++) {
      text.add(
          whole(keys.getElementOrNull(map.keyArray(), i), type.getKeyType())
              + ": "
              + whole(values.getElementOrNull(map.valueArray(), i), type.getValueType()));
    }
    return text.toString();
  }

  private static String row(RowData row, LogicalType type) {
    StringJoiner text = new StringJoiner(", ", "(", ")");
    for (int i = 0; i < row.getArity() && text.length() < LONGEST; i++) {
      LogicalType field = type.getChildren().get(i);
      text.add(whole(RowData.createFieldGetter(field.copy(true), i).getFieldOrNull(row), field));
    }
    return text.toString();
  }
}
