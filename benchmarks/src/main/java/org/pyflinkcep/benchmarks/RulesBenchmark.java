package org.pyflinkcep.benchmarks;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
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
import org.pyflinkcep.matcher.Lifetime;
import org.pyflinkcep.matcher.Measures;
import org.pyflinkcep.matcher.RuleReader;
import org.pyflinkcep.matcher.TakenEvent;

/** The matcher of many rules alone, without Flink: an operation is an event, in order of time. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 10, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(3)
public class RulesBenchmark {

  private static final int PAYMENTS = 1 << 20;

  @Param({"100", "1000"})
  public int rules;

  private KeyMatcher matcher;
  private final Map<CompiledRule, Measures> measures = new IdentityHashMap<>();
  private final Map<Long, KeyMatches> keys = new HashMap<>();
  private final RowData[] rows = new RowData[PAYMENTS];
  private int next;
  private long now;
  private long matches;

  @Setup
  public void open() {
    RulesWorkload workload = new RulesWorkload(rules, 1, false);
    Payments payments = workload.payments(Long.MAX_VALUE);
    matcher = new KeyMatcher(Payments.ROW_TYPE, new Matches());
    List<RuleReader.Rule> compiled = workload.rules();
    for (int rule = 0; rule < rules; rule++) {
      matcher.add(
          rule, 0, compiled.get(rule).compiled(), Lifetime.ALWAYS, KeyMatcher.SLICES, 10_000);
      measures.put(compiled.get(rule).compiled(), new Measures(compiled.get(rule).compiled()));
    }
    for (int i = 0; i < PAYMENTS; i++) {
      rows[i] = payments.row(i);
    }
    now = payments.paidAt(0);
    // As many payments as the longest window holds, so that as much is under way as ever is.
    for (int i = 0; i < 660_000; i++) {
      payment();
    }
  }

  /** Matches a payment; those after the last are the first again, at later times. */
  @Benchmark
  public long payment() {
    RowData row = rows[next++ & (PAYMENTS - 1)];
    long timestamp = now++;
    if (!matcher.passesOver(row, timestamp)) {
      KeyMatches key =
          keys.computeIfAbsent(row.getLong(1), card -> new KeyMatches(Payments.ROW_TYPE));
      matcher.processNow(key, 0, row, timestamp);
    }
    return matches;
  }

  private final class Matches extends OnlyMatches {

    @Override
    public void onMatch(CompiledRule rule, TakenEvent newest, long timestamp) {
      measures.get(rule).evaluate(newest, this);
      matches++;
    }
  }
}
