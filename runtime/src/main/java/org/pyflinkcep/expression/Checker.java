package org.pyflinkcep.expression;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.apache.calcite.sql.SqlBasicCall;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlSelectKeyword;
import org.apache.calcite.sql.fun.SqlBetweenOperator;
import org.apache.calcite.sql.fun.SqlLikeOperator;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.functions.SqlLikeUtils;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.CharType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.NullType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeMerging;

/**
 * Resolves the names of a parsed expression, checks its types, and builds what evaluates it.
 *
 * <p>What can't be checked gives null after its error was reported, and the rest is checked
 * nevertheless, so that all errors of an expression are found at once.
 */
final class Checker {

  private final RowType event;
  private final List<String> steps;
  private final BitSet visibleSteps;
  private final boolean measure;
  private final ExpressionErrors errors;

  /** The step over whose events the expression that is being checked ranges, or -1. */
  private int overStep = -1;

  Checker(
      RowType event,
      List<String> steps,
      BitSet visibleSteps,
      boolean measure,
      ExpressionErrors errors) {
    this.event = event;
    this.steps = steps;
    this.visibleSteps = visibleSteps;
    this.measure = measure;
    this.errors = errors;
  }

  /** The expression, or null after an error was reported. */
  Expression check(SqlNode node) {
    if (node instanceof SqlLiteral literal) {
      return literal(literal);
    }
    if (node instanceof SqlIdentifier identifier) {
      return identifier(identifier);
    }
    return node instanceof SqlCall call ? fold(call(call)) : unsupported(node);
  }

  private Expression call(SqlCall call) {
    return switch (call.getKind()) {
      case AND -> logic(call, Logic::and);
      case OR -> logic(call, Logic::or);
      case NOT -> {
        Expression operand = bool(call.operand(0));
        yield operand == null ? null : Logic.not(operand);
      }
      case EQUALS -> comparison(call, Comparison.EQUAL);
      case NOT_EQUALS -> comparison(call, Comparison.NOT_EQUAL);
      case LESS_THAN -> comparison(call, Comparison.LESS);
      case LESS_THAN_OR_EQUAL -> comparison(call, Comparison.LESS_OR_EQUAL);
      case GREATER_THAN -> comparison(call, Comparison.GREATER);
      case GREATER_THAN_OR_EQUAL -> comparison(call, Comparison.GREATER_OR_EQUAL);
      case PLUS -> arithmetic(call, Arithmetic.PLUS);
      case MINUS -> arithmetic(call, Arithmetic.MINUS);
      case TIMES -> arithmetic(call, Arithmetic.TIMES);
      case DIVIDE -> arithmetic(call, Arithmetic.DIVIDE);
      case MOD -> arithmetic(call, Arithmetic.REMAINDER);
      case PLUS_PREFIX -> check(call.operand(0));
      case MINUS_PREFIX -> negation(call);
      case IS_NULL, IS_NOT_NULL -> {
        Expression operand = check(call.operand(0));
        yield operand == null ? null : inverted(Logic.isNull(operand), call, SqlKind.IS_NOT_NULL);
      }
      case IS_TRUE, IS_NOT_TRUE -> is(call, Expression.TRUE, SqlKind.IS_NOT_TRUE);
      case IS_FALSE, IS_NOT_FALSE -> is(call, Expression.FALSE, SqlKind.IS_NOT_FALSE);
      case IN, NOT_IN -> in(call);
      case BETWEEN -> between(call);
      case LIKE -> like(call);
      case FIRST, LAST -> navigation(call);
      case OTHER_FUNCTION -> function(call);
      default -> unsupported(call);
    };
  }

  // ---------------------------------------------------------------------------------------------
  // Names
  // ---------------------------------------------------------------------------------------------

