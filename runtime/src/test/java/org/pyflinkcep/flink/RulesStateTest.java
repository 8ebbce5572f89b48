package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules, and what they have under way, through savepoints of jobs that are started otherwise. */
class RulesStateTest {

  static final RowType NARROW =
      RowType.of(
          new LogicalType[] {new IntType(), VarCharType.STRING_TYPE, new BigIntType()},
          new String[] {"id", "kind", "number"});

  /** A column comes in between. */
  private static final RowType WIDER =
      RowType.of(
          new LogicalType[] {
            new IntType(), new BigIntType(), VarCharType.STRING_TYPE, new BigIntType()
          },
          new String[] {"id", "added", "kind", "number"});

  /** Without the column `number`. */
  static final RowType NARROWER =
      RowType.of(
          new LogicalType[] {new IntType(), VarCharType.STRING_TYPE}, new String[] {"id", "kind"});

  static Stream<StateBackend> backends() {
    return Stream.of(new HashMapStateBackend(), new EmbeddedRocksDBStateBackend());
  }

  static String ab(String id, int version, String status) {
    return """
        {id: %s, version: %d, partition_by: id, status: %s,
         steps: [{begin: a, where: kind = 'a'}, {followed_by: b, where: kind = 'b'}],
         within: 1000, measures: {first: a.number, last: b.number}}"""
        .formatted(id, version, status);
  }

  static String kinds(String id, int version) {
    return """
        {id: %s, version: %d, partition_by: id,
         steps: [{begin: a, where: kind = 'a'}, {followed_by: b, where: kind = 'b'}],
         within: 1000}"""
        .formatted(id, version);
  }

  static RulesPlan plan(RowType type, boolean timed, String... rules) {
    return new RulesPlan(
        ChangingRulesTest.plan(List.of(rules), timed).json(),
        type,
        ChangingRulesTest.ZONES,
        timed ? ChangingRulesTest.ZONES : null);
  }

  static void event(RulesRun run, RowType type, int id, String kind, long time) throws Exception {
    GenericRowData row = new GenericRowData(type.getFieldCount());
    row.setField(type.getFieldIndex("id"), id);
    row.setField(type.getFieldIndex("kind"), StringData.fromString(kind));
    for (String column : List.of("number", "added")) {
      if (type.getFieldIndex(column) >= 0) {
        row.setField(type.getFieldIndex(column), time);
      }
    }
    run.event(id % run.routerCount(), row, time);
  }

  static void watermark(RulesRun run, long time) throws Exception {
    for (int i = 0; i < run.routerCount(); i++) {
      run.watermark(i, time);
    }
    run.deliverAll();
  }

