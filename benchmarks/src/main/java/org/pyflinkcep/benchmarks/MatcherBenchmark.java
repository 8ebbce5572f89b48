package org.pyflinkcep.benchmarks;

import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.table.data.RowData;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.pyflinkcep.matcher.CompiledRule;
import org.pyflinkcep.matcher.KeyMatcher;
import org.pyflinkcep.matcher.KeyMatches;
import org.pyflinkcep.matcher.MatchPlan;
import org.pyflinkcep.matcher.TakenEvent;

/** The matcher alone, without Flink: an operation is an event, in order of time. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 10, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(3)
public class MatcherBenchmark {

  private static final int PAYMENTS = 1 << 18;

  @Param({"TWO_STEPS", "MANY_OPEN"})
  public Workload workload;

  private MatchPlan plan;
  private KeyMatcher matcher;
  private final Map<Long, KeyMatches> keys = new HashMap<>();
  private final RowData[] rows = new RowData[PAYMENTS];
  private int next;
  private long now;
  private long matches;

  @Setup
  public void open() {
    Payments payments = workload.payments(Long.MAX_VALUE);
    plan = MatchPlan.compile(workload.plan(), Payments.ROW_TYPE, ZoneOffset.UTC);
    matcher = plan.matcher(0, new Matches());
    for (int i = 0; i < payments.opening(); i++) {
      match(payments.row(i), payments.paidAt(i));
    }
    for (int i = 0; i < PAYMENTS; i++) {
      rows[i] = payments.row(payments.opening() + i);
    }
    now = payments.paidAt(payments.opening());
  }

  /** Matches a payment; those after the last are the first again, at later times. */
  @Benchmark
  public long payment() {
    match(rows[next++ & (PAYMENTS - 1)], now++);
    return matches;
  }

  private void match(RowData row, long timestamp) {
    if (!matcher.passesOver(row, timestamp)) {
      KeyMatches key =
          keys.computeIfAbsent(row.getLong(1), card -> new KeyMatches(Payments.ROW_TYPE));
      matcher.processNow(key, 0, row, timestamp);
    }
  }

  private final class Matches extends OnlyMatches {

    @Override
    public void onMatch(CompiledRule rule, TakenEvent newest, long timestamp) {
      plan.output(newest, this);
      matches++;
    }
  }
}
