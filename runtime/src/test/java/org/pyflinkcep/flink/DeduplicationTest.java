package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.metrics.groups.InternalOperatorMetricGroup;
import org.apache.flink.runtime.metrics.util.InterceptingOperatorMetricGroup;
import org.apache.flink.runtime.metrics.util.InterceptingTaskMetricGroup;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The first event of a key passes, by a clock that the test sets. */
class DeduplicationTest {

  private static final RowType EVENT =
      RowType.of(
          new LogicalType[] {VarCharType.STRING_TYPE, new IntType()}, new String[] {"id", "n"});
  private static final Duration TTL = Duration.ofSeconds(10);

  static Stream<StateBackend> backends() {
    return Stream.of(new HashMapStateBackend(), new EmbeddedRocksDBStateBackend());
  }

  /** The operator, and what it gives as {@code id:n@timestamp}. */
  private static final class Run implements AutoCloseable {

    private final InterceptingOperatorMetricGroup metrics = new InterceptingOperatorMetricGroup();
    private final MockEnvironment environment;
    private final KeyedOneInputStreamOperatorTestHarness<RowData, RowData, RowData> harness;

    Run(StateBackend backend, OperatorSubtaskState restored, long now) throws Exception {
      environment =
          new MockEnvironmentBuilder()
              .setMetricGroup(
                  new InterceptingTaskMetricGroup() {
                    @Override
                    public InternalOperatorMetricGroup getOrAddOperator(
                        OperatorID id, String name, Map<String, String> variables) {
                      return metrics;
                    }
                  })
              .build();
      RowKeySelector key = new RowKeySelector(EVENT, List.of("id"));
      harness =
          new KeyedOneInputStreamOperatorTestHarness<>(
              new KeyedProcessOperator<>(new Deduplication(TTL)),
              key,
              key.getProducedType(),
              environment);
      harness.setStateBackend(backend);
      harness.setup(new RowDataSerializer(EVENT));
      if (restored != null) {
        harness.initializeState(restored);
      }
      harness.open();
      at(now);
    }

    void at(long milliseconds) throws Exception {
      harness.setStateTtlProcessingTime(milliseconds);
    }

    void event(String id, int n) throws Exception {
      harness.processElement(
          new StreamRecord<>(GenericRowData.of(StringData.fromString(id), n), 100L * n));
    }

    List<String> passed() {
      List<String> lines = new ArrayList<>();
      for (Object output : harness.getOutput()) {
        StreamRecord<?> record = (StreamRecord<?>) output;
        RowData row = (RowData) record.getValue();
        String id = row.isNullAt(0) ? "none" : row.getString(0).toString();
        lines.add(id + ":" + row.getInt(1) + "@" + record.getTimestamp());
      }
      return lines;
    }

    long duplicates() {
      return ((Counter) metrics.get("numDuplicates")).getCount();
    }

    @Override
    public void close() throws Exception {
      harness.close();
      environment.close();
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void the_first_of_a_key_passes_with_its_time_and_the_others_are_counted(StateBackend backend)
      throws Exception {
    try (Run run = new Run(backend, null, 0)) {
      run.event("a", 3);
      run.event("b", 1);
      run.event("a", 2);
      run.event("a", 3);

      assertThat(run.passed()).containsExactly("a:3@300", "b:1@100");
      assertThat(run.duplicates()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void a_key_is_forgotten_a_time_after_its_first_event_however_many_follow(StateBackend backend)
      throws Exception {
    try (Run run = new Run(backend, null, 1_000)) {
      run.event("a", 1);
      run.at(10_999);
      run.event("a", 2);
      run.at(11_000);
      run.event("a", 3);
      run.at(20_999);
      run.event("a", 4);

      assertThat(run.passed()).containsExactly("a:1@100", "a:3@300");
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void keys_and_their_times_are_in_a_savepoint(StateBackend backend) throws Exception {
    OperatorSubtaskState savepoint;
    try (Run run = new Run(backend, null, 1_000)) {
      run.event("a", 1);
      run.at(6_000);
      run.event("b", 1);
      savepoint = run.harness.snapshot(1, 1);
    }
    try (Run run = new Run(backend, savepoint, 10_999)) {
      run.event("a", 2);
      run.event("b", 2);
      run.at(11_000);
      run.event("a", 3);
      run.event("b", 3);

      assertThat(run.passed()).containsExactly("a:3@300");
    }
  }

  @Test
  void events_without_a_key_pass() throws Exception {
    try (Run run = new Run(new HashMapStateBackend(), null, 0)) {
      run.event(null, 1);
      run.event(null, 2);

      assertThat(run.passed()).containsExactly("none:1@100", "none:2@200");
      assertThat(run.harness.numKeyedStateEntries()).isZero();
    }
  }

  @Test
  void expired_keys_leave_the_heap_as_others_come() throws Exception {
    try (Run run = new Run(new HashMapStateBackend(), null, 0)) {
      for (int n = 0; n < 1_000; n++) {
        run.event("a" + n, n);
      }
      assertThat(run.harness.numKeyedStateEntries()).isEqualTo(1_000);
      run.at(TTL.toMillis());
      for (int n = 0; n < 200; n++) {
        run.event("b" + n, n);
      }

      assertThat(run.harness.numKeyedStateEntries()).isLessThan(400);
    }
  }
}
