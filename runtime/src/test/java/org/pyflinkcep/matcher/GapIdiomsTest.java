package org.pyflinkcep.matcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each condition that bounds the time between events, as documentation and hints write it, against
 * a plain loop over random streams. Two events of the loop {@code fail} are followed by {@code
 * end}; {@code gone} between them can be left out.
 */
class GapIdiomsTest {

  private static final int STREAMS = 60;
  private static final int EVENTS = 14;
  private static final long BOUND = 7_000;

  private static final RowType EVENT =
      (RowType)
          LogicalTypeParser.parse(
              "ROW<name STRING, place INT, at TIMESTAMP(3)>", GapIdiomsTest.class.getClassLoader());

  /** What a condition bounds; {@code gone} is -1 where that step was left out. */
  interface Bound {
    boolean holds(long first, long second, long gone, long end);
  }

  /** Conditions of the step {@code end}. */
  private static final Map<String, Bound> AT_THE_END = new LinkedHashMap<>();

  /** Conditions of the loop itself. */
  private static final Map<String, Bound> IN_THE_LOOP = new LinkedHashMap<>();

  static {
    AT_THE_END.put("ROWTIME() - LAST(ROWTIME(fail)) < 7000", (f, s, g, e) -> e - s < BOUND);
    AT_THE_END.put("ROWTIME() - FIRST(ROWTIME(fail)) < 7000", (f, s, g, e) -> e - f < BOUND);
    AT_THE_END.put(
        "ROWTIME() - COALESCE(LAST(ROWTIME(gone)), LAST(ROWTIME(fail))) < 7000",
        (f, s, g, e) -> e - (g < 0 ? s : g) < BOUND);
    AT_THE_END.put("ROWTIME() - ROWTIME(fail) < 7000", (f, s, g, e) -> e - s < BOUND);
    AT_THE_END.put("ROWTIME() - LAST(ROWTIME(fail), 1) < 7000", (f, s, g, e) -> e - f < BOUND);
    AT_THE_END.put("ROWTIME() - FIRST(ROWTIME(fail), 1) < 7000", (f, s, g, e) -> e - s < BOUND);
    AT_THE_END.put("ROWTIME() - MIN(ROWTIME(fail)) < 7000", (f, s, g, e) -> e - f < BOUND);
    AT_THE_END.put("ROWTIME() - MAX(ROWTIME(fail)) < 7000", (f, s, g, e) -> e - s < BOUND);
    AT_THE_END.put(
        "ROWTIME() - AVG(ROWTIME(fail)) < 7000", (f, s, g, e) -> e - (f + s) / 2 < BOUND);
    AT_THE_END.put(
        "2 * ROWTIME() - SUM(ROWTIME(fail)) < 7000", (f, s, g, e) -> 2 * e - f - s < BOUND);
    AT_THE_END.put(
        "SUM(DISTINCT ROWTIME(fail)) = FIRST(ROWTIME(fail)) + LAST(ROWTIME(fail))"
            + " AND COUNT(DISTINCT ROWTIME(fail)) = 2",
        (f, s, g, e) -> f != s);
    AT_THE_END.put("MAX(ROWTIME(fail)) - MIN(ROWTIME(fail)) < 7000", (f, s, g, e) -> s - f < BOUND);
    AT_THE_END.put(
        "LAST(ROWTIME(fail) / 1000) - FIRST(ROWTIME(fail) / 1000) < 7",
        (f, s, g, e) -> s / 1000 - f / 1000 < 7);
    AT_THE_END.put(
        "TIMESTAMPDIFF(SECOND, FIRST(fail.at), at) < 7", (f, s, g, e) -> (e - f) / 1000 < 7);
    AT_THE_END.put("at < FIRST(fail.at) + INTERVAL '7' SECOND", (f, s, g, e) -> e - f < BOUND);
    AT_THE_END.put("at < fail.at + INTERVAL '7' SECOND", (f, s, g, e) -> e - s < BOUND);
    IN_THE_LOOP.put(
        "COALESCE(ROWTIME() - FIRST(ROWTIME(fail)) < 7000, TRUE)", (f, s, g, e) -> s - f < BOUND);
    IN_THE_LOOP.put(
        "COALESCE(ROWTIME() - LAST(ROWTIME(fail)) < 7000, TRUE)", (f, s, g, e) -> s - f < BOUND);
    IN_THE_LOOP.put("ROWTIME() - FIRST(ROWTIME(fail)) < 7000", (f, s, g, e) -> false);
  }

  static Stream<String> conditions() {
    return Stream.concat(AT_THE_END.keySet().stream(), IN_THE_LOOP.keySet().stream());
  }

