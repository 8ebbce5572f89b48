package org.pyflinkcep.expression;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.calcite.sql.SqlBasicCall;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlCollectionTypeNameSpec;
import org.apache.calcite.sql.SqlDataTypeSpec;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlIntervalLiteral;
import org.apache.calcite.sql.SqlIntervalQualifier;
import org.apache.calcite.sql.SqlJsonEmptyOrError;
import org.apache.calcite.sql.SqlJsonValueEmptyOrErrorBehavior;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlSelectKeyword;
import org.apache.calcite.sql.SqlTypeNameSpec;
import org.apache.calcite.sql.SqlUnknownLiteral;
import org.apache.calcite.sql.SqlUserDefinedTypeNameSpec;
import org.apache.calcite.sql.fun.SqlBetweenOperator;
import org.apache.calcite.sql.fun.SqlCase;
import org.apache.calcite.sql.fun.SqlLikeOperator;
import org.apache.calcite.sql.fun.SqlTrimFunction;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.parser.SqlParserUtil;
import org.apache.flink.sql.parser.type.ExtendedSqlRowTypeNameSpec;
import org.apache.flink.sql.parser.type.SqlMapTypeNameSpec;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.DecimalDataUtils;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.data.binary.BinaryStringDataUtil;
import org.apache.flink.table.functions.BuiltInFunctionDefinition;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BinaryType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.CharType;
import org.apache.flink.table.types.logical.DateType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.NullType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.TimeType;
import org.apache.flink.table.types.logical.TimestampType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;
import org.apache.flink.table.types.logical.utils.LogicalTypeMerging;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.apache.flink.table.utils.DateTimeUtils.TimeUnitRange;

/**
 * Resolves the names of a parsed expression, checks its types, and builds what evaluates it.
 *
 * <p>What can't be checked gives null after its error was reported, and the rest is checked
 * nevertheless, so that all errors of an expression are found at once.
 */
final class Checker {

  private static final Set<String> NOT_DETERMINISTIC =
      Set.of(
          "RAND",
          "RAND_INTEGER",
          "UUID",
          "NOW",
          "PROCTIME",
          "CURRENT_DATE",
          "CURRENT_TIME",
          "CURRENT_TIMESTAMP",
          "CURRENT_ROW_TIMESTAMP",
          "CURRENT_WATERMARK",
          "CURRENT_DATABASE",
          "LOCALTIME",
          "LOCALTIMESTAMP",
          "SOURCE_WATERMARK");

  /** The functions whose arguments are checked here, one by one. */
  private static final Set<String> SPECIAL_FUNCTIONS =
      Set.of(
          "AVG",
          "CARDINALITY",
          "CAST",
          "COALESCE",
          "COUNT",
          "DAYOFMONTH",
          "DAYOFWEEK",
          "DAYOFYEAR",
          "ELEMENT",
          "EXTRACT",
          "FIRST",
          "GREATEST",
          "HOUR",
          "IF",
          "JSON_EXISTS",
          "JSON_QUERY",
          "JSON_VALUE",
          "LAST",
          "LEAST",
          "MAX",
          "MIN",
          "MINUTE",
          "MOD",
          "MONTH",
          "NULLIF",
          "QUARTER",
          "ROWTIME",
          "SECOND",
          "SUM",
          "TIMESTAMPADD",
          "TIMESTAMPDIFF",
          "TRIM",
          "TRY_CAST",
          "WEEK",
          "YEAR");

  private static final Set<String> FUNCTION_NAMES = new TreeSet<>(SPECIAL_FUNCTIONS);

  static {
    FUNCTION_NAMES.addAll(Functions.names());
    FUNCTION_NAMES.remove("||");
    FUNCTION_NAMES.addAll(BuiltInFunctions.names());
  }

  private static final Set<TimeUnitRange> TIME_UNITS =
      EnumSet.of(
          TimeUnitRange.HOUR,
          TimeUnitRange.MINUTE,
          TimeUnitRange.SECOND,
          TimeUnitRange.MILLISECOND,
          TimeUnitRange.MICROSECOND,
          TimeUnitRange.NANOSECOND);

  private static final Set<TimeUnitRange> MONTH_UNITS =
      EnumSet.of(TimeUnitRange.YEAR, TimeUnitRange.QUARTER, TimeUnitRange.MONTH);

  private final RowType event;
  private final List<String> steps;
  private final BitSet visibleSteps;
  private final boolean measure;
  private final ExpressionErrors errors;
  private final TimeZone zone;
  private final Casts casts;

  /** The step over whose events the expression that is being checked ranges, or -1. */
  private int overStep = -1;

