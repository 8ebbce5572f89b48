package org.pyflinkcep.flink.decoding;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.annotation.Nullable;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.BinaryType;
import org.apache.flink.table.types.logical.CharType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;

/**
 * Which values of a writer's schema a column holds as they were written.
 *
 * <p>Avro resolves types alone: it has the reader's logical type stand for the writer's bytes, so
 * that text is a DECIMAL of nonsense, and seconds are milliseconds. So logical types are compared
 * here. Numbers and bytes without one take what is written, whatever it stands for.
 */
final class AvroValues {

  /** Of records whose fields have no column: a schema may hold itself. */
  private final Map<AvroSchema, List<AvroValue>> skipped = new HashMap<>();

  private final AvroValue anyText =
      AvroValue.text(Integer.MAX_VALUE, "key", new VarCharType(VarCharType.MAX_LENGTH));

  private AvroValues() {}

  /**
   * The values of a record.
   *
   * @param reader the schema that the format reads with
   * @param columns of the same fields, in the same order
   */
  static AvroValue of(AvroSchema writer, AvroSchema reader, RowType columns) {
    return new AvroValues().value(writer, reader, columns, "");
  }

  private AvroValue value(
      AvroSchema writer, @Nullable AvroSchema reader, @Nullable LogicalType column, String path) {
    AvroSchema read = reader == null ? null : reader.notNull();
    if (writer.type().equals("union")) {
      return AvroValue.union(
          writer.branches().stream().map(branch -> value(branch, read, column, path)).toList());
    }
    if (column == null || read == null || writer.type().equals("null")) {
      return skipped(writer);
    }
    AvroValue value = fitting(writer, read, column, path);
    return value == null ? AvroValue.misfit(path, column, writer) : value;
  }

  /** Null where the column doesn't hold such values. */
  @Nullable
  private AvroValue fitting(AvroSchema writer, AvroSchema reader, LogicalType column, String path) {
    String type = writer.type();
    boolean isDecimal = writer.logicalType().equals("decimal");
    return switch (column.getTypeRoot()) {
      case BOOLEAN -> type.equals("boolean") ? AvroValue.BOOLEAN : null;
      case TINYINT ->
          type.equals("int") ? AvroValue.small(Byte.MIN_VALUE, Byte.MAX_VALUE, path, column) : null;
      case SMALLINT ->
          type.equals("int")
              ? AvroValue.small(Short.MIN_VALUE, Short.MAX_VALUE, path, column)
              : null;
      case INTEGER -> oneOf(writer, "int");
      case BIGINT -> oneOf(writer, "int", "long");
      case FLOAT -> oneOf(writer, "int", "long", "float");
      case DOUBLE -> oneOf(writer, "int", "long", "float", "double");
      case CHAR, VARCHAR -> text(writer, reader, column, path, isDecimal);
      case BINARY, VARBINARY -> bytes(writer, reader, column, path);
      case DECIMAL -> isDecimal ? decimal(writer, reader, (DecimalType) column, path) : null;
      case DATE -> writer.is("int", "date") ? AvroValue.INT : null;
      case TIME_WITHOUT_TIME_ZONE -> writer.is("int", "time-millis") ? AvroValue.INT : null;
      case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
          isTimeOf(writer, reader, column) ? AvroValue.LONG : null;
      case ARRAY ->
          type.equals("array")
              ? AvroValue.array(
                  value(
                      writer.element(),
                      elementOf(reader),
                      ((ArrayType) column).getElementType(),
                      path + "[]"))
              : null;
      case MAP -> map(writer, reader, ((MapType) column).getValueType(), path);
      case MULTISET -> map(writer, reader, new IntType(), path);
      case ROW ->
          isRecord(writer) && isRecord(reader)
              ? AvroValue.record(fields(writer, reader, (RowType) column, path))
              : null;
      default -> skipped(writer);
    };
  }

  @Nullable
  private AvroValue oneOf(AvroSchema writer, String... types) {
    return List.of(types).contains(writer.type()) ? skipped(writer) : null;
  }

  /** Flink reads all of them as milliseconds, whatever the schema says that it reads with. */
  private static boolean isTimeOf(AvroSchema writer, AvroSchema reader, LogicalType column) {
    if (column.is(LogicalTypeRoot.TIMESTAMP_WITHOUT_TIME_ZONE)
        && writer.is("long", "local-timestamp-millis")) {
      return true;
    }
    return writer.is("long", "timestamp-millis") && reader.is("long", "timestamp-millis");
  }

