package org.pyflinkcep.expression;

import org.apache.flink.table.data.RowData;

/** The value of an expression on one of the events that a step has taken: LAST and FIRST. */
abstract class Navigation extends Expression {

  private final Expression argument;
  private final int offset;

  private Navigation(String name, Expression argument, int offset) {
    super(name, argument.type(), argument);
    this.argument = argument;
    this.offset = offset;
  }

  /** The argument on the nth event of the step, from its last one back. */
  static Expression last(int step, Expression argument, int offset) {
    return new Navigation("LAST", argument, offset) {
      @Override
      Taken find(Taken newest) {
        return nth(newest, step, offset);
      }
    };
  }

  /** The argument on the nth event of the step, from its first one on. */
  static Expression first(int step, Expression argument, int offset) {
    return new Navigation("FIRST", argument, offset) {
      @Override
      Taken find(Taken newest) {
        int count = 0;
        for (Taken taken = newest; taken != null; taken = taken.previous()) {
          if (taken.step() == step) {
            count++;
          }
        }
        return offset < count ? nth(newest, step, count - 1 - offset) : null;
      }
    };
  }

  /** The event to look at, or null. */
  abstract Taken find(Taken newest);

  @Override
  final Object value(Evaluation evaluation) {
    Taken taken = find(evaluation.taken);
    if (taken == null) {
      return null;
    }
    RowData event = evaluation.event;
    long timestamp = evaluation.timestamp;
    evaluation.enter(taken);
    try {
      return argument.value(evaluation);
    } finally {
      evaluation.restore(event, timestamp);
    }
  }

  @Override
  final long longValue(Evaluation evaluation) {
    Taken taken = find(evaluation.taken);
    if (taken == null) {
      evaluation.isNull = true;
      return 0;
    }
    RowData event = evaluation.event;
    long timestamp = evaluation.timestamp;
    evaluation.enter(taken);
    try {
      return argument.longValue(evaluation);
    } finally {
      evaluation.restore(event, timestamp);
    }
  }

  @Override
  final double doubleValue(Evaluation evaluation) {
    Taken taken = find(evaluation.taken);
    if (taken == null) {
      evaluation.isNull = true;
      return 0;
    }
    RowData event = evaluation.event;
    long timestamp = evaluation.timestamp;
    evaluation.enter(taken);
    try {
      return argument.doubleValue(evaluation);
    } finally {
      evaluation.restore(event, timestamp);
    }
  }

  @Override
  final boolean refersToTaken() {
    return true;
  }

  @Override
  final boolean isConstant() {
    return false;
  }

  @Override
  final String canonical() {
    return name() + "(" + argument.canonical() + ", " + offset + ")";
  }

  private static Taken nth(Taken newest, int step, int offset) {
    int left = offset;
    for (Taken taken = newest; taken != null; taken = taken.previous()) {
      if (taken.step() == step && left-- == 0) {
        return taken;
      }
    }
    return null;
  }
}
