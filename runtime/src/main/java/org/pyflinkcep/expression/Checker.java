package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeSet;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.fun.SqlCase;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.utils.DateTimeUtils.TimeUnitRange;

/**
 * Resolves the names of a parsed expression, checks its types, and builds what evaluates it.
 *
 * <p>What can't be checked gives null after its error was reported, and the rest is checked
 * nevertheless, so that all errors of an expression are found at once.
 */
final class Checker {

  /** How many expressions may be evaluated for one. */
  private static final int MAX_SIZE = 250_000;

  /** How many calls may be checked: more than the longest source has. */
  private static final int MAX_CHECKED = 30_000;

  /** The functions that are not called by a signature. */
  private static final Set<String> SPECIAL_FUNCTIONS =
      Set.of(
          "CARDINALITY",
          "CAST",
          "COALESCE",
          "DAYOFMONTH",
          "DAYOFWEEK",
          "DAYOFYEAR",
          "ELEMENT",
          "EXTRACT",
          "FIRST",
          "GREATEST",
          "HOUR",
          "IF",
          "JSON",
          "JSON_ARRAY",
          "JSON_EXISTS",
          "JSON_OBJECT",
          "JSON_QUERY",
          "JSON_STRING",
          "JSON_VALUE",
          "LAST",
          "LEAST",
          "MINUTE",
          "MOD",
          "MONTH",
          "NULLIF",
          "QUARTER",
          "ROWTIME",
          "SECOND",
          "TIMESTAMPADD",
          "TIMESTAMPDIFF",
          "TRIM",
          "TRY_CAST",
          "WEEK",
          "YEAR");

  private static final Set<String> FUNCTION_NAMES = new TreeSet<>(SPECIAL_FUNCTIONS);

  static {
    FUNCTION_NAMES.addAll(AggregateChecker.NAMES);
    FUNCTION_NAMES.addAll(Functions.names());
    FUNCTION_NAMES.remove("||");
    FUNCTION_NAMES.addAll(BuiltInFunctions.names());
  }

  private final Sources sources;
  private int checked;
  private final ExpressionErrors errors;
  private final TypeCoercion coercion;
  private final Scope scope;
  private final LiteralChecker literals;
  private final LogicChecker logic;
  private final ComparisonChecker comparisons;
  private final ArithmeticChecker arithmetic;
  private final ConditionalChecker conditionals;
  private final CastChecker casts;
  private final TemporalChecker temporal;
  private final TextChecker text;
  private final JsonChecker json;
  private final CompositeChecker composites;
  private final OverStepChecker overStep;
  private final FunctionChecker functions;

  Checker(
      RowType event,
      List<String> steps,
      BitSet visibleSteps,
      boolean measure,
      TimeZones zones,
      Sources sources,
      ExpressionErrors errors) {
    TimeZone zone = TimeZone.getTimeZone(zones.session());
    Casts conversions = new Casts(zone);
    this.sources = sources;
    coercion = new TypeCoercion(conversions);
    this.errors = errors;
    functions = new FunctionChecker(coercion, zone, errors);
    scope = new Scope(event, steps, visibleSteps, measure, functions, errors);
    literals = new LiteralChecker(errors);
    logic = new LogicChecker(this);
    comparisons = new ComparisonChecker(this, coercion, errors);
    arithmetic = new ArithmeticChecker(this, coercion, errors);
    conditionals = new ConditionalChecker(this, comparisons, coercion, errors);
    casts = new CastChecker(this, conversions, errors);
    temporal = new TemporalChecker(this, coercion, zone, errors);
    text = new TextChecker(this, functions, errors);
    json = new JsonChecker(this, casts, coercion, errors);
    composites = new CompositeChecker(this, scope, coercion, errors);
    overStep =
        new OverStepChecker(
            this,
            scope,
            new AggregateChecker(this, json, coercion, conversions, errors),
            zones,
            errors);
  }

  /** All functions that there are. */
  static Set<String> functionNames() {
    return FUNCTION_NAMES;
  }

  /** The expression, or null after an error was reported. */
  Expression check(SqlNode node) {
    try {
      Expression expression = build(node);
      sources.add(expression, node);
      return expression;
    } catch (RuntimeException | Error e) {
      return errors.internal(node, e);
    }
  }

  /** An expression, or its value where that is the same on each event. */
  Expression fold(Expression expression) {
    return coercion.fold(expression);
  }

