package org.pyflinkcep.flink;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.io.JsonStringEncoder;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.DistinctType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.variant.Variant;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.PatternException;

/**
 * Writes rows of any type as JSON that loses nothing, for {@link CollectedRows}: rows and arrays
 * are arrays, maps and multisets arrays of pairs; a date is its days since 1970, a time its
 * milliseconds, a timestamp the pair of its milliseconds and its nanoseconds within one, a decimal
 * text, bytes text in base64, and a number that is none is NaN or Infinity without quotes.
 */
final class RowJson {

  /** Writes a value that is not null. */
  private interface Writer {
    void write(Object value, StringBuilder json);
  }

  private final RowType type;
  private final Writer writer;

  /**
   * @throws PatternException with all columns of types that Python doesn't have
   */
  RowJson(RowType type) {
    Diagnostics diagnostics = new Diagnostics();
    for (RowType.RowField column : type.getFields()) {
      LogicalType unknown = unknownType(column.getType());
      if (unknown != null) {
        diagnostics.add(
            new Diagnostic(
                "unsupported-type",
                "column `" + column.getName() + "`",
                null,
                0,
                0,
                0,
                "its type is "
                    + column.getType().asSummaryString()
                    + ", and Python has none for it",
                "leave the column away, or select something that Python has, such as a CAST to"
                    + " STRING"));
      }
    }
    diagnostics.throwIfAny();
    this.type = type;
    this.writer = writer(type);
  }

  /** The first type within a type that can't be written; null for none. */
  private static LogicalType unknownType(LogicalType type) {
    return switch (type.getTypeRoot()) {
      case RAW, SYMBOL, DESCRIPTOR, UNRESOLVED, BITMAP, TIMESTAMP_WITH_TIME_ZONE -> type;
      default ->
          type.getChildren().stream()
              .map(RowJson::unknownType)
              .filter(unknown -> unknown != null)
              .findFirst()
              .orElse(null);
    };
  }

  /** The names and types of the columns. */
  String describeType() {
    return TypeJson.describe(type).toString();
  }

  void write(RowData row, StringBuilder json) {
    writer.write(row, json);
  }

  private static Writer writer(LogicalType type) {
    return switch (type.getTypeRoot()) {
      case CHAR, VARCHAR -> (value, json) -> quote(value.toString(), json);
      case DECIMAL ->
          (value, json) -> quote(((DecimalData) value).toBigDecimal().toPlainString(), json);
      case BINARY, VARBINARY ->
          (value, json) -> quote(Base64.getEncoder().encodeToString((byte[]) value), json);
      // Widened, as a float's own text is that of the shortest double near it.
      case FLOAT -> (value, json) -> json.append(((Float) value).doubleValue());
      case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
          (value, json) -> {
            TimestampData time = (TimestampData) value;
            json.append('[').append(time.getMillisecond()).append(',');
            json.append(time.getNanoOfMillisecond()).append(']');
          };
      case VARIANT -> (value, json) -> json.append(((Variant) value).toJson());
      case ARRAY -> arrayWriter(type.getChildren().get(0));
      case MAP -> mapWriter(type.getChildren().get(0), type.getChildren().get(1));
      case MULTISET -> mapWriter(type.getChildren().get(0), new IntType());
      case ROW, STRUCTURED_TYPE -> rowWriter(type.getChildren());
      case DISTINCT_TYPE -> writer(((DistinctType) type).getSourceType());
      // Numbers, BOOLEAN, DATE, TIME, intervals: the text of the internal value. NULL has no value.
      default -> (value, json) -> json.append(value);
    };
  }

  private static void quote(String text, StringBuilder json) {
    json.append('"');
    JsonStringEncoder.getInstance().quoteAsString(text, json);
    json.append('"');
  }

  private static void writeOrNull(Writer writer, Object value, StringBuilder json) {
    if (value == null) {
      json.append("null");
    } else {
      writer.write(value, json);
    }
  }

  private static Writer rowWriter(List<LogicalType> types) {
    List<Writer> writers = types.stream().map(RowJson::writer).toList();
    List<RowData.FieldGetter> fields =
        IntStream.range(0, types.size())
            .mapToObj(place -> RowData.createFieldGetter(nullable(types.get(place)), place))
            .toList();
    return (value, json) -> {
      json.append('[');
      for (int i = 0; i < writers.size(); i++) {
        json.append(i == 0 ? "" : ",");
        writeOrNull(writers.get(i), fields.get(i).getFieldOrNull((RowData) value), json);
      }
      json.append(']');
    };
  }

  private static Writer arrayWriter(LogicalType elementType) {
    Writer writer = writer(elementType);
    ArrayData.ElementGetter elements = ArrayData.createElementGetter(nullable(elementType));
    return (value, json) -> {
      ArrayData array = (ArrayData) value;
      json.append('[');
      for (int i = 0; i < array.size(); i++) {
        json.append(i == 0 ? "" : ",");
        writeOrNull(writer, elements.getElementOrNull(array, i), json);
      }
      json.append(']');
    };
  }

  private static Writer mapWriter(LogicalType keyType, LogicalType valueType) {
    Writer keyWriter = writer(keyType);
    Writer valueWriter = writer(valueType);
    ArrayData.ElementGetter keys = ArrayData.createElementGetter(nullable(keyType));
    ArrayData.ElementGetter values = ArrayData.createElementGetter(nullable(valueType));
    return (value, json) -> {
      MapData map = (MapData) value;
      ArrayData keyArray = map.keyArray();
      ArrayData valueArray = map.valueArray();
      List<String> pairs = new ArrayList<>();
      for (int i = 0; i < map.size(); i++) {
        StringBuilder pair = new StringBuilder("[");
        writeOrNull(keyWriter, keys.getElementOrNull(keyArray, i), pair);
        pair.append(',');
        writeOrNull(valueWriter, values.getElementOrNull(valueArray, i), pair);
        pairs.add(pair.append(']').toString());
      }
      // A map has no order: equal ones are the same text, so that a row that is taken away is
      // found.
      pairs.sort(null);
      json.append('[').append(String.join(",", pairs)).append(']');
    };
  }

  /**
   * Columns that are declared NOT NULL can have nulls in an outer join's plan; look at the value.
   */
  private static LogicalType nullable(LogicalType type) {
    return type.getTypeRoot() == LogicalTypeRoot.NULL ? type : type.copy(true);
  }
}