  private Expression identifier(SqlIdentifier identifier) {
    List<String> names = identifier.names;
    int step = steps.indexOf(names.get(0));
    boolean field = event.getFieldIndex(names.get(0)) >= 0;
    if (overStep >= 0) {
      return step == overStep && names.size() > 1 ? path(identifier, 1) : notOfTheStep(identifier);
    }
    if (names.size() > 1 && step >= 0) {
      if (field && event.getFieldIndex(names.get(1)) >= 0 && hasPath(event, names, 0)) {
        errors.add(
            "ambiguous-name",
            identifier,
            "`" + names.get(0) + "` is both a step and a field",
            "give the step another name");
        return null;
      }
      if (!field || !hasPath(event, names, 0)) {
        if (!isVisible(step, identifier)) {
          return null;
        }
        Expression value = path(identifier, 1);
        return value == null ? null : OverStep.last(step, value, 0);
      }
    }
    if (measure && field) {
      errors.add(
          "bare-field",
          identifier,
          "`" + names.get(0) + "` is a field, and a measure is over the events of all steps",
          "say of which step: `" + steps.get(steps.size() - 1) + "." + names.get(0) + "`");
      return null;
    }
    if (field) {
      return path(identifier, 0);
    }
    if (names.size() > 1) {
      errors.add(
          "unknown-step",
          identifier.getComponentParserPosition(0),
          "`" + names.get(0) + "` is not a step",
          Names.hint(names.get(0), "Steps", steps));
    } else if (step >= 0) {
      errors.add(
          "step-without-field",
          identifier,
          "`" + names.get(0) + "` is a step, and not a value",
          "name one of its fields, such as `"
              + names.get(0)
              + "."
              + event.getFieldNames().get(0)
              + "`");
    } else {
      unknownField(identifier, 0, event);
    }
    return null;
  }

  private Expression notOfTheStep(SqlIdentifier identifier) {
    errors.add(
        "mixed-steps",
        identifier,
        "`" + identifier + "` is not a field of step `" + steps.get(overStep) + "`",
        "FIRST, LAST and aggregates are over the fields of one step");
    return null;
  }

  private boolean isVisible(int step, SqlIdentifier identifier) {
    if (visibleSteps.get(step)) {
      return true;
    }
    List<String> visible = visibleSteps.stream().mapToObj(steps::get).toList();
    errors.add(
        "later-step",
        identifier.getComponentParserPosition(0),
        "step `" + steps.get(step) + "` has not taken events yet when this is evaluated",
        "steps that have: " + Names.list(visible));
    return false;
  }

  private static boolean hasPath(RowType row, List<String> names, int from) {
    int index = row.getFieldIndex(names.get(from));
    if (index < 0) {
      return false;
    }
    return from == names.size() - 1
        || row.getTypeAt(index) instanceof RowType nested && hasPath(nested, names, from + 1);
  }

  /** The field that the names lead to from the event on, beginning with the given one. */
  private Expression path(SqlIdentifier identifier, int from) {
    List<String> names = identifier.names;
    int index = event.getFieldIndex(names.get(from));
    if (index < 0) {
      return unknownField(identifier, from, event);
    }
    String canonical = "`" + names.get(from) + "`";
    if (from > 0) {
      canonical = "`" + names.get(0) + "`." + canonical;
    }
    Expression value = Field.of(canonical, index, event.getTypeAt(index));
    for (int i = from + 1; i < names.size(); i++) {
      if (!(value.type() instanceof RowType row)) {
        errors.add(
            "unknown-field",
            identifier.getComponentParserPosition(i),
            "`" + names.get(i - 1) + "` is of type " + sql(value) + ", and has no fields",
            null);
        return null;
      }
      int nested = row.getFieldIndex(names.get(i));
      if (nested < 0) {
        return unknownField(identifier, i, row);
      }
      value = nestedField(value, names.get(i), nested, row.getTypeAt(nested));
    }
    return value;
  }

  private static Expression nestedField(Expression row, String name, int index, LogicalType type) {
    RowData.FieldGetter getter = RowData.createFieldGetter(type.copy(true), index);
    return Call.of(".`" + name + "`", type, value -> getter.getFieldOrNull((RowData) value), row);
  }

