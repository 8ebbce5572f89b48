package org.pyflinkcep.flink;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
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
import org.pyflinkcep.matcher.CompiledRule;
import org.pyflinkcep.matcher.EventBuffer;
import org.pyflinkcep.matcher.EventOrder;
import org.pyflinkcep.matcher.KeyMatcher;
import org.pyflinkcep.matcher.KeyMatches;
import org.pyflinkcep.matcher.Layout;
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

  private static final String OTHER_LAYOUT =
      "Restored partial matches were stored by another version of pyflink-cep, which had other states"
          + " for their patterns.";

  private final RowType eventType;

  private transient RowDataSerializer rowCopier;
  private transient InternalTimerService<VoidNamespace> timers;
  private transient ValueStateDescriptor<EventBuffer> bufferDescriptor;
  private transient ValueState<EventBuffer> buffers;
  private transient ValueStateDescriptor<KeyMatches> keyMatchesDescriptor;
  private transient ValueState<KeyMatches> keyMatches;

  /** The layouts that partial matches are stored under, each by the number of its rule. */
  private transient ListState<Tuple2<Integer, String>> layouts;

  private transient Map<Integer, String> layoutsByNumber;
  private transient boolean isRestored;
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
    keyMatchesDescriptor =
        new ValueStateDescriptor<>("key-matches", new KeyMatchesSerializer(List.of(eventType)));
    keyMatches = context.getKeyedStateStore().getState(keyMatchesDescriptor);
    layouts =
        context
            .getOperatorStateStore()
            .getUnionListState(
                new ListStateDescriptor<>("layouts", Types.TUPLE(Types.INT, Types.STRING)));
    layoutsByNumber = new HashMap<>();
    isRestored = context.isRestored();
  }

  /** One task stores the layouts for all: every task has those of each rule. */
  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    List<Tuple2<Integer, String>> stored = new ArrayList<>();
    if (getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0) {
      layoutsByNumber.forEach((number, layout) -> stored.add(Tuple2.of(number, layout)));
    }
    layouts.update(stored);
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
    save(matches, buffer);
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

  /** Notes under which layout a rule's partial matches are stored from now on. */
  final void noteLayout(int number, CompiledRule rule) {
    layoutsByNumber.put(number, rule.layout().stored());
  }

  final void forgetLayout(int number) {
    layoutsByNumber.remove(number);
  }

  /**
   * Goes on with partial matches that another version of the library may have stored: to be called
   * once the matcher has its rules. Looks through all keys where a layout is another one.
   */
  final void resume(Map<Integer, CompiledRule> rules) throws Exception {
    Map<Integer, String> stored = new HashMap<>();
    for (Tuple2<Integer, String> layout : layouts.get()) {
      stored.put(layout.f0, layout.f1);
    }
    // Those of rules that are left out now may be of use to a later version.
    stored.forEach(layoutsByNumber::putIfAbsent);
    Set<Integer> unfit = new HashSet<>();
    boolean differs = false;
    for (Map.Entry<Integer, CompiledRule> rule : rules.entrySet()) {
      String before = stored.get(rule.getKey());
      if (before != null || stored.isEmpty()) {
        Layout layout = rule.getValue().layout();
        differs |= !layout.stored().equals(before);
        if (!layout.fits(before)) {
          unfit.add(rule.getKey());
        }
      }
    }
    if (isRestored && differs) {
      getKeyedStateBackend()
          .applyToAllKeys(
              VoidNamespace.INSTANCE,
              VoidNamespaceSerializer.INSTANCE,
              keyMatchesDescriptor,
              (key, state) -> resumeKey(unfit));
    }
  }

  private void resumeKey(Set<Integer> unfit) throws Exception {
    KeyMatches matches = matches();
    matcher().resume(matches, unfit::contains, (rule, count) -> abandon(OTHER_LAYOUT, count));
    save(matches, buffer());
  }

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

  private void save(KeyMatches matches, EventBuffer buffer) throws Exception {
    save(matches);
    long due = Math.min(buffer.firstTimestamp(), matches.nextDue());
    save(buffer, due == Long.MAX_VALUE ? due : due + unsettled());
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
    abandon(whyAbandoned(rule), count);
  }

  private void abandon(String reason, int count) {
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
