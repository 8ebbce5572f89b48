package org.pyflinkcep.expression;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.DecimalDataUtils;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.MapType;

/** Equality and order of values that Flink holds as objects. */
final class Values {

  /** Of two maps, each entry is looked for among all of the other. */
  private static final int MAX_COMPARED_ENTRIES = 5000;

  private Values() {}

  /** How the values of one type are compared; null is not among them. */
  interface Order {
    boolean equal(Object left, Object right);

    int compare(Object left, Object right);
  }

  /** Whether one value of the type can be less than another. */
  static boolean isOrdered(LogicalType type) {
    return switch (type.getTypeRoot()) {
      case ARRAY, MAP, MULTISET, ROW, STRUCTURED_TYPE, RAW -> false;
      default -> true;
    };
  }

  /** The order in which all values have a place, also NaN and -0.0: that of GREATEST and LEAST. */
  static Order orderOfObjects(LogicalType type) {
    return type.is(LogicalTypeFamily.APPROXIMATE_NUMERIC) ? new Natural() : order(type);
  }

  static Order order(LogicalType type) {
    return switch (type.getTypeRoot()) {
      case DECIMAL ->
          new Order() {
            @Override
            public boolean equal(Object left, Object right) {
              return compare(left, right) == 0;
            }

            @Override
            public int compare(Object left, Object right) {
              return DecimalDataUtils.compare((DecimalData) left, (DecimalData) right);
            }
          };
      case FLOAT, DOUBLE -> new Approximate();
      case BINARY, VARBINARY ->
          new Order() {
            @Override
            public boolean equal(Object left, Object right) {
              return Arrays.equals((byte[]) left, (byte[]) right);
            }

            @Override
            public int compare(Object left, Object right) {
              return Arrays.compareUnsigned((byte[]) left, (byte[]) right);
            }
          };
      case ARRAY ->
          new Equality(type) {
            private final LogicalType elementType = ((ArrayType) type).getElementType();
            private final ArrayData.ElementGetter getter =
                ArrayData.createElementGetter(elementType);
            private final Order elements = order(elementType);

            @Override
            public boolean equal(Object left, Object right) {
              ArrayData a = (ArrayData) left;
              ArrayData b = (ArrayData) right;
              if (a.size() != b.size()) {
                return false;
              }
              for (int i = 0; i < a.size(); i++) {
                if (!equalElements(
                    elements, getter.getElementOrNull(a, i), getter.getElementOrNull(b, i))) {
                  return false;
                }
              }
              return true;
            }
          };
      case ROW ->
          new Equality(type) {
            private final int arity = type.getChildren().size();
            private final RowData.FieldGetter[] getters = new RowData.FieldGetter[arity];
            private final Order[] fields = new Order[arity];

            {
              for (int i = 0; i < arity; i++) {
                getters[i] = RowData.createFieldGetter(type.getChildren().get(i).copy(true), i);
                fields[i] = order(type.getChildren().get(i));
              }
            }

            @Override
            public boolean equal(Object left, Object right) {
              for (int i = 0; i < arity; i++) {
                Object a = getters[i].getFieldOrNull((RowData) left);
                Object b = getters[i].getFieldOrNull((RowData) right);
                if (!same(fields[i], a, b)) {
                  return false;
                }
              }
              return true;
            }
          };
      case MAP ->
          new Equality(type) {
            private final MapType map = (MapType) type;
            private final ArrayData.ElementGetter keys =
                ArrayData.createElementGetter(map.getKeyType());
            private final ArrayData.ElementGetter values =
                ArrayData.createElementGetter(map.getValueType());
            private final Order keyOrder = order(map.getKeyType());
            private final Order valueOrder = order(map.getValueType());

            @Override
            public boolean equal(Object left, Object right) {
              MapData a = (MapData) left;
              MapData b = (MapData) right;
              if (a.size() != b.size()) {
                return false;
              }
              if (a.size() > MAX_COMPARED_ENTRIES) {
                throw new EvaluationLimitException(
                    "maps with more than "
                        + MAX_COMPARED_ENTRIES
                        + " entries take too long to compare");
              }
              for (int i = 0; i < a.size(); i++) {
                if (!contains(b, keys.getElementOrNull(a.keyArray(), i), a, i)) {
                  return false;
                }
              }
              return true;
            }

            private boolean contains(MapData b, Object key, MapData a, int i) {
              for (int j = 0; j < b.size(); j++) {
                if (same(keyOrder, key, keys.getElementOrNull(b.keyArray(), j))) {
                  return equalElements(
                      valueOrder,
                      values.getElementOrNull(a.valueArray(), i),
                      values.getElementOrNull(b.valueArray(), j));
                }
              }
              return false;
            }
          };
      default -> new Natural();
    };
  }