  private Expression unknownField(SqlIdentifier identifier, int component, RowType row) {
    String name = identifier.names.get(component);
    errors.add(
        "unknown-field",
        identifier.getComponentParserPosition(component),
        "`" + name + "` is not a field",
        Names.hint(name, "Fields", row.getFieldNames()));
    return null;
  }

  // ---------------------------------------------------------------------------------------------
  // Literals
  // ---------------------------------------------------------------------------------------------

  private Expression literal(SqlLiteral literal) {
    String text = literal.toString();
    return switch (literal.getTypeName()) {
      case NULL -> new Constant("NULL", new NullType(), null);
      case BOOLEAN -> new Constant(text, new BooleanType(), literal.booleanValue());
      case CHAR -> {
        String value = literal.getValueAs(String.class);
        yield new Constant(
            "'" + value.replace("'", "''") + "'",
            value.isEmpty() ? CharType.ofEmptyLiteral() : new CharType(value.length()),
            BinaryStringData.fromString(value));
      }
      case DECIMAL -> exactNumber((SqlNumericLiteral) literal);
      case DOUBLE -> new Constant(text, new DoubleType(), literal.bigDecimalValue().doubleValue());
      default -> unsupported(literal);
    };
  }

  private Expression exactNumber(SqlNumericLiteral literal) {
    BigDecimal value = literal.bigDecimalValue();
    String text = value.toPlainString();
    if (literal.isInteger()) {
      int bits = value.unscaledValue().bitLength();
      if (bits < Integer.SIZE) {
        return new Constant(text, new IntType(), value.intValue());
      }
      if (bits < Long.SIZE) {
        return new Constant(text, new BigIntType(), value.longValue());
      }
    }
    int scale = Math.max(0, value.scale());
    int precision = Math.max(value.precision(), scale);
    if (precision > DecimalType.MAX_PRECISION) {
      errors.add("number-too-long", literal, "more than 38 digits", null);
      return null;
    }
    return new Constant(
        text,
        new DecimalType(precision, scale),
        DecimalData.fromBigDecimal(value, precision, scale));
  }

  // ---------------------------------------------------------------------------------------------
  // Operators
  // ---------------------------------------------------------------------------------------------

  private Expression logic(SqlCall call, Function<List<Expression>, Expression> operator) {
    List<Expression> operands = new ArrayList<>();
    for (SqlNode operand : flattened(call)) {
      operands.add(bool(operand));
    }
    return operands.contains(null) ? null : operator.apply(operands);
  }

  /** The operands of a chain of the same operator, from left to right. */
  private static List<SqlNode> flattened(SqlCall call) {
    List<SqlNode> operands = new ArrayList<>();
    SqlNode node = call;
    while (node.getKind() == call.getKind()) {
      operands.add(((SqlCall) node).operand(1));
      node = ((SqlCall) node).operand(0);
    }
    operands.add(node);
    java.util.Collections.reverse(operands);
    return operands;
  }

  private Expression bool(SqlNode node) {
    Expression operand = check(node);
    if (operand == null || operand.type().is(LogicalTypeRoot.BOOLEAN)) {
      return operand;
    }
    if (operand.type().is(LogicalTypeRoot.NULL)) {
      return new Constant("NULL", new BooleanType(), null);
    }
    errors.add("type-mismatch", node, "expected BOOLEAN, found " + sql(operand), null);
    return null;
  }

  private Expression comparison(SqlCall call, Comparison operator) {
    return compared(operator, call, check(call.operand(0)), check(call.operand(1)));
  }

  private Expression compared(
      Comparison operator, SqlNode node, Expression left, Expression right) {
    if (left == null || right == null) {
      return null;
    }
    Optional<LogicalType> common = commonType(left.type(), right.type());
    if (common.isEmpty()) {
      errors.add(
          "type-mismatch",
          node,
          "can't compare " + sql(left) + " with " + sql(right),
          "CAST one of them to the type of the other");
      return null;
    }
    return Comparison.of(operator, coerced(left, common.get()), coerced(right, common.get()));
  }

