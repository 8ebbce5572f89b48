package org.pyflinkcep.matcher;

import org.apache.flink.table.data.RowData;
import org.pyflinkcep.expression.Taken;

/**
 * An event in a partial match, linked to those before it. Immutable: partial matches that fork
 * share what they have in common.
 */
public final class TakenEvent implements Taken {

  private final Event event;
  private final int step;
  private final TakenEvent previous;

  public TakenEvent(Event event, int step, TakenEvent previous) {
    this.event = event;
    this.step = step;
    this.previous = previous;
  }

  public Event taken() {
    return event;
  }

  @Override
  public int step() {
    return step;
  }

  @Override
  public RowData event() {
    return event.row();
  }

  @Override
  public long timestamp() {
    return event.timestamp();
  }

  @Override
  public TakenEvent previous() {
    return previous;
  }

  /** Whether both hold the same events, taken by the same steps. */
  static boolean same(TakenEvent a, TakenEvent b) {
    while (a != b) {
      if (a == null || b == null || a.event.id() != b.event.id() || a.step != b.step) {
        return false;
      }
      a = a.previous;
      b = b.previous;
    }
    return true;
  }
}
