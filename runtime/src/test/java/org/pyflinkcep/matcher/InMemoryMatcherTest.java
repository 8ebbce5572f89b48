package org.pyflinkcep.matcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.junit.jupiter.api.Test;
import org.pyflinkcep.ProcessorTime;

class InMemoryMatcherTest {

  private static final RowType EVENT =
      RowType.of(
          new LogicalType[] {VarCharType.STRING_TYPE, new BigIntType()},
          new String[] {"name", "amount"});

  private final Recorder found = new Recorder();

  @Test
  void a_match_is_found_once_the_watermark_has_passed_its_last_event() {
    InMemoryMatcher matcher = matcher("\"within\": 10");
    matcher.onEvent(event("b", 2), 2);
    matcher.onEvent(event("a", 1), 1);
    assertThat(found.lines).isEmpty();
    matcher.onWatermark(2);
    assertThat(found.lines).containsExactly("match a1 b2 at 2");
  }

  @Test
  void a_partial_match_times_out_when_its_window_has_passed() {
    InMemoryMatcher matcher = matcher("\"within\": 10");
    matcher.onEvent(event("a", 1), 1);
    matcher.onWatermark(10);
    assertThat(found.lines).isEmpty();
    matcher.onWatermark(11);
    assertThat(found.lines).containsExactly("timeout a1 at 11");
  }

  @Test
  void an_event_that_the_watermark_has_passed_is_late() {
    InMemoryMatcher matcher = matcher("\"within\": 10");
    matcher.onWatermark(5);
    assertThat(matcher.onEvent(event("a", 1), 5)).isFalse();
    assertThat(matcher.onEvent(event("a", 1), 6)).isTrue();
  }

  @Test
  void the_oldest_partial_match_is_dropped_past_the_limit() {
    InMemoryMatcher matcher = matcher("\"skip\": \"none\"", "\"max_partial_matches\": 2");
    for (int i = 1; i <= 3; i++) {
      matcher.onEvent(event("a", i), i);
    }
    matcher.onEvent(event("b", 4), 4);
    matcher.onWatermark(4);
    assertThat(found.lines).containsExactly("overload", "match a2 b4 at 4", "match a3 b4 at 4");
  }

  @Test
  void results_do_not_depend_on_how_far_a_watermark_jumps() {
    String pattern =
        """
        {"pattern": {"steps": [{"begin": "a", "where": "name = 'a'"},
                               {"followed_by": "b", "where": "name = 'b'", "optional": true},
                               {"followed_by": "c", "where": "name = 'c' AND amount <> a.amount"}],
                     "skip": "past_last_event", "within": 10}}
        """;
    List<List<String>> results = new ArrayList<>();
    for (long step : List.of(1L, 3L, 100L)) {
      found.lines.clear();
      InMemoryMatcher matcher =
          new InMemoryMatcher(
              MatchPlan.compile(pattern, EVENT, ZoneOffset.UTC), EVENT, row -> "one key", found);
      matcher.onEvent(event("a", 1), 1);
      matcher.onEvent(event("a", 2), 3);
      matcher.onEvent(event("c", 1), 5);
      matcher.onEvent(event("a", 9), 6);
      for (long time = 0; time <= 100; time += step) {
        matcher.onWatermark(time);
      }
      results.add(List.copyOf(found.lines));
    }
    assertThat(results.get(0)).isNotEmpty();
    assertThat(results.get(1)).isEqualTo(results.get(0));
    assertThat(results.get(2)).isEqualTo(results.get(0));
  }

  @Test
  void loops_that_end_in_one_silence_take_no_longer_than_their_number_needs() throws Throwable {
    String pattern =
        """
        {"pattern": {"steps": [{"begin": "a", "where": "name = 'a'", "times": "1+", "greedy": true,
                                "consecutive": true},
                               {"not_followed_by": "b", "where": "name = 'b'"}],
                     "skip": "none", "within_previous": 10}}
        """;
    int events = 3_000;
    Counter counter = new Counter();
    InMemoryMatcher matcher =
        new InMemoryMatcher(
            MatchPlan.compile(pattern, EVENT, ZoneOffset.UTC), EVENT, row -> "one key", counter);
    for (int i = 0; i < events; i++) {
      matcher.onEvent(event("a", i), i);
    }
    // One match begins with each event; to compare each with each event of all others takes a
    // minute.
    ProcessorTime.assertWithin(Duration.ofSeconds(20), () -> matcher.onWatermark(Long.MAX_VALUE));
    assertThat(counter.matches).isEqualTo(events);
  }

  private InMemoryMatcher matcher(String patternField, String... planFields) {
    String plan =
        """
        {"pattern": {"steps": [{"begin": "a", "where": "name = 'a'"},
                               {"followed_by": "b", "where": "name = 'b' AND amount > a.amount"}], %s}%s}
        """
            .formatted(
                patternField, planFields.length == 0 ? "" : ", " + String.join(", ", planFields));
    return new InMemoryMatcher(
        MatchPlan.compile(plan, EVENT, ZoneOffset.UTC), EVENT, row -> "one key", found);
  }

  private static RowData event(String name, long amount) {
    return GenericRowData.of(StringData.fromString(name), amount);
  }

  private static final class Counter implements MatchListener {
    int matches;

    @Override
    public void onMatch(CompiledRule rule, TakenEvent newest, long timestamp) {
      matches++;
    }

    @Override
    public void onTimeout(CompiledRule rule, TakenEvent newest, long timestamp) {}

    @Override
    public void onFailure(
        CompiledRule rule, String expression, RowData event, RuntimeException failure) {
      throw failure;
    }

    @Override
    public void onOverload(CompiledRule rule) {
      throw new IllegalStateException("too many partial matches");
    }
  }

  private static final class Recorder implements MatchListener {
    final List<String> lines = new ArrayList<>();

    @Override
    public void onMatch(CompiledRule rule, TakenEvent newest, long timestamp) {
      lines.add("match" + events(newest) + " at " + timestamp);
    }

    @Override
    public void onTimeout(CompiledRule rule, TakenEvent newest, long timestamp) {
      lines.add("timeout" + events(newest) + " at " + timestamp);
    }

    @Override
    public void onFailure(
        CompiledRule rule, String expression, RowData event, RuntimeException failure) {
      lines.add("failure of " + expression);
    }

    @Override
    public void onOverload(CompiledRule rule) {
      lines.add("overload");
    }

    private static String events(TakenEvent taken) {
      return taken == null
          ? ""
          : events(taken.previous()) + " " + taken.event().getString(0) + taken.event().getLong(1);
    }
  }
}