  private Expression build(SqlNode node) {
    if (node instanceof SqlLiteral literal) {
      return literals.check(literal);
    }
    if (node instanceof SqlIdentifier identifier) {
      return coercion.fold(scope.resolve(identifier));
    }
    if (!(node instanceof SqlCall call)) {
      return errors.unsupported(node);
    }
    // The parser puts what CASE compares into each comparison: nested, it is checked very often.
    if (++checked > MAX_CHECKED) {
      return checked == MAX_CHECKED + 1 ? tooComplex(node) : null;
    }
    Expression expression = call(call);
    if (expression != null && expression.size() > MAX_SIZE) {
      return tooComplex(node);
    }
    try {
      return coercion.fold(expression);
    } catch (EvaluationLimitException e) {
      // Its constants may take too much together only.
      return expression;
    } catch (RuntimeException e) {
      errors.add("always-fails", node, "this fails on each event: " + Reasoning.message(e), null);
      return null;
    }
  }

  private Expression tooComplex(SqlNode node) {
    errors.add(
        "too-complex",
        node,
        "it takes too many steps to evaluate this",
        "what BETWEEN, IN, NULLIF and CASE compare is computed for each comparison: nest them less");
    return null;
  }

  /** The expressions, or null after an error was reported. */
  List<Expression> checkAll(List<SqlNode> nodes) {
    List<Expression> expressions = new ArrayList<>();
    for (SqlNode node : nodes) {
      expressions.add(check(node));
    }
    return expressions.contains(null) ? null : expressions;
  }

  /** The expression, which must be BOOLEAN. */
  Expression bool(SqlNode node) {
    Expression operand = check(node);
    if (operand == null || operand.type().is(LogicalTypeRoot.BOOLEAN)) {
      return operand;
    }
    if (operand.type().is(LogicalTypeRoot.NULL)) {
      return new Constant("NULL", new BooleanType(), null);
    }
    errors.add(
        "type-mismatch",
        node,
        "expected BOOLEAN, found " + operand.sqlType(),
        TypeHints.condition(node, operand));
    return null;
  }

  /** The expression, which must be a string. */
  Expression text(SqlNode node) {
    Expression operand = check(node);
    if (operand == null || operand.type().is(LogicalTypeFamily.CHARACTER_STRING)) {
      return operand;
    }
    errors.add(
        "type-mismatch",
        node,
        "expected STRING, found " + operand.sqlType(),
        TypeHints.text(operand));
    return null;
  }

  private Expression call(SqlCall call) {
    return switch (call.getKind()) {
      case AND -> logic.junction(call, Logic::and);
      case OR -> logic.junction(call, Logic::or);
      case NOT -> logic.not(call);
      case EQUALS -> comparisons.comparison(call, Comparison.EQUAL);
      case NOT_EQUALS -> comparisons.comparison(call, Comparison.NOT_EQUAL);
      case LESS_THAN -> comparisons.comparison(call, Comparison.LESS);
      case LESS_THAN_OR_EQUAL -> comparisons.comparison(call, Comparison.LESS_OR_EQUAL);
      case GREATER_THAN -> comparisons.comparison(call, Comparison.GREATER);
      case GREATER_THAN_OR_EQUAL -> comparisons.comparison(call, Comparison.GREATER_OR_EQUAL);
      case PLUS -> arithmetic.arithmetic(call, Arithmetic.PLUS);
      case MINUS ->
          call.operandCount() == 2
              ? arithmetic.arithmetic(call, Arithmetic.MINUS)
              : temporal.between(call);
      case TIMES -> arithmetic.arithmetic(call, Arithmetic.TIMES);
      case DIVIDE -> arithmetic.arithmetic(call, Arithmetic.DIVIDE);
      case MOD -> arithmetic.arithmetic(call, Arithmetic.REMAINDER);
      case IS_DISTINCT_FROM -> comparisons.distinct(call, false);
      case IS_NOT_DISTINCT_FROM -> comparisons.distinct(call, true);
      case PLUS_PREFIX -> check(call.operand(0));
      case MINUS_PREFIX -> arithmetic.negation(call);
      case IS_NULL, IS_NOT_NULL -> logic.isNull(call);
      case IS_TRUE, IS_NOT_TRUE -> logic.is(call, Expression.TRUE, SqlKind.IS_NOT_TRUE);
      case IS_FALSE, IS_NOT_FALSE -> logic.is(call, Expression.FALSE, SqlKind.IS_NOT_FALSE);
      case IN, NOT_IN -> comparisons.in(call);
      case BETWEEN -> comparisons.between(call);
      case LIKE, SIMILAR -> text.like(call);
      case FIRST, LAST -> overStep.navigation(call);
      case FILTER -> overStep.filtered(call);
      case WITHIN_GROUP -> overStep.ordered(call);
      case CASE -> conditionals.caseWhen((SqlCase) call);
      case CAST, SAFE_CAST -> casts.check(call);
      case EXTRACT -> temporal.extract(call);
      case CEIL, FLOOR -> call.operandCount() == 2 ? temporal.round(call) : function(call);
      case INTERVAL -> temporal.interval(call);
      case TIMESTAMP_ADD -> temporal.timestampAdd(call);
      case TIMESTAMP_DIFF -> temporal.timestampDiff(call);
      case TRIM -> text.trim(call);
      case ITEM -> composites.item(call);
      case DOT -> composites.field(call);
      case ARRAY_VALUE_CONSTRUCTOR -> composites.array(call);
      case MAP_VALUE_CONSTRUCTOR -> composites.map(call);
      case ROW -> composites.row(call);
      case OTHER -> other(call);
      default ->
          call.getOperator() instanceof SqlFunction ? function(call) : errors.unsupported(call);
    };
  }

