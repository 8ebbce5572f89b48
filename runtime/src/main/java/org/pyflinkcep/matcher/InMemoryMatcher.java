package org.pyflinkcep.matcher;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;

/** Matches a stream of events as the operator does, in memory and without Flink. */
public final class InMemoryMatcher {

  private static final class Key {
    final EventBuffer buffer;
    final KeyMatches matches;

    Key(RowType eventType) {
      buffer = new EventBuffer(eventType);
      matches = new KeyMatches(eventType);
    }
  }

  private final MatchPlan plan;
  private final RowType eventType;
  private final Comparator<RowData> order;
  private final Function<RowData, ?> keyOf;
  private final KeyMatcher matcher;
  private final Map<Object, Key> keys = new LinkedHashMap<>();
  private long now = Long.MIN_VALUE;

  /**
   * @param eventType the columns of the events, for which the plan was compiled
   * @param keyOf the key of an event
   * @param listener told of matches and timeouts
   */
  public InMemoryMatcher(
      MatchPlan plan, RowType eventType, Function<RowData, ?> keyOf, MatchListener listener) {
    this(plan, eventType, plan.order(), keyOf, listener);
  }

  /**
   * @param order the order of events of one millisecond, in place of the plan's; null: that of
   *     arrival
   */
  public InMemoryMatcher(
      MatchPlan plan,
      RowType eventType,
      Comparator<RowData> order,
      Function<RowData, ?> keyOf,
      MatchListener listener) {
    this.plan = plan;
    this.eventType = eventType;
    this.order = order;
    this.keyOf = keyOf;
    this.matcher = plan.matcher(0, listener);
  }

  /**
   * Takes an event. In processing time its timestamp is the time of its arrival.
   *
   * @return false if the event is late: the watermark has passed it
   */
  public boolean onEvent(RowData row, long timestamp) {
    if (!plan.eventTime()) {
      advanceTo(timestamp);
    } else if (timestamp <= now) {
      return false;
    }
    if (!matcher.passesOver(row, timestamp)) {
      Key key = keys.computeIfAbsent(keyOf.apply(row), k -> new Key(eventType));
      key.buffer.add(row, timestamp, Lifetime.NEVER, order);
    }
    if (!plan.eventTime() && order == null) {
      matchDue();
    }
    return true;
  }

  /** Takes a watermark, in milliseconds. */
  public void onWatermark(long timestamp) {
    long lateness = plan.allowedLateness();
    advanceTo(timestamp == Long.MAX_VALUE ? timestamp : timestamp - lateness);
  }

  /** Moves time on, and matches what was waiting for it. */
  public void advanceTo(long time) {
    if (time > now) {
      now = time;
      matchDue();
    }
  }

  private void matchDue() {
    for (Key key : keys.values()) {
      matcher.advanceTo(key.matches, key.buffer, 0, now);
    }
    keys.values().removeIf(key -> key.buffer.isEmpty() && key.matches.isEmpty());
  }
}
