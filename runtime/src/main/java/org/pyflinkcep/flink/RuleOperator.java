package org.pyflinkcep.flink;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.util.OutputTag;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.matcher.CompiledRule;
import org.pyflinkcep.matcher.EventOrder;
import org.pyflinkcep.matcher.KeyMatcher;
import org.pyflinkcep.matcher.MatchListener;
import org.pyflinkcep.matcher.RuleReader;
import org.pyflinkcep.matcher.RuleSet;
import org.pyflinkcep.matcher.SkipException;
import org.pyflinkcep.matcher.TakenEvent;

/**
 * Finds the matches of all rules. Gives alerts, without their rowtime, which is that of the record.
 */
abstract class RuleOperator extends KeyedMatchOperator {

  private static final long serialVersionUID = 1L;

  /**
   * How long after a change events may come, by the clock, that were sent on their way before it:
   * it reaches all tasks in milliseconds, but one may be busy.
   */
  private static final long SETTLES_WITHIN_MS = 60_000;

  private final RulesPlan plan;

  private transient LiveRules rules;

  /** Key group, number of the rule, count. */
  private transient ListState<Tuple3<Integer, Integer, Integer>> openMatches;

  /** The time of the latest event of each task. */
  private transient ListState<Long> latestTimes;

  private transient KeyMatcher matcher;
  private transient EventOrder order;
  private transient long allowedLateness;
  private transient int maxPartialMatches;
  private transient RoutedEvents routed;
  private transient Map<Integer, CompiledRule> rulesByNumber;

  /** When versions ended, by the clock. */
  private transient Map<Integer, Long> endedAt;

  private transient Map<CompiledRule, AlertRows> alerts;
  private transient Map<String, RuleMetrics> metricsById;
  private transient Map<CompiledRule, RuleMetrics> metricsByVersion;
  private transient long latest;
  private transient Counter lateEvents;

  private RuleOperator(RulesPlan plan) {
    super(plan.eventType());
    this.plan = plan;
  }

  static OutputTag<RowData> lateOutput(RulesPlan plan) {
    return new OutputTag<>("late", InternalTypeInfo.of(plan.eventType()));
  }

  final RulesPlan plan() {
    return plan;
  }

  final LiveRules rules() {
    return rules;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    rules = new LiveRules(plan);
    rules.initialize(context);
    openMatches =
        context
            .getOperatorStateStore()
            .getUnionListState(
                new ListStateDescriptor<>(
                    "open-matches", Types.TUPLE(Types.INT, Types.INT, Types.INT)));
    latestTimes =
        context
            .getOperatorStateStore()
            .getUnionListState(new ListStateDescriptor<>("latest-times", Types.LONG));
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    rules.snapshot(getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0);
    int firstGroup = backend().getKeyGroupRange().getStartKeyGroup();
    List<Tuple3<Integer, Integer, Integer>> counts = new ArrayList<>();
    matcher
        .open()
        .forEach(
            (number, open) -> {
              for (int group = 0; group < open.length; group++) {
                if (open[group] != 0) {
                  counts.add(Tuple3.of(firstGroup + group, number, open[group]));
                }
              }
            });
    openMatches.update(counts);
    latestTimes.update(List.of(latest));
  }

  /** Partial matches are counted by key group, so that the counts go with the groups. */
  private void restoreOpenMatches() throws Exception {
    KeyGroupRange groups = backend().getKeyGroupRange();
    for (Tuple3<Integer, Integer, Integer> count : openMatches.get()) {
      if (groups.contains(count.f0)) {
        matcher.addOpen(count.f1, count.f0 - groups.getStartKeyGroup(), count.f2);
      }
    }
  }

  @Override
  public void open() throws Exception {
    super.open();
    matcher = new KeyMatcher(plan.eventType(), new Outputs());
    order = plan.order(new Diagnostics());
    allowedLateness = plan.allowedLateness();
    maxPartialMatches = plan.maxPartialMatches();
    routed = new RoutedEvents(plan.eventType());
    rulesByNumber = new HashMap<>();
    endedAt = new HashMap<>();
    alerts = new IdentityHashMap<>();
    metricsById = new HashMap<>();
    metricsByVersion = new IdentityHashMap<>();
    latest = Long.MIN_VALUE;
    for (long time : latestTimes.get()) {
      latest = Math.max(latest, time);
    }
    lateEvents = metrics.counter("numLateEvents");
    rules.tellAll(new Follower());
    restoreOpenMatches();
    resume(rulesByNumber);
  }

  @Override
  KeyMatcher matcher() {
    AbstractKeyedStateBackend<RowData> backend = backend();
    matcher.place().slice = RoutedEvents.slice(backend.getCurrentKey());
    matcher.place().group =
        backend.getKeyContext().getCurrentKeyGroupIndex()
            - backend.getKeyGroupRange().getStartKeyGroup();
    return matcher;
  }

  @SuppressWarnings("unchecked")
  private AbstractKeyedStateBackend<RowData> backend() {
    return (AbstractKeyedStateBackend<RowData>) (KeyedStateBackend<?>) getKeyedStateBackend();
  }

