package org.pyflinkcep.expression;

import java.io.IOException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.runtime.functions.SqlJsonUtils;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;

/** The functions that make JSON of values, as Flink SQL does. */
final class JsonConstructors {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNodeFactory NODES = SqlJsonUtils.getNodeFactory();

  /** The type of what they make; of no value comes NULL only from JSON_STRING. */
  private static final LogicalType TEXT = VarCharType.STRING_TYPE.copy(false);

  private JsonConstructors() {}

  /** An expression whose value is JSON already, where it stands inside another constructor. */
  interface Inner {
    /** The JSON; null where the value is NULL. */
    JsonNode node(Evaluation evaluation);
  }

  /** Whether JSON has values of a type; the keys of maps must be texts. */
  static boolean supports(LogicalType type) {
    return switch (type.getTypeRoot()) {
      case CHAR, VARCHAR, BOOLEAN, BINARY, VARBINARY -> true;
      case TINYINT, SMALLINT, INTEGER, BIGINT, FLOAT, DOUBLE, DECIMAL -> true;
      case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE -> true;
      case ARRAY, ROW -> type.getChildren().stream().allMatch(JsonConstructors::supports);
      case MAP ->
          type.getChildren().get(0).is(LogicalTypeFamily.CHARACTER_STRING)
              && supports(type.getChildren().get(1));
      default -> false;
    };
  }

  /** JSON_STRING: a value as JSON. */
  static Expression string(Expression operand) {
    LogicalType type = VarCharType.STRING_TYPE.copy(operand.type().isNullable());
    return new Expression("JSON_STRING", type, operand) {
      @Override
      Object value(Evaluation evaluation) {
        JsonNode json = node(operand, evaluation);
        return json == null ? null : text(json, evaluation);
      }
    };
  }

  /** JSON: a text that is JSON, inside another constructor. */
  static Expression json(Expression text) {
    return new Parsed(text);
  }

  private static final class Parsed extends Expression implements Inner {
    private final Expression text;

    Parsed(Expression text) {
      super("JSON", VarCharType.STRING_TYPE, text);
      this.text = text;
    }

    @Override
    Object value(Evaluation evaluation) {
      return text.value(evaluation);
    }

    @Override
    public JsonNode node(Evaluation evaluation) {
      Object value = text.value(evaluation);
      if (value == null) {
        return null;
      }
      evaluation.budget.read("JSON", value);
      try {
        JsonNode node = MAPPER.readTree(value.toString());
        // An empty text is no value, as in Flink SQL.
        return node.isMissingNode() ? null : node;
      } catch (IOException e) {
        throw new IllegalArgumentException("the argument of JSON is no JSON", e);
      }
    }
  }

  /**
   * JSON_ARRAY, and JSON_OBJECT with keys.
   *
   * @param keys the keys of an object; null: an array
   * @param nulls whether values that are NULL are written
   */
  static Expression of(List<Expression> keys, List<Expression> values, boolean nulls) {
    Expression[] operands = new Expression[values.size() * (keys == null ? 1 : 2)];
    for (int i = 0; i < values.size(); i++) {
      if (keys == null) {
        operands[i] = values.get(i);
      } else {
        operands[2 * i] = keys.get(i);
        operands[2 * i + 1] = values.get(i);
      }
    }
    return new Container(keys, values, nulls, operands);
  }

  private static final class Container extends Expression implements Inner {
    private final List<Expression> keys;
    private final List<Expression> values;
    private final boolean nulls;

    Container(
        List<Expression> keys, List<Expression> values, boolean nulls, Expression[] operands) {
      super((keys == null ? "JSON_ARRAY" : "JSON_OBJECT") + (nulls ? " NULL" : ""), TEXT, operands);
      this.keys = keys;
      this.values = values;
      this.nulls = nulls;
    }

    @Override
    Object value(Evaluation evaluation) {
      return text(node(evaluation), evaluation);
    }

