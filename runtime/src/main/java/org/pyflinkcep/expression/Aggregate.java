package org.pyflinkcep.expression;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;

/**
 * An aggregate of expressions over the events that one step has taken, from the first one on. The
 * expressions are over the fields of one event, which is put into the evaluation in place of the
 * event under test.
 */
final class Aggregate extends Expression {

  /** Stands for every step, where an aggregate is over no field. */
  static final int ANY_STEP = -1;

  /** Takes in one event after the other. */
  interface Accumulator {

    /** Takes in the event that stands in the evaluation. */
    void add(Evaluation evaluation);

    /** The value of the aggregate, or null. */
    Object result();
  }

  /**
   * The events that an aggregate is over.
   *
   * @param filter what must be TRUE on an event; null: all are taken in
   * @param distinct whether only the first event of those with the same value of the argument is
   *     taken in, and none where it is NULL
   */
  record Events(int step, Expression filter, boolean distinct) {

    /** How many there are, where no value decides. */
    long count(Evaluation evaluation) {
      long count = 0;
      for (Taken taken = evaluation.taken; taken != null; taken = taken.previous()) {
        count += has(taken) && passes(taken, evaluation) ? 1 : 0;
      }
      return count;
    }

    boolean has(Taken taken) {
      return step == ANY_STEP || taken.step() == step;
    }

    private boolean passes(Taken taken, Evaluation evaluation) {
      if (filter == null) {
        return true;
      }
      RowData event = evaluation.event;
      long timestamp = evaluation.timestamp;
      try {
        evaluation.enter(taken);
        return filter.truth(evaluation) == TRUE;
      } finally {
        evaluation.restore(event, timestamp);
      }
    }

    /** The events of the step, the oldest first. */
    private Taken[] oldestFirst(Taken newest) {
      int count = 0;
      for (Taken taken = newest; taken != null; taken = taken.previous()) {
        count += has(taken) ? 1 : 0;
      }
      Taken[] events = new Taken[count];
      for (Taken taken = newest; taken != null; taken = taken.previous()) {
        if (has(taken)) {
          events[--count] = taken;
        }
      }
      return events;
    }

    String canonical(String name, List<Expression> arguments) {
      List<String> texts = arguments.stream().map(Expression::canonical).toList();
      return name
          + (distinct ? "(DISTINCT " : "(")
          + String.join(", ", texts)
          + ")"
          + (filter == null ? "" : " FILTER (WHERE " + filter.canonical() + ")");
    }
  }

  private final Events events;
  private final Function<Budget, Accumulator> start;
  private final Expression[] arguments;

  /** Makes of a value what is equal where the values are. */
  private final UnaryOperator<Object> key;

  Aggregate(
      String name,
      LogicalType type,
      Events events,
      Function<Budget, Accumulator> start,
      Expression... arguments) {
    super(name, type, operands(events, arguments));
    this.events = events;
    this.start = start;
    this.arguments = arguments;
    this.key = Values.key(arguments[0].type());
  }

  private static Expression[] operands(Events events, Expression[] arguments) {
    if (events.filter == null) {
      return arguments;
    }
    Expression[] operands = Arrays.copyOf(arguments, arguments.length + 1);
    operands[arguments.length] = events.filter;
    return operands;
  }

  @Override
  Object value(Evaluation evaluation) {
    Accumulator accumulator = start.apply(evaluation.budget);
    Set<Object> seen = events.distinct ? new HashSet<>() : null;
    RowData event = evaluation.event;
    long timestamp = evaluation.timestamp;
    try {
      for (Taken taken : events.oldestFirst(evaluation.taken)) {
        evaluation.enter(taken);
        if (events.filter != null && events.filter.truth(evaluation) != TRUE) {
          continue;
        }
        if (seen == null || isNew(arguments[0].value(evaluation), seen)) {
          accumulator.add(evaluation);
        }
      }
    } finally {
      evaluation.restore(event, timestamp);
    }
    return accumulator.result();
  }

  private boolean isNew(Object value, Set<Object> seen) {
    return value != null && seen.add(key.apply(value));
  }

  @Override
  boolean refersToTaken() {
    return true;
  }

  @Override
  boolean isConstant() {
    return false;
  }

  @Override
  String canonical() {
    return events.canonical(name(), List.of(arguments));
  }
}
