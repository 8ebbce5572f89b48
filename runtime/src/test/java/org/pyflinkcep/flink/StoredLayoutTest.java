package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.util.OperatorSnapshotUtil;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.pyflinkcep.flink.OperatorRun.Event;

/**
 * Partial matches are stored by the number of their state. Those of {@code
 * src/test/resources/state-before-layouts} were stored before the library noted what its states
 * mean, and by an automaton that has other states for groups and for absences in a row.
 */
class StoredLayoutTest {

  private static final Path STATES = Path.of("src", "test", "resources", "state-before-layouts");

  private static final String GROUP_STEPS =
      """
      [{begin: a, where: kind = 'a'},
       {followed_by: [{begin: b, where: kind = 'b' AND number > a.number}, {followed_by: c, where: kind = 'c'}],
        times: 1+},
       {followed_by: d, where: kind = '%s'}]""";

  private static final List<String> RULES =
      List.of(
          rule("group", "null", GROUP_STEPS.formatted("d")),
          rule("held", "to_next", GROUP_STEPS.formatted("e")),
          rule(
              "absences",
              "null",
              """
              [{begin: a, where: kind = 'a'}, {not_followed_by: x, where: kind = 'x'},
               {not_followed_by: y, where: kind = 'y'}, {followed_by: d, where: kind = 'd'}]"""),
          rule(
              "plain",
              "null",
              "[{begin: a, where: kind = 'a'}, {followed_by: b, where: kind = 'b'}, {followed_by: d,"
                  + " where: kind = 'd'}]"));

  private static final String PLAN =
      """
      {"pattern": {"within": 1000, "steps": [
         {"begin": "a", "where": "kind = 'a'"},
         {"followed_by": [{"begin": "b", "where": "kind = 'b'"}, {"followed_by": "c", "where": "kind = 'c'"}],
          "times": "1+"},
         {"followed_by": "d", "where": "kind = 'd'"}]},
       "measures": {"first": "a.number", "last": "d.number"}}""";

  private static String rule(String id, String skip, String steps) {
    return """
        {id: %s, version: 1, partition_by: id, skip: %s, steps: %s, within: 1000,
         measures: {first: a.number}}"""
        .formatted(id, skip, steps);
  }

  static Stream<Arguments> backends() {
    return Stream.of(
        Arguments.of("heap", new HashMapStateBackend()),
        Arguments.of("rocksdb", new EmbeddedRocksDBStateBackend()));
  }

  // ---- rules ----------------------------------------------------------------------------------

  private static RulesRun rules(StateBackend backend, RulesRun.Snapshot state) throws Exception {
    return new RulesRun(ChangingRulesTest.plan(RULES, true), 1, 1, backend, state);
  }

  private static void feed(RulesRun run, String kind, long number, long time) throws Exception {
    run.event(
        0,
        GenericRowData.of(
            1, StringData.fromString("u"), StringData.fromString(kind), 1L, number, null),
        time);
  }

  private static void watermark(RulesRun run, long time) throws Exception {
    run.updatesWatermark(time);
    run.deliverAll();
    run.watermark(0, time);
    run.deliverAll();
  }

  /** The second `a` has its match, which is held as the first may still begin one. */
  private static void feedBefore(RulesRun run) throws Exception {
    feed(run, "a", 9, 10);
    feed(run, "a", 1, 11);
    feed(run, "b", 5, 12);
    feed(run, "c", 6, 13);
    watermark(run, 13);
    feed(run, "e", 7, 14);
    watermark(run, 14);
  }

  private static List<String> alertsAfter(RulesRun run) throws Exception {
    feed(run, "d", 8, 20);
    feed(run, "a", 30, 30);
    feed(run, "b", 31, 31);
    feed(run, "c", 32, 32);
    feed(run, "d", 33, 33);
    feed(run, "e", 34, 34);
    watermark(run, Long.MAX_VALUE);
    return run.alerts().stream()
        .map(
            line ->
                line.replaceAll("^(\\S+) .*\\.\\.(\\d+) \\{\"first\":(\\d+)\\}.*$", "$1 a=$3 $2"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void partial_matches_in_states_that_mean_something_else_are_dropped_and_counted(
      String name, StateBackend backend) throws Exception {
    try (RulesRun run = rules(backend, RulesRun.Snapshot.read(STATES.resolve(name + "-rules")))) {
      // Three of `group`, as behind its `c` a `b` and a `d` are waited for; two of the others.
      assertThat(run.matchers().get(0).count("numAbandonedMatches")).isEqualTo(7);
      assertThat(alertsAfter(run))
          .containsExactlyInAnyOrder(
              "plain a=9 20",
              "plain a=1 20",
              "held a=1 14",
              "plain a=30 33",
              "absences a=30 33",
              "group a=30 33",
              "held a=30 34");
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void a_pattern_goes_on_without_them(String name, StateBackend backend) throws Exception {
    OperatorSubtaskState state =
        OperatorSnapshotUtil.readStateHandle(STATES.resolve(name).toString());
    try (OperatorRun run = new OperatorRun(PLAN, OperatorRun.EVENT_TYPE, backend, 1, state, 1)) {
      assertThat(run.count("numAbandonedMatches")).isEqualTo(1);
      feed(run, 20);
      run.feed(new Event(1, "d", 23, 23));
      run.watermark(Long.MAX_VALUE);
      assertThat(run.results()).containsExactly("match 20 23 @23", "timeout 20 null @1020");
    }
  }

  private static void feed(OperatorRun run, long from) throws Exception {
    run.feed(new Event(1, "a", from, from));
    run.feed(new Event(1, "b", from + 1, from + 1));
    run.feed(new Event(1, "c", from + 2, from + 2));
  }

  /** Wrote what is stored, by the commit before layouts. */
  public static void main(String[] arguments) throws Exception {
    for (Arguments backend : backends().toList()) {
      String name = (String) backend.get()[0];
      StateBackend written = (StateBackend) backend.get()[1];
      try (RulesRun run = rules(written, null)) {
        feedBefore(run);
        run.snapshot().write(Files.createDirectories(STATES.resolve(name + "-rules")));
      }
      try (OperatorRun run = new OperatorRun(PLAN, OperatorRun.EVENT_TYPE, written, 1)) {
        feed(run, 10);
        run.watermark(15);
        OperatorSnapshotUtil.writeStateHandle(run.snapshot(), STATES.resolve(name).toString());
      }
    }
  }
}