  private static Optional<LogicalType> commonType(LogicalType left, LogicalType right) {
    boolean decimal = left.is(LogicalTypeRoot.DECIMAL) || right.is(LogicalTypeRoot.DECIMAL);
    boolean approximate =
        left.is(LogicalTypeFamily.APPROXIMATE_NUMERIC)
            || right.is(LogicalTypeFamily.APPROXIMATE_NUMERIC);
    if (decimal
        && approximate
        && left.is(LogicalTypeFamily.NUMERIC)
        && right.is(LogicalTypeFamily.NUMERIC)) {
      return Optional.of(new DoubleType());
    }
    return LogicalTypeMerging.findCommonType(List.of(left, right));
  }

  private static Expression coerced(Expression operand, LogicalType type) {
    if (operand.type().is(LogicalTypeRoot.NULL)) {
      return new Constant("NULL", type, null);
    }
    return type.is(LogicalTypeFamily.NUMERIC) ? fold(Casts.number(operand, type)) : operand;
  }

  private Expression arithmetic(SqlCall call, Arithmetic operator) {
    Expression left = check(call.operand(0));
    Expression right = check(call.operand(1));
    if (left == null || right == null) {
      return null;
    }
    if (!isNumber(left) || !isNumber(right)) {
      errors.add(
          "type-mismatch",
          call,
          "`" + operator.sql + "` needs numbers, found " + sql(left) + " and " + sql(right),
          null);
      return null;
    }
    boolean approximate =
        left.type().is(LogicalTypeFamily.APPROXIMATE_NUMERIC)
            || right.type().is(LogicalTypeFamily.APPROXIMATE_NUMERIC);
    boolean decimal =
        left.type().is(LogicalTypeRoot.DECIMAL) || right.type().is(LogicalTypeRoot.DECIMAL);
    if (decimal && !approximate) {
      Expression a = decimal(left);
      Expression b = decimal(right);
      return operator.decimals(
          decimalType(operator, (DecimalType) a.type(), (DecimalType) b.type()), a, b);
    }
    LogicalType type = commonType(left.type(), right.type()).orElseThrow();
    Expression a = coerced(left, type);
    Expression b = coerced(right, type);
    return approximate ? operator.doubles(type, a, b) : operator.longs(type, a, b);
  }

  private static DecimalType decimalType(Arithmetic operator, DecimalType a, DecimalType b) {
    int p1 = a.getPrecision();
    int s1 = a.getScale();
    int p2 = b.getPrecision();
    int s2 = b.getScale();
    return switch (operator) {
      case PLUS, MINUS -> LogicalTypeMerging.findAdditionDecimalType(p1, s1, p2, s2);
      case TIMES -> LogicalTypeMerging.findMultiplicationDecimalType(p1, s1, p2, s2);
      case DIVIDE -> LogicalTypeMerging.findDivisionDecimalType(p1, s1, p2, s2);
      case REMAINDER -> LogicalTypeMerging.findModuloDecimalType(p1, s1, p2, s2);
    };
  }

  /** The number as the DECIMAL that holds all values of its type. */
  private static Expression decimal(Expression number) {
    int precision =
        switch (number.type().getTypeRoot()) {
          case TINYINT -> 3;
          case SMALLINT -> 5;
          case INTEGER -> 10;
          case BIGINT -> 19;
          default -> 0;
        };
    return precision == 0 ? number : fold(Casts.number(number, new DecimalType(precision, 0)));
  }

  private Expression negation(SqlCall call) {
    Expression operand = check(call.operand(0));
    if (operand == null) {
      return null;
    }
    if (!isNumber(operand)) {
      errors.add("type-mismatch", call, "`-` needs a number, found " + sql(operand), null);
      return null;
    }
    LogicalType type = operand.type();
    if (type instanceof DecimalType decimal) {
      return Call.of(
          "-",
          type,
          value -> org.apache.flink.table.data.DecimalDataUtils.negate((DecimalData) value),
          operand);
    }
    if (type.is(LogicalTypeFamily.APPROXIMATE_NUMERIC)) {
      return new DoubleExpression("-", type, operand) {
        @Override
        double compute(Evaluation evaluation) {
          return -operand.doubleValue(evaluation);
        }
      };
    }
    return new LongExpression("-", type, operand) {
      @Override
      long longValue(Evaluation evaluation) {
        return wrap(-operand.longValue(evaluation), type());
      }
    };
  }

