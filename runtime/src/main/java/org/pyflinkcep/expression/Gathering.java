package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.util.RawValue;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.runtime.functions.SqlJsonUtils;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.VarCharType;
import org.pyflinkcep.expression.Aggregate.Accumulator;
import org.pyflinkcep.expression.Aggregate.Events;

/** Aggregates that put values together: as a text, an array, or JSON. */
final class Gathering {

  private Gathering() {}

  /** The texts that are not NULL, with a separator between them: NULL where there are none. */
  static Expression text(Events events, Expression text, String separator) {
    return new Aggregate(
        "LISTAGG",
        VarCharType.STRING_TYPE,
        events,
        budget ->
            new Accumulator() {
              private StringBuilder all;

              @Override
              public void add(Evaluation evaluation) {
                Object value = text.value(evaluation);
                if (value == null) {
                  return;
                }
                String next = value.toString();
                budget.read("LISTAGG", value);
                if (all == null) {
                  all = new StringBuilder();
                } else {
                  all.append(separator);
                }
                Budget.limit("LISTAGG", (long) all.length() + next.length());
                all.append(next);
              }

              @Override
              public Object result() {
                return all == null ? null : BinaryStringData.fromString(all.toString());
              }
            },
        text);
  }

  /** The values as an array, NULLs among them: NULL where there are no events. */
  static Expression array(Events events, Expression value) {
    return new Aggregate(
        "ARRAY_AGG",
        new ArrayType(value.type()),
        events,
        budget ->
            new Accumulator() {
              private final List<Object> all = new ArrayList<>();

              @Override
              public void add(Evaluation evaluation) {
                Object next = value.value(evaluation);
                budget.read("ARRAY_AGG", next);
                all.add(next);
                Budget.limit("ARRAY_AGG", (long) all.size() * Budget.CHARACTERS_OF_ELEMENT);
              }

              @Override
              public Object result() {
                return all.isEmpty() ? null : new GenericArrayData(all.toArray());
              }
            },
        value);
  }

  /**
   * JSON_ARRAYAGG: NULL where there are no events.
   *
   * @param value a value as JSON
   * @param nulls whether values that are NULL are written
   */
  static Expression jsonArray(Events events, Expression value, boolean nulls) {
    return new Aggregate(
        "JSON_ARRAYAGG" + (nulls ? " NULL" : ""),
        VarCharType.STRING_TYPE,
        events,
        budget ->
            new JsonAccumulator("JSON_ARRAYAGG", budget) {
              private final ArrayNode array = SqlJsonUtils.createArrayNode();

              @Override
              void put(Evaluation evaluation) {
                Object next = read(value, evaluation);
                if (next != null || nulls) {
                  array.add(node(next));
                }
              }

              @Override
              JsonNode json() {
                return array;
              }
            },
        value);
  }

  /**
   * JSON_OBJECTAGG: NULL where there are no events. It fails where a key is NULL, or comes again.
   *
   * @param value a value as JSON
   * @param nulls whether values that are NULL are written
   */
  static Expression jsonObject(Events events, Expression key, Expression value, boolean nulls) {
    return new Aggregate(
        "JSON_OBJECTAGG" + (nulls ? " NULL" : ""),
        VarCharType.STRING_TYPE,
        events,
        budget ->
            new JsonAccumulator("JSON_OBJECTAGG", budget) {
              private final ObjectNode object = SqlJsonUtils.createObjectNode();

              @Override
              void put(Evaluation evaluation) {
                Object text = read(key, evaluation);
                if (text == null) {
                  throw new IllegalArgumentException("a key of JSON_OBJECTAGG is NULL");
                }
                String name = text.toString();
                if (object.has(name)) {
                  throw new IllegalArgumentException(
                      "the key '" + name + "' of JSON_OBJECTAGG comes twice");
                }
                Object next = read(value, evaluation);
                if (next != null || nulls) {
                  object.set(name, node(next));
                }
              }

              @Override
              JsonNode json() {
                return object;
              }
            },
        key,
        value);
  }

  /** Makes JSON of values that are JSON. */
  private abstract static class JsonAccumulator implements Accumulator {
    private final String name;
    private final Budget budget;
    private boolean any;
    private long length;

    JsonAccumulator(String name, Budget budget) {
      this.name = name;
      this.budget = budget;
    }

    abstract void put(Evaluation evaluation);

    abstract JsonNode json();

    @Override
    public final void add(Evaluation evaluation) {
      any = true;
      put(evaluation);
    }

    /** The value of an argument, which counts for how much may be put together. */
    final Object read(Expression argument, Evaluation evaluation) {
      Object value = argument.value(evaluation);
      budget.read(name, value);
      length += Budget.length(value);
      Budget.limit(name, length);
      return value;
    }

    @Override
    public final Object result() {
      return any ? BinaryStringData.fromString(SqlJsonUtils.serializeJson(json())) : null;
    }

    static JsonNode node(Object json) {
      return json == null
          ? SqlJsonUtils.getNodeFactory().nullNode()
          : SqlJsonUtils.getNodeFactory().rawValueNode(new RawValue(json.toString()));
    }
  }
}
