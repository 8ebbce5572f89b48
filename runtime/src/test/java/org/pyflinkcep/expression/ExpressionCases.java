package org.pyflinkcep.expression;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.conversion.DataStructureConverter;
import org.apache.flink.table.data.conversion.DataStructureConverters;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.CharType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.apache.flink.table.types.utils.TypeConversions;
import org.apache.flink.types.Row;

/**
 * The expressions of {@code tests/cases/expressions/}, each with the type and the values that it
 * has over some events.
 *
 * @param zone the session time zone
 * @param type the type of the events
 * @param events the events, in the external form of their type
 * @param cases the expressions
 */
record ExpressionCases(ZoneId zone, RowType type, List<Row> events, List<Case> cases) {

  static final Path FOLDER = Path.of("..", "tests", "cases", "expressions");

  /**
   * @param family the heading that the expression stands under
   * @param type the type of its values
   * @param values its value for each event, as {@link #text} writes it, or null
   */
  record Case(String family, String sql, String type, List<String> values) {
    @Override
    public String toString() {
      return family + ": " + sql;
    }
  }

  static ExpressionCases read(String name) {
    JsonNode document = yaml(FOLDER.resolve(name));
    List<RowType.RowField> fields = new ArrayList<>();
    document
        .get("fields")
        .fields()
        .forEachRemaining(
            field ->
                fields.add(new RowType.RowField(field.getKey(), parse(field.getValue().asText()))));
    RowType type = new RowType(fields);
    List<Row> events = new ArrayList<>();
    document.get("events").forEach(event -> events.add((Row) external(event, type)));
    List<Case> cases = new ArrayList<>();
    document
        .get("expressions")
        .fields()
        .forEachRemaining(
            family -> family.getValue().forEach(node -> cases.add(of(family.getKey(), node))));
    return new ExpressionCases(ZoneId.of(document.get("time_zone").asText()), type, events, cases);
  }

  static JsonNode yaml(Path path) {
    try {
      return new YAMLMapper().readTree(path.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Case of(String family, JsonNode node) {
    List<String> values = new ArrayList<>();
    node.get("values").forEach(value -> values.add(value.isNull() ? null : value.asText()));
    return new Case(family, node.get("sql").asText(), node.get("type").asText(), values);
  }

  /** The events as the matcher sees them. */
  List<RowData> internalEvents() {
    DataStructureConverter<Object, Object> converter = converter(type);
    return events.stream().map(event -> (RowData) converter.toInternal(event)).toList();
  }

  static DataStructureConverter<Object, Object> converter(LogicalType type) {
    DataStructureConverter<Object, Object> converter =
        DataStructureConverters.getConverter(TypeConversions.fromLogicalToDataType(type));
    converter.open(ExpressionCases.class.getClassLoader());
    return converter;
  }

  private static LogicalType parse(String type) {
    return LogicalTypeParser.parse(type, ExpressionCases.class.getClassLoader());
  }

  /** A value of a case as an object of the default external class of its type. */
  static Object external(JsonNode node, LogicalType type) {
    if (node == null || node.isNull()) {
      return null;
    }
    String text = node.asText();
    return switch (type.getTypeRoot()) {
      case BOOLEAN -> node.asBoolean();
      case TINYINT -> Byte.valueOf(text);
      case SMALLINT -> Short.valueOf(text);
      case INTEGER -> Integer.valueOf(text);
      case BIGINT -> Long.valueOf(text);
      case FLOAT -> Float.valueOf(text);
      case DOUBLE -> Double.valueOf(text);
      case DECIMAL -> new BigDecimal(text);
      case DATE -> LocalDate.parse(text);
      case TIME_WITHOUT_TIME_ZONE -> LocalTime.parse(text);
      case TIMESTAMP_WITHOUT_TIME_ZONE -> LocalDateTime.parse(text);
      case TIMESTAMP_WITH_LOCAL_TIME_ZONE -> Instant.parse(text);
      case BINARY, VARBINARY -> HexFormat.of().parseHex(text);
      case ARRAY -> {
        ArrayType array = (ArrayType) type;
        Class<?> element =
            TypeConversions.fromLogicalToDataType(array.getElementType()).getConversionClass();
        Object[] elements = (Object[]) java.lang.reflect.Array.newInstance(element, node.size());
        for (int i = 0; i < node.size(); i++) {
          elements[i] = external(node.get(i), array.getElementType());
        }
        yield elements;
      }
      case MAP -> {
        Map<Object, Object> map = new LinkedHashMap<>();
        LogicalType values = ((MapType) type).getValueType();
        node.fields()
            .forEachRemaining(entry -> map.put(entry.getKey(), external(entry.getValue(), values)));
        yield map;
      }
      case ROW -> {
        RowType row = (RowType) type;
        yield Row.of(
            IntStream.range(0, row.getFieldCount())
                .mapToObj(
                    i ->
                        external(
                            node.isArray() ? node.get(i) : node.get(row.getFieldNames().get(i)),
                            row.getTypeAt(i)))
                .toArray());
      }
      default -> text;
    };
  }

  /** A value in its external form as text. */
  static String text(Object value) {
    if (value == null) {
      return null;
    }
    if (value instanceof byte[] bytes) {
      return HexFormat.of().formatHex(bytes);
    }
    if (value instanceof BigDecimal decimal) {
      return decimal.toPlainString();
    }
    if (value instanceof Object[] array) {
      return Stream.of(array)
          .map(ExpressionCases::text)
          .collect(Collectors.joining(", ", "[", "]"));
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, String> sorted = new TreeMap<>();
      map.forEach((k, v) -> sorted.put(String.valueOf(text(k)), text(v)));
      return sorted.toString();
    }
    if (value instanceof Row row) {
      return IntStream.range(0, row.getArity())
          .mapToObj(i -> text(row.getField(i)))
          .collect(Collectors.joining(", ", "(", ")"));
    }
    return value.toString();
  }

  /** The type as text, where lengths of strings and nullability don't matter. */
  static String text(LogicalType type) {
    return normalized(type).asSummaryString();
  }

  private static LogicalType normalized(LogicalType type) {
    if (type instanceof CharType || type instanceof VarCharType) {
      return VarCharType.STRING_TYPE;
    }
    if (type.is(LogicalTypeFamily.BINARY_STRING)) {
      return new VarBinaryType(VarBinaryType.MAX_LENGTH);
    }
    if (type instanceof ArrayType array) {
      return new ArrayType(normalized(array.getElementType()));
    }
    if (type instanceof MapType map) {
      return new MapType(normalized(map.getKeyType()), normalized(map.getValueType()));
    }
    if (type instanceof RowType row) {
      return RowType.of(
          row.getChildren().stream().map(ExpressionCases::normalized).toArray(LogicalType[]::new),
          row.getFieldNames().toArray(new String[0]));
    }
    return type.copy(true);
  }
}