    @Override
    public JsonNode node(Evaluation evaluation) {
      ArrayNode array = NODES.arrayNode();
      ObjectNode object = NODES.objectNode();
      for (int i = 0; i < values.size(); i++) {
        JsonNode node = JsonConstructors.node(values.get(i), evaluation);
        if (node == null && !nulls) {
          continue;
        }
        if (keys == null) {
          array.add(node);
        } else {
          object.set(key(keys.get(i).value(evaluation)), node);
        }
      }
      return keys == null ? array : object;
    }

    private static String key(Object key) {
      if (key == null) {
        throw new IllegalArgumentException("a key of JSON_OBJECT is NULL");
      }
      return key.toString();
    }
  }

  /** The JSON of a value; null where it is NULL. */
  private static JsonNode node(Expression expression, Evaluation evaluation) {
    if (expression instanceof Inner inner) {
      return inner.node(evaluation);
    }
    Object value = expression.value(evaluation);
    return value == null ? null : node(expression.type(), value);
  }

  private static JsonNode node(LogicalType type, Object value) {
    if (value == null) {
      return NODES.nullNode();
    }
    return switch (type.getTypeRoot()) {
      case CHAR, VARCHAR -> NODES.textNode(value.toString());
      case BOOLEAN -> NODES.booleanNode((Boolean) value);
      case TINYINT -> NODES.numberNode((Byte) value);
      case SMALLINT -> NODES.numberNode((Short) value);
      case INTEGER -> NODES.numberNode((Integer) value);
      case BIGINT -> NODES.numberNode((Long) value);
      case FLOAT -> NODES.numberNode((Float) value);
      case DOUBLE -> NODES.numberNode((Double) value);
      case DECIMAL -> NODES.numberNode(((DecimalData) value).toBigDecimal());
      case BINARY, VARBINARY -> NODES.binaryNode((byte[]) value);
      case TIMESTAMP_WITHOUT_TIME_ZONE ->
          NODES.textNode(
              ((TimestampData) value)
                  .toLocalDateTime()
                  .format(DateTimeFormatter.ISO_LOCAL_DATE_TIME));
      case TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
          NODES.textNode(
              ((TimestampData) value)
                      .toInstant()
                      .atOffset(ZoneOffset.UTC)
                      .toLocalDateTime()
                      .format(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
                  + "Z");
      case ARRAY -> array((ArrayType) type, (ArrayData) value);
      case MAP -> object((MapType) type, (MapData) value);
      default -> object((RowType) type, (RowData) value);
    };
  }

  private static ArrayNode array(ArrayType type, ArrayData array) {
    ArrayData.ElementGetter elements = ArrayData.createElementGetter(type.getElementType());
    ArrayNode node = NODES.arrayNode();
    for (int i = 0; i < array.size(); i++) {
      node.add(node(type.getElementType(), elements.getElementOrNull(array, i)));
    }
    return node;
  }

  private static ObjectNode object(MapType type, MapData map) {
    ArrayData keys = map.keyArray();
    ArrayData values = map.valueArray();
    ArrayData.ElementGetter getter = ArrayData.createElementGetter(type.getValueType());
    ObjectNode node = NODES.objectNode();
    for (int i = 0; i < map.size(); i++) {
      if (keys.isNullAt(i)) {
        throw new IllegalArgumentException("JSON has no key that is NULL");
      }
      node.set(
          keys.getString(i).toString(),
          node(type.getValueType(), getter.getElementOrNull(values, i)));
    }
    return node;
  }

  private static ObjectNode object(RowType type, RowData row) {
    ObjectNode node = NODES.objectNode();
    for (int i = 0; i < type.getFieldCount(); i++) {
      RowData.FieldGetter field = RowData.createFieldGetter(type.getTypeAt(i).copy(true), i);
      node.set(type.getFieldNames().get(i), node(type.getTypeAt(i), field.getFieldOrNull(row)));
    }
    return node;
  }

  private static BinaryStringData text(JsonNode node, Evaluation evaluation) {
    BinaryStringData text = BinaryStringData.fromString(SqlJsonUtils.serializeJson(node));
    evaluation.budget.made("JSON", text, 0);
    return text;
  }
}
