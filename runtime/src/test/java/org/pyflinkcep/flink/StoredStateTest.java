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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
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

  /** Writes the state of a version at its release: {@code make state VERSION=0.2.0}. */
  public static void main(String[] version) throws Exception {
    Path target = Files.createDirectory(STATES.resolve(version[0]));
    write(new HashMapStateBackend(), target.resolve("heap"));
    write(new EmbeddedRocksDBStateBackend(), target.resolve("rocksdb"));
  }

  private static void write(StateBackend backend, Path target) throws Exception {
    try (OperatorRun run =
        new OperatorRun(Files.readString(PLAN), OperatorRun.EVENT_TYPE, backend, 1)) {
      feedBefore(run);
      OperatorSnapshotUtil.writeStateHandle(run.snapshot(), target.toString());
    }
  }
}
