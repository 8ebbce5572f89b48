package org.pyflinkcep.expression;

import java.util.List;
import java.util.Set;
import java.util.TimeZone;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlNode;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.functions.BuiltInFunctionDefinition;
import org.pyflinkcep.expression.FunctionSignature.Parameter;

/** Checks calls of functions against the signatures that they have in Flink SQL. */
final class FunctionChecker {

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

  private static final Set<String> OF_CHANCE = Set.of("RAND", "RAND_INTEGER", "UUID");

  /** The JVM calls no method with more than 255. */
  private static final int MAX_ARGUMENTS = 250;

  private final TypeCoercion coercion;
  private final TimeZone zone;
  private final ExpressionErrors errors;

  FunctionChecker(TypeCoercion coercion, TimeZone zone, ExpressionErrors errors) {
    this.coercion = coercion;
    this.zone = zone;
    this.errors = errors;
  }

  static boolean isDeterministic(String name) {
    return !NOT_DETERMINISTIC.contains(name);
  }

  Expression call(SqlNode call, String name, List<Expression> arguments) {
    List<FunctionSignature> signatures = Functions.named(name);
    for (FunctionSignature signature : signatures) {
      if (signature.accepts(arguments)) {
        for (int i = 0; i < arguments.size(); i++) {
          if (signature.parameter(i) == Parameter.REGEX
              && !isRegex(((SqlCall) call).operand(i), arguments.get(i))) {
            return null;
          }
        }
        return signature.call(arguments, coercion, zone);
      }
    }
    if (!signatures.isEmpty()) {
      String known =
          signatures.stream().map(FunctionSignature::toString).collect(Collectors.joining(", "));
      return errors.wrongArguments(call, name, known, arguments);
    }
    if (arguments.size() > MAX_ARGUMENTS) {
      errors.add(
          "wrong-arguments",
          call,
          name + " has " + arguments.size() + " arguments, and may have " + MAX_ARGUMENTS,
          null);
      return null;
    }
    BuiltInFunctionDefinition definition = BuiltInFunctions.named(name);
    try {
      return BuiltInFunctions.call(definition, arguments, coercion);
    } catch (ValidationException e) {
      return errors.wrongArguments(call, name, BuiltInFunctions.signature(definition), arguments);
    }
  }

  /** Whether the argument may be a regular expression; if it can't, that is reported. */
  private boolean isRegex(SqlNode node, Expression argument) {
    if (argument instanceof Constant constant && constant.value() != null) {
      try {
        Regex.compile(constant.value().toString());
      } catch (PatternSyntaxException e) {
        errors.badRegex(node, e);
        return false;
      }
    }
    return true;
  }

  Expression notDeterministic(SqlNode node, String name) {
    errors.add(
        "not-deterministic",
        node,
        name
            + " gives another value on each run, and a replay of the events must find the same matches",
        OF_CHANCE.contains(name)
            ? "compute it before the match, as a column of the events"
            : "the time of the tested event is ROWTIME()");
    return null;
  }
}
