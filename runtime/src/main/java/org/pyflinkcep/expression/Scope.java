package org.pyflinkcep.expression;

import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlNode;
import org.apache.flink.table.types.logical.RowType;

/** The names that an expression can use: the fields of the events, and the steps. */
final class Scope {

  private final RowType event;
  private final List<String> steps;
  private final BitSet visibleSteps;
  private final boolean measure;
  private final FunctionChecker functions;
  private final ExpressionErrors errors;

  private static final int NONE = -2;

  /**
   * The step over whose events the expression that is being checked ranges, {@link
   * Aggregate#ANY_STEP}, or {@link #NONE}.
   */
  private int overStep = NONE;

  /**
   * @param event the type of the events
   * @param steps the pattern's step names, by their place
   * @param visibleSteps the steps that may have taken events when the expression is evaluated
   * @param measure whether the expression is a measure, which has no event under test
   */
  Scope(
      RowType event,
      List<String> steps,
      BitSet visibleSteps,
      boolean measure,
      FunctionChecker functions,
      ExpressionErrors errors) {
    this.event = event;
    this.steps = steps;
    this.visibleSteps = visibleSteps;
    this.measure = measure;
    this.functions = functions;
    this.errors = errors;
  }

  boolean isMeasure() {
    return measure;
  }

  /** The place of a step, or -1 where there is none of that name. */
  int step(String name) {
    return steps.indexOf(name);
  }

  String lastStep() {
    return steps.get(steps.size() - 1);
  }

  /** What a field of a step looks like, for hints. */
  String exampleOfField() {
    return steps.get(0) + "." + event.getFieldNames().get(0);
  }

  boolean isOverStep() {
    return overStep != NONE;
  }

  /** Whether the expression that is being checked ranges over the events of the step. */
  boolean isOver(int step) {
    return overStep == step;
  }

  /** Checks an expression over the fields of one step, and of no other. */
  <T> T overStep(int step, Supplier<T> check) {
    overStep = step;
    try {
      return check.get();
    } finally {
      overStep = NONE;
    }
  }

  /** The value that a name stands for, or null after an error was reported. */
  Expression resolve(SqlIdentifier identifier) {
    List<String> names = identifier.names;
    int step = steps.indexOf(names.get(0));
    boolean field = event.getFieldIndex(names.get(0)) >= 0;
    if (isOverStep() && step == overStep && names.size() == 1) {
      return stepWithoutField(identifier);
    }
    if (isOverStep()) {
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
        return value == null ? null : Navigation.last(step, value, 0);
      }
    }
    if (measure && field) {
      errors.add(
          "bare-field",
          identifier,
          "`" + names.get(0) + "` is a field, and a measure is over the events of all steps",
          "say of which step: `" + lastStep() + "." + names.get(0) + "`");
      return null;
    }
    if (field) {
      return path(identifier, 0);
    }
    if (identifier.isSimple() && step < 0) {
      String name = names.get(0).toUpperCase(Locale.ROOT);
      if (!FunctionChecker.isDeterministic(name)) {
        return functions.notDeterministic(identifier, name);
      }
      if (name.equals("PI")) {
        return functions.call(identifier, name, List.of());
      }
    }
    if (names.size() > 1) {
      unknownStep(identifier);
    } else if (step >= 0) {
      stepWithoutField(identifier);
    } else {
      unknownField(identifier, 0, event);
    }
    return null;
  }

  private Expression stepWithoutField(SqlIdentifier identifier) {
    String name = identifier.getSimple();
    errors.add(
        "step-without-field",
        identifier,
        "`" + name + "` is a step, and not a value",
        "name one of its fields, such as `" + name + "." + event.getFieldNames().get(0) + "`");
    return null;
  }

  /** Whether a node is the name of a step, and of no field. */
  boolean isStep(SqlNode node) {
    return node instanceof SqlIdentifier name
        && name.isSimple()
        && step(name.getSimple()) >= 0
        && event.getFieldIndex(name.getSimple()) < 0;
  }

  /**
   * Reports that a step is used as an array, as in {@code cart[0].amount}.
   *
   * @param field of the element; null for none
   */
  Expression stepAsArray(SqlIdentifier step, String field) {
    errors.add(
        "step-without-field",
        step,
        "`" + step + "` is a step, and not an array",
        hintOfEvents(step.getSimple(), field));
    return null;
  }

  /** How single events of a step are asked for; null where there is no such step. */
  String hintOfEvents(String step, String field) {
    if (step(step) < 0) {
      return null;
    }
    String known = event.getFieldIndex(field) < 0 ? event.getFieldNames().get(0) : field;
    String value = step + "." + known;
    return "the first event's is FIRST(%s), the second's FIRST(%s, 1), and the last one's LAST(%s)"
        .formatted(value, value, value);
  }

  /** Reports what is not of the step over whose events the expression ranges. */
  Expression notOfTheStep(SqlNode node) {
    String text = node instanceof SqlIdentifier ? node.toString() : "ROWTIME()";
    errors.add(
        "mixed-steps",
        node,
        overStep == Aggregate.ANY_STEP
            ? "`" + text + "` is not of one step"
            : "`" + text + "` is not of step `" + steps.get(overStep) + "`",
        "FIRST, LAST and aggregates are over the fields of one step");
    return null;
  }

  /** Whether the step may have taken events; if not, that is reported. */
  boolean isVisible(int step, SqlIdentifier identifier) {
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
            "`" + names.get(i - 1) + "` is of type " + value.sqlType() + ", and has no fields",
            TypeHints.field(String.join(".", names.subList(0, i)), value.type(), names.get(i)));
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
        hintOfField(identifier, component, row));
    return null;
  }

  private String hintOfField(SqlIdentifier identifier, int component, RowType row) {
    List<String> names = identifier.names;
    String name = names.get(component);
    if (component == 1 && step(names.get(0)) >= 0) {
      switch (name.toUpperCase(Locale.ROOT)) {
        case "FIRST", "LAST" -> {
          return hintOfEvents(names.get(0), names.get(names.size() - 1));
        }
        case "COUNT", "SIZE", "LENGTH" -> {
          return "the number of its events is COUNT(" + names.get(0) + ")";
        }
        default -> {}
      }
    }
    return Names.hint(name, "Fields", row.getFieldNames());
  }

  private String stepHint(SqlIdentifier identifier, String name) {
    List<String> names = identifier.names;
    String near = Names.hint(name, "Steps", steps);
    if (near.startsWith("did you mean")) {
      return near;
    }
    if (names.size() == 1 && event.getFieldIndex(name) >= 0) {
      return "say of which step: `" + lastStep() + "." + name + "`. " + near;
    }
    return names.size() > 1 && !measure && hasPath(event, names, 1)
        ? "a field of the tested event stands alone: `"
            + String.join(".", names.subList(1, names.size()))
            + "`. "
            + near
        : near;
  }

  void unknownStep(SqlIdentifier identifier) {
    String name = identifier.names.get(0);
    errors.add(
        "unknown-step",
        identifier.getComponentParserPosition(0),
        "`" + name + "` is not a step",
        stepHint(identifier, name));
  }
}
