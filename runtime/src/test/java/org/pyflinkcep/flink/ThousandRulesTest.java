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

/** How long a change of one rule among a thousand takes. The bounds are those of a slow machine. */
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
    long start = System.nanoTime();
    try (RulesRun run = new RulesRun(plan, 1, 1, new HashMapStateBackend(), null)) {
      event(run, 1);
      System.out.println("start with 1,000 rules: " + millis(start) + " ms");
      List<Long> decided = new ArrayList<>();
      List<Long> followed = new ArrayList<>();
      List<Long> first = new ArrayList<>();
      for (int i = 0; i < CHANGES; i++) {
        start = System.nanoTime();
        run.update(rule(i, 2), 0);
        decided.add(millis(start));
        start = System.nanoTime();
        run.deliverAll();
        followed.add(millis(start));
        start = System.nanoTime();
        event(run, 2 + i);
        first.add(millis(start));
      }
      System.out.println(
          "decided in %d ms, followed by router and matcher in %d ms, first event in %d ms"
              .formatted(median(decided), median(followed), median(first)));
      assertThat(run.status()).hasSize(CHANGES).allMatch(line -> line.endsWith(" 2 replaced"));
      assertThat(median(decided) + median(followed) + median(first)).isLessThan(300);
      start = System.nanoTime();
      RulesRun.Snapshot state = run.snapshot();
      System.out.println("snapshot: " + millis(start) + " ms");
      start = System.nanoTime();
      try (RulesRun restored = new RulesRun(plan, 1, 1, new HashMapStateBackend(), state)) {
        event(restored, 1_000);
        System.out.println("restored: " + millis(start) + " ms");
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

  private static long millis(long start) {
    return (System.nanoTime() - start) / 1_000_000;
  }

  private static long median(List<Long> times) {
    long[] sorted = times.stream().mapToLong(Long::longValue).sorted().toArray();
    assertThat(Arrays.stream(sorted).max()).isPresent();
    return sorted[sorted.length / 2];
  }
}
