package org.pyflinkcep.expression;

import java.time.ZoneId;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TimeZone;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.calcite.sql.SqlNode;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;

/** Compiles the conditions and measures of one pattern over the events of one stream. */
public final class ExpressionCompiler {

  static final int MAX_DEPTH = 500;
  static final String TOO_DEEP =
      "the expression is nested too deeply: split it, or join its parts by AND or OR";

  private static final String TOO_NESTED = "a value of the event is nested too deeply";

  private final RowType event;
  private final List<String> steps;
  private final TimeZone zone;
  private final Diagnostics diagnostics;
  private final ExpressionParser parser;

  /**
   * @param event the type of the events
   * @param steps the pattern's step names, by their place
   * @param sessionTimeZone the time zone in which TIMESTAMP_LTZ is read and written
   * @param diagnostics where errors are reported
   */
  public ExpressionCompiler(
      RowType event, List<String> steps, ZoneId sessionTimeZone, Diagnostics diagnostics) {
    this.event = event;
    this.steps = steps;
    this.zone = TimeZone.getTimeZone(sessionTimeZone);
    this.diagnostics = diagnostics;
    this.parser = new ExpressionParser(Set.copyOf(event.getFieldNames()), Set.copyOf(steps));
  }

  /**
   * Compiles a condition.
   *
   * @param location what the condition is, such as {@code where of step `spend`}
   * @param visibleSteps the steps that may have taken events when the condition is evaluated
   * @return the condition, or null after its errors were reported
   */
  public Condition condition(String sql, String location, BitSet visibleSteps) {
    ExpressionErrors errors = new ExpressionErrors(sql, location, diagnostics);
    Expression expression = compile(sql, visibleSteps, false, errors);
    if (expression == null) {
      return null;
    }
    if (!expression.type().is(LogicalTypeRoot.BOOLEAN)) {
      errors.add(
          "type-mismatch", "a condition must be BOOLEAN, and this is " + expression.sqlType());
      return null;
    }
    return new CompiledCondition(expression);
  }

  /**
   * Compiles a measure.
   *
   * @param location what the measure is, such as {@code measure `spent`}
   * @return the measure, or null after its errors were reported
   */
  public Measure measure(String sql, String location) {
    BitSet allSteps = new BitSet();
    allSteps.set(0, steps.size());
    ExpressionErrors errors = new ExpressionErrors(sql, location, diagnostics);
    Expression expression = compile(sql, allSteps, true, errors);
    if (expression == null) {
      return null;
    }
    if (expression.type().is(LogicalTypeRoot.NULL)) {
      errors.add("type-mismatch", "a measure must have a type, as CAST(NULL AS STRING) has one");
      return null;
    }
    return new CompiledMeasure(expression);
  }

  /** The expression, of any type, or null after its errors were reported. */
  Expression compile(String sql, BitSet visibleSteps, boolean measure, ExpressionErrors errors) {
    try {
      SqlNode node = parser.parse(sql, errors);
      if (node == null) {
        return null;
      }
      Expression expression =
          new Checker(event, steps, visibleSteps, measure, zone, errors).check(node);
      if (errors.none() && expression.depth() > MAX_DEPTH) {
        errors.add("too-deep", TOO_DEEP);
      }
      return errors.none() ? expression : null;
    } catch (StackOverflowError e) {
      errors.add("too-deep", TOO_DEEP);
      return null;
    }
  }

  private record CompiledCondition(Expression expression, boolean refersToTaken)
      implements Condition {

    CompiledCondition(Expression expression) {
      this(expression, expression.refersToTaken());
    }

    @Override
    public boolean test(Evaluation evaluation) {
      evaluation.budget.reset();
      try {
        return expression.truth(evaluation) == Expression.TRUE;
      } catch (StackOverflowError e) {
        throw new EvaluationLimitException(TOO_NESTED);
      }
    }

    @Override
    public String canonical() {
      return expression.canonical();
    }

    @Override
    public List<Condition> parts() {
      Map<Boolean, List<Expression>> byReference =
          Logic.conjuncts(expression).stream()
              .collect(Collectors.partitioningBy(Expression::refersToTaken));
      return Stream.of(byReference.get(false), byReference.get(true))
          .filter(conjuncts -> !conjuncts.isEmpty())
          .<Condition>map(conjuncts -> new CompiledCondition(Logic.and(conjuncts)))
          .toList();
    }

    @Override
    public List<Constraint> constraints() {
      return expression.constraints(true);
    }
  }

  private record CompiledMeasure(Expression expression) implements Measure {

    @Override
    public Object evaluate(Evaluation evaluation) {
      evaluation.budget.reset();
      try {
        return expression.value(evaluation);
      } catch (StackOverflowError e) {
        throw new EvaluationLimitException(TOO_NESTED);
      }
    }

    @Override
    public LogicalType type() {
      return expression.type().copy(true);
    }
  }
}
