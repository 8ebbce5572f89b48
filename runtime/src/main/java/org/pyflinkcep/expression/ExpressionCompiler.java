package org.pyflinkcep.expression;

import java.time.ZoneId;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  private final RowType event;
  private final List<String> steps;
  private final TimeZones zones;
  private final Diagnostics diagnostics;
  private final ExpressionParser parser;

  /**
   * @param event the type of the events; null: it isn't known, and expressions are parsed alone
   * @param steps the pattern's step names, by their place
   * @param zones the session's time zone, and that of the events' times
   * @param diagnostics where errors are reported
   */
  public ExpressionCompiler(
      RowType event, List<String> steps, TimeZones zones, Diagnostics diagnostics) {
    this.event = event;
    this.steps = steps;
    this.zones = zones;
    this.diagnostics = diagnostics;
    this.parser =
        new ExpressionParser(
            event == null ? Set.of() : Set.copyOf(event.getFieldNames()), Set.copyOf(steps));
  }

  /** For events whose times are instants. */
  public ExpressionCompiler(
      RowType event, List<String> steps, ZoneId session, Diagnostics diagnostics) {
    this(event, steps, TimeZones.ofInstants(session), diagnostics);
  }

  /**
   * Compiles a condition.
   *
   * @param location what the condition is, such as {@code where of step `spend`}
   * @param visibleSteps the steps that may have taken events when the condition is evaluated
   * @return the condition, or null after its errors were reported, or where the events' type isn't
   *     known
   */
  public Condition condition(String sql, String location, BitSet visibleSteps) {
    ExpressionErrors errors = new ExpressionErrors(sql, location, diagnostics);
    Sources sources = new Sources(sql);
    Expression expression = compile(sql, visibleSteps, false, sources, errors);
    if (expression == null) {
      return null;
    }
    if (!expression.type().is(LogicalTypeRoot.BOOLEAN)) {
      errors.add(
          "type-mismatch",
          "a condition must be BOOLEAN, and this is " + expression.sqlType(),
          Comments.hint(sql, TypeHints.condition(expression)));
      return null;
    }
    try {
      return new CompiledCondition(expression, sources);
    } catch (RuntimeException | Error e) {
      errors.internal(null, e);
      return null;
    }
  }

  /**
   * Compiles a measure.
   *
   * @param location what the measure is, such as {@code measure `spent`}
   * @return the measure, or null after its errors were reported, or where the events' type isn't
   *     known
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
    return compile(sql, visibleSteps, measure, new Sources(sql), errors);
  }

  private Expression compile(
      String sql, BitSet visibleSteps, boolean measure, Sources sources, ExpressionErrors errors) {
    try {
      SqlNode node = parser.parse(sql, errors);
      if (node == null || event == null) {
        return null;
      }
      Expression expression =
          new Checker(event, steps, visibleSteps, measure, zones, sources, errors).check(node);
      if (errors.none() && expression.depth() > MAX_DEPTH) {
        errors.add("too-deep", TOO_DEEP);
      }
      return errors.none() ? expression : null;
    } catch (StackOverflowError e) {
      errors.add("too-deep", TOO_DEEP);
      return null;
    } catch (RuntimeException | Error e) {
      errors.internal(null, e);
      return null;
    }
  }

  /** All that can be found out without an event is found out at once, where errors are reported. */
  private record CompiledCondition(
      Expression expression,
      Sources sources,
      boolean refersToTaken,
      String canonical,
      List<Constraint> constraints)
      implements Condition {

    CompiledCondition(Expression expression, Sources sources) {
      this(
          expression,
          sources,
          expression.refersToTaken(),
          expression.canonical(),
          expression.constraints(true));
    }

    @Override
    public boolean test(Evaluation evaluation) {
      evaluation.budget.reset();
      try {
        return expression.truth(evaluation) == Expression.TRUE;
      } catch (RuntimeException | Error e) {
        throw Evaluation.failure(e);
      }
    }

    @Override
    public Verdict explain(Evaluation evaluation) {
      return Reasoning.on(expression, sources, evaluation);
    }

    @Override
    public List<Condition> parts() {
      if (Logic.conjuncts(expression).stream().map(Expression::refersToTaken).distinct().count()
          == 1) {
        return List.of(this);
      }
      Map<Boolean, List<Expression>> byReference =
          Logic.conjuncts(expression).stream()
              .collect(Collectors.partitioningBy(Expression::refersToTaken));
      return Stream.of(byReference.get(false), byReference.get(true))
          .filter(conjuncts -> !conjuncts.isEmpty())
          .<Condition>map(conjuncts -> new CompiledCondition(Logic.and(conjuncts), sources))
          .toList();
    }
  }

  private record CompiledMeasure(Expression expression) implements Measure {

    @Override
    public Object evaluate(Evaluation evaluation) {
      evaluation.budget.reset();
      try {
        return expression.value(evaluation);
      } catch (RuntimeException | Error e) {
        throw Evaluation.failure(e);
      }
    }

    @Override
    public LogicalType type() {
      return expression.type().copy(true);
    }
  }
}