  @Override
  String whyAbandoned(int rule) {
    RuleSet.Version version = rules.set().get(rule);
    if (version == null) {
      return "Partial matches began under versions of rules that are forgotten, as many others have"
          + " come since.";
    }
    return version.lifetime().isEndedWhole()
        ? "Partial matches were under way for rules that are retired or paused now."
        : "Restored partial matches are of rules that don't fit the present columns of the events.";
  }

  @Override
  int partition() {
    return RoutedEvents.partition((RowData) getCurrentKey());
  }

  @Override
  EventOrder order() {
    return order;
  }

  @Override
  boolean isEventTime() {
    return true;
  }

  @Override
  long allowedLateness() {
    return allowedLateness;
  }

  final int epoch() {
    return rules.set().epoch();
  }

  final void onEvent(StreamRecord<RowData> element) throws Exception {
    RowData row = element.getValue();
    long timestamp = element.getTimestamp();
    latest = Math.max(latest, timestamp);
    if (RoutedEvents.epoch(row) < epoch()) {
      matcher.endLater(RoutedEvents.epoch(row), timestamp);
    }
    if (!isLate(timestamp)) {
      keepUntilItsTime(routed.event(row), timestamp, RoutedEvents.epoch(row));
    } else if (RoutedEvents.isFirst(row)) {
      lateEvents.inc();
      output.collect(lateOutput(plan), new StreamRecord<>(routed.event(row), timestamp));
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    super.processWatermark(mark);
    List<Integer> forgotten =
        matcher.forgetUntil(mark.getTimestamp() - allowedLateness, this::isSettled);
    if (!forgotten.isEmpty()) {
      forgotten.forEach(this::forget);
      closeMetricsOfRetired();
    }
  }

  final void change(String json) {
    rules.apply(json, new Follower());
    closeMetricsOfRetired();
  }

  /** The id of a rule, by the number of one of its versions; null once that is forgotten. */
  final String idOf(int number) {
    CompiledRule rule = rulesByNumber.get(number);
    return rule == null ? null : metricsOf(rule).versions.get(rule).id();
  }

  /** How many different conditions its rules have. */
  final int conditionsHeld() {
    return matcher.conditionsHeld();
  }

  /** How many versions of rules are matched. */
  final int versionsHeld() {
    return rulesByNumber.size();
  }

  /** Says on the status output what rules the job has begun, or goes on with. */
  final void tellNews() {
    rules.news().forEach(row -> output.collect(StatusRows.OUTPUT, new StreamRecord<>(row)));
  }

  private boolean isSettled(int number) {
    long now = getProcessingTimeService().getCurrentProcessingTime();
    return now - endedAt.getOrDefault(number, now) >= SETTLES_WITHIN_MS;
  }

  /** Forgets what alerts need of a version. */
  private void forget(int number) {
    endedAt.remove(number);
    CompiledRule rule = rulesByNumber.remove(number);
    if (rule != null) {
      alerts.remove(rule);
      metricsByVersion.remove(rule).remove(rule);
    }
  }

  /** Takes the metrics of rules away that are retired, and have nothing under way any more. */
  private void closeMetricsOfRetired() {
    metricsById
        .entrySet()
        .removeIf(
            rule -> {
              boolean retired =
                  rule.getValue().versions.isEmpty() && rules.set().isRetired(rule.getKey());
              if (retired) {
                rule.getValue().close();
              }
              return retired;
            });
  }

  private final class Follower implements LiveRules.Follower {

    @Override
    public void onAdded(RuleSet.Version version, RuleReader.Rule rule) {
      Integer limit = rule.document().maxPartialMatches();
      matcher.add(
          version.number(),
          version.partition(),
          rule.compiled(),
          version.lifetime(),
          (int) Math.round(rule.document().rollout() * KeyMatcher.SLICES / 100),
          limit == null ? maxPartialMatches : limit);
      noteLayout(version.number(), rule.compiled());
      rulesByNumber.put(version.number(), rule.compiled());
      alerts.put(rule.compiled(), new AlertRows(rule, plan.eventType(), plan.zones()));
      RuleMetrics counted =
          metricsById.computeIfAbsent(
              version.id(),
              id ->
                  new RuleMetrics(
                      getMetricGroup().addGroup("rule", id), matcher::tested, matcher::open));
      counted.add(rule.compiled(), version);
      metricsByVersion.put(rule.compiled(), counted);
    }

    @Override
    public void onEnded(RuleSet.Version version) {
      if (matcher.has(version.number())) {
        matcher.end(version.number(), version.lifetime(), latest);
        endedAt.put(version.number(), getProcessingTimeService().getCurrentProcessingTime());
      }
    }

    @Override
    public void onRemoved(int number) {
      forgetLayout(number);
      if (matcher.has(number)) {
        matcher.remove(number);
        forget(number);
      }
    }
  }

  // ---- results ------------------------------------------------------------------------------

  private RuleMetrics metricsOf(CompiledRule rule) {
    return metricsByVersion.get(rule);
  }

  private final class Outputs implements MatchListener {

    private final StreamRecord<RowData> record = new StreamRecord<>(null);

    @Override
    public void onMatch(CompiledRule rule, TakenEvent newest, long timestamp) {
      RuleMetrics counted = metricsOf(rule);
      counted.matches.inc();
      counted.delay.update(System.currentTimeMillis() - plan.zones().instant(newest.timestamp()));
      output.collect(
          record.replace(
              alerts.get(rule).of(newest, this), Math.max(timestamp, matcher.latestEventTime())));
    }

    @Override
    public void onTimeout(CompiledRule rule, TakenEvent newest, long timestamp) {
      metricsOf(rule).timeouts.inc();
    }

    @Override
    public void onFailure(
        CompiledRule rule, String expression, RowData event, RuntimeException failure) {
      RuleMetrics counted = metricsOf(rule);
      counted.failures.inc();
      report(
          counted,
          rule,
          "evaluation_error",
          expression + failure.getClass().getName(),
          "`"
              + expression
              + "` can't be evaluated on an event, and counts as not true or NULL: "
              + failure
              + ". Further failures of this kind are counted as numEvaluationErrors, and not"
              + " told.");
    }

    /** One rule doesn't end the job for all others. */
    @Override
    public void onSkipMiss(CompiledRule rule, SkipException miss) {
      RuleMetrics counted = metricsOf(rule);
      counted.failures.inc();
      report(
          counted,
          rule,
          "evaluation_error",
          "skip",
          miss.getMessage()
              + ": no partial match is dropped. Further failures of this kind are counted as"
              + " numEvaluationErrors, and not told.");
    }

    @Override
    public void onOverload(CompiledRule rule) {
      RuleMetrics counted = metricsOf(rule);
      counted.dropped.inc();
      report(
          counted,
          rule,
          "overload",
          "overload",
          "a key has too many partial matches: its oldest is dropped. Further ones are counted as"
              + " numPartialMatchesDropped, and not told. A window, or a stricter condition, keeps"
              + " them few; max_partial_matches allows more.");
    }

    private void report(
        RuleMetrics counted, CompiledRule rule, String outcome, String kind, String message) {
      RuleSet.Version version = counted.versions.get(rule);
      if (counted.reported.computeIfAbsent(rule, r -> new HashSet<>()).add(kind)) {
        output.collect(
            StatusRows.OUTPUT,
            new StreamRecord<>(StatusRows.of(version.id(), version.version(), outcome, message)));
      }
    }
  }

  /** For rules that stay as they are. */
  static final class Fixed extends RuleOperator
      implements OneInputStreamOperator<RowData, RowData> {

    private static final long serialVersionUID = 1L;

    private transient boolean tells;

    Fixed(RulesPlan plan) {
      super(plan);
    }

    @Override
    public void open() throws Exception {
      super.open();
      tells = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0;
      if (tells) {
        ProcessingTimeService clock = getProcessingTimeService();
        clock.registerTimer(clock.getCurrentProcessingTime(), now -> tellNews());
      }
    }

    /** At the end of its input a task fires no timers any more. */
    @Override
    public void finish() throws Exception {
      if (tells) {
        tellNews();
      }
      super.finish();
    }

    @Override
    public void processElement(StreamRecord<RowData> element) throws Exception {
      onEvent(element);
    }
  }

  /**
   * For rules that change. A change may come after the events that were sent on their way under it:
   * time waits for it, as events are matched when time moves on.
   */
  static final class Changing extends RuleOperator
      implements TwoInputStreamOperator<RowData, String, RowData> {

    private static final long serialVersionUID = 1L;

    private transient int neededEpoch;
    private transient Watermark held;

    Changing(RulesPlan plan) {
      super(plan);
    }

    /** The operator of the updates tells of the rules. */
    @Override
    public void open() throws Exception {
      super.open();
      rules().news();
    }

    @Override
    public void processElement1(StreamRecord<RowData> element) throws Exception {
      neededEpoch = Math.max(neededEpoch, RoutedEvents.epoch(element.getValue()));
      onEvent(element);
    }

    @Override
    public void processElement2(StreamRecord<String> change) throws Exception {
      change(change.getValue());
      if (held != null && epoch() >= neededEpoch) {
        Watermark mark = held;
        held = null;
        processWatermark1(mark);
      }
    }

    @Override
    public void processWatermark1(Watermark mark) throws Exception {
      if (epoch() < neededEpoch) {
        held = mark;
      } else {
        super.processWatermark1(mark);
      }
    }

    @Override
    public void processWatermark2(Watermark mark) throws Exception {
      if (mark.equals(Watermark.MAX_WATERMARK)) {
        // Time would end for all where the events are idle, and the updates at their end.
        processWatermarkStatus2(WatermarkStatus.IDLE);
      } else {
        super.processWatermark2(mark);
      }
    }
  }
}
