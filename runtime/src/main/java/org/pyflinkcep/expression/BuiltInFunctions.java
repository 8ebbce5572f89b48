package org.pyflinkcep.expression;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.catalog.UnresolvedIdentifier;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.expressions.ApiExpressionUtils;
import org.apache.flink.table.expressions.UnresolvedCallExpression;
import org.apache.flink.table.functions.BuiltInFunctionDefinition;
import org.apache.flink.table.functions.BuiltInFunctionDefinitions;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.functions.FunctionKind;
import org.apache.flink.table.functions.SpecializedFunction;
import org.apache.flink.table.functions.UserDefinedFunction;
import org.apache.flink.table.types.AbstractDataType;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.UnresolvedDataType;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeInferenceUtil;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.apache.flink.table.types.logical.utils.LogicalTypeUtils;
import org.apache.flink.table.types.utils.TypeConversions;

/**
 * The built-in functions that Flink ships as classes: their types and values are what Flink's own
 * definitions and classes give.
 */
final class BuiltInFunctions {

  /** Functions of the watermark, and of types that events don't have here. */
  private static final Pattern UNSUPPORTED =
      Pattern.compile("SOURCE_WATERMARK|BITMAP_.*|OBJECT_.*|(TRY_)?PARSE_JSON");

  /** A specifier of PRINTF up to its conversion, such as {@code %-10.2}. */
  private static final Pattern SPECIFIER = Pattern.compile("%([-#+ 0,(<$.0-9]*+)");

  private static final Map<String, BuiltInFunctionDefinition> TABLE = new TreeMap<>();

  static {
    for (BuiltInFunctionDefinition definition : BuiltInFunctionDefinitions.getDefinitions()) {
      if (definition.getKind() == FunctionKind.SCALAR
          && definition.getRuntimeClass().isPresent()
          && definition.isDeterministic()
          && !UNSUPPORTED.matcher(definition.getSqlName()).matches()) {
        TABLE.put(definition.getSqlName(), definition);
      }
    }
  }

  /** What is checked of the arguments before a function would take too long, or make too much. */
  private static final Map<String, BiConsumer<Object[], Budget>> CHECKS =
      Map.of(
          "ARRAY_JOIN", BuiltInFunctions::checkJoined,
          "BTRIM", (values, budget) -> checkSearch("BTRIM", values, budget),
          "PRINTF", (values, budget) -> checkFormat(values),
          "SPLIT", (values, budget) -> checkSearch("SPLIT", values, budget));

  private BuiltInFunctions() {}

  private static void checkSearch(String function, Object[] values, Budget budget) {
    if (values.length == 2) {
      budget.search(function, Budget.length(values[0]), Budget.length(values[1]), 1);
    }
  }

  private static void checkJoined(Object[] values, Budget budget) {
    long length = 0;
    if (values[0] instanceof ArrayData array) {
      int separators =
          Budget.length(values[1]) + (values.length < 3 ? 0 : Budget.length(values[2]));
      for (int i = 0; i < array.size(); i++) {
        length += separators;
        length += array.isNullAt(i) ? 0 : Budget.length(array.getString(i));
      }
    }
    Budget.limit("ARRAY_JOIN", length);
  }

  /** Adds up the widths and precisions of a format, and the longest argument for each. */
  private static void checkFormat(Object[] values) {
    long longest = 0;
    for (int i = 1; i < values.length; i++) {
      longest = Math.max(longest, Budget.length(values[i]));
    }
    long length = 0;
    Matcher specifier = SPECIFIER.matcher(String.valueOf(values[0]));
    while (specifier.find()) {
      length += longest;
      for (String number : specifier.group(1).split("[^0-9]+")) {
        length +=
            number.isEmpty()
                ? 0
                : number.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(number);
      }
    }
    Budget.limit("PRINTF", length);
  }

  static Collection<String> names() {
    return TABLE.keySet();
  }

  /** The definition of a function, or null. */
  static BuiltInFunctionDefinition named(String name) {
    return TABLE.get(name);
  }

  static String signature(BuiltInFunctionDefinition definition) {
    if (definition == BuiltInFunctionDefinitions.PRINTF) {
      return "PRINTF(format, text or number or time, ...): of bytes write CAST(bytes AS STRING)";
    }
    return TypeInferenceUtil.generateSignature(
        definition.getTypeInference(null), definition.getSqlName(), definition);
  }

