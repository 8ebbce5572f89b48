package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.pyflinkcep.flink.OperatorRun.Event;

/** Keyed state through savepoints: what is under way goes on as if nothing had happened. */
class MatchOperatorStateTest {

  private static final int KEYS = 7;

  /** A loop with aggregates, an optional step, and all that a partial match can wait for. */
  private static final String PLAN =
      plan(
          """
          {"steps": [{"begin": "a", "where": "kind = 'a'"},
                     {"followed_by": "b", "where": "kind = 'b' AND number > a.number", "times": "1+"},
                     {"followed_by": "c", "where": "kind = 'c'", "optional": true},
                     {"followed_by": "d", "where": "kind = 'd' AND COUNT(b) < 4"}],
           "within": 60}""",
          "\"first\": \"a.number\", \"bs\": \"COUNT(b)\", \"sum\": \"SUM(b.number)\", \"last\": \"d.number\"");

  static Stream<StateBackend> backends() {
    return Stream.of(new HashMapStateBackend(), new EmbeddedRocksDBStateBackend());
  }

  static Stream<Arguments> backendsAndParallelisms() {
    return backends()
        .flatMap(
            backend ->
                Stream.of(
                    Arguments.of(backend, 1, 1),
                    Arguments.of(backend, 1, 3),
                    Arguments.of(backend, 3, 2)));
  }

