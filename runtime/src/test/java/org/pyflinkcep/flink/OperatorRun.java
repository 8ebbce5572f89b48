package org.pyflinkcep.flink;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.StateBackend;
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

  private final OutputTag<RowData> timeouts;
  private final OutputTag<RowData> late;
  private final RowType eventType;
  private final List<KeyedOneInputStreamOperatorTestHarness<RowData, RowData, RowData>> subtasks =
      new ArrayList<>();

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
    this.eventType = eventType;
    RowType outputType = MatchPlan.compile(plan, eventType, ZoneOffset.UTC).outputType();
    timeouts = new OutputTag<>("timeouts", InternalTypeInfo.of(outputType));
    late = new OutputTag<>("late", InternalTypeInfo.of(eventType));
    for (int subtask = 0; subtask < parallelism; subtask++) {
      var harness =
          new KeyedOneInputStreamOperatorTestHarness<RowData, RowData, RowData>(
              new MatchOperator(plan, eventType, ZoneOffset.UTC, timeouts, late),
              new Key(),
              InternalTypeInfo.of(KEY_TYPE),
              MAX_PARALLELISM,
              parallelism,
              subtask);
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

  void feed(Event event) throws Exception {
    GenericRowData row = new GenericRowData(eventType.getFieldCount());
    row.setField(eventType.getFieldIndex("key"), event.key());
    row.setField(eventType.getFieldIndex("kind"), StringData.fromString(event.kind()));
    row.setField(eventType.getFieldIndex("number"), event.number());
    if (eventType.getFieldIndex("added") >= 0) {
      row.setField(eventType.getFieldIndex("added"), event.number());
    }
    subtaskOf(row).processElement(new StreamRecord<>(row, event.timestamp()));
  }

  private KeyedOneInputStreamOperatorTestHarness<RowData, RowData, RowData> subtaskOf(RowData row) {
    int subtask =
        org.apache.flink.runtime.state.KeyGroupRangeAssignment.assignKeyToParallelOperator(
            new Key().getKey(row), MAX_PARALLELISM, subtasks.size());
    return subtasks.get(subtask);
  }

  void watermark(long timestamp) throws Exception {
    for (var subtask : subtasks) {
      subtask.processWatermark(new Watermark(timestamp));
    }
  }

  OperatorSubtaskState snapshot() throws Exception {
    List<OperatorSubtaskState> states = new ArrayList<>();
    for (var subtask : subtasks) {
      states.add(subtask.snapshot(1, 1));
    }
    return AbstractStreamOperatorTestHarness.repackageState(
        states.toArray(OperatorSubtaskState[]::new));
  }

  /** How many keys there is state for, over all subtasks. */
  int keysWithState() {
    return subtasks.stream().mapToInt(s -> s.numKeyedStateEntries()).sum();
  }

  int eventTimeTimers() {
    return subtasks.stream().mapToInt(s -> s.numEventTimeTimers()).sum();
  }

  /** What came out so far, as {@code match 1 2 @5}: the numbers of the events, and the time. */
  List<String> results() {
    List<String> lines = new ArrayList<>();
    for (var subtask : subtasks) {
      for (Object out : subtask.getOutput()) {
        if (out instanceof StreamRecord<?> record) {
          lines.add("match " + line(record));
        }
      }
      addAll("timeout ", subtask.getSideOutput(timeouts), lines);
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
  }

  private static final class Key implements KeySelector<RowData, RowData> {
    private final RowDataSerializer serializer = new RowDataSerializer(KEY_TYPE);

    @Override
    public RowData getKey(RowData row) {
      return serializer.toBinaryRow(GenericRowData.of(row.getInt(0))).copy();
    }
  }
}
