package org.pyflinkcep.flink;

import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.matcher.CompiledRule;
import org.pyflinkcep.matcher.EventBuffer;
import org.pyflinkcep.matcher.KeyMatcher;
import org.pyflinkcep.matcher.MatchListener;
import org.pyflinkcep.matcher.RowProjection;
import org.pyflinkcep.matcher.RuleReader;
import org.pyflinkcep.matcher.RuleSet;
import org.pyflinkcep.matcher.TakenEvent;

/**
 * Sends each event to every key that it has by some rule, and not at all where it can't matter to
 * the rules of the key. Late events go on once, to come out as late; and so do those on which a
 * condition fails, to be counted.
 */
abstract class RuleRouter extends AbstractStreamOperator<RowData> {

  private static final long serialVersionUID = 1L;

  private final RulesPlan plan;

  private transient LiveRules rules;
  private transient KeyMatcher matcher;
  private transient RoutedEvents routed;
  private transient boolean[] inUse;
  private transient long watermark;
  private transient long latest;
  private transient boolean hasBeenIdle;
  private transient boolean failed;

  private RuleRouter(RulesPlan plan) {
    this.plan = plan;
  }

  final RulesPlan plan() {
    return plan;
  }

  /** How many different conditions its rules have. */
  final int conditionsHeld() {
    return matcher.conditionsHeld();
  }

  final RuleSet rules() {
    return rules.set();
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    rules = new LiveRules(plan);
    rules.initialize(context);
    matcher = new KeyMatcher(plan.eventType(), new Failures());
    routed = new RoutedEvents(plan.eventType());
    watermark = Long.MIN_VALUE;
    latest = Long.MIN_VALUE;
    rules.tellAll(new Follower());
    findPartitionsInUse();
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    rules.snapshot(getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0);
  }

  final void change(String json) {
    rules.apply(json, new Follower());
    findPartitionsInUse();
  }

  private void findPartitionsInUse() {
    inUse = new boolean[rules.set().partitions().size()];
    for (RuleSet.Version version : rules.set().versions()) {
      if (version.partition() >= 0 && matcher.has(version.number())) {
        inUse[version.partition()] = true;
      }
    }
  }

