package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pyflinkcep.flink.RandomRules.Event;
import org.pyflinkcep.flink.RandomRules.Update;

/** Real jobs of rules that change, which fail, or are stopped and go on, against the oracle. */
class RuleJobTest {

  private static final int EVENTS = 3_000;
  private static final int UPDATES = 200;
  private static final int BOUND = 12;
  private static final int FAILURES = 4;

  /** How events come. */
  private enum Pace {
    AT_ONCE,
    /** So that the job is amid them when a task fails. */
    AT_A_RATE,
    /** So that the job is amid them when it is stopped. */
    HALF_OF_THEM
  }

  /** Events a second. */
  private static final double RATE = 500;

  /** What a slow task takes for each, where events come faster than their alerts are taken. */
  private static final long MS_AN_ALERT = 2;

  @RegisterExtension
  private static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setConfiguration(smallBuffers())
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(6)
              .build());

  /** So that they are soon full of what a slow task has not taken yet. */
  private static Configuration smallBuffers() {
    Configuration configuration = new Configuration();
    configuration.set(TaskManagerOptions.MEMORY_SEGMENT_SIZE, MemorySize.parse("4kb"));
    return configuration;
  }

  @TempDir private Path savepoints;

  private final String run = getClass().getSimpleName() + System.nanoTime();
  private boolean unaligned;
  private List<String> planned;
  private List<Update> updates;
  private List<Event> events;

  /** The lines of both: with counts, so that none comes twice. */
  private List<String> expected(long seed) {
    RandomRules rules = new RandomRules(seed, 20, false);
    planned = rules.planned(8);
    updates = rules.updates(UPDATES, 2L * EVENTS, BOUND);
    events = rules.events(EVENTS, BOUND);
    RuleOracle oracle = new RuleOracle(RandomRules.EVENT_TYPE, true, planned);
    for (Update update : updates) {
      // Their source's watermark is so late that none comes behind it.
      oracle.update(update.text(), update.timestamp(), Long.MIN_VALUE);
    }
    return oracle
        .alerts(
            events.stream()
                .map(e -> new RuleOracle.Placed(e.row(), e.timestamp(), e.timestamp()))
                .toList())
        .stream()
        .sorted()
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"1, hashmap", "2, rocksdb", "3, hashmap"})
  void alerts_are_given_exactly_once_though_tasks_fail(long seed, String backend) throws Exception {
    List<String> expected = expected(seed);
    Failing.BY_RUN.put(run, new AtomicInteger(FAILURES));
    start(backend, 2, null, Pace.AT_A_RATE).end();
    assertThat(Failing.BY_RUN.get(run).get()).as("failures left").isZero();
    assertThat(Committed.lines(run)).containsExactlyElementsOf(expected);
  }

  /** The barriers overtake events, and what is on its way goes into the checkpoints. */
  @ParameterizedTest
  @CsvSource({"6, hashmap", "7, rocksdb"})
  void alerts_are_given_exactly_once_with_unaligned_checkpoints_under_backpressure(
      long seed, String backend, @InjectMiniCluster MiniCluster cluster) throws Exception {
    List<String> expected = expected(seed);
    Failing.BY_RUN.put(run, new AtomicInteger(FAILURES));
    unaligned = true;
    RunningJob job = start(backend, 2, null, Pace.AT_A_RATE);
    job.end();
    assertThat(Failing.BY_RUN.get(run).get()).as("failures left").isZero();
    assertThat(Committed.lines(run)).containsExactlyElementsOf(expected);
    assertThat(
            cluster
                .getExecutionGraph(job.client().getJobID())
                .get()
                .getCheckpointStatsSnapshot()
                .getSummaryStats()
                .getPersistedDataStats()
                .getMaximum())
        .as("bytes on their way, in a checkpoint")
        .isPositive();
  }

  @ParameterizedTest
  @CsvSource({"4, hashmap", "5, rocksdb"})
  void a_job_that_is_stopped_goes_on_at_another_parallelism(long seed, String backend)
      throws Exception {
    List<String> expected = expected(seed);
    Failing.BY_RUN.put(run, new AtomicInteger());
    String savepoint =
        start(backend, 2, null, Pace.HALF_OF_THEM)
            .stopOnce(() -> !Committed.lines(run).isEmpty(), savepoints);
    assertThat(Committed.lines(run).size()).as("stopped midway").isLessThan(expected.size());
    start(backend, 3, savepoint, Pace.AT_ONCE).end();
    assertThat(Committed.lines(run)).containsExactlyElementsOf(expected);
  }

  private RunningJob start(String backend, int parallelism, String savepoint, Pace pace)
      throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(StateBackendOptions.STATE_BACKEND, backend);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3 * FAILURES);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(10));
    if (savepoint != null) {
      configuration.setString("execution.state-recovery.path", savepoint);
    }
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(parallelism);
    environment.setMaxParallelism(16);
    environment.enableCheckpointing(unaligned ? 50 : 100);
    environment.getCheckpointConfig().enableUnalignedCheckpoints(unaligned);
    environment.getConfig().setAutoWatermarkInterval(5);
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    tables.getConfig().setLocalTimeZone(java.time.ZoneOffset.UTC);
    Alerts<Table> alerts =
        PythonEntryPoint.matchRules(
            tables,
            events(environment, tables, pace),
            updates(environment, tables, pace),
            ChangingRulesTest.plan(planned, true).json());
    tables
        .toDataStream(alerts.matches())
        .map(RuleJobTest::line)
        .returns(Types.STRING)
        .map(new Slow(unaligned ? MS_AN_ALERT : 0))
        .uid("slow")
        .setParallelism(1)
        .map(new Committed(run))
        .uid("committed")
        .setParallelism(1)
        .sinkTo(new org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink<>());
    return new RunningJob(environment.executeAsync());
  }

  /** An alert as the oracle has it; the events have their time in a column here. */
  static String line(Row row) {
    GenericRowData alert = new GenericRowData(AlertRows.TYPE.getFieldCount());
    for (int i = 0; i < alert.getArity(); i++) {
      Object value = row.getField(AlertRows.TYPE.getFieldNames().get(i));
      alert.setField(
          i,
          value instanceof Instant time
              ? TimestampData.fromInstant(time)
              : value instanceof String text
                  ? StringData.fromString(text.replaceAll(",\"rowtime\":\"[^\"]*\"", ""))
                  : value);
    }
    return RulesRun.alertLine(alert, ((Instant) row.getField("rowtime")).toEpochMilli());
  }

  private Table events(
      StreamExecutionEnvironment environment, StreamTableEnvironment tables, Pace pace) {
    TypeInformation<Row> type =
        Types.ROW_NAMED(
            RandomRules.EVENT_TYPE.getFieldNames().toArray(String[]::new),
            Types.INT,
            Types.STRING,
            Types.STRING,
            Types.LONG,
            Types.LONG,
            Types.BOOLEAN);
    List<Row> rows = new ArrayList<>();
    long[] times = new long[events.size()];
    for (int i = 0; i < events.size(); i++) {
      GenericRowData event = (GenericRowData) events.get(i).row();
      Row row = new Row(RowKind.INSERT, event.getArity());
      for (int field = 0; field < event.getArity(); field++) {
        Object value = event.getField(field);
        row.setField(field, value instanceof StringData ? value.toString() : value);
      }
      rows.add(row);
      times[(int) (long) row.getField(4)] = events.get(i).timestamp();
    }
    return tables.fromDataStream(
        environment
            .fromSource(
                source(rows, pace, RATE, type),
                WatermarkStrategy.<Row>forBoundedOutOfOrderness(Duration.ofMillis(BOUND))
                    .withTimestampAssigner((row, t) -> times[(int) (long) row.getField(4)]),
                "events")
            .setParallelism(1)
            .uid("events")
            .map(new Failing(run))
            .uid("failing")
            .returns(type),
        Schema.newBuilder()
            .columnByMetadata("rowtime", "TIMESTAMP_LTZ(3)")
            .watermark("rowtime", "SOURCE_WATERMARK()")
            .build());
  }

  private Table updates(
      StreamExecutionEnvironment environment, StreamTableEnvironment tables, Pace pace) {
    TypeInformation<Row> type =
        Types.ROW_NAMED(new String[] {"document", "time"}, Types.STRING, Types.LONG);
    List<Row> rows =
        updates.stream().map(update -> Row.of(update.text(), update.timestamp())).toList();
    Table table =
        tables.fromDataStream(
            environment
                .fromSource(
                    source(rows, pace, RATE * UPDATES / EVENTS, type),
                    WatermarkStrategy.<Row>forBoundedOutOfOrderness(Duration.ofMillis(4 * BOUND))
                        .withTimestampAssigner((row, t) -> (Long) row.getField(1)),
                    "updates")
                .setParallelism(1)
                .uid("updates")
                .returns(type),
            Schema.newBuilder()
                .columnByMetadata("rowtime", "TIMESTAMP_LTZ(3)")
                .watermark("rowtime", "SOURCE_WATERMARK()")
                .build());
    return table.dropColumns(org.apache.flink.table.api.Expressions.$("time"));
  }

  private static DataGeneratorSource<Row> source(
      List<Row> rows, Pace pace, double perSecond, TypeInformation<Row> type) {
    return new DataGeneratorSource<>(
        number -> rows.get((int) (long) number),
        rows.size(),
        switch (pace) {
          case AT_ONCE -> RateLimiterStrategy.noOp();
          case AT_A_RATE -> RateLimiterStrategy.perSecond(perSecond);
          case HALF_OF_THEM -> new HeldAfter<>(rows.size() / 2);
        },
        type);
  }

  /** Takes its time. */
  private static final class Slow extends RichMapFunction<String, String> {

    private static final long serialVersionUID = 1L;

    private final long milliseconds;

    Slow(long milliseconds) {
      this.milliseconds = milliseconds;
    }

    @Override
    public String map(String line) throws InterruptedException {
      TimeUnit.MILLISECONDS.sleep(milliseconds);
      return line;
    }
  }

  /** Throws now and then. */
  private static final class Failing extends RichMapFunction<Row, Row> {

    private static final long serialVersionUID = 1L;
    static final Map<String, AtomicInteger> BY_RUN = new ConcurrentHashMap<>();

    private final String run;
    private int seen;

    Failing(String run) {
      this.run = run;
    }

    @Override
    public Row map(Row row) {
      if (++seen > 100 + (row.hashCode() & 511) && BY_RUN.get(run).get() > 0) {
        BY_RUN.get(run).decrementAndGet();
        throw new IllegalStateException("a failure that the test asks for");
      }
      return row;
    }
  }
}
