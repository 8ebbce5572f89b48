package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A real job that is stopped with a savepoint amid partial matches, and started again. */
class SavepointTest {

  private static final int EVENTS = 6_000;
  private static final int KEYS = 40;

  private static final String PLAN =
      """
      {"pattern": {"skip": "past_last_event",
                   "steps": [{"begin": "a", "where": "kind < 3"},
                             {"followed_by": "b", "where": "kind >= 3 AND kind < 6", "times": "1+"},
                             {"followed_by": "c", "where": "kind = 7 AND COUNT(b) > 1"}],
                   "within": 2000},
       "partition_by": ["id"],
       "measures": {"first": "a.number", "bs": "COUNT(b)", "last": "c.number"}}""";

  @RegisterExtension
  private static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(4)
              .build());

  @TempDir private Path savepoints;

  static Stream<Arguments> backends() {
    return Stream.of(Arguments.of("hashmap"), Arguments.of("rocksdb"));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void a_stopped_and_restored_job_gives_what_an_uninterrupted_one_gives(String backend)
      throws Exception {
    Collected.LINES.clear();
    start(backend, 2, null, false, false).end();
    List<String> expected = List.copyOf(Collected.LINES);
    assertThat(expected)
        .anyMatch(line -> line.startsWith("match"))
        .anyMatch(line -> line.startsWith("timeout"));

    Collected.LINES.clear();
    String savepoint =
        start(backend, 2, null, true, false)
            .stopOnce(() -> Collected.LINES.size() >= expected.size() / 4, savepoints);
    assertThat(Collected.LINES.size()).as("stopped midway").isLessThan(expected.size());

    start(backend, 3, savepoint, false, true).end();
    assertThat(Collected.LINES).containsExactlyInAnyOrderElementsOf(expected);
  }

  /**
   * @param held whether only half of the events come, so that the job can be stopped amid them
   * @param wider whether the table has a column more
   */
  private static RunningJob start(
      String backend, int parallelism, String savepoint, boolean held, boolean wider)
      throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(StateBackendOptions.STATE_BACKEND, backend);
    if (savepoint != null) {
      configuration.setString("execution.state-recovery.path", savepoint);
    }
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(parallelism);
    environment.setMaxParallelism(16);
    environment.enableCheckpointing(200);
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    var found = PythonEntryPoint.match(tables, events(environment, tables, held, wider), PLAN);
    collect("match ", tables.toDataStream(found.matches()));
    collect("timeout ", tables.toDataStream(found.timeouts()));
    return new RunningJob(environment.executeAsync());
  }

  private static Table events(
      StreamExecutionEnvironment environment,
      StreamTableEnvironment tables,
      boolean held,
      boolean wider) {
    List<String> names = new ArrayList<>(List.of("id", "kind", "number"));
    List<TypeInformation<?>> types = new ArrayList<>(List.of(Types.INT, Types.INT, Types.LONG));
    if (wider) {
      names.add(1, "added");
      types.add(1, Types.STRING);
    }
    TypeInformation<Row> type =
        Types.ROW_NAMED(names.toArray(String[]::new), types.toArray(TypeInformation<?>[]::new));
    DataGeneratorSource<Row> source =
        new DataGeneratorSource<>(
            number -> {
              // The digits of a multiplicative hash stand in for chance.
              long hash = (number * 2654435761L) >>> 7;
              Row row = Row.withNames(RowKind.INSERT);
              row.setField("id", (int) (hash % KEYS));
              row.setField("kind", (int) (hash / KEYS % 8));
              row.setField("number", number);
              if (wider) {
                row.setField("added", "new");
              }
              return row;
            },
            EVENTS,
            held ? new HeldAfter<>(EVENTS / 2) : RateLimiterStrategy.noOp(),
            type);
    DataStream<Row> rows =
        environment
            .fromSource(
                source,
                WatermarkStrategy.<Row>forBoundedOutOfOrderness(Duration.ofMillis(5))
                    .withTimestampAssigner((row, t) -> (Long) row.getField("number")),
                "events")
            .setParallelism(1)
            .uid("events")
            .returns(type);
    return tables.fromDataStream(
        rows,
        Schema.newBuilder()
            .columnByMetadata("rowtime", "TIMESTAMP_LTZ(3)")
            .watermark("rowtime", "SOURCE_WATERMARK()")
            .build());
  }

  private static void collect(String prefix, DataStream<Row> rows) {
    rows.map(row -> prefix + row).returns(Types.STRING).sinkTo(new Collected()).uid(prefix);
  }

  /** Keeps the lines of all jobs of this JVM. */
  private static final class Collected implements Sink<String> {

    private static final long serialVersionUID = 1L;
    static final Queue<String> LINES = new ConcurrentLinkedQueue<>();

    @Override
    public SinkWriter<String> createWriter(WriterInitContext context) {
      return new SinkWriter<>() {
        @Override
        public void write(String line, Context context) {
          LINES.add(line);
        }

        @Override
        public void flush(boolean endOfInput) {}

        @Override
        public void close() {}
      };
    }
  }
}
