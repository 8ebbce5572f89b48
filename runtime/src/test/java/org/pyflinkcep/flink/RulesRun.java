package org.pyflinkcep.flink;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OperatorSnapshotUtil;
import org.apache.flink.streaming.util.TwoInputStreamOperatorTestHarness;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.util.OutputTag;

/**
 * The operators of {@code match_rules} in one thread, at some parallelism, and what is on its way
 * between them: who runs it says what arrives next.
 */
final class RulesRun implements AutoCloseable {

  static final int MAX_PARALLELISM = 16;

  /** The state of all operators, with nothing on its way between them. */
  record Snapshot(
      OperatorSubtaskState updates,
      OperatorSubtaskState routers,
      OperatorSubtaskState matchers,
      int routerCount,
      int matcherCount,
      int changes) {

    /** Writes the state of one task of each operator into files of a folder. */
    void write(Path folder) throws Exception {
      OperatorSnapshotUtil.writeStateHandle(updates, folder.resolve("updates").toString());
      OperatorSnapshotUtil.writeStateHandle(routers, folder.resolve("router").toString());
      OperatorSnapshotUtil.writeStateHandle(matchers, folder.resolve("matcher").toString());
    }

    static Snapshot read(Path folder) throws Exception {
      return new Snapshot(
          OperatorSnapshotUtil.readStateHandle(folder.resolve("updates").toString()),
          OperatorSnapshotUtil.readStateHandle(folder.resolve("router").toString()),
          OperatorSnapshotUtil.readStateHandle(folder.resolve("matcher").toString()),
          1,
          1,
          0);
    }
  }

  private final RulesPlan plan;
  private final OneInputStreamOperatorTestHarness<RowData, String> updates;
  private final List<TwoInputStreamOperatorTestHarness<RowData, String, RowData>> routers =
      new ArrayList<>();
  private final List<MatcherHarness> matchers = new ArrayList<>();

  /** To each router, then to each matcher, then from each router to each matcher. */
  private final List<Deque<Object>> channels = new ArrayList<>();

  /** What each matcher knows of the routers' time. */
  private final long[][] routerTimes;

  private int changesBefore;
  private int changes;

  /** How many changes each router has followed. */
  private final int[] epochs;

  private final List<String> alerts = new ArrayList<>();
  private final List<String> begun = new ArrayList<>();
  private final List<String> status = new ArrayList<>();
  private final List<String> late = new ArrayList<>();

  /**
   * @param restored the state to go on from, or null
   */
  RulesRun(
      RulesPlan plan, int routerCount, int matcherCount, StateBackend backend, Snapshot restored)
      throws Exception {
    this.plan = plan;
    updates = new OneInputStreamOperatorTestHarness<>(new RuleUpdates(plan, 0), 1, 1, 0);
    routerTimes = new long[matcherCount][routerCount];
    epochs = new int[routerCount];
    if (restored != null) {
      changesBefore = restored.changes();
      Arrays.fill(epochs, changesBefore);
    }
    start(updates, backend, restored == null ? null : restored.updates(), 1, 1, 0);
    for (int i = 0; i < routerCount; i++) {
      var router =
          new TwoInputStreamOperatorTestHarness<>(
              new RuleRouter.Changing(plan), MAX_PARALLELISM, routerCount, i);
      router.setup(new RowDataSerializer(RoutedEvents.type(plan.eventType())));
      start(
          router,
          backend,
          restored == null ? null : restored.routers(),
          restored == null ? 0 : restored.routerCount(),
          routerCount,
          i);
      routers.add(router);
    }
    for (int i = 0; i < matcherCount; i++) {
      Arrays.fill(routerTimes[i], Long.MIN_VALUE);
      var matcher = new MatcherHarness(new RuleOperator.Changing(plan), matcherCount, i);
      matcher.setup(new RowDataSerializer(AlertRows.TYPE));
      start(
          matcher,
          backend,
          restored == null ? null : restored.matchers(),
          restored == null ? 0 : restored.matcherCount(),
          matcherCount,
          i);
      matchers.add(matcher);
    }
    for (int i = 0; i < routerCount + matcherCount + routerCount * matcherCount; i++) {
      channels.add(new ArrayDeque<>());
    }
    updates.setProcessingTime(1);
    takeUpdatesOutput();
    if (restored == null) {
      begun.addAll(status);
      status.clear();
    }
  }