  /**
   * A call of the function.
   *
   * @throws ValidationException if it can't take the arguments
   */
  static Expression call(
      BuiltInFunctionDefinition definition, List<Expression> arguments, TypeCoercion coercion) {
    Call call = new Call(definition, arguments, null);
    TypeInference inference = definition.getTypeInference(call.getDataTypeFactory());
    TypeInferenceUtil.Result result = TypeInferenceUtil.runTypeInference(inference, call, null);
    List<DataType> expected = result.getExpectedArgumentTypes();
    Expression[] cast = new Expression[arguments.size()];
    for (int i = 0; i < cast.length; i++) {
      if (isIntervalOfOne(arguments.get(i).type(), expected.get(i).getLogicalType())) {
        throw new ValidationException("a number is no interval");
      }
      if (definition == BuiltInFunctionDefinitions.PRINTF && hasNoText(arguments.get(i).type())) {
        throw new ValidationException("its text would be where it is stored");
      }
    }
    Arrays.setAll(cast, i -> coercion.coerce(arguments.get(i), expected.get(i).getLogicalType()));
    LogicalType type = result.getOutputDataType().getLogicalType();
    MethodHandle eval =
        eval(
            definition.specialize(
                new Context(new Call(definition, List.of(cast), result.getOutputDataType()))),
            cast);
    String name = definition.getSqlName();
    BiConsumer<Object[], Budget> check = CHECKS.getOrDefault(name, (values, budget) -> {});
    return new Expression(name, type, cast) {
      @Override
      Object value(Evaluation evaluation) {
        Object[] values = new Object[cast.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = cast[i].value(evaluation);
        }
        Budget budget = evaluation.budget;
        int longest = budget.read(name, values);
        check.accept(values, budget);
        try {
          Object result = eval.invoke(values);
          budget.made(name, result, longest);
          return result;
        } catch (RuntimeException | Error e) {
          throw e;
        } catch (Throwable e) {
          throw new IllegalStateException(e);
        }
      }
    };
  }

  /** Whether Java prints values of a type as where they are stored, which differs in each run. */
  private static boolean hasNoText(LogicalType type) {
    return type.isAnyOf(LogicalTypeFamily.BINARY_STRING, LogicalTypeFamily.CONSTRUCTED);
  }

  /**
   * Whether one type has an interval where the other has another type: the inference takes an
   * interval for a number of milliseconds or months, and then most such calls can't be planned.
   */
  private static boolean isIntervalOfOne(LogicalType given, LogicalType expected) {
    if (given.is(LogicalTypeRoot.NULL)) {
      return false;
    }
    List<LogicalType> parts = given.getChildren();
    return given.is(LogicalTypeFamily.INTERVAL) != expected.is(LogicalTypeFamily.INTERVAL)
        || parts.size() == expected.getChildren().size()
            && IntStream.range(0, parts.size())
                .anyMatch(i -> isIntervalOfOne(parts.get(i), expected.getChildren().get(i)));
  }