  @ParameterizedTest
  @MethodSource("conditions")
  void a_condition_bounds_what_it_says(String sql) {
    int found = 0;
    for (int seed = 0; seed < STREAMS; seed++) {
      List<GenericRowData> events = stream(new Random(seed));
      List<String> expected = expected(events, AT_THE_END.getOrDefault(sql, IN_THE_LOOP.get(sql)));
      assertThat(matches(sql, events))
          .as("stream %d", seed)
          .containsExactlyInAnyOrderElementsOf(expected);
      found += expected.size();
    }
    if (!sql.equals("ROWTIME() - FIRST(ROWTIME(fail)) < 7000") || AT_THE_END.containsKey(sql)) {
      assertThat(found).isPositive();
    }
  }

  /** What bounds a gap in documentation and in errors' hints, with one name for all steps. */
  @Test
  void every_documented_condition_is_tested() throws IOException {
    Pattern idiom = Pattern.compile("(COALESCE\\()?ROWTIME\\(\\) - [^<`…]*< ?\\d+(, TRUE\\))?");
    Set<String> documented = new TreeSet<>();
    for (String folder :
        List.of(
            "../docs/concepts",
            "../docs/guides",
            "../docs/reference",
            "../rules",
            "../tests/cases/rules")) {
      try (Stream<Path> files = Files.walk(Path.of(folder))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Matcher matcher = idiom.matcher(Files.readString(file));
          while (matcher.find()) {
            documented.add(shape(matcher.group()));
          }
        }
      }
    }
    assertThat(documented).isNotEmpty();
    assertThat(conditions().map(GapIdiomsTest::shape).toList()).containsAll(documented);
  }

  private static String shape(String sql) {
    return sql.replaceAll("ROWTIME\\([^)]+\\)", "ROWTIME(step)").replaceAll("\\d+", "n");
  }

  private static List<GenericRowData> stream(Random random) {
    List<GenericRowData> events = new ArrayList<>();
    long time = 1_000_000;
    for (int place = 0; place < EVENTS; place++) {
      time += random.nextInt(4) * 1000L + random.nextInt(1000);
      String name = List.of("fail", "fail", "gone", "end").get(random.nextInt(4));
      events.add(
          GenericRowData.of(
              StringData.fromString(name), place, TimestampData.fromEpochMillis(time)));
    }
    return events;
  }

  private static List<String> expected(List<GenericRowData> events, Bound bound) {
    List<String> found = new ArrayList<>();
    for (int first = 0; first < events.size(); first++) {
      for (int second = first + 1; second < events.size(); second++) {
        for (int end = second + 1; end < events.size(); end++) {
          if (!is("fail", events, first)
              || !is("fail", events, second)
              || !is("end", events, end)) {
            continue;
          }
          for (int gone = second; gone < end; gone++) {
            boolean left = gone == second;
            if ((left || is("gone", events, gone))
                && bound.holds(
                    time(events, first),
                    time(events, second),
                    left ? -1 : time(events, gone),
                    time(events, end))) {
              found.add(" " + first + " " + second + (left ? "" : " " + gone) + " " + end);
            }
          }
        }
      }
    }
    return found;
  }

  private static boolean is(String name, List<GenericRowData> events, int place) {
    return events.get(place).getString(0).toString().equals(name);
  }

  private static long time(List<GenericRowData> events, int place) {
    return events.get(place).getTimestamp(2, 3).getMillisecond();
  }

  private static List<String> matches(String sql, List<GenericRowData> events) {
    boolean atTheEnd = AT_THE_END.containsKey(sql);
    String plan =
        """
        {"pattern": {"skip": "none", "steps": [
          {"begin": "fail", "where": "name = 'fail' AND %s", "times": 2, "allow_combinations": true},
          {"followed_by_any": "gone", "where": "name = 'gone'", "optional": true},
          {"followed_by_any": "end", "where": "name = 'end' AND %s"}]}}
        """
            .formatted(atTheEnd ? "TRUE" : sql, atTheEnd ? sql : "TRUE");
    List<String> found = new ArrayList<>();
    MatchListener listener =
        new MatchListener() {
          @Override
          public void onMatch(CompiledRule rule, TakenEvent newest, long timestamp) {
            found.add(places(newest));
          }

          @Override
          public void onTimeout(CompiledRule rule, TakenEvent newest, long timestamp) {}

          @Override
          public void onOverload(CompiledRule rule) {
            throw new AssertionError("overload");
          }

          @Override
          public void onFailure(
              CompiledRule rule, String expression, RowData event, RuntimeException failure) {
            throw new AssertionError(expression, failure);
          }
        };
    InMemoryMatcher matcher =
        new InMemoryMatcher(
            MatchPlan.compile(plan, EVENT, ZoneOffset.UTC), EVENT, row -> "one key", listener);
    for (RowData event : events) {
      matcher.onEvent(event, event.getTimestamp(2, 3).getMillisecond());
    }
    matcher.onWatermark(Long.MAX_VALUE);
    return found;
  }

  private static String places(TakenEvent taken) {
    return taken == null ? "" : places(taken.previous()) + " " + taken.event().getInt(1);
  }
}
