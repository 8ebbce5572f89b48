package org.pyflinkcep.flink;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.metrics.groups.InternalOperatorMetricGroup;
import org.apache.flink.runtime.metrics.util.InterceptingOperatorMetricGroup;
import org.apache.flink.runtime.metrics.util.InterceptingTaskMetricGroup;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFinalizer;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.util.OutputTag;
import org.pyflinkcep.expression.TimeZones;
import org.pyflinkcep.matcher.MatchPlan;

/** The match operator at some parallelism, fed by hand, its results as readable lines. */
final class OperatorRun implements AutoCloseable {

  /** An event of a key: its kind, and a number that tells it from others. */
  record Event(int key, String kind, long number, long timestamp) {}

  static final RowType EVENT_TYPE =
      RowType.of(
          new LogicalType[] {new IntType(), VarCharType.STRING_TYPE, new BigIntType()},
          new String[] {"key", "kind", "number"});

  private static final RowType KEY_TYPE = RowType.of(new IntType());
  private static final int MAX_PARALLELISM = 16;
  private static final int MAX_STATE_BYTES = 1 << 24;

  private final OutputTag<RowData> timeouts;
  private final OutputTag<RowData> late;
  private final RowType eventType;
  private final boolean objectReuse;
  private final List<InterceptingOperatorMetricGroup> metrics = new ArrayList<>();
  private final List<MockEnvironment> environments = new ArrayList<>();
  private final List<KeyedOneInputStreamOperatorTestHarness<RowData, RowData, RowData>> subtasks =
      new ArrayList<>();

  OperatorRun(String plan) throws Exception {
    this(plan, EVENT_TYPE, new HashMapStateBackend(), 1);
  }

  OperatorRun(String plan, RowType eventType, StateBackend backend, int parallelism)
      throws Exception {
    this(plan, eventType, backend, parallelism, null, 0);
  }

  /**
   * @param restored the state to go on from, or null
   * @param restoredParallelism the parallelism at which it was written
   */
  OperatorRun(
      String plan,
      RowType eventType,
      StateBackend backend,
      int parallelism,
      OperatorSubtaskState restored,
      int restoredParallelism)
      throws Exception {
    this(plan, eventType, backend, parallelism, restored, restoredParallelism, false);
  }

  /** A run in which a row is overwritten as soon as the operator has processed it. */
  static OperatorRun reusingObjects(String plan) throws Exception {
    return new OperatorRun(plan, EVENT_TYPE, new HashMapStateBackend(), 1, null, 0, true);
  }

  private OperatorRun(
      String plan,
      RowType eventType,
      StateBackend backend,
      int parallelism,
      OperatorSubtaskState restored,
      int restoredParallelism,
      boolean objectReuse)
      throws Exception {
    this.eventType = eventType;
    this.objectReuse = objectReuse;
    RowType outputType = MatchPlan.compile(plan, eventType, ZoneOffset.UTC).outputType();
    timeouts = new OutputTag<>("timeouts", InternalTypeInfo.of(outputType));
    late = new OutputTag<>("late", InternalTypeInfo.of(eventType));
    for (int subtask = 0; subtask < parallelism; subtask++) {
      var harness =
          new KeyedOneInputStreamOperatorTestHarness<RowData, RowData, RowData>(
              new MatchOperator(
                  plan, eventType, TimeZones.ofInstants(ZoneOffset.UTC), timeouts, late),
              new Key(),
              InternalTypeInfo.of(KEY_TYPE),
              environment(parallelism, subtask));
      if (objectReuse) {
        harness.getExecutionConfig().enableObjectReuse();
      }
      harness.setStateBackend(backend);
      harness.setup(new RowDataSerializer(outputType));
      if (restored != null) {
        harness.initializeState(
            AbstractStreamOperatorTestHarness.repartitionOperatorState(
                restored, MAX_PARALLELISM, restoredParallelism, parallelism, subtask));
      }
      harness.open();
      subtasks.add(harness);
    }
  }

  private MockEnvironment environment(int parallelism, int subtask) {
    InterceptingOperatorMetricGroup group = new InterceptingOperatorMetricGroup();
    metrics.add(group);
    MockEnvironment environment =
        new MockEnvironmentBuilder()
            .setMaxParallelism(MAX_PARALLELISM)
            .setParallelism(parallelism)
            .setSubtaskIndex(subtask)
            .setMetricGroup(
                new InterceptingTaskMetricGroup() {
                  @Override
                  public InternalOperatorMetricGroup getOrAddOperator(
                      OperatorID id, String name, Map<String, String> variables) {
                    return group;
                  }
                })
            .build();
    environments.add(environment);
    return environment;
  }

