package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Condition;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.ExpressionCompiler;
import org.pyflinkcep.expression.Measure;
import org.pyflinkcep.expression.TimeZones;
import org.pyflinkcep.matcher.StepCondition.Role;

/**
 * A pattern with its conditions and measures, compiled for events of one type.
 *
 * @param fingerprint tells the pattern from others
 * @param automaton the compiled pattern
 * @param layout what its states mean, for partial matches that are stored
 * @param conditions the pattern's conditions, by the numbers that the automaton knows them by
 * @param stepConditions the pattern's conditions as they were written, each where it was
 * @param stepNames the names of the steps, by the numbers that taken events carry
 * @param skip what a match does to others
 * @param skipStep the number of the step to skip to; -1 for none
 * @param measures the measures by name, in order; null: the events of each step
 */
public record CompiledRule(
    String fingerprint,
    Automaton automaton,
    Layout layout,
    List<Condition> conditions,
    List<StepCondition> stepConditions,
    List<String> stepNames,
    SkipStrategy skip,
    int skipStep,
    Map<String, Measure> measures) {

  /**
   * Compiles a pattern.
   *
   * @param pattern a pattern document
   * @param measures SQL by name, or null
   * @param eventType the columns of an event; null: they aren't known, and expressions are parsed
   *     alone
   * @return the rule, or null after errors were reported, or where the columns aren't known
   */
  public static CompiledRule compile(
      JsonNode pattern,
      JsonNode measures,
      RowType eventType,
      TimeZones zones,
      Diagnostics diagnostics) {
    int before = diagnostics.list().size();
    PatternSpec spec = PatternSpec.fromJson(pattern, diagnostics);
    if (spec == null) {
      return null;
    }
    List<String> steps = spec.stepNames();
    Compilation compilation =
        new Compilation(spec, steps, new ExpressionCompiler(eventType, steps, zones, diagnostics));
    compilation.compileConditions(spec.steps());
    Map<String, Measure> compiledMeasures = compilation.compileMeasures(measures);
    if (diagnostics.list().size() > before || eventType == null) {
      return null;
    }
    AutomatonCompiler compiler = new AutomatonCompiler(spec, compilation);
    Automaton automaton;
    try {
      automaton = compiler.compile();
    } catch (AutomatonCompiler.TooLargeException e) {
      diagnostics.add(
          new Diagnostic(
              "too-large",
              "pattern",
              null,
              0,
              0,
              0,
              "the pattern needs more than " + AutomatonCompiler.MAX_STATES + " states",
              "count events by a condition, such as `COUNT(step) >= 5000`, rather than by `times`"));
      return null;
    }
    return new CompiledRule(
        spec.fingerprint(),
        automaton,
        Layout.of(spec, automaton),
        List.copyOf(compilation.conditions),
        List.copyOf(compilation.stepConditions),
        steps,
        spec.skip(),
        steps.indexOf(spec.skip().step()),
        compiledMeasures);
  }

  /**
   * The conditions as they were written that have a part, each where it was; of a measure none.
   *
   * @param canonical the part in its canonical spelling
   */
  public List<StepCondition> writtenWith(String canonical) {
    return stepConditions.stream()
        .filter(
            written ->
                IntStream.of(written.parts())
                    .anyMatch(part -> conditions.get(part).canonical().equals(canonical)))
        .toList();
  }

  /** Compiles the expressions of one pattern, each text of a step once. */
  private static final class Compilation implements ConditionNumbers {

    private record Place(String sql, BitSet visible) {}

    private final List<String> steps;
    private final ExpressionCompiler expressions;
    private final List<Condition> conditions = new ArrayList<>();
    private final List<StepCondition> stepConditions = new ArrayList<>();
    private final Map<Place, int[]> numbers = new HashMap<>();
    private final Map<Gap, Integer> gapNumbers = new HashMap<>();
    private final Map<String, BitSet> visible = new HashMap<>();

    Compilation(PatternSpec spec, List<String> steps, ExpressionCompiler expressions) {
      this.steps = steps;
      this.expressions = expressions;
      findVisible(spec.steps(), new BitSet());
    }

    /**
     * A condition sees its own step, those before it, and in a repeated group those after it too.
     */
    private void findVisible(List<StepSpec> sequence, BitSet before) {
      for (StepSpec step : sequence) {
        if (!step.isGroup()) {
          before.set(steps.indexOf(step.name()));
          visible.put(step.name(), (BitSet) before.clone());
        } else if (step.times() == null) {
          findVisible(step.group(), before);
        } else {
          for (String name : new PatternSpec(step.group(), null).stepNames()) {
            before.set(steps.indexOf(name));
          }
          findVisible(step.group(), before);
        }
      }
    }

    void compileConditions(List<StepSpec> sequence) {
      for (StepSpec step : sequence) {
        String name = step.isGroup() ? "group" : "step `" + step.name() + "`";
        for (StepSpec.Clause clause : step.where()) {
          add(step, Role.WHERE, clause.sql(), clause.alternative(), "where of " + name);
        }
        if (step.until() != null) {
          add(step, Role.UNTIL, step.until(), false, "until of " + name);
        }
        if (step.isGroup()) {
          compileConditions(step.group());
        }
      }
    }

    private void add(StepSpec step, Role role, String sql, boolean alternative, String location) {
      List<String> names = new PatternSpec(List.of(step), null).stepNames();
      int[] parts = compile(step, sql, location);
      stepConditions.add(new StepCondition(names, role, sql, alternative, parts));
    }

    private int[] compile(StepSpec step, String sql, String location) {
      return numbers.computeIfAbsent(
          new Place(sql, visibleTo(step)),
          place -> {
            Condition condition = expressions.condition(sql, location, place.visible());
            if (condition == null) {
              return new int[0];
            }
            int first = conditions.size();
            conditions.addAll(condition.parts());
            return IntStream.range(first, conditions.size()).toArray();
          });
    }

    @Override
    public int[] numbersOf(StepSpec step, String sql) {
      return numbers.get(new Place(sql, visibleTo(step)));
    }

    @Override
    public int numberOf(Gap gap) {
      return gapNumbers.computeIfAbsent(
          gap,
          added -> {
            conditions.add(new GapCondition(added));
            return conditions.size() - 1;
          });
    }

    @Override
    public int count() {
      return conditions.size();
    }

    private BitSet visibleTo(StepSpec step) {
      if (!step.isGroup()) {
        return visible.get(step.name());
      }
      List<StepSpec> group = step.group();
      return visibleTo(group.get(group.size() - 1));
    }

    Map<String, Measure> compileMeasures(JsonNode measures) {
      if (measures == null || measures.isNull()) {
        return null;
      }
      Map<String, Measure> compiled = new LinkedHashMap<>();
      Iterator<String> names = measures.fieldNames();
      while (names.hasNext()) {
        String name = names.next();
        compiled.put(
            name, expressions.measure(measures.get(name).asText(), "measure `" + name + "`"));
      }
      return compiled;
    }
  }
}
