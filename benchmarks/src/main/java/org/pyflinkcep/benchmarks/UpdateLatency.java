package org.pyflinkcep.benchmarks;

import static org.apache.flink.table.api.Expressions.$;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.pyflinkcep.flink.PythonEntryPoint;

/**
 * How long it takes from the arrival of an update to the first event matched by it, while 100 rules
 * work as fast as they can; and whether these find the same as without updates. Prints a line of
 * JSON.
 *
 * <p>Arguments: events, updates.
 */
public final class UpdateLatency {

  private static final Map<Long, Long> ARRIVED = new ConcurrentHashMap<>();
  private static final Map<Long, Long> MATCHED = new ConcurrentHashMap<>();
  private static final AtomicLong OTHERS = new AtomicLong();

  private UpdateLatency() {}

  public static void main(String[] arguments) throws Exception {
    long events = Long.parseLong(arguments[0]);
    int updates = Integer.parseInt(arguments[1]);
    run(events, 0);
    long without = OTHERS.getAndSet(0);
    run(events, updates);
    double[] millis =
        MATCHED.entrySet().stream()
            .mapToDouble(match -> (match.getValue() - ARRIVED.get(match.getKey())) / 1e6)
            .sorted()
            .toArray();
    System.out.printf(
        Locale.ROOT,
        "{\"updates\": %d, \"matched\": %d, \"median_ms\": %.1f, \"max_ms\": %.1f, "
            + "\"others_with\": %d, \"others_without\": %d}%n",
        ARRIVED.size(),
        millis.length,
        millis.length == 0 ? Double.NaN : millis[millis.length / 2],
        Arrays.stream(millis).max().orElse(Double.NaN),
        OTHERS.get(),
        without);
  }

  /** The updated rule takes one event of each key: it begins a match of its own at once. */
  private static String update(long index) {
    long version = index + 2;
    ARRIVED.put(version, System.nanoTime());
    return """
        {"id": "updated", "version": %d, "partition_by": "card_id",
         "steps": [{"begin": "any", "where": "amount > %d"}]}"""
        .formatted(version, 990 + index % 9);
  }

  private static void run(long events, int updates) throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, 1);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    StreamTableEnvironment tables = StreamTableEnvironment.create(env);
    RulesWorkload work = new RulesWorkload(100, 1, true);
    tables.executeSql(PaymentsConnector.createTable(work.payments(events), true));
    Table changes = null;
    if (updates > 0) {
      DataStream<String> documents =
          env.fromSource(
              new DataGeneratorSource<>(
                  UpdateLatency::update, updates, RateLimiterStrategy.perSecond(1), Types.STRING),
              WatermarkStrategy.noWatermarks(),
              "updates");
      changes = tables.fromDataStream(documents);
    }
    Table alerts =
        PythonEntryPoint.matchRules(tables, tables.from("payments"), changes, work.plan())
            .matches();
    tables
        .toDataStream(alerts.select($("rule_id"), $("rule_version")))
        .map(UpdateLatency::count, Types.INT)
        .sinkTo(new DiscardingSink<>());
    env.execute();
  }

  private static Integer count(Row alert) {
    if (alert.getField(0).equals("updated")) {
      MATCHED.putIfAbsent((Long) alert.getField(1), System.nanoTime());
    } else {
      OTHERS.incrementAndGet();
    }
    return 0;
  }
}