  private Expression function(SqlCall call) {
    SqlIdentifier qualified = call.getOperator().getNameAsId();
    if (qualified != null && qualified.names.size() > 1) {
      return method(call, qualified);
    }
    String name = name(call);
    if (OverStepChecker.AGGREGATES.contains(name)) {
      return overStep.aggregate(call);
    }
    return switch (name) {
      case "ROWTIME" -> overStep.rowtime(call);
      case "YEAR", "QUARTER", "MONTH", "WEEK", "HOUR", "MINUTE", "SECOND" ->
          temporal.extract(call, TimeUnitRange.valueOf(name));
      case "DAYOFYEAR" -> temporal.extract(call, TimeUnitRange.DOY);
      case "DAYOFMONTH" -> temporal.extract(call, TimeUnitRange.DAY);
      case "DAYOFWEEK" -> temporal.extract(call, TimeUnitRange.DOW);
      case "JSON_VALUE" -> json.value(call);
      case "JSON_QUERY" -> json.query(call);
      case "JSON_EXISTS" -> json.exists(call);
      case "JSON_STRING" -> json.string(call);
      case "JSON_OBJECT", "JSON_ARRAY", "JSON" -> json.constructed(call);
      default -> {
        if (!FunctionChecker.isDeterministic(name)) {
          yield functions.notDeterministic(call, name);
        }
        List<Expression> arguments = checkAll(call.getOperandList());
        if (!FUNCTION_NAMES.contains(name)) {
          yield unknownFunction(call, name);
        }
        yield arguments == null ? null : function(call, name, arguments);
      }
    };
  }

  private Expression function(SqlCall call, String name, List<Expression> arguments) {
    return switch (name) {
      case "MOD" -> arithmetic.remainder(call, arguments);
      case "IF" -> conditionals.ifElse(call, arguments);
      case "NULLIF" -> conditionals.nullIf(call, arguments);
      case "COALESCE", "GREATEST", "LEAST" -> conditionals.ofCommonType(call, name, arguments);
      case "CARDINALITY" -> composites.cardinality(call, arguments);
      case "ELEMENT" -> composites.onlyElement(call, arguments);
      default -> functions.call(call, name, arguments);
    };
  }

  private Expression other(SqlCall call) {
    String name = call.getOperator().getName();
    if (name.equals("||")) {
      List<Expression> operands = checkAll(call.getOperandList());
      return operands == null ? null : functions.call(call, name, operands);
    }
    return name.startsWith("IS ") && name.contains("JSON")
        ? json.is(call)
        : errors.unsupported(call);
  }

  static String name(SqlCall call) {
    String name = call.getOperator().getName().toUpperCase(Locale.ROOT);
    return switch (call.getKind()) {
      // Their operators are named by their clause for NULLs too.
      case JSON_ARRAYAGG, JSON_OBJECTAGG -> call.getKind().name();
      default -> name.equals("TRANSLATE3") ? "TRANSLATE" : name;
    };
  }

  /** Reports that a function stands behind a dot, as methods do in other languages. */
  private Expression method(SqlCall call, SqlIdentifier qualified) {
    int last = qualified.names.size() - 1;
    String value = String.join(".", qualified.names.subList(0, last));
    String name = qualified.names.get(last).toUpperCase(Locale.ROOT);
    String arguments = call.operandCount() == 0 ? ")" : ", ...)";
    errors.add(
        "unknown-function",
        call,
        "`" + qualified + "` is not a function",
        OtherLanguages.function(name)
            .orElse("SQL has functions in place of methods: " + name + "(" + value + arguments));
    return null;
  }

  private Expression unknownFunction(SqlCall call, String name) {
    SqlParserPos position = call.getParserPosition();
    errors.add(
        "unknown-function",
        position.getLineNum(),
        position.getColumnNum(),
        name.length(),
        "`" + call.getOperator().getName() + "` is not a function",
        Optional.ofNullable(scope.hintOfEvents(call.getOperator().getName(), null))
            .or(() -> OtherLanguages.function(name))
            .or(() -> Names.nearest(name, FUNCTION_NAMES).map(near -> "did you mean " + near + "?"))
            .orElse(
                "the functions are those of Flink SQL, on the page `Expressions` of the docs; one of"
                    + " your own is called before the match, and gives a column: SELECT *, "
                    + call.getOperator().getName()
                    + "(...) AS name FROM events"));
    return null;
  }
}