  @ParameterizedTest
  @MethodSource("backendsAndParallelisms")
  void a_restored_run_gives_what_an_uninterrupted_one_gives(
      StateBackend backend, int before, int after) throws Exception {
    for (int seed = 0; seed < 10; seed++) {
      List<Event> events = events(seed, 300);
      List<String> expected;
      try (OperatorRun run = new OperatorRun(PLAN, OperatorRun.EVENT_TYPE, backend, before)) {
        feed(run, events, 0, events.size());
        run.watermark(Long.MAX_VALUE);
        expected = run.results();
      }
      assertThat(expected)
          .anyMatch(l -> l.startsWith("match"))
          .anyMatch(l -> l.startsWith("timeout"));

      int cut = 50 + new Random(seed).nextInt(200);
      List<String> results = new ArrayList<>();
      OperatorSubtaskState state;
      try (OperatorRun run = new OperatorRun(PLAN, OperatorRun.EVENT_TYPE, backend, before)) {
        feed(run, events, 0, cut);
        state = run.snapshot();
        results.addAll(run.results());
      }
      try (OperatorRun run =
          new OperatorRun(PLAN, OperatorRun.EVENT_TYPE, backend, after, state, before)) {
        feed(run, events, cut, events.size());
        run.watermark(Long.MAX_VALUE);
        results.addAll(run.results());
      }
      assertThat(results).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void a_snapshot_is_not_changed_by_what_comes_after_it(StateBackend backend) throws Exception {
    List<Event> events = events(1, 300);
    List<String> expected;
    List<String> results;
    OperatorSubtaskState state;
    try (OperatorRun run = new OperatorRun(PLAN, OperatorRun.EVENT_TYPE, backend, 1)) {
      feed(run, events, 0, 150);
      results = run.results();
      Callable<OperatorSubtaskState> snapshot = run.beginSnapshot();
      feed(run, events, 150, events.size());
      run.watermark(Long.MAX_VALUE);
      expected = run.results();
      state = snapshot.call();
    }
    try (OperatorRun run = new OperatorRun(PLAN, OperatorRun.EVENT_TYPE, backend, 1, state, 1)) {
      feed(run, events, 150, events.size());
      run.watermark(Long.MAX_VALUE);
      results.addAll(run.results());
    }
    assertThat(results).containsExactlyInAnyOrderElementsOf(expected);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void partial_matches_go_on_where_the_input_has_gained_columns(StateBackend backend)
      throws Exception {
    RowType input =
        RowType.of(
            new LogicalType[] {
              new IntType(),
              new DoubleType(),
              VarCharType.STRING_TYPE,
              new BigIntType(),
              new BigIntType(false)
            },
            new String[] {"key", "other", "kind", "number", "added"});
    String measures = "\"first\": \"a.number\", \"last\": \"d.number\"";
    String pattern =
        "{\"steps\": [{\"begin\": \"a\", \"where\": \"kind = 'a'\"}, {\"followed_by\": \"d\", \"where\": \"kind = 'd'\"}]}";
    OperatorSubtaskState state;
    try (OperatorRun run =
        new OperatorRun(plan(pattern, measures), OperatorRun.EVENT_TYPE, backend, 1)) {
      run.feed(new Event(1, "a", 10, 1));
      run.watermark(1);
      run.feed(new Event(1, "a", 20, 3));
      state = run.snapshot();
    }
    RowType wider = check(plan(pattern, measures), input).eventType();
    OperatorSubtaskState second;
    try (OperatorRun run =
        new OperatorRun(
            plan(pattern, measures + ", \"added\": \"a.added\", \"added_last\": \"d.added\""),
            wider,
            backend,
            1,
            state,
            1)) {
      run.feed(new Event(1, "a", 30, 4));
      run.watermark(4);
      second = run.snapshot();
    }
    try (OperatorRun run =
        new OperatorRun(
            plan(pattern, measures + ", \"added\": \"a.added\", \"added_last\": \"d.added\""),
            wider,
            backend,
            1,
            second,
            1)) {
      run.feed(new Event(1, "d", 40, 5));
      run.watermark(5);
      assertThat(run.results())
          .containsExactlyInAnyOrder(
              "match 10 40 null 40 @5", "match 20 40 null 40 @5", "match 30 40 30 40 @5");
    }
  }

  @Test
  void a_match_without_measures_may_lack_columns_that_its_events_always_have_now() {
    RowType input =
        RowType.of(
            new LogicalType[] {new IntType(false), VarCharType.STRING_TYPE},
            new String[] {"key", "kind"});
    MatchCall call = check("{\"pattern\": {\"steps\": [{\"begin\": \"a\"}]}}", input);
    assertThat(call.matchType().asSummaryString())
        .isEqualTo(
            "ROW<`a` ARRAY<ROW<`key` INT, `kind` STRING> NOT NULL> NOT NULL, `rowtime` BIGINT NOT NULL> NOT NULL");
    assertThat(call.inputType()).isEqualTo(input);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void a_column_of_another_type_is_refused(StateBackend backend) throws Exception {
    OperatorSubtaskState state;
    try (OperatorRun run = new OperatorRun(PLAN, OperatorRun.EVENT_TYPE, backend, 1)) {
      run.feed(new Event(1, "a", 10, 1));
      state = run.snapshot();
    }
    RowType changed =
        RowType.of(
            new LogicalType[] {new IntType(), VarCharType.STRING_TYPE, new DoubleType()},
            new String[] {"key", "kind", "number"});
    assertThatThrownBy(() -> new OperatorRun(PLAN, changed, backend, 1, state, 1))
        .hasStackTraceContaining(
            "The column `number` is BIGINT in the events of the savepoint, and DOUBLE now. CAST it"
                + " to BIGINT; or give the column of the new type a name of its own, which is NULL"
                + " in those events; or leave the state behind: give match another name=, and start"
                + " with --allowNonRestoredState.");
  }

  @ParameterizedTest
  @MethodSource("backends")
  void what_was_under_way_for_another_pattern_is_abandoned(StateBackend backend) throws Exception {
    OperatorSubtaskState state;
    try (OperatorRun run = new OperatorRun(PLAN, OperatorRun.EVENT_TYPE, backend, 1)) {
      run.feed(new Event(1, "a", 1, 1));
      run.watermark(1);
      state = run.snapshot();
    }
    String other =
        plan(
            "{\"steps\": [{\"begin\": \"a\", \"where\": \"kind = 'a'\"}, {\"next\": \"b\", \"where\": \"kind = 'b'\"}]}",
            "\"first\": \"a.number\"");
    OperatorSubtaskState second;
    try (OperatorRun run = new OperatorRun(other, OperatorRun.EVENT_TYPE, backend, 1, state, 1)) {
      run.feed(new Event(1, "b", 2, 2));
      run.feed(new Event(1, "a", 3, 3));
      run.watermark(3);
      assertThat(run.count("numAbandonedMatches")).isEqualTo(1);
      second = run.snapshot();
    }
    try (OperatorRun run = new OperatorRun(other, OperatorRun.EVENT_TYPE, backend, 1, second, 1)) {
      run.feed(new Event(1, "b", 4, 4));
      run.watermark(4);
      assertThat(run.results()).containsExactly("match 3 @4");
    }
  }

  @Test
  void nothing_is_kept_for_a_key_with_nothing_under_way() throws Exception {
    try (OperatorRun run =
        new OperatorRun(PLAN, OperatorRun.EVENT_TYPE, new HashMapStateBackend(), 1)) {
      for (int key = 0; key < 100; key++) {
        run.feed(new Event(key, "a", key, key));
        run.feed(new Event(key, "x", key, key));
      }
      assertThat(run.eventTimeTimers()).isEqualTo(100);
      run.watermark(50);
      assertThat(run.eventTimeTimers()).as("one timer a key").isBetween(61, 100);
      run.watermark(200);
      assertThat(run.keysWithState()).isZero();
      assertThat(run.eventTimeTimers()).isZero();
    }
  }

  private static void feed(OperatorRun run, List<Event> events, int from, int to) throws Exception {
    for (int i = from; i < to; i++) {
      run.feed(events.get(i));
      if (i % 5 == 4) {
        run.watermark(events.get(i).timestamp() - 3);
      }
    }
  }

  private static List<Event> events(int seed, int count) {
    Random random = new Random(seed);
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String kind = String.valueOf("aabbbcdx".charAt(random.nextInt(8)));
      events.add(new Event(random.nextInt(KEYS), kind, random.nextInt(100), i + random.nextInt(3)));
    }
    return events;
  }

  private static MatchCall check(String plan, RowType input) {
    return MatchCall.check(plan, InputColumns.ofStream(input), ZoneOffset.UTC);
  }

  private static String plan(String pattern, String measures) {
    return "{\"pattern\": " + pattern + ", \"measures\": {" + measures + "}}";
  }
}