  @Nullable
  private static AvroValue text(
      AvroSchema writer, AvroSchema reader, LogicalType column, String path, boolean isDecimal) {
    int length =
        column instanceof CharType text ? text.getLength() : ((VarCharType) column).getLength();
    return switch (writer.type()) {
      case "string" -> AvroValue.text(length, path, column);
      case "bytes" -> isDecimal ? null : AvroValue.text(length, path, column);
      case "enum" -> reader.type().equals("enum") ? AvroValue.symbol(writer.symbols()) : null;
      default -> null;
    };
  }

  @Nullable
  private static AvroValue bytes(
      AvroSchema writer, AvroSchema reader, LogicalType column, String path) {
    int length =
        column instanceof BinaryType type ? type.getLength() : ((VarBinaryType) column).getLength();
    return switch (writer.type()) {
      case "string", "bytes" -> AvroValue.bytes(length, path, column);
      case "fixed" ->
          reader.type().equals("fixed") && writer.size() <= length
              ? AvroValue.fixed(writer.size())
              : null;
      default -> null;
    };
  }

  @Nullable
  private static AvroValue decimal(
      AvroSchema writer, AvroSchema reader, DecimalType column, String path) {
    if (writer.scale() != column.getScale() || !writer.type().equals(reader.type())) {
      return null;
    }
    int size = writer.type().equals("fixed") ? writer.size() : -1;
    return AvroValue.decimal(size, column.getPrecision(), column.getScale(), path, column);
  }

  @Nullable
  private AvroValue map(AvroSchema writer, AvroSchema reader, LogicalType value, String path) {
    return writer.type().equals("map")
        ? AvroValue.map(anyText, value(writer.element(), elementOf(reader), value, path + ".*"))
        : null;
  }

  private List<AvroValue> fields(
      AvroSchema writer, AvroSchema reader, RowType columns, String path) {
    Map<String, Integer> positions = new HashMap<>();
    for (int i = 0; i < reader.fields().size(); i++) {
      AvroSchema.Field field = reader.fields().get(i);
      List<String> names = new ArrayList<>(List.of(field.name()));
      names.addAll(field.aliases());
      for (String name : names) {
        if (writer.field(name) != null) {
          positions.putIfAbsent(name, i);
          break;
        }
      }
    }
    List<AvroValue> values = new ArrayList<>();
    for (AvroSchema.Field written : writer.fields()) {
      Integer position = positions.get(written.name());
      if (position == null) {
        values.add(skipped(written.schema()));
        continue;
      }
      String name = columns.getFieldNames().get(position);
      values.add(
          value(
              written.schema(),
              reader.fields().get(position).schema(),
              columns.getTypeAt(position),
              path.isEmpty() ? name : path + "." + name));
    }
    return values;
  }

  private AvroValue skipped(AvroSchema writer) {
    return switch (writer.type()) {
      case "null" -> AvroValue.NOTHING;
      case "boolean" -> AvroValue.BOOLEAN;
      case "int" -> AvroValue.INT;
      case "long" -> AvroValue.LONG;
      case "float" -> AvroValue.fixed(Float.BYTES);
      case "double" -> AvroValue.fixed(Double.BYTES);
      case "string", "bytes" -> AvroValue.BYTES;
      case "fixed" -> AvroValue.fixed(writer.size());
      case "enum" -> AvroValue.symbol(writer.symbols());
      case "array" -> AvroValue.array(skipped(writer.element()));
      case "map" -> AvroValue.map(AvroValue.BYTES, skipped(writer.element()));
      case "union" -> AvroValue.union(writer.branches().stream().map(this::skipped).toList());
      case "record", "error" -> skippedRecord(writer);
      default -> throw new IllegalStateException("no type of Avro: " + writer.type());
    };
  }

  private AvroValue skippedRecord(AvroSchema writer) {
    List<AvroValue> fields = skipped.get(writer);
    if (fields == null) {
      fields = new ArrayList<>();
      skipped.put(writer, fields);
      for (AvroSchema.Field field : writer.fields()) {
        fields.add(skipped(field.schema()));
      }
    }
    return AvroValue.record(fields);
  }

  private static boolean isRecord(AvroSchema schema) {
    return schema.type().equals("record") || schema.type().equals("error");
  }

  @Nullable
  private static AvroSchema elementOf(AvroSchema reader) {
    return reader.type().equals("array") || reader.type().equals("map") ? reader.element() : null;
  }
}