  /** Alerts as {@code rule version: first..last}. */
  static List<String> found(RulesRun run) {
    return run.alerts().stream()
        .map(line -> line.replaceAll("^(\\S+) (\\d+) .* (\\d+\\.\\.\\d+) \\{.*$", "$1 $2: $3"))
        .sorted()
        .toList();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void partial_matches_go_on_at_another_parallelism_with_columns_added_and_rules_planned_anew(
      StateBackend backend) throws Exception {
    RulesRun.Snapshot state;
    try (RulesRun run =
        new RulesRun(
            plan(
                NARROW,
                true,
                ab("stays", 1, "live"),
                ab("changes", 1, "live"),
                ab("older", 5, "live")),
            2,
            1,
            backend,
            null)) {
      for (int key = 0; key < 10; key++) {
        event(run, NARROW, key, "a", 10 + key);
      }
      run.updatesWatermark(25);
      watermark(run, 25);
      // These wait in the matcher for the watermark, and in the router for the updates.
      event(run, NARROW, 0, "b", 26);
      event(run, NARROW, 1, "b", 27);
      state = run.snapshot();
      assertThat(run.alerts()).isEmpty();
    }
    try (RulesRun run =
        new RulesRun(
            plan(
                WIDER,
                true,
                ab("stays", 1, "live"),
                ab("changes", 2, "shadow"),
                ab("older", 4, "live"),
                ab("new", 1, "live")),
            3,
            2,
            backend,
            state)) {
      assertThat(run.status())
          .containsExactly("changes 2 replaced", "older 4 rejected", "new 1 accepted");
      event(run, WIDER, 2, "b", 28);
      event(run, WIDER, 20, "a", 29);
      run.updatesWatermark(30);
      watermark(run, 30);
      event(run, WIDER, 20, "b", 31);
      run.updatesWatermark(Long.MAX_VALUE);
      watermark(run, Long.MAX_VALUE);
      assertThat(found(run))
          .containsExactly(
              "changes 1: 10..26",
              "changes 1: 11..27",
              "changes 1: 12..28",
              "changes 2: 29..31",
              "new 1: 29..31",
              "older 5: 10..26",
              "older 5: 11..27",
              "older 5: 12..28",
              "older 5: 29..31",
              "stays 1: 10..26",
              "stays 1: 11..27",
              "stays 1: 12..28",
              "stays 1: 29..31");
      assertThat(run.alerts())
          .anyMatch(line -> line.contains("\"added\":null"))
          .anyMatch(line -> line.contains("\"added\":31"));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void a_rule_that_does_not_fit_the_columns_any_more_is_left_out_and_others_go_on(
      StateBackend backend) throws Exception {
    RulesRun.Snapshot state;
    try (RulesRun run =
        new RulesRun(
            plan(NARROW, false, ab("numbers", 1, "live"), kinds("kinds", 1)),
            1,
            1,
            backend,
            null)) {
      event(run, NARROW, 1, "a", 10);
      watermark(run, 20);
      state = run.snapshot();
    }
    RulesRun.Snapshot second;
    try (RulesRun run =
        new RulesRun(plan(NARROWER, false, kinds("kinds", 1)), 2, 2, backend, state)) {
      event(run, NARROWER, 1, "b", 30);
      event(run, NARROWER, 1, "a", 31);
      watermark(run, 40);
      assertThat(found(run)).containsExactly("kinds 1: 10..30");
      assertThat(run.matchers().stream().mapToLong(m -> m.count("numAbandonedMatches")).sum())
          .isEqualTo(1);
      assertThat(run.matchers().get(0).operator().whyAbandoned(0))
          .isEqualTo(
              "Restored partial matches are of rules that don't fit the present columns of the"
                  + " events.");
      assertThat(run.status()).containsExactly("numbers 1 left_out");
      run.update(kinds("numbers", 2), 0);
      run.deliverAll();
      assertThat(run.status()).containsExactly("numbers 1 left_out", "numbers 2 replaced");
      event(run, NARROWER, 1, "b", 41);
      event(run, NARROWER, 2, "a", 42);
      watermark(run, 45);
      second = run.snapshot();
    }
    try (RulesRun run =
        new RulesRun(plan(NARROWER, false, kinds("kinds", 1)), 1, 1, backend, second)) {
      event(run, NARROWER, 2, "b", 50);
      watermark(run, 60);
      assertThat(found(run)).containsExactly("kinds 1: 42..50", "numbers 2: 42..50");
    }
  }

  @Test
  void what_is_abandoned_has_its_reason() throws Exception {
    try (RulesRun run =
        new RulesRun(
            plan(NARROW, false, ab("gone", 1, "live"), ab("stays", 1, "live")),
            1,
            1,
            new HashMapStateBackend(),
            null)) {
      run.update(ab("gone", 2, "retired"), 0);
      run.deliverAll();
      RuleOperator operator = run.matchers().get(0).operator();
      assertThat(operator.whyAbandoned(0))
          .isEqualTo("Partial matches were under way for rules that are retired or paused now.");
      assertThat(operator.whyAbandoned(77))
          .isEqualTo(
              "Partial matches began under versions of rules that are forgotten, as many others"
                  + " have come since.");
    }
  }

  @Test
  void an_update_that_comes_to_a_restored_job_before_any_event_ends_nothing_under_way()
      throws Exception {
    RulesRun.Snapshot state;
    RulesPlan plan = plan(NARROW, false, ab("r", 1, "live"));
    try (RulesRun run = new RulesRun(plan, 1, 1, new HashMapStateBackend(), null)) {
      event(run, NARROW, 1, "a", 5_000);
      watermark(run, 5_000);
      state = run.snapshot();
    }
    try (RulesRun run = new RulesRun(plan, 1, 1, new HashMapStateBackend(), state)) {
      run.update(ab("r", 2, "live"), 0);
      run.deliverAll();
      watermark(run, 5_100);
      run.settle(100_000);
      watermark(run, 5_200);
      event(run, NARROW, 1, "b", 5_300);
      watermark(run, 5_300);
      assertThat(found(run)).containsExactly("r 1: 5000..5300");
    }
  }

  @Test
  void a_pause_ends_what_earlier_versions_have_under_way_too() throws Exception {
    try (RulesRun run =
        new RulesRun(
            plan(NARROW, true, ab("r", 1, "live")), 1, 1, new HashMapStateBackend(), null)) {
      run.update(ab("r", 2, "live"), 20);
      run.update(ab("r", 3, "paused"), 30);
      run.updatesWatermark(Long.MAX_VALUE);
      run.deliverAll();
      for (int key = 0; key < 2; key++) {
        event(run, NARROW, key, "a", 10 + 10 * key);
        event(run, NARROW, 2 + key, "a", 12 + 10 * key);
        event(run, NARROW, 2 + key, "b", 29);
        event(run, NARROW, key, "b", 30);
      }
      watermark(run, Long.MAX_VALUE);
      assertThat(found(run)).containsExactly("r 1: 12..29", "r 2: 22..29");
    }
  }

  @Test
  void an_update_of_an_earlier_time_than_the_last_takes_its_place_from_that_time_on()
      throws Exception {
    try (RulesRun run =
        new RulesRun(
            plan(NARROW, true, ab("r", 1, "live")), 1, 1, new HashMapStateBackend(), null)) {
      run.update(ab("r", 2, "paused"), 50);
      run.update(ab("r", 3, "live"), 20);
      run.updatesWatermark(Long.MAX_VALUE);
      run.deliverAll();
      event(run, NARROW, 1, "a", 10);
      event(run, NARROW, 2, "a", 30);
      event(run, NARROW, 1, "b", 60);
      event(run, NARROW, 2, "b", 61);
      watermark(run, Long.MAX_VALUE);
      assertThat(found(run)).containsExactly("r 1: 10..60", "r 3: 30..61");
    }
  }

  @Test
  void events_do_not_wait_for_updates_that_are_idle() throws Exception {
    try (RulesRun run =
        new RulesRun(
            plan(NARROW, true, ab("r", 1, "live")), 1, 1, new HashMapStateBackend(), null)) {
      event(run, NARROW, 1, "a", 10);
      event(run, NARROW, 1, "b", 20);
      watermark(run, 30);
      assertThat(found(run)).isEmpty();
      run.updatesAreIdle(true);
      run.deliverAll();
      watermark(run, 31);
      assertThat(found(run)).containsExactly("r 1: 10..20");
      run.updatesAreIdle(false);
      // Its time has passed for the events: it acts on those that are sent from then on.
      run.update(ab("r", 2, "live"), 25);
      run.updatesWatermark(25);
      run.deliverAll();
      event(run, NARROW, 1, "a", 40);
      run.updatesWatermark(60);
      event(run, NARROW, 1, "b", 50);
      watermark(run, 60);
      assertThat(found(run)).containsExactly("r 1: 10..20", "r 2: 40..50");
    }
  }

  @Test
  void an_event_that_is_late_as_its_input_was_idle_goes_to_the_late_output() throws Exception {
    try (RulesRun run =
        new RulesRun(
            plan(NARROW, false, ab("r", 1, "live")), 2, 1, new HashMapStateBackend(), null)) {
      run.routerIsIdle(0, true);
      event(run, NARROW, 1, "x", 50);
      run.watermark(1, 100);
      run.deliverAll();
      run.routerIsIdle(0, false);
      event(run, NARROW, 0, "x", 60);
      run.deliverAll();
      assertThat(run.late()).hasSize(1);
    }
  }

  /** Rules know steps of one name by other numbers. */
  @Test
  void conditions_of_one_text_ask_each_rule_for_its_own_steps() throws Exception {
    String later =
        """
        {id: %s, version: 1, partition_by: id, within: 1000,
         steps: [{begin: %s, where: kind = 'a'}, {followed_by: %s, where: kind = 'b'},
                 {followed_by: z, where: kind = 'c' AND number > LAST(x.number) + 10}]}""";
    try (RulesRun run =
        new RulesRun(
            plan(NARROW, false, later.formatted("xy", "x", "y"), later.formatted("yx", "y", "x")),
            1,
            1,
            new HashMapStateBackend(),
            null)) {
      event(run, NARROW, 1, "a", 10);
      event(run, NARROW, 1, "b", 15);
      event(run, NARROW, 1, "c", 22);
      event(run, NARROW, 1, "c", 26);
      watermark(run, Long.MAX_VALUE);
      assertThat(found(run)).containsExactly("xy 1: 10..22", "yx 1: 10..26");
    }
  }

  @Test
  void nothing_is_kept_of_versions_that_have_nothing_under_way() throws Exception {
    try (RulesRun run =
        new RulesRun(
            plan(NARROW, false, ab("r", 1, "live")), 1, 1, new HashMapStateBackend(), null)) {
      List<String> versions = new ArrayList<>();
      for (int version = 2; version < 50; version++) {
        run.update(ab("r", version, version % 7 == 0 ? "paused" : "live"), 0);
        run.deliverAll();
        event(run, NARROW, 1, "a", 2_000 * version);
        watermark(run, 2_000 * version);
        run.settle(100_000);
        versions.add("v" + version);
      }
      watermark(run, 2_000 * versions.size() + 10_000);
      run.update(ab("r", 100, "live"), 0);
      run.settle(100_000);
      watermark(run, 2_000 * versions.size() + 20_000);
      assertThat(run.matchers().get(0).operator().versionsHeld()).isEqualTo(1);
      assertThat(run.matchers().get(0).metric("rule.r.numPartialMatches")).isEqualTo(0L);
    }
  }

  private static String replaced(int version, String status) {
    return """
        {id: r, version: %d, partition_by: id, status: %s, within: 1000,
         steps: [{begin: a, where: kind = 'a' AND number > %d},
                 {followed_by: b, where: kind = 'b' AND number > LAST(a.number) + %d}]}"""
        .formatted(version, status, -version, version);
  }

  @Test
  void a_rule_that_is_replaced_ten_thousand_times_takes_no_more_memory_than_one_that_is_not()
      throws Exception {
    try (RulesRun run =
        new RulesRun(
            plan(NARROW, false, replaced(1, "live"), kinds("other", 1)),
            1,
            1,
            new HashMapStateBackend(),
            null)) {
      int conditions = run.conditionsHeld().get(1);
      int state = 0;
      for (int version = 2; version <= 10_000; version++) {
        run.update(replaced(version, version % 5 == 0 ? "paused" : "live"), 0);
        run.deliverAll();
        if (version % 50 == 0) {
          event(run, NARROW, version, "a", 20 * version);
          watermark(run, 20 * version);
          run.settle(100_000);
        }
        if (version == 100) {
          state = stateSize(run);
        }
      }
      // Of a rule some ended versions are kept, for what they have under way.
      assertThat(run.conditionsHeld()).allMatch(held -> held <= 30 * conditions);
      assertThat(run.matchers().get(0).operator().versionsHeld()).isLessThan(30);
      assertThat(stateSize(run)).isLessThan(2 * state);
      watermark(run, 1_000_000);
      run.settle(100_000);
      watermark(run, 1_000_001);
      assertThat(run.matchers().get(0).operator().versionsHeld()).isEqualTo(1);
      assertThat(run.conditionsHeld().get(1)).isLessThanOrEqualTo(conditions);
    }
  }

  private static int stateSize(RulesRun run) throws Exception {
    return (int) run.snapshot().matchers().getStateSize();
  }

  @Test
  void a_retired_rule_has_no_metrics_once_nothing_is_under_way_and_has_them_again_when_it_is_back()
      throws Exception {
    try (RulesRun run =
        new RulesRun(
            plan(NARROW, false, ab("r", 1, "live"), ab("paused", 1, "live")),
            1,
            1,
            new HashMapStateBackend(),
            null)) {
      MatcherHarness matcher = run.matchers().get(0);
      event(run, NARROW, 1, "a", 10);
      event(run, NARROW, 1, "b", 20);
      watermark(run, 20);
      run.update(ab("r", 2, "retired"), 0);
      run.update(ab("paused", 2, "paused"), 0);
      run.deliverAll();
      assertThat(matcher.rules()).containsExactlyInAnyOrder("r", "paused");
      watermark(run, 5_000);
      run.settle(100_000);
      watermark(run, 10_000);
      assertThat(matcher.rules()).containsExactly("paused");
      run.update(ab("paused", 3, "retired"), 0);
      run.deliverAll();
      assertThat(matcher.rules()).isEmpty();
      run.update(ab("r", 3, "live"), 0);
      run.deliverAll();
      assertThat(matcher.rules()).containsExactly("r");
      assertThat(matcher.metric("rule.r.numMatches")).isEqualTo(0L);
      event(run, NARROW, 1, "a", 10_010);
      event(run, NARROW, 1, "b", 10_020);
      watermark(run, 10_020);
      assertThat(matcher.metric("rule.r.numMatches")).isEqualTo(1L);
    }
  }
}
