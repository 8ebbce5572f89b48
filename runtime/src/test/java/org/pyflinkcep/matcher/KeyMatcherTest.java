package org.pyflinkcep.matcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;

class KeyMatcherTest {

  private static final RowType EVENT = RowType.of(new IntType());

  private static final String PLAN =
      """
      {"pattern": {"steps": [{"begin": "a", "where": "f0 = 1"}, {"followed_by": "b", "where": "f0 = 2"}],
                   "within": 10}, "time": "processing"}""";

  private final List<String> timeouts = new ArrayList<>();
  private KeyMatcher matcher;

  /** A timer may fire after an event that comes later: then the event moves time on. */
  @Test
  void a_timeout_that_an_event_brings_about_has_no_time_of_another_key() {
    matcher = MatchPlan.compile(PLAN, EVENT, ZoneOffset.UTC).matcher(0, new Recorder());
    KeyMatches one = new KeyMatches(EVENT);
    match(one, 1, 1);
    match(new KeyMatches(EVENT), 1, 50);
    match(one, 2, 60);
    assertThat(timeouts).containsExactly("due 11, no earlier than " + Long.MIN_VALUE);
  }

  private void match(KeyMatches key, int kind, long now) {
    RowData row = GenericRowData.of(kind);
    assertThat(matcher.passesOver(row, now)).isFalse();
    matcher.processNow(key, 0, row, now);
  }

  private final class Recorder implements MatchListener {

    @Override
    public void onTimeout(CompiledRule rule, TakenEvent newest, long timestamp) {
      timeouts.add("due " + timestamp + ", no earlier than " + matcher.latestEventTime());
    }

    @Override
    public void onMatch(CompiledRule rule, TakenEvent newest, long timestamp) {
      throw new AssertionError("a match");
    }

    @Override
    public void onFailure(
        CompiledRule rule, String expression, RowData event, RuntimeException failure) {
      throw failure;
    }

    @Override
    public void onOverload(CompiledRule rule) {
      throw new AssertionError("an overload");
    }
  }
}