  private Expression is(SqlCall call, int truth, SqlKind negated) {
    Expression operand = bool(call.operand(0));
    return operand == null ? null : inverted(Logic.is(operand, truth), call, negated);
  }

  private static Expression inverted(BooleanExpression test, SqlCall call, SqlKind negated) {
    return call.getKind() == negated ? Logic.not(test) : test;
  }

  private Expression in(SqlCall call) {
    if (!(call.operand(1) instanceof SqlNodeList list)) {
      return unsupported(call.operand(1));
    }
    Expression left = check(call.operand(0));
    List<Expression> equal = new ArrayList<>();
    for (SqlNode item : list) {
      equal.add(compared(Comparison.EQUAL, item, left, check(item)));
    }
    if (equal.contains(null)) {
      return null;
    }
    Expression any = Logic.or(equal);
    return call.getKind() == SqlKind.NOT_IN ? Logic.not(any) : any;
  }

  private Expression between(SqlCall call) {
    SqlBetweenOperator operator = (SqlBetweenOperator) call.getOperator();
    Expression value = check(call.operand(0));
    Expression low = check(call.operand(1));
    Expression high = check(call.operand(2));
    Expression inside = range(call, value, low, high);
    if (operator.flag == SqlBetweenOperator.Flag.SYMMETRIC && inside != null) {
      inside = Logic.or(List.of(inside, range(call, value, high, low)));
    }
    return inside == null ? null : operator.isNegated() ? Logic.not(inside) : inside;
  }

  private Expression range(SqlCall call, Expression value, Expression low, Expression high) {
    Expression above = compared(Comparison.GREATER_OR_EQUAL, call.operand(1), value, low);
    Expression below = compared(Comparison.LESS_OR_EQUAL, call.operand(2), value, high);
    return above == null || below == null ? null : Logic.and(List.of(above, below));
  }

  private Expression like(SqlCall call) {
    Expression[] operands =
        call.getOperandList().stream().map(this::text).toArray(Expression[]::new);
    if (java.util.Arrays.asList(operands).contains(null)) {
      return null;
    }
    Expression like =
        Call.ofAll(
            "LIKE",
            new BooleanType(),
            values ->
                values.length == 2
                    ? SqlLikeUtils.like(values[0].toString(), values[1].toString())
                    : SqlLikeUtils.like(
                        values[0].toString(), values[1].toString(), values[2].toString()),
            operands);
    return ((SqlLikeOperator) call.getOperator()).isNegated() ? Logic.not(like) : like;
  }

  private Expression text(SqlNode node) {
    Expression operand = check(node);
    if (operand == null || operand.type().is(LogicalTypeFamily.CHARACTER_STRING)) {
      return operand;
    }
    errors.add("type-mismatch", node, "expected STRING, found " + sql(operand), null);
    return null;
  }

  // ---------------------------------------------------------------------------------------------
  // Functions
  // ---------------------------------------------------------------------------------------------

  private Expression function(SqlCall call) {
    String name = call.getOperator().getName().toUpperCase(Locale.ROOT);
    return switch (name) {
      case "COUNT", "SUM", "AVG", "MIN", "MAX" -> aggregate(name, call);
      case "ROWTIME" -> rowtime();
      default -> {
        errors.add("unknown-function", call, "`" + name + "` is not a function", null);
        yield null;
      }
    };
  }

  private static Expression rowtime() {
    return new LongExpression("ROWTIME", new BigIntType(false)) {
      @Override
      long longValue(Evaluation evaluation) {
        evaluation.isNull = false;
        return evaluation.timestamp;
      }
    };
  }

