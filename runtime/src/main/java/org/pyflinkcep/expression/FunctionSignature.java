package org.pyflinkcep.expression;

import java.util.Arrays;
import java.util.List;
import java.util.TimeZone;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.DecimalDataUtils;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/**
 * A signature of a function of Flink SQL, and what computes it.
 *
 * @param parameters the types that it takes
 * @param repeated whether the last parameter can be repeated
 * @param strict whether it is NULL where an argument is NULL
 * @param type the type of a call with the given arguments
 */
record FunctionSignature(
    String name,
    List<Parameter> parameters,
    boolean repeated,
    boolean strict,
    Function<List<Expression>, LogicalType> type,
    Implementation implementation) {

  /** What a function computes from its arguments: null for NULL. */
  interface Implementation {
    Object apply(Arguments arguments);
  }

  /** A type that a function takes, and to which other numbers are widened. */
  enum Parameter {
    TEXT("STRING", LogicalTypeFamily.CHARACTER_STRING, null),
    REGEX("STRING", LogicalTypeFamily.CHARACTER_STRING, null),
    BINARY("BYTES", LogicalTypeFamily.BINARY_STRING, null),
    INTEGER("INT", LogicalTypeFamily.INTEGER_NUMERIC, new IntType()),
    LONG("BIGINT", LogicalTypeFamily.INTEGER_NUMERIC, new BigIntType()),
    DOUBLE("DOUBLE", LogicalTypeFamily.NUMERIC, new DoubleType()),
    NUMBER("number", LogicalTypeFamily.NUMERIC, null),
    TIMESTAMP("TIMESTAMP", LogicalTypeFamily.TIMESTAMP, null),
    LTZ("TIMESTAMP_LTZ", LogicalTypeFamily.TIMESTAMP, null);

    private final String sql;
    private final LogicalTypeFamily family;
    private final LogicalType widened;

    Parameter(String sql, LogicalTypeFamily family, LogicalType widened) {
      this.sql = sql;
      this.family = family;
      this.widened = widened;
    }

    boolean accepts(LogicalType type) {
      if (type.is(LogicalTypeRoot.NULL)) {
        return true;
      }
      return switch (this) {
        case INTEGER -> type.is(family) && !type.is(LogicalTypeRoot.BIGINT);
        case TIMESTAMP -> type.is(LogicalTypeRoot.TIMESTAMP_WITHOUT_TIME_ZONE);
        case LTZ -> type.is(LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE);
        default -> type.is(family);
      };
    }

    LogicalType target(LogicalType type) {
      return widened == null ? type : widened;
    }
  }

  boolean accepts(List<Expression> arguments) {
    if (repeated ? arguments.size() < parameters.size() : arguments.size() != parameters.size()) {
      return false;
    }
    for (int i = 0; i < arguments.size(); i++) {
      if (!parameter(i).accepts(arguments.get(i).type())) {
        return false;
      }
    }
    return true;
  }

  Parameter parameter(int index) {
    return parameters.get(Math.min(index, parameters.size() - 1));
  }

  @Override
  public String toString() {
    return parameters.stream()
        .map(parameter -> parameter.sql)
        .collect(Collectors.joining(", ", name + "(", repeated ? ", ...)" : ")"));
  }

  /** A call with arguments that it accepts. */
  Expression call(List<Expression> arguments, TypeCoercion coercion, TimeZone zone) {
    Expression[] widened = new Expression[arguments.size()];
    for (int i = 0; i < widened.length; i++) {
      Expression argument = arguments.get(i);
      widened[i] = coercion.coerce(argument, parameter(i).target(argument.type()));
    }
    LogicalType resultType = type.apply(List.of(widened));
    Regex.Cache[] regexes = new Regex.Cache[widened.length];
    Arrays.setAll(regexes, i -> new Regex.Cache());
    return new Expression(name, resultType, widened) {
      @Override
      Object value(Evaluation evaluation) {
        Object[] values = new Object[widened.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = widened[i].value(evaluation);
          if (strict && values[i] == null) {
            return null;
          }
        }
        Budget budget = evaluation.budget;
        int longest = budget.read(name, values);
        Object result =
            internal(
                implementation.apply(new Arguments(values, zone, budget, regexes)), resultType);
        budget.made(name, result, longest);
        return result;
      }

      @Override
      boolean isConstant() {
        return widened.length == 0 || super.isConstant();
      }
    };
  }

  /** What a function gave, in Flink's internal representation of its type. */
  private static Object internal(Object value, LogicalType type) {
    if (value instanceof String text) {
      return BinaryStringData.fromString(text);
    }
    return value instanceof DecimalData number && type instanceof DecimalType decimal
        ? DecimalDataUtils.castToDecimal(number, decimal.getPrecision(), decimal.getScale())
        : value;
  }
}