  void feed(Event event) throws Exception {
    GenericRowData row = new GenericRowData(eventType.getFieldCount());
    row.setField(eventType.getFieldIndex("key"), event.key());
    row.setField(eventType.getFieldIndex("kind"), StringData.fromString(event.kind()));
    row.setField(eventType.getFieldIndex("number"), event.number());
    if (eventType.getFieldIndex("added") >= 0) {
      row.setField(eventType.getFieldIndex("added"), event.number());
    }
    subtaskOf(row).processElement(new StreamRecord<>(row, event.timestamp()));
    if (objectReuse) {
      row.setField(eventType.getFieldIndex("kind"), StringData.fromString("overwritten"));
      row.setField(eventType.getFieldIndex("number"), Long.MIN_VALUE);
    }
  }

  private KeyedOneInputStreamOperatorTestHarness<RowData, RowData, RowData> subtaskOf(RowData row) {
    int subtask =
        KeyGroupRangeAssignment.assignKeyToParallelOperator(
            new Key().getKey(row), MAX_PARALLELISM, subtasks.size());
    return subtasks.get(subtask);
  }

  void watermark(long timestamp) throws Exception {
    for (var subtask : subtasks) {
      subtask.processWatermark(new Watermark(timestamp));
    }
  }

  void processingTime(long timestamp) throws Exception {
    for (var subtask : subtasks) {
      subtask.setProcessingTime(timestamp);
    }
  }

  /** The end of the input. */
  void finish() throws Exception {
    for (var subtask : subtasks) {
      subtask.getOperator().finish();
    }
  }

  OperatorSubtaskState snapshot() throws Exception {
    return beginSnapshot().call();
  }

  /** Takes a snapshot as of now, which is written when it is called. */
  Callable<OperatorSubtaskState> beginSnapshot() throws Exception {
    List<OperatorSnapshotFutures> begun = new ArrayList<>();
    for (var subtask : subtasks) {
      begun.add(
          subtask
              .getOperator()
              .snapshotState(
                  1,
                  1,
                  CheckpointOptions.forCheckpointWithDefaultLocation(),
                  new MemCheckpointStreamFactory(MAX_STATE_BYTES)));
    }
    return () -> {
      List<OperatorSubtaskState> states = new ArrayList<>();
      for (OperatorSnapshotFutures futures : begun) {
        states.add(OperatorSnapshotFinalizer.create(futures).getJobManagerOwnedState());
      }
      return AbstractStreamOperatorTestHarness.repackageState(
          states.toArray(OperatorSubtaskState[]::new));
    };
  }

  /** How many keys there is state for, over all subtasks. */
  int keysWithState() {
    return subtasks.stream().mapToInt(s -> s.numKeyedStateEntries()).sum();
  }

  int eventTimeTimers() {
    return subtasks.stream().mapToInt(s -> s.numEventTimeTimers()).sum();
  }

  int processingTimeTimers() {
    return subtasks.stream().mapToInt(s -> s.numProcessingTimeTimers()).sum();
  }

  /** What a counter of the operator has come to, over all subtasks. */
  long count(String counter) {
    return metrics.stream().mapToLong(group -> ((Counter) group.get(counter)).getCount()).sum();
  }

  /** The watermarks that went on, where there is one subtask. */
  List<Long> watermarks() {
    return subtasks.get(0).getOutput().stream()
        .filter(Watermark.class::isInstance)
        .map(watermark -> ((Watermark) watermark).getTimestamp())
        .toList();
  }

  /**
   * What came out so far, as {@code match 1 2 @5}: the columns, and the time. Matches come first,
   * then timeouts, then late events.
   */
  List<String> results() {
    List<String> lines = new ArrayList<>();
    for (var subtask : subtasks) {
      for (Object out : subtask.getOutput()) {
        if (out instanceof StreamRecord<?> record) {
          lines.add("match " + line(record));
        }
      }
      addAll("timeout ", subtask.getSideOutput(timeouts), lines);
      addAll("late ", subtask.getSideOutput(late), lines);
    }
    return lines;
  }

  private static void addAll(
      String prefix, Iterable<StreamRecord<RowData>> records, List<String> lines) {
    if (records != null) {
      records.forEach(record -> lines.add(prefix + line(record)));
    }
  }

  private static String line(StreamRecord<?> record) {
    GenericRowData row = (GenericRowData) record.getValue();
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < row.getArity(); i++) {
      line.append(row.getField(i)).append(' ');
    }
    return line.append('@').append(record.getTimestamp()).toString();
  }

  @Override
  public void close() throws Exception {
    for (var subtask : subtasks) {
      subtask.close();
    }
    for (MockEnvironment environment : environments) {
      environment.close();
    }
  }

  private static final class Key implements KeySelector<RowData, RowData> {
    private final RowDataSerializer serializer = new RowDataSerializer(KEY_TYPE);

    @Override
    public RowData getKey(RowData row) {
      return serializer.toBinaryRow(GenericRowData.of(row.getInt(0))).copy();
    }
  }
}
