package org.pyflinkcep.expression;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.table.api.JsonExistsOnError;
import org.apache.flink.table.api.JsonQueryOnEmptyOrError;
import org.apache.flink.table.api.JsonQueryWrapper;
import org.apache.flink.table.api.JsonValueOnEmptyOrError;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.runtime.functions.SqlJsonUtils;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.VarCharType;

/** The JSON functions of SQL. */
final class Json {

  private static final int MAX_COMMAS = 10;

  private Json() {}

  /** The clauses of JSON_VALUE. */
  static final class Clauses {
    LogicalType returning = VarCharType.STRING_TYPE;
    private final Map<String, JsonValueOnEmptyOrError> behaviours = new HashMap<>();
    private final Map<String, Expression> defaults = new HashMap<>();

    /**
     * @param when EMPTY or ERROR
     * @param behaviour NULL, ERROR or DEFAULT
     * @param value the value of DEFAULT
     */
    void on(String when, String behaviour, Expression value) {
      behaviours.put(when, JsonValueOnEmptyOrError.valueOf(behaviour));
      if (value != null) {
        defaults.put(when, value);
      }
    }

    private JsonValueOnEmptyOrError behaviour(String when) {
      return behaviours.getOrDefault(when, JsonValueOnEmptyOrError.NULL);
    }

    private Expression defaultOn(String when, TypeCoercion coercion) {
      Expression value = defaults.get(when);
      return value == null
          ? new Constant("NULL", returning, null)
          : coercion.coerce(value, returning);
    }
  }

  static Expression value(
      Expression json, Expression path, Clauses clauses, TypeCoercion coercion) {
    Expression onEmpty = clauses.defaultOn("EMPTY", coercion);
    Expression onError = clauses.defaultOn("ERROR", coercion);
    JsonValueOnEmptyOrError emptyBehaviour = clauses.behaviour("EMPTY");
    JsonValueOnEmptyOrError errorBehaviour = clauses.behaviour("ERROR");
    String name = "JSON_VALUE " + emptyBehaviour + " " + errorBehaviour;
    return new Expression(name, clauses.returning, json, path, onEmpty, onError) {
      @Override
      Object value(Evaluation evaluation) {
        Object text = json.value(evaluation);
        Object spec = path.value(evaluation);
        if (text == null || spec == null) {
          return null;
        }
        evaluation.budget.read("JSON_VALUE", text);
        Object found =
            SqlJsonUtils.jsonValue(
                text.toString(),
                path(spec),
                emptyBehaviour,
                onEmpty.value(evaluation),
                errorBehaviour,
                onError.value(evaluation));
        return found == null ? null : converted(found, type());
      }
    };
  }

  private static Object converted(Object value, LogicalType type) {
    return switch (type.getTypeRoot()) {
      case VARCHAR -> BinaryStringData.fromString(String.valueOf(value));
      case DOUBLE -> value instanceof BigDecimal decimal ? decimal.doubleValue() : (Double) value;
      case INTEGER -> (Integer) value;
      default -> (Boolean) value;
    };
  }

  static Expression query(
      Expression json,
      Expression path,
      LogicalType type,
      String wrapper,
      String onEmpty,
      String onError) {
    boolean isArray = type.is(LogicalTypeRoot.ARRAY);
    JsonQueryWrapper wrapping = JsonQueryWrapper.valueOf(wrapper);
    JsonQueryOnEmptyOrError emptyBehaviour = JsonQueryOnEmptyOrError.valueOf(onEmpty);
    JsonQueryOnEmptyOrError errorBehaviour = JsonQueryOnEmptyOrError.valueOf(onError);
    return Call.of(
        "JSON_QUERY " + type + " " + wrapping + " " + emptyBehaviour + " " + errorBehaviour,
        type,
        (text, spec) -> {
          Object found =
              SqlJsonUtils.jsonQuery(
                  text.toString(),
                  path(spec),
                  isArray
                      ? SqlJsonUtils.JsonQueryReturnType.ARRAY
                      : SqlJsonUtils.JsonQueryReturnType.STRING,
                  wrapping,
                  emptyBehaviour,
                  errorBehaviour);
          return found == null || isArray
              ? found
              : BinaryStringData.fromString(String.valueOf(found));
        },
        json,
        path);
  }

  static Expression exists(Expression json, Expression path, String onError) {
    JsonExistsOnError behaviour = JsonExistsOnError.valueOf(onError);
    return Call.of(
        "JSON_EXISTS " + behaviour,
        new BooleanType(),
        (text, spec) -> SqlJsonUtils.jsonExists(text.toString(), path(spec), behaviour),
        json,
        path);
  }

  /**
   * A path that finds no value more than once or so.
   *
   * @throws EvaluationLimitException if it might find very many, or take very long
   */
  static String path(Object text) {
    String path = text.toString();
    boolean regex = path.contains("=~");
    int steps = count("..", path);
    int places = count(",", path);
    if (regex || steps > 1 || places > MAX_COMMAS) {
      throw new EvaluationLimitException(
          "a JSON path can't have "
              + (regex ? "a regular expression" : steps > 1 ? "more than one .." : "so many commas")
              + ", for it may take too long");
    }
    return path;
  }

  /** How often a text occurs in a path, one after the other. */
  private static int count(String text, String path) {
    int count = 0;
    for (int at = path.indexOf(text); at >= 0; at = path.indexOf(text, at + text.length())) {
      count++;
    }
    return count;
  }

  /**
   * @param operator IS JSON VALUE, IS NOT JSON ARRAY and so on
   */
  static Expression is(String operator, Expression text) {
    boolean negated = operator.startsWith("IS NOT");
    String kind = operator.substring(operator.lastIndexOf(' ') + 1);
    return new BooleanExpression(operator, text) {
      @Override
      int truth(Evaluation evaluation) {
        Object value = text.value(evaluation);
        String json = value == null ? null : value.toString();
        boolean is =
            switch (kind) {
              case "OBJECT" -> SqlJsonUtils.isJsonObject(json);
              case "ARRAY" -> SqlJsonUtils.isJsonArray(json);
              case "SCALAR" -> SqlJsonUtils.isJsonScalar(json);
              default -> SqlJsonUtils.isJsonValue(json);
            };
        return is == negated ? FALSE : TRUE;
      }
    };
  }
}