  final void route(StreamRecord<RowData> element) {
    RowData event = element.getValue();
    long timestamp = element.getTimestamp();
    latest = Math.max(latest, timestamp);
    boolean late = timestamp <= watermark;
    int epoch = rules.set().epoch();
    boolean first = true;
    matcher.begin(event, timestamp);
    // A condition that fails is asked once, and may be one of rules of several partitions.
    failed = false;
    for (int partition = 0; partition < inUse.length; partition++) {
      if (inUse[partition]
          && (hasBeenIdle || late && first || !matcher.passesOver(partition) || failed)) {
        List<String> columns = rules.set().partitions().get(partition);
        RowData row = routed.row(partition, columns, event, epoch, first);
        output.collect(new StreamRecord<>(row, timestamp));
        first = false;
      }
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    watermark = mark.getTimestamp();
    if (!matcher.forgetUntil(watermark, number -> true).isEmpty()) {
      findPartitionsInUse();
    }
    super.processWatermark(mark);
  }

  /** From then on others move time on without this input, and an event may be late there. */
  final void onStatus(WatermarkStatus status) {
    hasBeenIdle |= status.isIdle();
  }

  private final class Follower implements LiveRules.Follower {

    @Override
    public void onAdded(RuleSet.Version version, RuleReader.Rule rule) {
      matcher.add(
          version.number(),
          version.partition(),
          rule.compiled(),
          version.lifetime(),
          KeyMatcher.SLICES,
          Integer.MAX_VALUE);
    }

    /**
     * Where changes have no time, others may have routed later events before the change, which only
     * the set of the rules knows the end of.
     */
    @Override
    public void onEnded(RuleSet.Version version) {
      if (!matcher.has(version.number())) {
        return;
      }
      if (plan.updatesHaveTime()) {
        matcher.end(version.number(), version.lifetime(), latest);
      } else if (version.lifetime().isEndedWhole()) {
        matcher.remove(version.number());
      }
    }

    @Override
    public void onRemoved(int number) {
      if (matcher.has(number)) {
        matcher.remove(number);
      }
    }
  }

  private final class Failures implements MatchListener {

    @Override
    public void onFailure(
        CompiledRule rule, String expression, RowData event, RuntimeException failure) {
      failed = true;
    }

    @Override
    public void onMatch(CompiledRule rule, TakenEvent newest, long timestamp) {}

    @Override
    public void onTimeout(CompiledRule rule, TakenEvent newest, long timestamp) {}

    @Override
    public void onOverload(CompiledRule rule) {}
  }

  /** For rules that stay as they are. */
  static final class Fixed extends RuleRouter implements OneInputStreamOperator<RowData, RowData> {

    private static final long serialVersionUID = 1L;

    Fixed(RulesPlan plan) {
      super(plan);
    }

    @Override
    public void processElement(StreamRecord<RowData> element) {
      route(element);
    }

    @Override
    public void processWatermarkStatus(WatermarkStatus status) throws Exception {
      onStatus(status);
      super.processWatermarkStatus(status);
    }
  }

  /**
   * For rules that change. Where updates have times, events wait here until all updates up to their
   * time have come; the watermark then says how far these are.
   */
  static final class Changing extends RuleRouter
      implements TwoInputStreamOperator<RowData, String, RowData> {

    private static final long serialVersionUID = 1L;

    /** Events that wait for the updates. */
    private transient EventBuffer waiting;

    private transient ListState<EventBuffer> waitingState;
    private transient RowDataSerializer copier;
    private transient long updatedUntil;

    Changing(RulesPlan plan) {
      super(plan);
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
      super.initializeState(context);
      RowType type = plan().eventType();
      waitingState =
          context
              .getOperatorStateStore()
              .getListState(
                  new ListStateDescriptor<>(
                      "waiting-events", new EventBufferSerializer(List.of(type))));
      copier = new RowDataSerializer(plan().eventType());
      updatedUntil = Long.MIN_VALUE;
      waiting = new EventBuffer(type);
      for (EventBuffer restored : waitingState.get()) {
        waiting.addAll(
            restored.eventType().equals(type)
                ? restored
                : restored.withColumns(new RowProjection(restored.eventType(), type)));
      }
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
      super.snapshotState(context);
      waitingState.update(waiting.isEmpty() ? List.of() : List.of(waiting));
    }

    @Override
    public void processElement1(StreamRecord<RowData> element) {
      if (!plan().updatesHaveTime() || element.getTimestamp() <= updatedUntil) {
        route(element);
      } else {
        waiting.add(copier.copy(element.getValue()), element.getTimestamp(), rules().epoch(), null);
      }
    }

    @Override
    public void processElement2(StreamRecord<String> change) {
      change(change.getValue());
    }

    @Override
    public void processWatermark2(Watermark mark) throws Exception {
      updatedUntil = mark.getTimestamp();
      routeWaiting(updatedUntil);
      if (mark.equals(Watermark.MAX_WATERMARK)) {
        // Time would end for all where the events are idle, and the updates at their end.
        processWatermarkStatus2(WatermarkStatus.IDLE);
      } else {
        super.processWatermark2(mark);
      }
    }

    @Override
    protected void processWatermarkStatus(WatermarkStatus status, int input) throws Exception {
      if (input == 0) {
        onStatus(status);
      }
      super.processWatermarkStatus(status, input);
    }

    /** While updates are idle, it is later than what is known of them. */
    @Override
    public void processWatermark(Watermark mark) throws Exception {
      routeWaiting(mark.getTimestamp());
      super.processWatermark(mark);
    }

    private void routeWaiting(long until) {
      while (!waiting.isEmpty() && waiting.firstTimestamp() <= until) {
        long timestamp = waiting.firstTimestamp();
        route(new StreamRecord<>(waiting.poll(), timestamp));
      }
    }
  }
}