  private static void start(
      AbstractStreamOperatorTestHarness<?> harness,
      StateBackend backend,
      OperatorSubtaskState restored,
      int before,
      int parallelism,
      int subtask)
      throws Exception {
    harness.setStateBackend(backend);
    if (restored != null) {
      harness.initializeState(
          AbstractStreamOperatorTestHarness.repartitionOperatorState(
              restored, MAX_PARALLELISM, before, parallelism, subtask));
    }
    harness.open();
  }

  // ---- input ----------------------------------------------------------------------------------

  int routerCount() {
    return routers.size();
  }

  /** How many changes a router has followed, since the first start. */
  int epoch(int router) {
    return epochs[router];
  }

  void event(int router, RowData row, long timestamp) throws Exception {
    routers.get(router).processElement1(new StreamRecord<>(row, timestamp));
    takeRouterOutput(router);
  }

  void watermark(int router, long timestamp) throws Exception {
    routers.get(router).processWatermark1(new Watermark(timestamp));
    takeRouterOutput(router);
  }

  void routerIsIdle(int router, boolean idle) throws Exception {
    routers
        .get(router)
        .processWatermarkStatus1(idle ? WatermarkStatus.IDLE : WatermarkStatus.ACTIVE);
    takeRouterOutput(router);
  }

  void update(String text, long timestamp) throws Exception {
    updates.processElement(
        new StreamRecord<>(GenericRowData.of(StringData.fromString(text)), timestamp));
    takeUpdatesOutput();
  }

  void updatesWatermark(long timestamp) throws Exception {
    updates.processWatermark(timestamp);
    takeUpdatesOutput();
  }

  void updatesAreIdle(boolean idle) throws Exception {
    updates.processWatermarkStatus(idle ? WatermarkStatus.IDLE : WatermarkStatus.ACTIVE);
    takeUpdatesOutput();
  }

  // ---- channels -------------------------------------------------------------------------------

  int channels() {
    return channels.size();
  }

  boolean isEmpty(int channel) {
    return channels.get(channel).isEmpty();
  }

  /** Lets the first of what is on its way in a channel arrive. */
  void deliver(int channel) throws Exception {
    Object element = channels.get(channel).remove();
    if (channel < routers.size()) {
      toRouter(channel, element);
      return;
    }
    int number = channel - routers.size();
    if (number < matchers.size()) {
      changeMatcher(number, element);
    } else {
      number -= matchers.size();
      toMatcher(number % matchers.size(), number / matchers.size(), element);
    }
  }

  /** Lets all arrive, the changes first. */
  void deliverAll() throws Exception {
    for (int channel = 0; channel < channels.size(); channel++) {
      while (!isEmpty(channel)) {
        deliver(channel);
      }
    }
  }

  @SuppressWarnings("unchecked")
  private void toRouter(int index, Object element) throws Exception {
    var router = routers.get(index);
    if (element instanceof Watermark mark) {
      router.processWatermark2(mark);
    } else if (element instanceof WatermarkStatus idle) {
      router.processWatermarkStatus2(idle);
    } else {
      router.processElement2((StreamRecord<String>) element);
      epochs[index]++;
    }
    takeRouterOutput(index);
  }

  @SuppressWarnings("unchecked")
  private void changeMatcher(int index, Object element) throws Exception {
    MatcherHarness matcher = matchers.get(index);
    if (element instanceof Watermark mark) {
      matcher.operator().processWatermark2(mark);
    } else if (element instanceof WatermarkStatus idle) {
      matcher.operator().processWatermarkStatus2(idle);
    } else {
      matcher.operator().processElement2((StreamRecord<String>) element);
    }
    takeAlerts(matcher);
  }

  @SuppressWarnings("unchecked")
  private void toMatcher(int index, int router, Object element) throws Exception {
    MatcherHarness matcher = matchers.get(index);
    boolean idle = element instanceof WatermarkStatus status && status.isIdle();
    if (element instanceof Watermark || idle) {
      long before = Arrays.stream(routerTimes[index]).min().orElseThrow();
      routerTimes[index][router] = idle ? Long.MAX_VALUE : ((Watermark) element).getTimestamp();
      long now = Arrays.stream(routerTimes[index]).min().orElseThrow();
      if (now > before) {
        matcher.operator().processWatermark1(new Watermark(now));
      }
    } else if (element instanceof StreamRecord<?>) {
      matcher.processElement1((StreamRecord<RowData>) element);
    }
    takeAlerts(matcher);
  }

  private void takeUpdatesOutput() {
    for (Object element; (element = updates.getOutput().poll()) != null; ) {
      if (element instanceof StreamRecord<?>) {
        changes++;
      }
      for (int i = 0; i < routers.size() + matchers.size(); i++) {
        channels.get(i).add(element);
      }
    }
    for (RowData row : side(updates, StatusRows.OUTPUT)) {
      status.add(statusLine(row));
    }
  }

