package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.junit.jupiter.api.Test;
import org.pyflinkcep.ProcessorTime;

/** What processor time a change of one rule among a thousand takes, on a slow machine. */
class ThousandRulesTest {

  private static final int RULES = 1_000;
  private static final int CHANGES = 40;

  private static String rule(int number, int version) {
    return """
        {id: r%d, version: %d, partition_by: id,
         steps: [{begin: a, where: "kind = 'k%d' AND price > %d"},
                 {followed_by: b, where: "kind = 'k%d' AND price > LAST(a.price)"}],
         within: 1000, measures: {first: a.number, last: b.number, sum: SUM(a.price)}}"""
        .formatted(number, version, number % 800, version, number % 800 + 1);
  }

  @Test
  void a_change_of_one_rule_among_a_thousand_takes_milliseconds() throws Exception {
    List<String> rules = IntStream.range(0, RULES).mapToObj(i -> rule(i, 1)).toList();
    RulesPlan plan = ChangingRulesTest.plan(rules, false);
    ProcessorTime time = ProcessorTime.start();
    try (RulesRun run = new RulesRun(plan, 1, 1, new HashMapStateBackend(), null)) {
      event(run, 1);
      System.out.println("start with 1,000 rules: " + time.taken().toMillis() + " ms");
      List<Long> decided = new ArrayList<>();
      List<Long> followed = new ArrayList<>();
      List<Long> first = new ArrayList<>();
      for (int i = 0; i < CHANGES; i++) {
        time = ProcessorTime.start();
        run.update(rule(i, 2), 0);
        decided.add(time.taken().toMillis());
        time = ProcessorTime.start();
        run.deliverAll();
        followed.add(time.taken().toMillis());
        time = ProcessorTime.start();
        event(run, 2 + i);
        first.add(time.taken().toMillis());
      }
      System.out.println(
          "decided in %d ms, followed by router and matcher in %d ms, first event in %d ms"
              .formatted(median(decided), median(followed), median(first)));
      assertThat(run.status()).hasSize(CHANGES).allMatch(line -> line.endsWith(" 2 replaced"));
      assertThat(median(decided) + median(followed) + median(first)).isLessThan(300);
      time = ProcessorTime.start();
      RulesRun.Snapshot state = run.snapshot();
      System.out.println("snapshot: " + time.taken().toMillis() + " ms");
      time = ProcessorTime.start();
      try (RulesRun restored = new RulesRun(plan, 1, 1, new HashMapStateBackend(), state)) {
        event(restored, 1_000);
        System.out.println("restored: " + time.taken().toMillis() + " ms");
      }
    }
  }

  private static void event(RulesRun run, long time) throws Exception {
    run.event(
        0,
        GenericRowData.of(
            1, StringData.fromString("u"), StringData.fromString("k7"), 5L, time, null),
        time);
    run.watermark(0, time);
    run.deliverAll();
  }

  private static long median(List<Long> times) {
    long[] sorted = times.stream().mapToLong(Long::longValue).sorted().toArray();
    assertThat(Arrays.stream(sorted).max()).isPresent();
    return sorted[sorted.length / 2];
  }
}