  Checker(
      RowType event,
      List<String> steps,
      BitSet visibleSteps,
      boolean measure,
      TimeZone zone,
      ExpressionErrors errors) {
    this.event = event;
    this.steps = steps;
    this.visibleSteps = visibleSteps;
    this.measure = measure;
    this.zone = zone;
    this.casts = new Casts(zone);
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
      case IS_DISTINCT_FROM -> distinct(call, false);
      case IS_NOT_DISTINCT_FROM -> distinct(call, true);
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
      case LIKE, SIMILAR -> like(call);
      case FIRST, LAST -> navigation(call);
      case CASE -> caseWhen((SqlCase) call);
      case CAST, SAFE_CAST -> cast(call);
      case EXTRACT -> extract(call, unit(call.operand(0)), call.operand(1));
      case CEIL, FLOOR -> call.operandCount() == 2 ? roundTime(call) : function(call);
      case TIMESTAMP_ADD -> timestampAdd(call);
      case TIMESTAMP_DIFF -> timestampDiff(call);
      case TRIM -> trim(call);
      case ITEM -> item(call);
      case ARRAY_VALUE_CONSTRUCTOR -> array(call);
      case MAP_VALUE_CONSTRUCTOR -> map(call);
      case ROW -> row(call);
      case OTHER -> other(call);
      default -> call.getOperator() instanceof SqlFunction ? function(call) : unsupported(call);
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
      boolean both = !measure && hasPath(event, names, 0) && hasPath(event, names, 1);
      if (both) {
        errors.add(
            "ambiguous-name",
            identifier,
            "`" + names.get(0) + "` is both a step and a field",
            "give the step another name");
        return null;
      }
      if (measure || !hasPath(event, names, 0)) {
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
    if (identifier.isSimple() && step < 0) {
      String name = names.get(0).toUpperCase(Locale.ROOT);
      if (NOT_DETERMINISTIC.contains(name)) {
        return notDeterministic(identifier, name);
      }
      if (name.equals("PI")) {
        return fold(call(Functions.named(name).get(0), List.of()));
      }
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
      value = Composite.field(value, names.get(i), nested, row.getTypeAt(nested));
    }
    return value;
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
    if (literal instanceof SqlUnknownLiteral point) {
      return point(point);
    }
    return switch (literal.getTypeName()) {
      case NULL -> new Constant("NULL", new NullType(), null);
      case BOOLEAN -> new Constant(text, new BooleanType(), literal.booleanValue());
      case CHAR -> string(literal.getValueAs(String.class));
      case BINARY -> {
        byte[] bytes = literal.getValueAs(byte[].class);
        yield new Constant(
            text,
            bytes.length == 0 ? BinaryType.ofEmptyLiteral() : new BinaryType(bytes.length),
            bytes);
      }
      case DECIMAL -> exactNumber((SqlNumericLiteral) literal);
      case DOUBLE -> new Constant(text, new DoubleType(), literal.bigDecimalValue().doubleValue());
      default ->
          literal.getValue() instanceof SqlIntervalLiteral.IntervalValue interval
              ? interval(literal, interval)
              : unsupported(literal);
    };
  }

  private static Constant string(String value) {
    return new Constant(
        "'" + value.replace("'", "''") + "'",
        value.isEmpty() ? CharType.ofEmptyLiteral() : new CharType(value.length()),
        BinaryStringData.fromString(value));
  }

  /** A DATE, TIME or TIMESTAMP literal. */
  private Expression point(SqlUnknownLiteral literal) {
    String text = literal.getValue();
    String canonical = literal.tag + " '" + text + "'";
    int dot = text.indexOf('.');
    int precision = dot < 0 ? 0 : text.length() - dot - 1;
    try {
      return switch (literal.tag) {
        case "DATE" ->
            new Constant(canonical, new DateType(), (int) LocalDate.parse(text).toEpochDay());
        case "TIME" ->
            new Constant(
                canonical,
                new TimeType(precision),
                (int) (LocalTime.parse(text).toNanoOfDay() / 1_000_000));
        case "TIMESTAMP" ->
            new Constant(
                canonical,
                new TimestampType(precision),
                TimestampData.fromLocalDateTime(LocalDateTime.parse(text.replace(' ', 'T'))));
        default -> unsupported(literal);
      };
    } catch (RuntimeException e) {
      errors.add(
          "bad-literal",
          literal,
          "`" + text + "` is not a " + literal.tag,
          "write DATE '2024-12-31', TIME '23:59:59' or TIMESTAMP '2024-12-31 23:59:59.999'");
      return null;
    }
  }

  private Expression interval(SqlLiteral literal, SqlIntervalLiteral.IntervalValue interval) {
    try {
      return interval.getIntervalQualifier().isYearMonth()
          ? new Constant(
              literal.toString(),
              Temporal.YEAR_MONTH,
              (int) SqlParserUtil.intervalToMonths(interval))
          : new Constant(
              literal.toString(), Temporal.DAY_TIME, SqlParserUtil.intervalToMillis(interval));
    } catch (RuntimeException e) {
      errors.add("bad-literal", literal, "`" + interval + "` is not such an interval", null);
      return null;
    }
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
    int scale = literal.getScale() == null ? 0 : literal.getScale();
    int precision = Math.max(literal.getPrec() == null ? 0 : literal.getPrec(), scale);
    if (literal.isInteger() || precision > DecimalType.MAX_PRECISION) {
      errors.add(
          "number-too-long",
          literal,
          "the number has too many digits for "
              + (literal.isInteger() ? "a BIGINT" : "a DECIMAL, which has 38"),
          "write it as a DOUBLE, with an exponent, such as 1.5e30");
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
    Collections.reverse(operands);
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
    if (!isOrder(operator)
        && call.operand(0).getKind() == SqlKind.ROW
        && call.operand(1).getKind() == SqlKind.ROW) {
      return rows(call, operator);
    }
    return compared(operator, call, check(call.operand(0)), check(call.operand(1)));
  }

  /** Compares rows that are written as such, field by field. */
  private Expression rows(SqlCall call, Comparison operator) {
    List<SqlNode> left = ((SqlCall) call.operand(0)).getOperandList();
    List<SqlNode> right = ((SqlCall) call.operand(1)).getOperandList();
    if (left.size() != right.size()) {
      errors.add("type-mismatch", call, "the rows have different numbers of fields", null);
      return null;
    }
    List<Expression> equal = new ArrayList<>();
    for (int i = 0; i < left.size(); i++) {
      equal.add(compared(Comparison.EQUAL, call, check(left.get(i)), check(right.get(i))));
    }
    if (equal.contains(null)) {
      return null;
    }
    Expression all = Logic.and(equal);
    return operator == Comparison.EQUAL ? all : Logic.not(all);
  }

  private Expression compared(
      Comparison operator, SqlNode node, Expression left, Expression right) {
    if (left == null || right == null) {
      return null;
    }
    if (isNull(left) || isNull(right)) {
      return new Constant("NULL", new BooleanType(), null);
    }
    Optional<LogicalType> common = comparable(left.type(), right.type());
    if (common.isEmpty()) {
      errors.add(
          "type-mismatch",
          node,
          "can't compare " + sql(left) + " with " + sql(right),
          "CAST one of them to the type of the other");
      return null;
    }
    if (isOrder(operator) && !Values.isOrdered(common.get())) {
      errors.add("type-mismatch", node, "there is no order in " + sql(left), null);
      return null;
    }
    return Comparison.of(operator, coerced(left, common.get()), coerced(right, common.get()));
  }

  private static boolean isOrder(Comparison operator) {
    return operator != Comparison.EQUAL && operator != Comparison.NOT_EQUAL;
  }

  /** The type in which values of the two types are compared. */
  private static Optional<LogicalType> comparable(LogicalType left, LogicalType right) {
    if (Temporal.isPoint(left) && right.is(LogicalTypeFamily.CHARACTER_STRING)) {
      return Optional.of(left);
    }
    if (Temporal.isPoint(right) && left.is(LogicalTypeFamily.CHARACTER_STRING)) {
      return Optional.of(right);
    }
    if (left.is(LogicalTypeFamily.TIMESTAMP)
        && right.is(LogicalTypeFamily.TIMESTAMP)
        && !left.is(right.getTypeRoot())) {
      boolean leftIsFiner =
          LogicalTypeChecks.getPrecision(left) > LogicalTypeChecks.getPrecision(right);
      return Optional.of(leftIsFiner ? left : right);
    }
    if (Temporal.isPoint(left) && !left.is(right.getTypeRoot())) {
      return Optional.empty();
    }
    return commonType(left, right);
  }

  private Expression distinct(SqlCall call, boolean negated) {
    Expression left = check(call.operand(0));
    Expression right = check(call.operand(1));
    Expression equal = compared(Comparison.EQUAL, call, left, right);
    return equal == null ? null : Logic.distinct(equal, left, right, negated);
  }

  private static boolean isNull(Expression expression) {
    return expression.type().is(LogicalTypeRoot.NULL);
  }

  private static Optional<LogicalType> commonType(LogicalType left, LogicalType right) {
    if (left.is(LogicalTypeRoot.NULL)) {
      return Optional.of(right);
    }
    if (right.is(LogicalTypeRoot.NULL)) {
      return Optional.of(left);
    }
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

  private static Optional<LogicalType> commonType(List<Expression> expressions) {
    Optional<LogicalType> common = Optional.of(expressions.get(0).type());
    for (Expression expression : expressions) {
      common = common.flatMap(type -> commonType(type, expression.type()));
    }
    return common;
  }

  private Expression coerced(Expression operand, LogicalType type) {
    return fold(casts.cast(operand, type));
  }

  private Expression arithmetic(SqlCall call, Arithmetic operator) {
    Expression left = check(call.operand(0));
    Expression right = check(call.operand(1));
    return arithmetic(call, operator, left, right);
  }

  private Expression arithmetic(
      SqlCall call, Arithmetic operator, Expression left, Expression right) {
    if (left == null || right == null) {
      return null;
    }
    if (Temporal.isInterval(left.type()) || Temporal.isInterval(right.type())) {
      return temporal(call, operator, left, right);
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
    if (operator == Arithmetic.REMAINDER && !approximate) {
      return operator.longs(right.type(), left, right);
    }
    LogicalType type = commonType(left.type(), right.type()).orElseThrow();
    Expression a = coerced(left, type);
    Expression b = coerced(right, type);
    return approximate ? operator.doubles(type, a, b) : operator.longs(type, a, b);
  }

  /** Arithmetic with an interval. */
  private Expression temporal(
      SqlCall call, Arithmetic operator, Expression left, Expression right) {
    boolean intervals = Temporal.isInterval(left.type()) && Temporal.isInterval(right.type());
    Expression result = null;
    if (operator == Arithmetic.PLUS || operator == Arithmetic.MINUS) {
      if (intervals && left.type().is(right.type().getTypeRoot())) {
        result = operator.longs(left.type(), left, right);
      } else if (!intervals && Temporal.isInterval(right.type())) {
        result = Temporal.move(operator.sql, operator == Arithmetic.PLUS ? 1 : -1, left, right);
      } else if (!intervals && operator == Arithmetic.PLUS) {
        result = Temporal.move(operator.sql, 1, right, left);
      }
    } else if (operator == Arithmetic.TIMES && !intervals) {
      Expression interval = Temporal.isInterval(left.type()) ? left : right;
      Expression factor = interval == left ? right : left;
      if (factor.type().is(LogicalTypeFamily.INTEGER_NUMERIC)) {
        result = operator.longs(interval.type(), interval, factor);
      }
    }
    if (result == null) {
      errors.add(
          "type-mismatch",
          call,
          "`" + operator.sql + "` can't take " + sql(left) + " and " + sql(right),
          null);
    }
    return result;
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
  private Expression decimal(Expression number) {
    int precision =
        switch (number.type().getTypeRoot()) {
          case TINYINT -> 3;
          case SMALLINT -> 5;
          case INTEGER -> 10;
          case BIGINT -> 19;
          default -> 0;
        };
    return precision == 0 ? number : coerced(number, new DecimalType(precision, 0));
  }

  private Expression negation(SqlCall call) {
    Expression operand = check(call.operand(0));
    if (operand == null) {
      return null;
    }
    if (!isNumber(operand) && !Temporal.isInterval(operand.type())) {
      errors.add("type-mismatch", call, "`-` needs a number, found " + sql(operand), null);
      return null;
    }
    LogicalType type = operand.type();
    if (type instanceof DecimalType decimal) {
      return Call.of("-", type, value -> DecimalDataUtils.negate((DecimalData) value), operand);
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
    SqlLikeOperator operator = (SqlLikeOperator) call.getOperator();
    Expression text = text(call.operand(0));
    Expression pattern = text(call.operand(1));
    Expression escape = call.operandCount() > 2 ? text(call.operand(2)) : null;
    if (text == null || pattern == null || escape == null && call.operandCount() > 2) {
      return null;
    }
    if (!operator.isCaseSensitive()) {
      return unsupported(call);
    }
    try {
      Expression match =
          operator.getKind() == SqlKind.LIKE
              ? Patterns.like(text, pattern, escape)
              : Patterns.similar(text, pattern, escape);
      return operator.isNegated() ? Logic.not(match) : match;
    } catch (RuntimeException e) {
      errors.add("bad-pattern", call.operand(1), e.getMessage(), null);
      return null;
    }
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
    String name = name(call);
    return switch (name) {
      case "COUNT", "SUM", "AVG", "MIN", "MAX" -> aggregate(name, call);
      case "ROWTIME" -> rowtime(call);
      case "YEAR", "QUARTER", "MONTH", "WEEK", "HOUR", "MINUTE", "SECOND" ->
          extract(call, TimeUnitRange.valueOf(name), only(call));
      case "DAYOFYEAR" -> extract(call, TimeUnitRange.DOY, only(call));
      case "DAYOFMONTH" -> extract(call, TimeUnitRange.DAY, only(call));
      case "DAYOFWEEK" -> extract(call, TimeUnitRange.DOW, only(call));
      case "JSON_VALUE" -> jsonValue(call);
      case "JSON_QUERY" -> jsonQuery(call);
      case "JSON_EXISTS" -> jsonExists(call);
      default -> {
        if (NOT_DETERMINISTIC.contains(name)) {
          yield notDeterministic(call, name);
        }
        List<Expression> arguments = new ArrayList<>();
        for (SqlNode operand : call.getOperandList()) {
          arguments.add(check(operand));
        }
        if (!functionNames().contains(name)) {
          yield unknownFunction(call, name);
        }
        yield arguments.contains(null) ? null : function(call, name, arguments);
      }
    };
  }

  private Expression function(SqlCall call, String name, List<Expression> arguments) {
    int count = arguments.size();
    switch (name) {
      case "MOD":
        return count == 2
            ? arithmetic(call, Arithmetic.REMAINDER, arguments.get(0), arguments.get(1))
            : wrongArguments(call, name, "MOD(number, number)", arguments);
      case "IF":
        return count == 3 && arguments.get(0).type().is(LogicalTypeRoot.BOOLEAN)
            ? choose(call, arguments.get(0), arguments.get(1), arguments.get(2))
            : wrongArguments(call, name, "IF(BOOLEAN, value, value)", arguments);
      case "NULLIF":
        return count == 2
            ? nullIf(call, arguments.get(0), arguments.get(1))
            : wrongArguments(call, name, "NULLIF(value, value)", arguments);
      case "COALESCE", "GREATEST", "LEAST":
        return count > 0
            ? ofCommonType(call, name, arguments)
            : wrongArguments(call, name, name + "(value, ...)", arguments);
      case "CARDINALITY":
        return count == 1 && isCollection(arguments.get(0))
            ? Composite.cardinality(arguments.get(0))
            : wrongArguments(call, name, "CARDINALITY(array or map)", arguments);
      case "ELEMENT":
        return count == 1 && arguments.get(0).type() instanceof ArrayType type
            ? Composite.onlyElement(type, arguments.get(0))
            : wrongArguments(call, name, "ELEMENT(array)", arguments);
      default:
        return tableFunction(call, name, arguments);
    }
  }

  private static String name(SqlCall call) {
    String name = call.getOperator().getName().toUpperCase(Locale.ROOT);
    return name.equals("TRANSLATE3") ? "TRANSLATE" : name;
  }

  private static boolean isCollection(Expression expression) {
    return expression.type() instanceof ArrayType || expression.type() instanceof MapType;
  }

  private Expression tableFunction(SqlCall call, String name, List<Expression> arguments) {
    List<Functions.Signature> signatures = Functions.named(name);
    for (Functions.Signature signature : signatures) {
      if (signature.accepts(arguments)) {
        return call(signature, arguments);
      }
    }
    if (!signatures.isEmpty()) {
      String known =
          signatures.stream().map(Functions.Signature::toString).collect(Collectors.joining(", "));
      return wrongArguments(call, name, known, arguments);
    }
    BuiltInFunctionDefinition definition = BuiltInFunctions.named(name);
    try {
      return BuiltInFunctions.call(definition, arguments, casts);
    } catch (ValidationException e) {
      return wrongArguments(call, name, BuiltInFunctions.signature(definition), arguments);
    }
  }

  private Expression unknownFunction(SqlCall call, String name) {
    SqlParserPos position = call.getParserPosition();
    errors.add(
        "unknown-function",
        position.getLineNum(),
        position.getColumnNum(),
        name.length(),
        "`" + call.getOperator().getName() + "` is not a function",
        Names.nearest(name, FUNCTION_NAMES)
            .map(near -> "did you mean " + near + "?")
            .orElse("the functions are those of Flink SQL, on the page `Expressions` of the docs"));
    return null;
  }

  /** All functions that there are. */
  static Set<String> functionNames() {
    return FUNCTION_NAMES;
  }

  private Expression call(Functions.Signature signature, List<Expression> arguments) {
    Expression[] widened = new Expression[arguments.size()];
    for (int i = 0; i < widened.length; i++) {
      Expression argument = arguments.get(i);
      widened[i] = coerced(argument, signature.parameter(i).target(argument.type()));
    }
    boolean strict = signature.strict();
    LogicalType type = signature.type().apply(List.of(widened));
    return new Expression(signature.name(), type, widened) {
      @Override
      Object value(Evaluation evaluation) {
        Object[] values = new Object[widened.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = widened[i].value(evaluation);
          if (strict && values[i] == null) {
            return null;
          }
        }
        return internal(signature.implementation().apply(new Arguments(values, zone)), type);
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

  private Expression wrongArguments(
      SqlCall call, String name, String known, List<Expression> arguments) {
    String given = arguments.stream().map(Checker::sql).collect(Collectors.joining(", "));
    errors.add("wrong-arguments", call, name + " can't take (" + given + ")", "it is " + known);
    return null;
  }

  private Expression notDeterministic(SqlNode node, String name) {
    errors.add(
        "not-deterministic",
        node,
        name
            + " gives another value on each run, and a replay of the events must find the same matches",
        "the time of the tested event is ROWTIME()");
    return null;
  }

  private SqlNode only(SqlCall call) {
    return call.operandCount() == 1 ? call.operand(0) : null;
  }

  private Expression ofCommonType(SqlCall call, String name, List<Expression> arguments) {
    Optional<LogicalType> type = commonType(arguments);
    if (type.isEmpty() || !name.equals("COALESCE") && !Values.isOrdered(type.get())) {
      return wrongArguments(call, name, name + " of values of one type", arguments);
    }
    Expression[] values =
        arguments.stream().map(value -> coerced(value, type.get())).toArray(Expression[]::new);
    return name.equals("COALESCE")
        ? Conditional.coalesce(type.get(), values)
        : extreme(name, type.get(), values);
  }

  private static Expression extreme(String name, LogicalType type, Expression[] values) {
    Values.Order order = Values.order(type);
    int sign = name.equals("GREATEST") ? 1 : -1;
    return Call.ofAll(
        name,
        type,
        found -> {
          Object best = found[0];
          for (Object candidate : found) {
            best = sign * order.compare(candidate, best) > 0 ? candidate : best;
          }
          return best;
        },
        values);
  }

  private Expression nullIf(SqlCall call, Expression value, Expression other) {
    Expression equal = compared(Comparison.EQUAL, call, value, other);
    return equal == null
        ? null
        : Conditional.when(
            value.type(), List.of(equal), List.of(new Constant("NULL", value.type(), null)), value);
  }

  private Expression caseWhen(SqlCase call) {
    List<Expression> conditions = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    Expression subject = call.getValueOperand() == null ? null : check(call.getValueOperand());
    for (SqlNode when : call.getWhenOperands()) {
      conditions.add(
          call.getValueOperand() == null
              ? bool(when)
              : compared(Comparison.EQUAL, when, subject, check(when)));
    }
    for (SqlNode then : call.getThenOperands()) {
      values.add(check(then));
    }
    Expression otherwise = check(call.getElseOperand());
    return conditions.contains(null) || values.contains(null) || otherwise == null
        ? null
        : choice(call, conditions, values, otherwise);
  }

  /** IF, whose type is that of its first value where it isn't a number or a text. */
  private Expression choose(
      SqlCall call, Expression condition, Expression value, Expression otherwise) {
    boolean points = Temporal.isPoint(value.type()) && Temporal.isPoint(otherwise.type());
    Expression second =
        points && value.type().is(otherwise.type().getTypeRoot())
            ? coerced(otherwise, value.type())
            : otherwise;
    return choice(call, List.of(condition), List.of(value), second);
  }

  private Expression choice(
      SqlCall call, List<Expression> conditions, List<Expression> values, Expression otherwise) {
    List<Expression> all = new ArrayList<>(values);
    all.add(otherwise);
    Optional<LogicalType> type = commonType(all);
    if (type.isEmpty()) {
      String given = all.stream().map(Checker::sql).distinct().collect(Collectors.joining(", "));
      errors.add("type-mismatch", call, "the values are of different types: " + given, null);
      return null;
    }
    return Conditional.when(
        type.get(),
        conditions,
        values.stream().map(value -> coerced(value, type.get())).toList(),
        coerced(otherwise, type.get()));
  }

  private Expression cast(SqlCall call) {
    Expression operand = check(call.operand(0));
    Optional<LogicalType> target = type((SqlDataTypeSpec) call.operand(1));
    if (operand == null || target.isEmpty()) {
      return null;
    }
    if (!operand.type().is(LogicalTypeRoot.NULL)
        && !Casts.supported(operand.type(), target.get())) {
      errors.add(
          "type-mismatch",
          call,
          "can't cast " + sql(operand) + " to " + target.get().asSummaryString(),
          null);
      return null;
    }
    return call.getKind() == SqlKind.CAST
        ? casts.cast(operand, target.get())
        : casts.tryCast(operand, target.get());
  }

  private Optional<LogicalType> type(SqlDataTypeSpec spec) {
    return type(spec.getTypeNameSpec());
  }

  private Optional<LogicalType> type(SqlTypeNameSpec spec) {
    if (spec instanceof ExtendedSqlRowTypeNameSpec row) {
      List<RowType.RowField> fields = new ArrayList<>();
      for (int i = 0; i < row.getFieldNames().size(); i++) {
        String name = row.getFieldNames().get(i).getSimple();
        type(row.getFieldTypes().get(i))
            .ifPresent(type -> fields.add(new RowType.RowField(name, type)));
      }
      return fields.size() == row.getFieldNames().size()
          ? Optional.of(new RowType(fields))
          : Optional.empty();
    }
    if (spec instanceof SqlMapTypeNameSpec map) {
      Optional<LogicalType> values = type(map.getValType());
      return type(map.getKeyType()).flatMap(key -> values.map(value -> new MapType(key, value)));
    }
    if (spec instanceof SqlCollectionTypeNameSpec array
        && array.getTypeName().getSimple().equals("ARRAY")) {
      return type(array.getElementTypeName()).map(ArrayType::new);
    }
    if (spec instanceof SqlUserDefinedTypeNameSpec || spec instanceof SqlCollectionTypeNameSpec) {
      errors.add(
          "unknown-type", spec.getParserPos(), "`" + spec.getTypeName() + "` is not a type", null);
      return Optional.empty();
    }
    String sql = new SqlDataTypeSpec(spec, spec.getParserPos()).toString();
    return Optional.of(LogicalTypeParser.parse(sql, getClass().getClassLoader()));
  }

  // ---------------------------------------------------------------------------------------------
  // Dates and times
  // ---------------------------------------------------------------------------------------------

  private TimeUnitRange unit(SqlNode node) {
    SqlIntervalQualifier qualifier = (SqlIntervalQualifier) node;
    if (qualifier.timeFrameName != null) {
      errors.add(
          "unknown-unit", node, "`" + qualifier.timeFrameName + "` is not a unit of time", null);
      return null;
    }
    return TimeUnitRange.valueOf(qualifier.timeUnitRange.name());
  }

  private Expression extract(SqlCall call, TimeUnitRange unit, SqlNode node) {
    Expression from = node == null ? null : check(node);
    if (node == null) {
      return wrongArguments(call, call.getOperator().getName(), "of one date or time", List.of());
    }
    if (from == null || unit == null) {
      return null;
    }
    boolean date = !TIME_UNITS.contains(unit);
    if (!Temporal.isPoint(from.type()) && !Temporal.isInterval(from.type())
        || date && from.type().is(LogicalTypeRoot.TIME_WITHOUT_TIME_ZONE)) {
      errors.add("type-mismatch", node, "there is no " + unit + " in " + sql(from), null);
      return null;
    }
    return Temporal.extract(unit, from, zone);
  }

  private Expression roundTime(SqlCall call) {
    Expression operand = check(call.operand(0));
    TimeUnitRange unit = unit(call.operand(1));
    if (operand == null || unit == null) {
      return null;
    }
    if (!Temporal.isPoint(operand.type())) {
      errors.add(
          "type-mismatch", call.operand(0), "expected a date or time, found " + sql(operand), null);
      return null;
    }
    return Temporal.round(unit, call.getKind() == SqlKind.CEIL, operand, zone);
  }

  private Expression timestampAdd(SqlCall call) {
    TimeUnitRange unit = unit(call.operand(0));
    Expression count = check(call.operand(1));
    Expression point = check(call.operand(2));
    if (unit == null || count == null || point == null) {
      return null;
    }
    if (!count.type().is(LogicalTypeFamily.INTEGER_NUMERIC) || !Temporal.isPoint(point.type())) {
      return wrongArguments(
          call, "TIMESTAMPADD", "TIMESTAMPADD(unit, integer, date or time)", List.of(count, point));
    }
    boolean months = MONTH_UNITS.contains(unit);
    long multiplier = unit.startUnit.multiplier.longValue();
    Constant one =
        months
            ? new Constant("INTERVAL " + unit, Temporal.YEAR_MONTH, (int) multiplier)
            : new Constant("INTERVAL " + unit, Temporal.DAY_TIME, multiplier);
    return Temporal.move("+", 1, point, Arithmetic.TIMES.longs(one.type(), one, count));
  }

  private Expression timestampDiff(SqlCall call) {
    TimeUnitRange unit = unit(call.operand(0));
    Expression from = check(call.operand(1));
    Expression to = check(call.operand(2));
    if (unit == null || from == null || to == null) {
      return null;
    }
    boolean local = from.type().is(LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE);
    if (!Temporal.isPoint(from.type())
        || !Temporal.isPoint(to.type())
        || local != to.type().is(LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE)) {
      return wrongArguments(
          call,
          "TIMESTAMPDIFF",
          "TIMESTAMPDIFF(unit, date or time, date or time)",
          List.of(from, to));
    }
    return Temporal.difference(unit, from, to);
  }

  // ---------------------------------------------------------------------------------------------
  // Text, JSON and composite values
  // ---------------------------------------------------------------------------------------------

  private Expression trim(SqlCall call) {
    SqlTrimFunction.Flag flag =
        ((SqlLiteral) call.operand(0)).getValueAs(SqlTrimFunction.Flag.class);
    Expression characters = text(call.operand(1));
    Expression text = text(call.operand(2));
    if (characters == null || text == null) {
      return null;
    }
    boolean leading = flag != SqlTrimFunction.Flag.TRAILING;
    boolean trailing = flag != SqlTrimFunction.Flag.LEADING;
    return Call.of(
        "TRIM " + flag,
        VarCharType.STRING_TYPE,
        (value, trimmed) ->
            BinaryStringDataUtil.trim(
                (BinaryStringData) value, leading, trailing, (BinaryStringData) trimmed),
        text,
        characters);
  }

  private Expression other(SqlCall call) {
    String name = call.getOperator().getName();
    if (name.equals("||")) {
      Expression left = check(call.operand(0));
      Expression right = check(call.operand(1));
      return left == null || right == null ? null : tableFunction(call, "||", List.of(left, right));
    }
    if (!name.startsWith("IS ") || !name.contains("JSON")) {
      return unsupported(call);
    }
    Expression text = text(call.operand(0));
    return text == null ? null : Json.is(name, text);
  }

  private Expression jsonValue(SqlCall call) {
    Expression json = text(call.operand(0));
    Expression path = text(call.operand(1));
    Json.Clauses clauses = new Json.Clauses();
    boolean valid = json != null && path != null;
    List<SqlNode> operands = call.getOperandList();
    for (int i = 2; i < operands.size(); i++) {
      if (operands.get(i) instanceof SqlDataTypeSpec spec) {
        Optional<LogicalType> type = type(spec);
        valid &= type.isPresent();
        clauses.returning = type.orElse(clauses.returning);
      } else if (operands.get(i) instanceof SqlLiteral literal
          && literal.getValue() instanceof SqlJsonEmptyOrError when) {
        SqlNode before = operands.get(i - 1);
        Object behaviour = before instanceof SqlLiteral word ? word.getValue() : null;
        boolean isDefault = !(behaviour instanceof SqlJsonValueEmptyOrErrorBehavior);
        Expression value = isDefault ? check(before) : null;
        valid &= !isDefault || value != null;
        clauses.on(when.name(), isDefault ? "DEFAULT" : behaviour.toString(), value);
      }
    }
    return valid ? Json.value(json, path, clauses, casts) : null;
  }

  private Expression jsonQuery(SqlCall call) {
    Expression json = text(call.operand(0));
    Expression path = text(call.operand(1));
    if (json == null || path == null) {
      return null;
    }
    return Json.query(
        json,
        path,
        symbol(call.operand(2)).replace("WITH_", ""),
        symbol(call.operand(3)),
        symbol(call.operand(4)));
  }

  private Expression jsonExists(SqlCall call) {
    Expression json = text(call.operand(0));
    Expression path = text(call.operand(1));
    if (json == null || path == null) {
      return null;
    }
    return Json.exists(json, path, call.operandCount() > 2 ? symbol(call.operand(2)) : "FALSE");
  }

  private static String symbol(SqlNode node) {
    return ((Enum<?>) ((SqlLiteral) node).getValue()).name();
  }

  private Expression item(SqlCall call) {
    Expression collection = check(call.operand(0));
    Expression key = check(call.operand(1));
    if (collection == null || key == null) {
      return null;
    }
    if (collection.type() instanceof ArrayType type
        && key.type().is(LogicalTypeFamily.INTEGER_NUMERIC)) {
      return Composite.element(type, collection, key);
    }
    if (collection.type() instanceof MapType type
        && comparable(type.getKeyType(), key.type()).isPresent()) {
      return Composite.lookup(type, collection, coerced(key, type.getKeyType()));
    }
    errors.add(
        "type-mismatch",
        call,
        "can't look up " + sql(key) + " in " + sql(collection),
        "an array has places from 1, and a map has keys");
    return null;
  }

  private Expression array(SqlCall call) {
    List<Expression> elements = checked(call.getOperandList());
    if (elements == null) {
      return null;
    }
    Optional<LogicalType> type = elements.isEmpty() ? Optional.empty() : commonType(elements);
    if (type.isEmpty()) {
      errors.add("type-mismatch", call, "the elements of an array must be of one type", null);
      return null;
    }
    return Composite.array(
        type.get(),
        elements.stream().map(element -> coerced(element, type.get())).toArray(Expression[]::new));
  }

  private Expression map(SqlCall call) {
    List<Expression> entries = checked(call.getOperandList());
    if (entries == null) {
      return null;
    }
    Optional<LogicalType> keys = entries.isEmpty() ? Optional.empty() : everySecond(entries, 0);
    Optional<LogicalType> values = entries.isEmpty() ? Optional.empty() : everySecond(entries, 1);
    if (keys.isEmpty() || values.isEmpty()) {
      errors.add("type-mismatch", call, "keys must be of one type, and values too", null);
      return null;
    }
    Expression[] coerced = new Expression[entries.size()];
    for (int i = 0; i < coerced.length; i++) {
      coerced[i] = coerced(entries.get(i), i % 2 == 0 ? keys.get() : values.get());
    }
    return Composite.map(keys.get(), values.get(), coerced);
  }

  private static Optional<LogicalType> everySecond(List<Expression> entries, int from) {
    List<Expression> chosen = new ArrayList<>();
    for (int i = from; i < entries.size(); i += 2) {
      chosen.add(entries.get(i));
    }
    return commonType(chosen);
  }

  private Expression row(SqlCall call) {
    List<Expression> fields = checked(call.getOperandList());
    return fields == null ? null : Composite.row(fields.toArray(new Expression[0]));
  }

  private List<Expression> checked(List<SqlNode> nodes) {
    List<Expression> expressions = new ArrayList<>();
    for (SqlNode node : nodes) {
      expressions.add(check(node));
    }
    return expressions.contains(null) ? null : expressions;
  }

  private Expression rowtime(SqlCall call) {
    if (call.operandCount() > 0) {
      return rowtimeOfStep(call);
    }
    if (measure) {
      errors.add(
          "bare-field",
          call,
          "a measure has no tested event",
          "say of which step: `ROWTIME(" + steps.get(steps.size() - 1) + ")`");
      return null;
    }
    return timestamp();
  }

  /** The time of the last event that a step has taken. */
  private Expression rowtimeOfStep(SqlCall call) {
    if (call.operandCount() == 1
        && call.operand(0) instanceof SqlIdentifier identifier
        && identifier.isSimple()
        && steps.contains(identifier.getSimple())) {
      int step = steps.indexOf(identifier.getSimple());
      return isVisible(step, identifier) ? OverStep.last(step, timestamp(), 0) : null;
    }
    errors.add(
        "wrong-arguments",
        call,
        "ROWTIME is of the tested event, or of a step",
        "it is ROWTIME() or ROWTIME(step)");
    return null;
  }

  private static Expression timestamp() {
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
    if (!(call.operand(1) instanceof SqlNumericLiteral offset)
        || !offset.isInteger()
        || offset.bigDecimalValue().signum() < 0
        || offset.bigDecimalValue().toBigInteger().bitLength() >= Integer.SIZE) {
      errors.add(
          "wrong-arguments", call.operand(1), "expected a whole number of events to skip", null);
      return null;
    }
    if (argument == null) {
      return null;
    }
    return call.getKind() == SqlKind.FIRST
        ? OverStep.first(step, argument, offset.intValue(true))
        : OverStep.last(step, argument, offset.intValue(true));
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
  static Expression fold(Expression expression) {
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
    String what =
        node instanceof SqlCall call && call.getKind() != SqlKind.SELECT
            ? "`" + call.getOperator().getName() + "`"
            : node.getKind() == SqlKind.SELECT ? "a subquery" : "this";
    errors.add("unsupported", node, what + " can't be used in conditions and measures", null);
    return null;
  }

  private static boolean isNumber(Expression expression) {
    return expression.type().is(LogicalTypeFamily.NUMERIC);
  }

  private static String sql(Expression expression) {
    return expression.type().copy(true).asSummaryString();
  }
}
