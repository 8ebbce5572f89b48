package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pyflinkcep.flink.OperatorRun.Event;

/**
 * State that released versions wrote is stored under {@code src/test/resources/state}, and every
 * later version must read it.
 */
class StoredStateTest {

  private static final Path STATES = Path.of("src", "test", "resources", "state");

  /**
   * Held matches, forks that share events, a pending absence, and events before the watermark.
   * Python's tests keep it as Python writes it.
   */
  private static final Path PLAN = Path.of("..", "tests", "cases", "state", "plan.json");

  private static final List<Event> BEFORE =
      List.of(
          new Event(1, "a", 1, 10),
          new Event(1, "b", 2, 11),
          new Event(1, "b", 3, 12),
          new Event(2, "a", 4, 12),
          new Event(2, "b", 5, 13),
          new Event(3, "a", 6, 14),
          new Event(1, "c", 7, 15),
          new Event(2, "c", 8, 31));

  private static final List<Event> AFTER =
      List.of(
          new Event(3, "b", 9, 32),
          new Event(2, "d", 10, 33),
          new Event(3, "c", 11, 34),
          new Event(1, "c", 12, 35));

  static Stream<Arguments> storedStates() throws Exception {
    try (Stream<Path> versions = Files.list(STATES)) {
      return versions
          .sorted()
          .flatMap(
              version ->
                  Stream.of(
                      Arguments.of(version.resolve("heap"), new HashMapStateBackend()),
                      Arguments.of(version.resolve("rocksdb"), new EmbeddedRocksDBStateBackend())))
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("storedStates")
  void state_of_an_earlier_version_goes_on(Path stored, StateBackend backend) throws Exception {
    OperatorSubtaskState state = OperatorSnapshotUtil.readStateHandle(stored.toString());
    try (OperatorRun run =
        new OperatorRun(Files.readString(PLAN), OperatorRun.EVENT_TYPE, backend, 1, state, 1)) {
      assertThat(resultsAfter(run))
          .containsExactlyInAnyOrderElementsOf(expected())
          .anyMatch(line -> line.startsWith("match"))
          .anyMatch(line -> line.startsWith("timeout"));
    }
  }

  private static List<String> expected() throws Exception {
    try (OperatorRun run =
        new OperatorRun(
            Files.readString(PLAN), OperatorRun.EVENT_TYPE, new HashMapStateBackend(), 1)) {
      feedBefore(run);
      assertThat(run.results()).isEmpty();
      return resultsAfter(run);
    }
  }

  private static void feedBefore(OperatorRun run) throws Exception {
    for (Event event : BEFORE) {
      run.feed(event);
    }
    run.watermark(20);
  }

  private static List<String> resultsAfter(OperatorRun run) throws Exception {
    for (Event event : AFTER) {
      run.feed(event);
    }
    run.watermark(Long.MAX_VALUE);
    return run.results();
  }

  // ---- rules that change ----------------------------------------------------------------------

  /** With a version that is finished, one that is to come, and one that has ended. */
  private static final List<String> RULES =
      List.of(rule("replaced", 1, "live"), rule("stays", 3, "shadow"), rule("paused", 1, "live"));

  private static String rule(String id, int version, String status) {
    return """
        {id: %s, version: %d, partition_by: id, status: %s, rollout: 99.5,
         steps: [{begin: a, where: kind = 'a'}, {followed_by: b, where: kind = 'b', times: 1+},
                 {followed_by: c, where: kind = 'c' AND number > LAST(b.number)}],
         within: 60, measures: {first: a.number, bs: COUNT(b), last: c.number}}"""
        .formatted(id, version, status);
  }

  private static RulesRun rules(StateBackend backend, int parallelism, RulesRun.Snapshot state)
      throws Exception {
    return new RulesRun(
        ChangingRulesTest.plan(RULES, true), parallelism, parallelism, backend, state);
  }

  private static void feed(RulesRun run, int id, String kind, long time) throws Exception {
    run.event(
        id % run.routerCount(),
        GenericRowData.of(
            id, StringData.fromString("u"), StringData.fromString(kind), 1L, time, null),
        time);
  }

  private static void watermark(RulesRun run, long time) throws Exception {
    run.updatesWatermark(time);
    run.deliverAll();
    for (int router = 0; router < run.routerCount(); router++) {
      run.watermark(router, time);
    }
    run.deliverAll();
  }

  /** Leaves events that wait in the routers and in the matchers, and open partial matches. */
  private static void feedRulesBefore(RulesRun run) throws Exception {
    for (int id = 1; id < 5; id++) {
      feed(run, id, "a", 10 + id);
    }
    run.update(rule("replaced", 2, "live"), 13);
    run.update(rule("paused", 2, "paused"), 33);
    run.update(rule("replaced", 3, "shadow"), 50);
    watermark(run, 20);
    for (int id = 1; id < 5; id++) {
      feed(run, id, "b", 20 + id);
      feed(run, id, "a", 25 + id);
    }
    run.updatesWatermark(27);
    run.deliverAll();
    assertThat(run.alerts()).isEmpty();
  }

  private static List<String> ruleResultsAfter(RulesRun run) throws Exception {
    for (int id = 1; id < 5; id++) {
      feed(run, id, "c", 31 + id);
      feed(run, id, "a", 50 + id);
      feed(run, id, "b", 60 + id);
      feed(run, id, "c", 70 + id);
    }
    watermark(run, Long.MAX_VALUE);
    return run.alerts();
  }

  private static List<String> expectedOfRules() throws Exception {
    try (RulesRun run = rules(new HashMapStateBackend(), 1, null)) {
      feedRulesBefore(run);
      return List.copyOf(ruleResultsAfter(run));
    }
  }

  private static void checkRules(Path stored, StateBackend backend) throws Exception {
    for (int parallelism = 1; parallelism < 4; parallelism++) {
      try (RulesRun run = rules(backend, parallelism, RulesRun.Snapshot.read(stored))) {
        assertThat(ruleResultsAfter(run))
            .containsExactlyInAnyOrderElementsOf(expectedOfRules())
            .anyMatch(line -> line.startsWith("replaced 1 "))
            .anyMatch(line -> line.startsWith("replaced 2 "))
            .anyMatch(line -> line.startsWith("replaced 3 "))
            .anyMatch(line -> line.startsWith("paused 1 "));
      }
    }
  }

  private static void writeRules(StateBackend backend, Path target) throws Exception {
    try (RulesRun run = rules(backend, 1, null)) {
      feedRulesBefore(run);
      run.snapshot().write(Files.createDirectories(target));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void state_of_rules_goes_on_at_any_parallelism(boolean rocksdb, @TempDir Path folder)
      throws Exception {
    StateBackend backend = rocksdb ? new EmbeddedRocksDBStateBackend() : new HashMapStateBackend();
    writeRules(backend, folder.resolve("rules"));
    checkRules(folder.resolve("rules"), backend);
  }

  @ParameterizedTest
  @MethodSource("storedStates")
  void rules_of_an_earlier_version_go_on(Path stored, StateBackend backend) throws Exception {
    Path rules = Path.of(stored + "-rules");
    assumeTrue(Files.exists(rules), "this version had no rules");
    checkRules(rules, backend);
  }

  /** Writes the state of a version at its release: {@code make state VERSION=0.2.0}. */
  public static void main(String[] version) throws Exception {
    Path target = Files.createDirectory(STATES.resolve(version[0]));
    write(new HashMapStateBackend(), target.resolve("heap"));
    write(new EmbeddedRocksDBStateBackend(), target.resolve("rocksdb"));
    writeRules(new HashMapStateBackend(), target.resolve("heap-rules"));
    writeRules(new EmbeddedRocksDBStateBackend(), target.resolve("rocksdb-rules"));
  }

  private static void write(StateBackend backend, Path target) throws Exception {
    try (OperatorRun run =
        new OperatorRun(Files.readString(PLAN), OperatorRun.EVENT_TYPE, backend, 1)) {
      feedBefore(run);
      OperatorSnapshotUtil.writeStateHandle(run.snapshot(), target.toString());
    }
  }
}
