package org.pyflinkcep.expression;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlJsonConstructorNullClause;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.fun.SqlJsonArrayAggAggFunction;
import org.apache.calcite.sql.fun.SqlJsonObjectAggAggFunction;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.pyflinkcep.expression.Aggregate.Events;

/** Checks the arguments of aggregates over the events of a step. */
final class AggregateChecker {

  static final Set<String> NAMES = new TreeSet<>(Statistics.SPREADS);

  static {
    NAMES.addAll(
        List.of(
            "ARRAY_AGG",
            "AVG",
            "COUNT",
            "FIRST_VALUE",
            "JSON_ARRAYAGG",
            "JSON_OBJECTAGG",
            "LAST_VALUE",
            "LISTAGG",
            "MAX",
            "MIN",
            "PERCENTILE",
            "SUM"));
  }

  private final Checker checker;
  private final JsonChecker json;
  private final TypeCoercion coercion;
  private final Casts casts;
  private final ExpressionErrors errors;

  AggregateChecker(
      Checker checker,
      JsonChecker json,
      TypeCoercion coercion,
      Casts casts,
      ExpressionErrors errors) {
    this.checker = checker;
    this.json = json;
    this.coercion = coercion;
    this.casts = casts;
    this.errors = errors;
  }

  /** Whether the aggregate takes as many arguments as it has; if not, that is reported. */
  boolean takesAsMany(SqlCall call) {
    String name = Checker.name(call);
    if (call.operandCount() == 1
        || call.getKind() == SqlKind.JSON_OBJECTAGG
        || name.equals("PERCENTILE")
        || name.equals("LISTAGG")) {
      return true;
    }
    wrong(call, name + " takes one argument", null);
    return false;
  }

  /** The arguments, or null after an error was reported. */
  List<Expression> arguments(SqlCall call) {
    List<SqlNode> operands = call.getOperandList();
    return switch (call.getKind()) {
      case JSON_ARRAYAGG -> {
        Expression value = json.json(operands.get(0));
        yield value == null ? null : List.of(value);
      }
      case JSON_OBJECTAGG -> {
        Expression key = checker.text(operands.get(0));
        Expression value = json.json(operands.get(1));
        yield key == null || value == null ? null : List.of(key, value);
      }
      default -> checker.checkAll(operands);
    };
  }

  /** The aggregate, or null after an error was reported. */
  Expression check(SqlCall call, Events events, List<Expression> arguments) {
    String name = Checker.name(call);
    if (arguments.stream().anyMatch(argument -> argument.type().is(LogicalTypeRoot.NULL))) {
      return wrong(call, "a NULL in it has no type", "say its type, such as CAST(NULL AS INT)");
    }
    if (name.equals("PERCENTILE")) {
      return percentile(call, events, arguments);
    }
    if (name.equals("LISTAGG")) {
      return text(call, events, arguments);
    }
    Expression argument = arguments.get(0);
    LogicalType type = argument.type();
    boolean needsNumber =
        name.equals("SUM") || name.equals("AVG") || Statistics.SPREADS.contains(name);
    if (needsNumber && !type.is(LogicalTypeFamily.NUMERIC)) {
      return mismatch(call.operand(0), name + " needs a number, found " + argument.sqlType());
    }
    if ((name.equals("MIN") || name.equals("MAX")) && !Values.isOrdered(type)) {
      return mismatch(call.operand(0), "there is no order in " + argument.sqlType());
    }
    return switch (name) {
      case "COUNT" -> Aggregates.count(events, argument);
      case "SUM" -> Sums.sum(events, argument);
      case "AVG" -> Sums.average(events, argument);
      case "MIN" -> Aggregates.least(events, argument);
      case "MAX" -> Aggregates.greatest(events, argument);
      case "FIRST_VALUE", "LAST_VALUE" -> Aggregates.end(name, events, argument);
      case "ARRAY_AGG" -> Gathering.array(events, argument);
      case "JSON_ARRAYAGG" -> Gathering.jsonArray(events, argument, writesNulls(call));
      case "JSON_OBJECTAGG" ->
          Gathering.jsonObject(events, argument, arguments.get(1), writesNulls(call));
      default -> Statistics.spread(name, events, argument, doubles(argument), casts);
    };
  }

  /** Whether a JSON aggregate writes values that are NULL: an object does if nothing is said. */
  private static boolean writesNulls(SqlCall call) {
    SqlJsonConstructorNullClause clause =
        call.getOperator() instanceof SqlJsonArrayAggAggFunction array
            ? array.getNullClause()
            : ((SqlJsonObjectAggAggFunction) call.getOperator()).getNullClause();
    return clause == SqlJsonConstructorNullClause.NULL_ON_NULL;
  }

  private Expression doubles(Expression number) {
    return coercion.coerce(number, new DoubleType());
  }

  private Expression text(SqlCall call, Events events, List<Expression> arguments) {
    boolean texts =
        arguments.stream()
            .allMatch(argument -> argument.type().is(LogicalTypeFamily.CHARACTER_STRING));
    if (!texts || arguments.size() > 2) {
      return errors.wrongArguments(call, "LISTAGG", "LISTAGG(STRING[, 'separator'])", arguments);
    }
    if (arguments.size() == 1) {
      return Gathering.text(events, arguments.get(0), ",");
    }
    return arguments.get(1) instanceof Constant separator && separator.value() != null
        ? Gathering.text(events, arguments.get(0), separator.value().toString())
        : wrong(call.operand(1), "the separator of LISTAGG is a text that is written", null);
  }

  private Expression percentile(SqlCall call, Events events, List<Expression> arguments) {
    boolean fits =
        (arguments.size() == 2 || arguments.size() == 3)
            && arguments.get(0).type().is(LogicalTypeFamily.NUMERIC)
            && (arguments.size() < 3
                || arguments.get(2).type().is(LogicalTypeFamily.INTEGER_NUMERIC));
    if (!fits) {
      return errors.wrongArguments(
          call, "PERCENTILE", "PERCENTILE(number, share from 0 to 1[, frequency])", arguments);
    }
    if (!(arguments.get(1) instanceof Constant shares) || Statistics.shares(shares) == null) {
      return wrong(
          call.operand(1),
          "expected a share that is written",
          "from 0 to 1, as 0.5 for the median, or an array of such");
    }
    return Statistics.percentile(
        events, doubles(arguments.get(0)), shares, arguments.size() < 3 ? null : arguments.get(2));
  }

  private Expression wrong(SqlNode node, String message, String hint) {
    errors.add("wrong-arguments", node, message, hint);
    return null;
  }

  private Expression mismatch(SqlNode node, String message) {
    errors.add("type-mismatch", node, message, null);
    return null;
  }
}