  @SuppressWarnings("unchecked")
  private void takeRouterOutput(int router) throws Exception {
    for (Object element; (element = routers.get(router).getOutput().poll()) != null; ) {
      for (int i = 0; i < matchers.size(); i++) {
        if (!(element instanceof StreamRecord<?>)
            || i == matcherOf(((StreamRecord<RowData>) element).getValue())) {
          channels
              .get(routers.size() + matchers.size() + router * matchers.size() + i)
              .add(element);
        }
      }
    }
  }

  private int matcherOf(RowData routed) {
    return KeyGroupRangeAssignment.assignKeyToParallelOperator(
        new RoutedEvents.Key().getKey(routed), MAX_PARALLELISM, matchers.size());
  }

  private void takeAlerts(MatcherHarness matcher) {
    for (Object element; (element = matcher.getOutput().poll()) != null; ) {
      if (element instanceof StreamRecord<?> record) {
        alerts.add(alertLine((RowData) record.getValue(), record.getTimestamp()));
      }
    }
    for (RowData row : side(matcher, StatusRows.OUTPUT)) {
      status.add(statusLine(row));
    }
    for (RowData row : side(matcher, RuleOperator.lateOutput(plan))) {
      late.add(row.toString());
    }
  }

  private static <T> List<T> side(AbstractStreamOperatorTestHarness<?> harness, OutputTag<T> tag) {
    Queue<StreamRecord<T>> records = harness.getSideOutput(tag);
    List<T> values = new ArrayList<>();
    while (records != null && !records.isEmpty()) {
      values.add(records.poll().getValue());
    }
    return values;
  }

  // ---- results --------------------------------------------------------------------------------

  /** All columns of an alert. */
  static String alertLine(RowData alert, long rowtime) {
    return alert.getString(0)
        + " "
        + alert.getLong(1)
        + " "
        + alert.getString(2)
        + " "
        + alert.getString(3)
        + " "
        + alert.getString(4)
        + " "
        + alert.getTimestamp(5, 3).getMillisecond()
        + ".."
        + alert.getTimestamp(6, 3).getMillisecond()
        + " "
        + alert.getString(7)
        + " "
        + alert.getString(8)
        + " @"
        + rowtime;
  }

  static String statusLine(RowData row) {
    return row.getString(0)
        + " "
        + (row.isNullAt(1) ? null : row.getLong(1))
        + " "
        + row.getString(2);
  }

  List<String> alerts() {
    return alerts;
  }

  /** What was said of the rules that a job began with. */
  List<String> begun() {
    return begun;
  }

  /** What became of updates, and went wrong, as {@code r1 2 accepted}. */
  List<String> status() {
    return status;
  }

  List<String> late() {
    return late;
  }

  /** How many conditions each router and each matcher has. */
  List<Integer> conditionsHeld() {
    List<Integer> held = new ArrayList<>();
    for (var router : routers) {
      held.add(((RuleRouter) router.getOperator()).conditionsHeld());
    }
    matchers.forEach(matcher -> held.add(matcher.operator().conditionsHeld()));
    return held;
  }

  List<MatcherHarness> matchers() {
    return matchers;
  }

  /** Lets all that is on its way arrive, and then a time pass by the clock. */
  void settle(long milliseconds) throws Exception {
    deliverAll();
    for (MatcherHarness matcher : matchers) {
      matcher.setProcessingTime(matcher.getProcessingTime() + milliseconds);
    }
  }

  /** Lets all that is on its way arrive, and takes a snapshot. */
  Snapshot snapshot() throws Exception {
    deliverAll();
    return new Snapshot(
        updates.snapshot(1, 1),
        snapshot(routers),
        snapshot(matchers),
        routers.size(),
        matchers.size(),
        changesBefore + changes);
  }

  private static OperatorSubtaskState snapshot(
      List<? extends AbstractStreamOperatorTestHarness<?>> subtasks) throws Exception {
    OperatorSubtaskState[] states = new OperatorSubtaskState[subtasks.size()];
    for (int i = 0; i < states.length; i++) {
      states[i] = subtasks.get(i).snapshot(1, 1);
    }
    return AbstractStreamOperatorTestHarness.repackageState(states);
  }

  @Override
  public void close() throws Exception {
    updates.close();
    for (var router : routers) {
      router.close();
    }
    for (MatcherHarness matcher : matchers) {
      matcher.close();
    }
  }
}
