package org.pyflinkcep.flink;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.apache.flink.runtime.metrics.groups.AbstractMetricGroup;
import org.pyflinkcep.matcher.CompiledRule;
import org.pyflinkcep.matcher.RuleSet;

/** What is counted of a rule, whatever its version. */
final class RuleMetrics {

  final Map<CompiledRule, RuleSet.Version> versions = new IdentityHashMap<>();

  /** Of the versions, for the thread that reads the metrics. */
  private volatile int[] numbers = {};

  /** What was told of each version. */
  final Map<CompiledRule, Set<String>> reported = new IdentityHashMap<>();

  private final MetricGroup group;
  final Counter matches;
  final Counter timeouts;
  final Counter failures;
  final Counter dropped;
  final Histogram delay;

  /**
   * @param group where its metrics go
   * @param tested how many events a version was asked about
   * @param open how many partial matches of a version are open
   */
  RuleMetrics(MetricGroup group, IntToLongFunction tested, IntToLongFunction open) {
    this.group = group;
    matches = group.counter("numMatches");
    timeouts = group.counter("numTimeouts");
    failures = group.counter("numEvaluationErrors");
    dropped = group.counter("numPartialMatchesDropped");
    delay = group.histogram("eventToAlertMs", new DescriptiveStatisticsHistogram(128));
    group.gauge("numEventsTested", (Gauge<Long>) () -> sum(tested));
    group.gauge("numPartialMatches", (Gauge<Long>) () -> sum(open));
  }

  void add(CompiledRule rule, RuleSet.Version version) {
    versions.put(rule, version);
    numbers = versions.values().stream().mapToInt(RuleSet.Version::number).toArray();
  }

  void remove(CompiledRule rule) {
    versions.remove(rule);
    reported.remove(rule);
    numbers = versions.values().stream().mapToInt(RuleSet.Version::number).toArray();
  }

  /** Flink's interface has no way to take a group's metrics away again, but all its groups have. */
  void close() {
    if (group instanceof AbstractMetricGroup<?> registered) {
      registered.close();
    }
  }

  private long sum(IntToLongFunction ofVersion) {
    return IntStream.of(numbers).mapToLong(ofVersion).sum();
  }
}