  /** The function's method for the arguments, taking them as an array. */
  private static MethodHandle eval(UserDefinedFunction function, Expression[] arguments) {
    try {
      function.open(new FunctionContext(null));
      for (Method method : function.getClass().getMethods()) {
        if (method.getName().equals("eval") && takes(method, arguments)) {
          MethodHandle handle = MethodHandles.publicLookup().unreflect(method).bindTo(function);
          MethodHandle spread =
              method.isVarArgs()
                  ? handle.asCollector(
                      method.getParameterTypes()[method.getParameterCount() - 1],
                      arguments.length - method.getParameterCount() + 1)
                  : handle;
          return spread
              .asType(MethodType.genericMethodType(arguments.length))
              .asSpreader(Object[].class, arguments.length);
        }
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    throw new IllegalStateException("no eval method of " + function + " takes the arguments");
  }

  private static boolean takes(Method method, Expression[] arguments) {
    Class<?>[] parameters = method.getParameterTypes();
    int fixed = method.isVarArgs() ? parameters.length - 1 : parameters.length;
    if (method.isVarArgs() ? arguments.length < fixed : arguments.length != fixed) {
      return false;
    }
    for (int i = 0; i < fixed; i++) {
      Class<?> given = LogicalTypeUtils.toInternalConversionClass(arguments[i].type());
      if (!MethodType.methodType(parameters[i]).wrap().returnType().isAssignableFrom(given)) {
        return false;
      }
    }
    return true;
  }

  /** How Flink's type inference sees a call. */
  private record Call(
      BuiltInFunctionDefinition definition, List<Expression> arguments, DataType output)
      implements CallContext {

    @Override
    public DataTypeFactory getDataTypeFactory() {
      return new PlainTypes();
    }

    @Override
    public FunctionDefinition getFunctionDefinition() {
      return definition;
    }

    @Override
    public boolean isArgumentLiteral(int position) {
      return arguments.get(position) instanceof Constant;
    }

    @Override
    public boolean isArgumentNull(int position) {
      return arguments.get(position) instanceof Constant constant && constant.value() == null;
    }

    @Override
    public <T> Optional<T> getArgumentValue(int position, Class<T> target) {
      if (!(arguments.get(position) instanceof Constant constant) || constant.value() == null) {
        return Optional.empty();
      }
      Object value = target == String.class ? constant.value().toString() : constant.value();
      return target.isInstance(value) ? Optional.of(target.cast(value)) : Optional.empty();
    }

    @Override
    public String getName() {
      return definition.getSqlName();
    }

    @Override
    public List<DataType> getArgumentDataTypes() {
      return arguments.stream()
          .map(argument -> TypeConversions.fromLogicalToDataType(argument.type()))
          .toList();
    }

    @Override
    public Optional<DataType> getOutputDataType() {
      return Optional.ofNullable(output);
    }

    @Override
    public boolean isGroupedAggregation() {
      return false;
    }
  }

  /** Makes data types without a catalog. */
  private record PlainTypes() implements DataTypeFactory {

    @Override
    public DataType createDataType(AbstractDataType<?> type) {
      return type instanceof DataType known ? known : ((UnresolvedDataType) type).toDataType(this);
    }

    @Override
    public DataType createDataType(String type) {
      return TypeConversions.fromLogicalToDataType(createLogicalType(type));
    }

    @Override
    public LogicalType createLogicalType(String type) {
      return LogicalTypeParser.parse(type, getClassLoader());
    }

    @Override
    public DataType createDataType(UnresolvedIdentifier identifier) {
      throw new UnsupportedOperationException();
    }

    @Override
    public <T> DataType createDataType(Class<T> type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public <T> DataType createDataType(TypeInformation<T> type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public <T> DataType createRawDataType(Class<T> type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public <T> DataType createRawDataType(TypeInformation<T> type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public LogicalType createLogicalType(UnresolvedIdentifier identifier) {
      throw new UnsupportedOperationException();
    }
  }

  /** What Flink's functions are created with; they compare values by the evaluators it makes. */
  private record Context(CallContext call) implements SpecializedFunction.SpecializedContext {

    @Override
    public CallContext getCallContext() {
      return call;
    }

    @Override
    public ReadableConfig getConfiguration() {
      return new Configuration();
    }

    @Override
    public ClassLoader getBuiltInClassLoader() {
      return BuiltInFunctionDefinition.class.getClassLoader();
    }

    @Override
    public SpecializedFunction.ExpressionEvaluator createEvaluator(
        org.apache.flink.table.expressions.Expression expression,
        DataType output,
        DataTypes.Field... arguments) {
      FunctionDefinition comparison =
          ((UnresolvedCallExpression) ApiExpressionUtils.unwrapFromApi(expression))
              .getFunctionDefinition();
      return evaluator(comparison, arguments[0].getDataType().getLogicalType());
    }

    @Override
    public SpecializedFunction.ExpressionEvaluator createEvaluator(
        String sqlExpression, DataType output, DataTypes.Field... arguments) {
      throw new UnsupportedOperationException(sqlExpression);
    }

    @Override
    public SpecializedFunction.ExpressionEvaluator createEvaluator(
        BuiltInFunctionDefinition function, DataType output, DataType... arguments) {
      return evaluator(function, arguments[0].getLogicalType());
    }

    private static SpecializedFunction.ExpressionEvaluator evaluator(
        FunctionDefinition comparison, LogicalType type) {
      if (comparison == BuiltInFunctionDefinitions.INTERNAL_HASHCODE) {
        return context -> HASH_CODE;
      }
      Values.Order order = Values.order(type);
      Comparator comparator;
      if (comparison == BuiltInFunctionDefinitions.EQUALS) {
        comparator = order::equal;
      } else if (comparison == BuiltInFunctionDefinitions.GREATER_THAN) {
        comparator = (a, b) -> order.compare(a, b) > 0;
      } else if (comparison == BuiltInFunctionDefinitions.LESS_THAN) {
        comparator = (a, b) -> order.compare(a, b) < 0;
      } else {
        throw new UnsupportedOperationException(comparison.toString());
      }
      return context -> Comparator.TEST.bindTo(comparator);
    }
  }

  private static final MethodHandle HASH_CODE =
      handle(
          () ->
              MethodHandles.lookup()
                  .findStatic(
                      Objects.class, "hashCode", MethodType.methodType(int.class, Object.class)));

  private static MethodHandle handle(Callable<MethodHandle> lookup) {
    try {
      return lookup.call();
    } catch (Exception e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** A comparison of two values, called through a handle. */
  private interface Comparator {
    MethodHandle TEST =
        handle(
            () ->
                MethodHandles.lookup()
                    .findVirtual(
                        Comparator.class,
                        "test",
                        MethodType.methodType(boolean.class, Object.class, Object.class)));

    boolean test(Object left, Object right);
  }
}