  private Expression navigation(SqlCall call) {
    int step = stepOf(call.operand(0), call);
    Expression argument = step < 0 ? null : overStep(step, call.operand(0));
    int offset = ((SqlLiteral) call.operand(1)).intValue(true);
    if (argument == null) {
      return null;
    }
    return call.getKind() == SqlKind.FIRST
        ? OverStep.first(step, argument, offset)
        : OverStep.last(step, argument, offset);
  }

  private Expression aggregate(String name, SqlCall call) {
    if (call.operandCount() != 1) {
      errors.add("wrong-arguments", call, name + " takes one argument", null);
      return null;
    }
    SqlNode operand = call.operand(0);
    boolean distinct =
        call.getFunctionQuantifier() != null
            && call.getFunctionQuantifier().getValue() == SqlSelectKeyword.DISTINCT;
    if (name.equals("COUNT") && operand instanceof SqlIdentifier identifier) {
      if (identifier.isStar()) {
        return OverStep.count("*", OverStep.ANY_STEP);
      }
      int step = steps.indexOf(identifier.names.get(0));
      if (identifier.isSimple() && step >= 0) {
        return isVisible(step, identifier)
            ? OverStep.count("`" + steps.get(step) + "`", step)
            : null;
      }
    }
    int step = stepOf(operand, call);
    Expression argument = step < 0 ? null : overStep(step, operand);
    if (argument == null) {
      return null;
    }
    if ((name.equals("SUM") || name.equals("AVG")) && !isNumber(argument)) {
      errors.add("type-mismatch", operand, name + " needs a number, found " + sql(argument), null);
      return null;
    }
    return switch (name) {
      case "COUNT" -> OverStep.count(step, argument, distinct);
      case "SUM" -> OverStep.sum(step, argument, distinct);
      case "AVG" -> OverStep.average(step, argument, distinct);
      case "MIN" -> OverStep.least(step, argument);
      default -> OverStep.greatest(step, argument);
    };
  }

  private Expression overStep(int step, SqlNode argument) {
    overStep = step;
    try {
      return check(argument);
    } finally {
      overStep = -1;
    }
  }

  /** The step that the argument of an aggregate refers to, or -1 after an error. */
  private int stepOf(SqlNode argument, SqlCall call) {
    SqlIdentifier identifier = firstIdentifier(argument);
    if (overStep >= 0 || identifier == null) {
      errors.add(
          "wrong-arguments",
          call,
          "expected a field of a step",
          "such as `" + steps.get(0) + "." + event.getFieldNames().get(0) + "`");
      return -1;
    }
    int step = steps.indexOf(identifier.names.get(0));
    if (step < 0) {
      errors.add(
          "unknown-step",
          identifier.getComponentParserPosition(0),
          "`" + identifier.names.get(0) + "` is not a step",
          Names.hint(identifier.names.get(0), "Steps", steps));
      return -1;
    }
    return isVisible(step, identifier) ? step : -1;
  }

  private static SqlIdentifier firstIdentifier(SqlNode node) {
    if (node instanceof SqlIdentifier identifier) {
      return identifier;
    }
    if (node instanceof SqlBasicCall call) {
      return call.getOperandList().stream()
          .map(Checker::firstIdentifier)
          .filter(Objects::nonNull)
          .findFirst()
          .orElse(null);
    }
    return null;
  }

  // ---------------------------------------------------------------------------------------------

  /** The value of an expression over constants, unless it has none: then it fails on each event. */
  private static Expression fold(Expression expression) {
    if (expression == null || expression instanceof Constant || !expression.isConstant()) {
      return expression;
    }
    try {
      return new Constant(
          expression.canonical(), expression.type(), expression.value(new Evaluation()));
    } catch (RuntimeException e) {
      return expression;
    }
  }

  private Expression unsupported(SqlNode node) {
    errors.add("unsupported", node, "this is not supported in conditions and measures", null);
    return null;
  }

  private static boolean isNumber(Expression expression) {
    return expression.type().is(LogicalTypeFamily.NUMERIC);
  }

  private static String sql(Expression expression) {
    return expression.type().copy(true).asSummaryString();
  }
}
