package org.pyflinkcep.expression;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.table.api.TableRuntimeException;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;

/** Values that are made of values: rows, arrays and maps. */
final class Composite {

  private Composite() {}

  static Expression field(Expression row, String name, int index, LogicalType type) {
    RowData.FieldGetter getter = RowData.createFieldGetter(type.copy(true), index);
    return Call.of(".`" + name + "`", type, value -> getter.getFieldOrNull((RowData) value), row);
  }

  /** An element of an array by its place, from 1: NULL where the array has no such place. */
  static Expression element(ArrayType type, Expression array, Expression index) {
    ArrayData.ElementGetter getter = ArrayData.createElementGetter(type.getElementType());
    return Call.of(
        "ITEM",
        type.getElementType(),
        (elements, at) -> {
          long i = ((Number) at).longValue() - 1;
          ArrayData data = (ArrayData) elements;
          return i >= 0 && i < data.size() ? getter.getElementOrNull(data, (int) i) : null;
        },
        array,
        index);
  }

  /** The value for a key of a map: NULL where the map lacks the key. */
  static Expression lookup(MapType type, Expression map, Expression key) {
    ArrayData.ElementGetter keys = ArrayData.createElementGetter(type.getKeyType());
    ArrayData.ElementGetter values = ArrayData.createElementGetter(type.getValueType());
    Values.Order order = Values.order(type.getKeyType());
    return Call.of(
        "ITEM",
        type.getValueType(),
        (entries, sought) -> {
          MapData data = (MapData) entries;
          ArrayData keyArray = data.keyArray();
          for (int i = 0; i < data.size(); i++) {
            Object candidate = keys.getElementOrNull(keyArray, i);
            if (candidate != null && order.equal(candidate, sought)) {
              return values.getElementOrNull(data.valueArray(), i);
            }
          }
          return null;
        },
        map,
        key);
  }

  static Expression cardinality(Expression collection) {
    return Call.of(
        "CARDINALITY",
        new IntType(),
        value -> value instanceof ArrayData array ? array.size() : ((MapData) value).size(),
        collection);
  }

  /** The only element of an array. */
  static Expression onlyElement(ArrayType type, Expression array) {
    ArrayData.ElementGetter getter = ArrayData.createElementGetter(type.getElementType());
    return Call.of(
        "ELEMENT",
        type.getElementType(),
        value -> {
          ArrayData data = (ArrayData) value;
          if (data.size() > 1) {
            throw new TableRuntimeException("ELEMENT of an array with more than one element");
          }
          return data.size() == 0 ? null : getter.getElementOrNull(data, 0);
        },
        array);
  }

  static Expression array(LogicalType elementType, Expression... elements) {
    return new Expression("ARRAY", new ArrayType(elementType), elements) {
      @Override
      Object value(Evaluation evaluation) {
        return new GenericArrayData(values(elements, evaluation));
      }
    };
  }

  /** A map of keys and values in turn. */
  static Expression map(LogicalType keyType, LogicalType valueType, Expression... entries) {
    return new Expression("MAP", new MapType(keyType, valueType), entries) {
      @Override
      Object value(Evaluation evaluation) {
        Object[] values = values(entries, evaluation);
        Map<Object, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < values.length; i += 2) {
          map.put(values[i], values[i + 1]);
        }
        return new GenericMapData(map);
      }
    };
  }

  static Expression row(Expression... fields) {
    LogicalType[] types = new LogicalType[fields.length];
    String[] names = new String[fields.length];
    for (int i = 0; i < fields.length; i++) {
      types[i] = fields[i].type();
      names[i] = "EXPR$" + i;
    }
    return new Expression("ROW", RowType.of(types, names), fields) {
      @Override
      Object value(Evaluation evaluation) {
        return GenericRowData.of(values(fields, evaluation));
      }
    };
  }

  private static Object[] values(Expression[] expressions, Evaluation evaluation) {
    Object[] values = new Object[expressions.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = expressions[i].value(evaluation);
    }
    return values;
  }
}
