package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.TimeType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.EdgeRows;
import org.pyflinkcep.matcher.RuleReader;

/** A real job goes on, and its rules find what they find, whatever rules are published to it. */
class PublishedRulesTest {

  private static final int DOCUMENTS = Integer.getInteger("published.rules", 1_000);
  private static final long SEED = Long.getLong("published.seed", 1);
  private static final int EVENTS = 1_500;

  /** The JSON of an alert has no maps whose keys are no strings. */
  private static final RowType EDGES =
      new RowType(
          EdgeRows.type().getFields().stream()
              .filter(field -> !field.getName().equals("mi"))
              .toList());

  /** A column of each type, and those of the good rules; the last one is the oracle's. */
  private static final RowType EVENT_TYPE = eventType();

  private static final List<String> GOOD =
      List.of(
          """
          {id: good-pairs, version: 1, partition_by: kind, within: 40,
           steps: [{begin: a, where: 'MOD(number, 3) = 0'}, {followed_by: b, where: 'MOD(number, 3) = 1'}],
           measures: {first: a.number, last: b.number, of: a.dc}}""",
          """
          {id: good-counts, version: 1, within: 20,
           steps: [{begin: a, where: kind = 'a', times: 2+, greedy: true}, {next: b, where: kind = 'b'}],
           measures: {count: COUNT(a), total: SUM(a.number), names: 'LAST(a.s)'}}""",
          """
          {id: good-absence, version: 1, partition_by: [kind, b], within: 30,
           steps: [{begin: a, where: number >= 10}, {not_followed_by: none, where: 'MOD(number, 5) = 0'}],
           measures: {number: a.number, row: a.r, map: a.m, time: a.lt}}""");

  /** Outcomes of an update; that of a document that can't be read is the last one. */
  private static final List<String> ANSWERS =
      List.of("accepted", "replaced", "retired", "unchanged", "rejected");

  /** Sources make their rows in the same JVM. */
  private static List<RowData> rows;

  private static List<String> documents;

