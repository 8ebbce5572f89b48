package org.pyflinkcep.expression;

import java.util.Objects;
import org.apache.calcite.sql.SqlBasicCall;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlSelectKeyword;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;

/** Checks what is over the events that a step has taken: FIRST, LAST, aggregates and ROWTIME. */
final class OverStepChecker {

  private final Checker checker;
  private final Scope scope;
  private final TimeZones zones;
  private final ExpressionErrors errors;

  OverStepChecker(Checker checker, Scope scope, TimeZones zones, ExpressionErrors errors) {
    this.checker = checker;
    this.scope = scope;
    this.zones = zones;
    this.errors = errors;
  }

  Expression navigation(SqlCall call) {
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
        ? Navigation.first(step, argument, offset.intValue(true))
        : Navigation.last(step, argument, offset.intValue(true));
  }

  Expression aggregate(String name, SqlCall call) {
    if (call.operandCount() != 1) {
      errors.add("wrong-arguments", call, name + " takes one argument", null);
      return null;
    }
    SqlNode operand = call.operand(0);
    boolean distinct =
        call.getFunctionQuantifier() != null
            && call.getFunctionQuantifier().getValue() == SqlSelectKeyword.DISTINCT;
    if (name.equals("COUNT")
        && !scope.isOverStep()
        && operand instanceof SqlIdentifier identifier) {
      if (identifier.isStar()) {
        return Aggregates.count("*", Aggregates.ANY_STEP);
      }
      int step = scope.step(identifier.names.get(0));
      if (identifier.isSimple() && step >= 0) {
        return scope.isVisible(step, identifier)
            ? Aggregates.count("`" + identifier.getSimple() + "`", step)
            : null;
      }
    }
    int step = stepOf(operand, call);
    Expression argument = step < 0 ? null : overStep(step, operand);
    if (argument == null) {
      return null;
    }
    if ((name.equals("SUM") || name.equals("AVG"))
        && !argument.type().is(LogicalTypeFamily.NUMERIC)) {
      errors.add(
          "type-mismatch", operand, name + " needs a number, found " + argument.sqlType(), null);
      return null;
    }
    if ((name.equals("MIN") || name.equals("MAX")) && !Values.isOrdered(argument.type())) {
      errors.add("type-mismatch", operand, "there is no order in " + argument.sqlType(), null);
      return null;
    }
    return switch (name) {
      case "COUNT" -> Aggregates.count(step, argument, distinct);
      case "SUM" -> Aggregates.sum(step, argument, distinct);
      case "AVG" -> Aggregates.average(step, argument, distinct);
      case "MIN" -> Aggregates.least(step, argument);
      default -> Aggregates.greatest(step, argument);
    };
  }

  Expression rowtime(SqlCall call) {
    if (call.operandCount() > 0) {
      return rowtimeOfStep(call);
    }
    if (scope.isOverStep()) {
      return scope.notOfTheStep(call);
    }
    if (scope.isMeasure()) {
      errors.add(
          "bare-field",
          call,
          "a measure has no tested event",
          "say of which step: `ROWTIME(" + scope.lastStep() + ")`");
      return null;
    }
    return timestamp();
  }

  /** The time of the last event that a step has taken. */
  private Expression rowtimeOfStep(SqlCall call) {
    if (call.operandCount() == 1
        && call.operand(0) instanceof SqlIdentifier identifier
        && identifier.isSimple()
        && scope.step(identifier.getSimple()) >= 0) {
      int step = scope.step(identifier.getSimple());
      if (scope.isOverStep()) {
        // Of each event that FIRST, LAST or the aggregate looks at, and not of the last one.
        return scope.isOver(step) ? timestamp() : scope.notOfTheStep(identifier);
      }
      return scope.isVisible(step, identifier) ? Navigation.last(step, timestamp(), 0) : null;
    }
    errors.add(
        "wrong-arguments",
        call,
        "ROWTIME is of the tested event, or of a step",
        "it is ROWTIME() or ROWTIME(step)");
    return null;
  }

  /** The instant of the tested event, whatever kind of time the events have. */
  private Expression timestamp() {
    TimeZones zones = this.zones;
    return new LongExpression("ROWTIME", new BigIntType(false)) {
      @Override
      long longValue(Evaluation evaluation) {
        evaluation.isNull = false;
        return zones.instant(evaluation.timestamp);
      }
    };
  }

  private Expression overStep(int step, SqlNode argument) {
    return scope.overStep(step, () -> checker.check(argument));
  }

  /** The step that the argument of an aggregate refers to, or -1 after an error. */
  private int stepOf(SqlNode argument, SqlCall call) {
    SqlIdentifier identifier = firstIdentifier(argument);
    if (scope.isOverStep() || identifier == null) {
      errors.add(
          "wrong-arguments",
          call,
          "expected a field of a step",
          "such as `" + scope.exampleOfField() + "`");
      return -1;
    }
    int step = scope.step(identifier.names.get(0));
    if (step < 0) {
      scope.unknownStep(identifier);
      return -1;
    }
    return scope.isVisible(step, identifier) ? step : -1;
  }

  private static SqlIdentifier firstIdentifier(SqlNode node) {
    if (node instanceof SqlIdentifier identifier) {
      return identifier;
    }
    if (node instanceof SqlBasicCall call) {
      return call.getOperandList().stream()
          .map(OverStepChecker::firstIdentifier)
          .filter(Objects::nonNull)
          .findFirst()
          .orElse(null);
    }
    return null;
  }
}
