package org.pyflinkcep.flink;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.OutputTag;
import org.pyflinkcep.matcher.CompiledRule;
import org.pyflinkcep.matcher.EventBuffer;
import org.pyflinkcep.matcher.KeyMatcher;
import org.pyflinkcep.matcher.KeyMatches;
import org.pyflinkcep.matcher.MatchListener;
import org.pyflinkcep.matcher.MatchPlan;
import org.pyflinkcep.matcher.RowProjection;
import org.pyflinkcep.matcher.TakenEvent;

/**
 * Finds the matches of a pattern in a keyed stream. Gives the columns of each match; the time of
 * the record is that of the match.
 *
 * <p>For a key it keeps the events that wait for the watermark, what is under way, and one timer,
 * set for when the first of them is due.
 */
final class MatchOperator extends AbstractStreamOperator<RowData>
    implements OneInputStreamOperator<RowData, RowData>, Triggerable<RowData, VoidNamespace> {

  private static final long serialVersionUID = 1L;

  private final String planJson;
  private final RowType eventType;
  private final ZoneId timeZone;
  private final OutputTag<RowData> timeoutOutput;
  private final OutputTag<RowData> lateOutput;

  private transient MatchPlan plan;
  private transient KeyMatcher matcher;
  private transient Outputs outputs;
  private transient RowDataSerializer rowCopier;
  private transient InternalTimerService<VoidNamespace> timers;
  private transient ValueStateDescriptor<EventBuffer> bufferDescriptor;
  private transient ValueState<EventBuffer> buffers;
  private transient ValueState<KeyMatches> keyMatches;

  /** The patterns that state was written under; a pattern's place is the number of its rule. */
  private transient ListState<String> patterns;

  private transient List<String> knownPatterns;
  private transient Counter lateEvents;
  private transient Counter abandonedMatches;

  MatchOperator(
      String planJson,
      RowType eventType,
      ZoneId timeZone,
      OutputTag<RowData> timeoutOutput,
      OutputTag<RowData> lateOutput) {
    this.planJson = planJson;
    this.eventType = eventType;
    this.timeZone = timeZone;
    this.timeoutOutput = timeoutOutput;
    this.lateOutput = lateOutput;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    plan = MatchPlan.compile(planJson, eventType, timeZone);
    bufferDescriptor =
        new ValueStateDescriptor<>("event-buffer", new EventBufferSerializer(List.of(eventType)));
    buffers = context.getKeyedStateStore().getState(bufferDescriptor);
    keyMatches =
        context
            .getKeyedStateStore()
            .getState(
                new ValueStateDescriptor<>(
                    "key-matches", new KeyMatchesSerializer(List.of(eventType))));
    patterns =
        context
            .getOperatorStateStore()
            .getUnionListState(new ListStateDescriptor<>("patterns", Types.STRING));
    knownPatterns = new ArrayList<>();
    for (String pattern : patterns.get()) {
      if (!knownPatterns.contains(pattern)) {
        knownPatterns.add(pattern);
      }
    }
    if (!knownPatterns.contains(plan.rule().fingerprint())) {
      knownPatterns.add(plan.rule().fingerprint());
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    patterns.update(knownPatterns);
  }

  @Override
  public void open() throws Exception {
    super.open();
    timers = getInternalTimerService("due", VoidNamespaceSerializer.INSTANCE, this);
    outputs = new Outputs();
    lateEvents = metrics.counter("numLateEvents");
    abandonedMatches = metrics.counter("numAbandonedMatches");
    if (getExecutionConfig().isObjectReuseEnabled()) {
      rowCopier = new RowDataSerializer(eventType);
    }
    matcher =
        new KeyMatcher(
            knownPatterns.indexOf(plan.rule().fingerprint()),
            plan.rule(),
            outputs,
            plan.maxPartialMatches());
  }

  // ---- events and time ----------------------------------------------------------------------

  @Override
  public void processElement(StreamRecord<RowData> element) throws Exception {
    RowData row = element.getValue();
    if (plan.eventTime()) {
      processInEventTime(row, element);
    } else {
      processNow(row);
    }
  }

  private void processInEventTime(RowData row, StreamRecord<RowData> element) throws Exception {
    long timestamp = element.getTimestamp();
    if (timestamp <= timers.currentWatermark()) {
      lateEvents.inc();
      output.collect(lateOutput, element);
    } else {
      EventBuffer buffer = buffer();
      buffer.add(kept(row), timestamp, plan.order());
      setTimer(buffer, Math.min(timestamp, buffer.timer));
      buffers.update(buffer);
    }
  }

  private void processNow(RowData row) throws Exception {
    long now = timers.currentProcessingTime();
    if (matcher.passesOver(row, now)) {
      return;
    }
    EventBuffer buffer = buffer();
    if (plan.order() != null) {
      buffer.add(kept(row), now, plan.order());
      setTimer(buffer, Math.min(now + 1, buffer.timer));
      buffers.update(buffer);
      return;
    }
    KeyMatches matches = matches();
    matcher.processNow(matches, kept(row), now);
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
    if (!plan.eventTime()) {
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
    return plan.eventTime() || plan.order() == null ? 0 : 1;
  }

  private void advanceTo(long now) throws Exception {
    EventBuffer buffer = buffer();
    buffer.timer = Long.MAX_VALUE;
    KeyMatches matches = matches();
    matcher.advanceTo(matches, buffer, now);
    save(matches);
    long due = Math.min(buffer.firstTimestamp(), matches.nextDue());
    save(buffer, due == Long.MAX_VALUE ? due : due + unsettled());
  }

  /** Events wait longer by what they may be late: for this operator and those after it. */
  @Override
  public void processWatermark(Watermark mark) throws Exception {
    long time = mark.getTimestamp();
    long lateness = plan.allowedLateness();
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
    if (plan.eventTime()) {
      timers.registerEventTimeTimer(VoidNamespace.INSTANCE, time);
    } else {
      timers.registerProcessingTimeTimer(VoidNamespace.INSTANCE, time);
    }
  }

  private void deleteTimer(long time) {
    if (plan.eventTime()) {
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
    int abandoned = matcher.abandonOthers(matches);
    if (abandoned > 0) {
      if (abandonedMatches.getCount() == 0) {
        LOG.warn(
            "The pattern is not the one under which the restored partial matches began: these are"
                + " dropped, and counted as numAbandonedMatches.");
      }
      abandonedMatches.inc(abandoned);
    }
    return isCurrent(matches.eventType())
        ? matches
        : matches.withColumns(new RowProjection(matches.eventType(), eventType));
  }

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

  // ---- results ------------------------------------------------------------------------------

  /** Emits what the matcher finds, and counts it. */
  private final class Outputs implements MatchListener {

    private final StreamRecord<RowData> record = new StreamRecord<>(null);
    private final Counter matches = metrics.counter("numMatches");
    private final Counter timeouts = metrics.counter("numTimeouts");
    private final Counter failures = metrics.counter("numEvaluationErrors");
    private final Counter dropped = metrics.counter("numPartialMatchesDropped");
    private final Set<String> reportedFailures = new HashSet<>();

    @Override
    public void onMatch(CompiledRule rule, TakenEvent newest, long timestamp) {
      matches.inc();
      output.collect(recordOf(newest, timestamp));
    }

    @Override
    public void onTimeout(CompiledRule rule, TakenEvent newest, long timestamp) {
      timeouts.inc();
      output.collect(timeoutOutput, recordOf(newest, timestamp));
    }

    /**
     * A record's time is never behind the watermark: not before an event that was matched since.
     */
    private StreamRecord<RowData> recordOf(TakenEvent newest, long timestamp) {
      return record.replace(
          plan.output(newest, this), Math.max(timestamp, matcher.latestEventTime()));
    }

    @Override
    public void onFailure(CompiledRule rule, String expression, RuntimeException failure) {
      failures.inc();
      if (reportedFailures.add(expression + failure.getClass().getName())) {
        LOG.warn(
            "`{}` can't be evaluated on an event, and counts as not true or NULL. Further failures"
                + " of this kind are counted as numEvaluationErrors, and not logged.",
            expression,
            failure);
      }
    }

    @Override
    public void onOverload(CompiledRule rule) {
      if (dropped.getCount() == 0) {
        LOG.warn(
            "A key has more than {} partial matches: its oldest is dropped. Further ones are counted"
                + " as numPartialMatchesDropped, and not logged. A window, or a stricter condition,"
                + " keeps them few; max_partial_matches= allows more.",
            plan.maxPartialMatches());
      }
      dropped.inc();
    }
  }
}
