package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlSelectKeyword;
import org.apache.flink.table.types.logical.BigIntType;
import org.pyflinkcep.expression.Aggregate.Events;

/** Checks what is over the events that a step has taken: FIRST, LAST, aggregates and ROWTIME. */
final class OverStepChecker {

  /** The names of the aggregates. */
  static final Set<String> AGGREGATES = AggregateChecker.NAMES;

  private final Checker checker;
  private final AggregateChecker aggregates;
  private final Scope scope;
  private final TimeZones zones;
  private final ExpressionErrors errors;

  OverStepChecker(
      Checker checker,
      Scope scope,
      AggregateChecker aggregates,
      TimeZones zones,
      ExpressionErrors errors) {
    this.checker = checker;
    this.aggregates = aggregates;
    this.scope = scope;
    this.zones = zones;
    this.errors = errors;
  }

  Expression navigation(SqlCall call) {
    OptionalInt step = stepOf(List.of(call.operand(0)), call);
    if (step.isPresent() && step.getAsInt() == Aggregate.ANY_STEP) {
      errors.add(
          "wrong-arguments",
          call,
          "expected a field of a step",
          "such as `" + scope.exampleOfField() + "`");
      return null;
    }
    Expression argument =
        step.isEmpty()
            ? null
            : scope.overStep(step.getAsInt(), () -> checker.check(call.operand(0)));
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
        ? Navigation.first(step.getAsInt(), argument, offset.intValue(true))
        : Navigation.last(step.getAsInt(), argument, offset.intValue(true));
  }

  /** An aggregate with a FILTER clause. */
  Expression filtered(SqlCall call) {
    SqlNode filtered = call.operand(0);
    if (filtered instanceof SqlCall around
        && Checker.name(around).equals(ExpressionParser.FILTERED)) {
      filtered = around.operand(0);
    }
    if (filtered instanceof SqlCall aggregate && AGGREGATES.contains(Checker.name(aggregate))) {
      return aggregate(aggregate, call.operand(1));
    }
    if (filtered instanceof SqlCall function
        && !Checker.functionNames().contains(Checker.name(function))) {
      return checker.check(function);
    }
    errors.add("wrong-arguments", call, "FILTER is a clause of an aggregate", null);
    return null;
  }

  /** An aggregate with an ORDER BY, which Flink takes and passes over. */
  Expression ordered(SqlCall call) {
    errors.add(
        "unsupported",
        call,
        "an aggregate takes the events in the order in which the step has taken them",
        "leave ORDER BY out");
    return null;
  }

  Expression aggregate(SqlCall call) {
    return aggregate(call, null);
  }

  private Expression aggregate(SqlCall call, SqlNode filter) {
    if (!aggregates.takesAsMany(call)) {
      return null;
    }
    List<SqlNode> operands = call.getOperandList();
    boolean distinct =
        call.getFunctionQuantifier() != null
            && call.getFunctionQuantifier().getValue() == SqlSelectKeyword.DISTINCT;
    if (Checker.name(call).equals("COUNT")
        && operands.size() == 1
        && operands.get(0) instanceof SqlIdentifier what
        && (what.isStar() || what.isSimple() && scope.step(what.getSimple()) >= 0)) {
      return countOfEvents(call, what, filter, distinct);
    }
    List<SqlNode> all = new ArrayList<>(operands);
    if (filter != null) {
      all.add(filter);
    }
    OptionalInt step = stepOf(all, call);
    return step.isEmpty() ? null : aggregate(call, step.getAsInt(), filter, distinct);
  }

  /** COUNT(*) or COUNT(step). */
  private Expression countOfEvents(
      SqlCall call, SqlIdentifier what, SqlNode filter, boolean distinct) {
    if (distinct) {
      errors.add(
          "wrong-arguments",
          call,
          "DISTINCT is of the values of a field",
          "such as `COUNT(DISTINCT " + scope.exampleOfField() + ")`");
      return null;
    }
    List<SqlNode> all = new ArrayList<>();
    if (!what.isStar()) {
      all.add(what);
    }
    if (filter != null) {
      all.add(filter);
    }
    OptionalInt step = stepOf(all, call);
    if (step.isEmpty()) {
      return null;
    }
    Expression condition =
        filter == null ? null : scope.overStep(step.getAsInt(), () -> checker.bool(filter));
    return filter != null && condition == null
        ? null
        : Aggregates.count(
            what.isStar() ? "*" : "`" + what.getSimple() + "`",
            new Events(step.getAsInt(), condition, false));
  }

  private Expression aggregate(SqlCall call, int step, SqlNode filter, boolean distinct) {
    List<Expression> arguments = scope.overStep(step, () -> aggregates.arguments(call));
    Expression condition = filter == null ? null : scope.overStep(step, () -> checker.bool(filter));
    return arguments == null || filter != null && condition == null
        ? null
        : aggregates.check(call, new Events(step, condition, distinct), arguments);
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

  /**
   * The step that an aggregate or navigation refers to, {@link Aggregate#ANY_STEP} where it refers
   * to none, or nothing after an error.
   */
  private OptionalInt stepOf(List<SqlNode> arguments, SqlCall call) {
    if (scope.isOverStep()) {
      errors.add(
          "wrong-arguments",
          call,
          "expected a field of a step",
          "such as `" + scope.exampleOfField() + "`");
      return OptionalInt.empty();
    }
    List<SqlIdentifier> identifiers = new ArrayList<>();
    arguments.forEach(argument -> collect(argument, identifiers));
    if (identifiers.isEmpty()) {
      return OptionalInt.of(Aggregate.ANY_STEP);
    }
    SqlIdentifier identifier =
        identifiers.stream()
            .filter(candidate -> scope.step(candidate.names.get(0)) >= 0)
            .findFirst()
            .orElse(identifiers.get(0));
    int step = scope.step(identifier.names.get(0));
    if (step < 0) {
      scope.unknownStep(identifier);
      return OptionalInt.empty();
    }
    return scope.isVisible(step, identifier) ? OptionalInt.of(step) : OptionalInt.empty();
  }

  private static void collect(SqlNode node, List<SqlIdentifier> identifiers) {
    if (node instanceof SqlIdentifier identifier && !identifier.isStar()) {
      identifiers.add(identifier);
    } else if (node instanceof SqlCall call && call.getKind() == SqlKind.DOT) {
      // What follows the dot is a field of what stands before it.
      collect(call.operand(0), identifiers);
    } else if (node instanceof SqlCall call) {
      call.getOperandList().forEach(operand -> collect(operand, identifiers));
    } else if (node instanceof SqlNodeList list) {
      list.forEach(item -> collect(item, identifiers));
    }
  }
}