  /** Makes of a value that is not null what is equal to Java where the values are to DISTINCT. */
  static UnaryOperator<Object> key(LogicalType type) {
    return switch (type.getTypeRoot()) {
      case BINARY, VARBINARY -> value -> ByteBuffer.wrap((byte[]) value);
      case ARRAY -> {
        Function<ArrayData, List<Object>> keys = keys(((ArrayType) type).getElementType());
        yield value -> keys.apply((ArrayData) value);
      }
      case MAP -> {
        Function<ArrayData, List<Object>> keys = keys(((MapType) type).getKeyType());
        Function<ArrayData, List<Object>> values = keys(((MapType) type).getValueType());
        yield value -> {
          Map<Object, Object> entries = new HashMap<>();
          Iterator<Object> mapped = values.apply(((MapData) value).valueArray()).iterator();
          keys.apply(((MapData) value).keyArray()).forEach(k -> entries.put(k, mapped.next()));
          return entries;
        };
      }
      case ROW -> {
        RowData.FieldGetter[] getters = TextCasts.getters(type);
        List<UnaryOperator<Object>> fields = type.getChildren().stream().map(Values::key).toList();
        yield value -> {
          List<Object> row = new ArrayList<>();
          for (int i = 0; i < getters.length; i++) {
            Object field = getters[i].getFieldOrNull((RowData) value);
            row.add(field == null ? null : fields.get(i).apply(field));
          }
          return row;
        };
      }
      default -> UnaryOperator.identity();
    };
  }

  private static Function<ArrayData, List<Object>> keys(LogicalType elementType) {
    ArrayData.ElementGetter getter = ArrayData.createElementGetter(elementType);
    UnaryOperator<Object> key = key(elementType);
    return array -> {
      List<Object> keys = new ArrayList<>();
      for (int i = 0; i < array.size(); i++) {
        Object element = getter.getElementOrNull(array, i);
        keys.add(element == null ? null : key.apply(element));
      }
      return keys;
    };
  }

  /** Whether elements of arrays, or values of maps, are equal: a NULL is equal to none. */
  private static boolean equalElements(Order order, Object left, Object right) {
    return left != null && right != null && order.equal(left, right);
  }

  /** Whether fields of rows are equal: two NULLs are. */
  private static boolean same(Order order, Object left, Object right) {
    return left == null || right == null ? left == right : order.equal(left, right);
  }

  /** Numbers of IEEE 754: NaN is neither equal to a number nor below or above it. */
  private static final class Approximate implements Order {
    @Override
    public boolean equal(Object left, Object right) {
      return ((Number) left).doubleValue() == ((Number) right).doubleValue();
    }

    @Override
    public int compare(Object left, Object right) {
      double a = ((Number) left).doubleValue();
      double b = ((Number) right).doubleValue();
      return a < b ? -1 : a > b ? 1 : 0;
    }
  }

  /** Strings, timestamps, whole numbers and booleans compare as Java does. */
  private static final class Natural implements Order {
    @Override
    public boolean equal(Object left, Object right) {
      return left.equals(right);
    }

    @Override
    @SuppressWarnings({"unchecked", "rawtypes"})
    public int compare(Object left, Object right) {
      return ((Comparable) left).compareTo(right);
    }
  }

  /** A type whose values are equal or not, without an order. */
  private abstract static class Equality implements Order {
    private final LogicalType type;

    Equality(LogicalType type) {
      this.type = type;
    }

    @Override
    public int compare(Object left, Object right) {
      throw new IllegalStateException("no order in " + type);
    }
  }
}
