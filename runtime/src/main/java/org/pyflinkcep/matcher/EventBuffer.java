package org.pyflinkcep.matcher;

import java.util.Arrays;
import java.util.Comparator;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;

/**
 * The events of one key that wait for the watermark, in the order in which they will be matched.
 */
public final class EventBuffer {

  private static final RowData[] NO_ROWS = {};
  private static final long[] NO_TIMESTAMPS = {};
  private static final int[] NO_EPOCHS = {};
  private static final Comparator<RowData> ARRIVAL = (earlier, later) -> 0;

  /** The columns of the rows. */
  private final RowType eventType;

  /** For when the key's timer is set, in milliseconds; the end of time where it is not. */
  public long timer = Long.MAX_VALUE;

  private RowData[] rows = NO_ROWS;
  private long[] timestamps = NO_TIMESTAMPS;

  /** Under which epoch of the rules each event was sent on its way. */
  private int[] epochs = NO_EPOCHS;

  private int first;
  private int end;

  /** The order among events of equal time, while the events are not sorted; null once they are. */
  private Comparator<RowData> unsortedBy;

  public EventBuffer(RowType eventType) {
    this.eventType = eventType;
  }

  public RowType eventType() {
    return eventType;
  }

  public boolean isEmpty() {
    return first == end;
  }

  public int size() {
    return end - first;
  }

  /** The row at a place in the order of matching. */
  public RowData row(int index) {
    sort();
    return rows[first + index];
  }

  /** The time of the event at a place in the order of matching, in milliseconds. */
  public long timestamp(int index) {
    sort();
    return timestamps[first + index];
  }

  /** The epoch of the event at a place in the order of matching. */
  public int epoch(int index) {
    sort();
    return epochs[first + index];
  }

  /** The epoch of the first event. */
  int firstEpoch() {
    sort();
    return epochs[first];
  }

  /** The lowest epoch of an event; {@link Lifetime#NEVER} where there is none. */
  int lowestEpoch() {
    int lowest = Lifetime.NEVER;
    for (int i = first; i < end; i++) {
      lowest = Math.min(lowest, epochs[i]);
    }
    return lowest;
  }

  /** The time of the first event; the end of time where there is none. */
  public long firstTimestamp() {
    sort();
    return first == end ? Long.MAX_VALUE : timestamps[first];
  }

  /**
   * Adds an event after those of its time.
   *
   * @param epoch under which epoch of the rules it was sent on its way
   * @param order the order among events of equal time; null: that of arrival
   */
  public void add(RowData row, long timestamp, int epoch, Comparator<RowData> order) {
    if (end == rows.length) {
      makeRoom();
    }
    if (end > first && isAfter(end - 1, row, timestamp, order)) {
      unsortedBy = order == null ? ARRIVAL : order;
    }
    rows[end] = row;
    epochs[end] = epoch;
    timestamps[end++] = timestamp;
  }

  private boolean isAfter(int index, RowData row, long timestamp, Comparator<RowData> order) {
    return timestamps[index] > timestamp
        || (order != null && timestamps[index] == timestamp && order.compare(rows[index], row) > 0);
  }

  /** Sorting waits until the first event is asked for: most come in order, and one sort does. */
  private void sort() {
    if (unsortedBy == null) {
      return;
    }
    Waiting[] waiting = new Waiting[size()];
    for (int i = 0; i < waiting.length; i++) {
      waiting[i] = new Waiting(rows[first + i], timestamps[first + i], epochs[first + i]);
    }
    Arrays.sort(
        waiting,
        Comparator.comparingLong(Waiting::timestamp).thenComparing(Waiting::row, unsortedBy));
    for (int i = 0; i < waiting.length; i++) {
      rows[first + i] = waiting[i].row();
      timestamps[first + i] = waiting[i].timestamp();
      epochs[first + i] = waiting[i].epoch();
    }
    unsortedBy = null;
  }

  private record Waiting(RowData row, long timestamp, int epoch) {}

  private void makeRoom() {
    int size = end - first;
    int capacity = size > rows.length / 2 ? 2 * rows.length : Math.max(4, rows.length);
    rows = Arrays.copyOfRange(rows, first, first + capacity);
    timestamps = Arrays.copyOfRange(timestamps, first, first + capacity);
    epochs = Arrays.copyOfRange(epochs, first, first + capacity);
    first = 0;
    end = size;
  }

  /** Takes out the first event. */
  public RowData poll() {
    sort();
    RowData row = rows[first];
    rows[first++] = null;
    if (first == end) {
      rows = NO_ROWS;
      timestamps = NO_TIMESTAMPS;
      epochs = NO_EPOCHS;
      first = 0;
      end = 0;
    }
    return row;
  }

  /** Adds all the events of another, whose columns are the same. */
  public void addAll(EventBuffer other) {
    for (int i = 0; i < other.size(); i++) {
      add(other.row(i), other.timestamp(i), other.epoch(i), null);
    }
  }

  /** A copy that shares the rows, which never change. */
  public EventBuffer copy() {
    EventBuffer copy = new EventBuffer(eventType);
    copy.timer = timer;
    copy.rows = Arrays.copyOfRange(rows, first, end);
    copy.timestamps = Arrays.copyOfRange(timestamps, first, end);
    copy.epochs = Arrays.copyOfRange(epochs, first, end);
    copy.end = end - first;
    copy.unsortedBy = unsortedBy;
    return copy;
  }

  /** A copy with the columns of another type: those of the same name, and NULL for new ones. */
  public EventBuffer withColumns(RowProjection projection) {
    EventBuffer projected = new EventBuffer(projection.target());
    projected.timer = timer;
    for (int i = 0; i < size(); i++) {
      projected.add(projection.apply(row(i)), timestamp(i), epoch(i), null);
    }
    return projected;
  }
}