  @RegisterExtension
  private static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(4)
              .build());

  @TempDir private Path savepoints;

  private final String run = getClass().getSimpleName() + System.nanoTime();

  private static RowType eventType() {
    List<RowType.RowField> fields = new ArrayList<>(EDGES.getFields());
    fields.add(new RowType.RowField("number", new BigIntType()));
    fields.add(new RowType.RowField("kind", VarCharType.STRING_TYPE));
    fields.add(new RowType.RowField("clock", new TimeType(3)));
    fields.add(new RowType.RowField("may_begin", new BooleanType()));
    return new RowType(fields);
  }

  /** Events of the edges of all types, with times of day that are none among them. */
  private static List<RowData> rows() {
    Random random = new Random(SEED);
    List<RowData> edges = EdgeRows.rows();
    int width = EDGES.getFieldCount();
    List<RowData> rows = new ArrayList<>();
    for (long number = 0; number < EVENTS; number++) {
      GenericRowData row = new GenericRowData(EVENT_TYPE.getFieldCount());
      for (int column = 0; column < width; column++) {
        GenericRowData edge = (GenericRowData) edges.get(random.nextInt(edges.size()));
        int place = EdgeRows.type().getFieldIndex(EDGES.getFieldNames().get(column));
        row.setField(column, edge.getField(place));
      }
      row.setField(width, number);
      row.setField(width + 1, StringData.fromString("abc".charAt(random.nextInt(3)) + ""));
      row.setField(width + 2, random.nextInt(10) == 0 ? 86_400_000 : random.nextInt(86_400_000));
      rows.add(row);
    }
    return rows;
  }

  /** Twice the number, and so each at a time of its own. */
  private static long timeOf(RowData row) {
    return 2 * row.getLong(EDGES.getFieldCount());
  }

  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void a_job_goes_on_whatever_rules_are_published() throws Exception {
    rows = rows();
    documents = new RandomDocuments(SEED, EVENT_TYPE).next(DOCUMENTS);
    List<String> expected =
        new RuleOracle(EVENT_TYPE, false, GOOD)
                .alerts(
                    rows.stream().map(r -> new RuleOracle.Placed(r, timeOf(r), timeOf(r))).toList())
                .stream()
                .sorted()
                .toList();
    assertThat(expected).hasSizeGreaterThan(EVENTS / 10);

    String savepoint =
        start(null, true).stopOnce(() -> goodAlerts().size() >= expected.size() / 4, savepoints);
    assertThat(goodAlerts().size()).as("stopped midway").isLessThan(expected.size());
    start(savepoint, false).end();

    assertThat(goodAlerts()).containsExactlyElementsOf(expected);
    assertEachDocumentIsAnswered();
    List<String> answers = answers().stream().map(answer -> answer.split(" ")[0]).toList();
    System.out.println(
        answers.stream()
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting())));
    assertThat(answers).doesNotContain("internal-error");
    for (String answer : List.of("accepted", "replaced", "rejected", "evaluation_error")) {
      assertThat(answers.stream().filter(answer::equals).count())
          .as(answer)
          .isGreaterThan(DOCUMENTS / 20);
    }
  }

  private List<String> goodAlerts() {
    return Committed.lines(run).stream().filter(line -> line.startsWith("good-")).toList();
  }

  /** One answer to each rule that is read, by its id and version, and a rejection of each other. */
  private void assertEachDocumentIsAnswered() {
    List<String> left =
        new ArrayList<>(
            answers().stream().filter(answer -> ANSWERS.contains(answer.split(" ")[0])).toList());
    List<String> readable = new ArrayList<>();
    for (String text : Stream.concat(GOOD.stream(), documents.stream()).toList()) {
      RuleReader.Rule rule =
          RuleReader.read("", text, EVENT_TYPE, ZoneOffset.UTC, new Diagnostics());
      if (rule != null) {
        readable.add(" " + rule.document().id() + " " + rule.document().version());
      }
    }
    for (String rule : readable) {
      // A rejection may be that of a document with the same id and version that can't be read.
      assertThat(ANSWERS.stream().anyMatch(outcome -> left.remove(outcome + rule)))
          .as("an answer to" + rule)
          .isTrue();
    }
    assertThat(left)
        .as("answers to documents that can't be read")
        .hasSize(GOOD.size() + DOCUMENTS - readable.size())
        .allMatch(answer -> answer.startsWith("rejected "));
  }

  /** What the status output tells: an outcome, and the id and version of the rule. */
  private List<String> answers() {
    return Committed.lines(run + "status");
  }

  /** A job that ends where anything fails: nothing is restarted. */
  private RunningJob start(String savepoint, boolean half) throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "disable");
    if (savepoint != null) {
      configuration.setString("execution.state-recovery.path", savepoint);
    }
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(2);
    environment.setMaxParallelism(16);
    environment.enableCheckpointing(100);
    environment.getConfig().setAutoWatermarkInterval(5);
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    tables.getConfig().setLocalTimeZone(ZoneOffset.UTC);
    Alerts<Table> alerts =
        PythonEntryPoint.matchRules(
            tables,
            tables.fromDataStream(
                events(environment, half),
                Schema.newBuilder()
                    .columnByMetadata("rowtime", "TIMESTAMP_LTZ(3)")
                    .watermark("rowtime", "SOURCE_WATERMARK()")
                    .build()),
            tables.fromDataStream(updates(environment, half)),
            ChangingRulesTest.plan(GOOD, false).json());
    keep(tables.toDataStream(alerts.matches()).map(RuleJobTest::line), "alerts", run);
    keep(
        tables.toDataStream(alerts.status()).map(PublishedRulesTest::answer),
        "status",
        run + "status");
    return new RunningJob(environment.executeAsync());
  }

  private static void keep(DataStream<String> lines, String uid, String run) {
    lines.map(new Committed(run)).uid(uid).setParallelism(1).sinkTo(new DiscardingSink<>());
  }

  private static String answer(Row status) {
    String errors = String.valueOf((Object) status.getFieldAs("errors"));
    if (errors.contains("internal-error")) {
      return "internal-error";
    }
    String message = String.valueOf((Object) status.getFieldAs("message"));
    return Stream.of("ClassCast", "NullPointer", "IndexOutOfBounds").anyMatch(message::contains)
        ? "internal-error"
        : "%s %s %s"
            .formatted(
                status.getField("outcome"),
                status.getField("rule_id"),
                status.getField("rule_version"));
  }

  private static DataStream<RowData> events(StreamExecutionEnvironment environment, boolean half) {
    TypeInformation<RowData> type = InternalTypeInfo.of(EVENT_TYPE);
    return environment
        .fromSource(
            new DataGeneratorSource<>(
                number -> rows.get((int) (long) number),
                EVENTS,
                pace(half, EVENTS, EVENTS / 5),
                type),
            WatermarkStrategy.<RowData>forMonotonousTimestamps()
                .withTimestampAssigner((row, time) -> timeOf(row)),
            "events")
        .setParallelism(1)
        .uid("events");
  }

  private static DataStream<String> updates(StreamExecutionEnvironment environment, boolean half) {
    return environment
        .fromSource(
            new DataGeneratorSource<>(
                number -> documents.get((int) (long) number),
                DOCUMENTS,
                pace(half, DOCUMENTS, DOCUMENTS / 5),
                Types.STRING),
            WatermarkStrategy.noWatermarks(),
            "updates")
        .setParallelism(1)
        .uid("updates");
  }

  /** At a rate, so that rules are there while events come, and at first only a half. */
  private static <S extends org.apache.flink.api.connector.source.SourceSplit>
      RateLimiterStrategy pace(boolean half, int count, double perSecond) {
    return half ? new HeldAfter<>(count / 2) : RateLimiterStrategy.perSecond(perSecond);
  }
}
