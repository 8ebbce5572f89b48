package org.pyflinkcep.flink;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.matcher.EventBuffer;
import org.pyflinkcep.matcher.EventOrder;
import org.pyflinkcep.matcher.KeyMatcher;
import org.pyflinkcep.matcher.KeyMatches;
import org.pyflinkcep.matcher.Lifetime;
import org.pyflinkcep.matcher.RowProjection;

/**
 * Matches the events of a keyed stream in the order of time.
 *
 * <p>For a key it keeps the events that wait for the watermark, what is under way, and one timer,
 * set for when the first of them is due.
 */
abstract class KeyedMatchOperator extends AbstractStreamOperator<RowData>
    implements Triggerable<RowData, VoidNamespace> {

  private static final long serialVersionUID = 1L;

  private final RowType eventType;

  private transient RowDataSerializer rowCopier;
  private transient InternalTimerService<VoidNamespace> timers;
  private transient ValueStateDescriptor<EventBuffer> bufferDescriptor;
  private transient ValueState<EventBuffer> buffers;
  private transient ValueState<KeyMatches> keyMatches;
  private transient Counter abandonedMatches;

  /** The reasons that were logged. */
  private transient Set<String> abandonedFor;

  KeyedMatchOperator(RowType eventType) {
    this.eventType = eventType;
  }

  /** The matcher of all rules. */
  abstract KeyMatcher matcher();

  /** The partition of the rules that the current key is one of. */
  abstract int partition();

  /** The order of events of equal time; null: that of arrival. */
  abstract EventOrder order();

  abstract boolean isEventTime();

  /** How long to wait for an event after the watermark has passed it, in milliseconds. */
  abstract long allowedLateness();

  final RowType eventType() {
    return eventType;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    bufferDescriptor =
        new ValueStateDescriptor<>("event-buffer", new EventBufferSerializer(List.of(eventType)));
    buffers = context.getKeyedStateStore().getState(bufferDescriptor);
    keyMatches =
        context
            .getKeyedStateStore()
            .getState(
                new ValueStateDescriptor<>(
                    "key-matches", new KeyMatchesSerializer(List.of(eventType))));
  }

  @Override
  public void open() throws Exception {
    super.open();
    timers = getInternalTimerService("due", VoidNamespaceSerializer.INSTANCE, this);
    abandonedMatches = metrics.counter("numAbandonedMatches");
    abandonedFor = new HashSet<>();
    if (getExecutionConfig().isObjectReuseEnabled()) {
      rowCopier = new RowDataSerializer(eventType);
    }
  }

  // ---- events and time ----------------------------------------------------------------------

  /** Whether the watermark has passed an event. */
  final boolean isLate(long timestamp) {
    return timestamp <= timers.currentWatermark();
  }

  /** Keeps an event of the current key until its time has come. */
  final void keepUntilItsTime(RowData row, long timestamp, int epoch) throws Exception {
    EventBuffer buffer = buffer();
    buffer.add(kept(row), timestamp, epoch, order());
    setTimer(buffer, Math.min(timestamp, buffer.timer));
    buffers.update(buffer);
  }

  /** Matches an event of the current key, in processing time. */
  final void matchNow(RowData row) throws Exception {
    long now = timers.currentProcessingTime();
    if (matcher().passesOver(row, now)) {
      return;
    }
    EventBuffer buffer = buffer();
    if (order() != null) {
      buffer.add(kept(row), now, Lifetime.NEVER, order());
      setTimer(buffer, Math.min(now + 1, buffer.timer));
      buffers.update(buffer);
      return;
    }
    KeyMatches matches = matches();
    matcher().processNow(matches, partition(), kept(row), now);
    save(matches);
    save(buffer, matches.nextDue());
  }

  @Override
  public void onEventTime(InternalTimer<RowData, VoidNamespace> timer) throws Exception {
    advanceTo(timers.currentWatermark());
  }

  @Override
  public void onProcessingTime(InternalTimer<RowData, VoidNamespace> timer) throws Exception {
    advanceTo(timers.currentProcessingTime() - unsettled());
  }

  /** In processing time no timer fires after the end of the input, but what has come is matched. */
  @Override
  public void finish() throws Exception {
    if (!isEventTime()) {
      getKeyedStateBackend()
          .applyToAllKeys(
              VoidNamespace.INSTANCE,
              VoidNamespaceSerializer.INSTANCE,
              bufferDescriptor,
              (key, buffer) -> advanceTo(timers.currentProcessingTime()));
    }
    super.finish();
  }

  /** What comes within one millisecond can be sorted once the millisecond has passed. */
  private long unsettled() {
    return isEventTime() || order() == null ? 0 : 1;
  }

  private void advanceTo(long now) throws Exception {
    EventBuffer buffer = buffer();
    buffer.timer = Long.MAX_VALUE;
    KeyMatches matches = matches();
    matcher().advanceTo(matches, buffer, partition(), now);
    save(matches);
    long due = Math.min(buffer.firstTimestamp(), matches.nextDue());
    save(buffer, due == Long.MAX_VALUE ? due : due + unsettled());
  }

  /** Events wait longer by what they may be late: for this operator and those after it. */
  @Override
  public void processWatermark(Watermark mark) throws Exception {
    long time = mark.getTimestamp();
    long lateness = allowedLateness();
    super.processWatermark(
        lateness == 0 || time == Long.MAX_VALUE || time < Long.MIN_VALUE + lateness
            ? mark
            : new Watermark(time - lateness));
  }

  private void setTimer(EventBuffer buffer, long time) {
    if (time == buffer.timer) {
      return;
    }
    if (buffer.timer != Long.MAX_VALUE) {
      deleteTimer(buffer.timer);
    }
    buffer.timer = time;
    if (time == Long.MAX_VALUE) {
      return;
    }
    if (isEventTime()) {
      timers.registerEventTimeTimer(VoidNamespace.INSTANCE, time);
    } else {
      timers.registerProcessingTimeTimer(VoidNamespace.INSTANCE, time);
    }
  }

  private void deleteTimer(long time) {
    if (isEventTime()) {
      timers.deleteEventTimeTimer(VoidNamespace.INSTANCE, time);
    } else {
      timers.deleteProcessingTimeTimer(VoidNamespace.INSTANCE, time);
    }
  }

  // ---- state --------------------------------------------------------------------------------

  private RowData kept(RowData row) {
    return rowCopier == null ? row : rowCopier.copy(row);
  }

  private EventBuffer buffer() throws Exception {
    EventBuffer buffer = buffers.value();
    if (buffer == null) {
      return new EventBuffer(eventType);
    }
    return isCurrent(buffer.eventType())
        ? buffer
        : buffer.withColumns(new RowProjection(buffer.eventType(), eventType));
  }

  private void save(EventBuffer buffer, long due) throws Exception {
    setTimer(buffer, due);
    if (buffer.isEmpty() && due == Long.MAX_VALUE) {
      buffers.clear();
    } else {
      buffers.update(buffer);
    }
  }

  private KeyMatches matches() throws Exception {
    KeyMatches matches = keyMatches.value();
    if (matches == null) {
      return new KeyMatches(eventType);
    }
    matcher().abandonOthers(matches, this::abandon);
    return isCurrent(matches.eventType())
        ? matches
        : matches.withColumns(new RowProjection(matches.eventType(), eventType));
  }

  private void abandon(int rule, int count) {
    String reason = whyAbandoned(rule);
    if (abandonedFor.add(reason)) {
      LOG.warn("{} They are dropped, and counted as numAbandonedMatches.", reason);
    }
    abandonedMatches.inc(count);
  }

  /** Why what is under way for a rule that is gone is dropped: one of a few sentences. */
  abstract String whyAbandoned(int rule);

  private boolean isCurrent(RowType type) {
    return type == eventType || type.equals(eventType);
  }

  private void save(KeyMatches matches) throws Exception {
    if (matches.isEmpty()) {
      keyMatches.clear();
    } else {
      keyMatches.update(matches);
    }
  }
}
