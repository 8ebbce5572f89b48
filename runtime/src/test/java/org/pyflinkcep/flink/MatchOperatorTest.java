package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pyflinkcep.flink.OperatorRun.Event;

/** The operator in a running job: time, limits, failures, and what it counts. */
class MatchOperatorTest {

  private static final String A_THEN_B =
      """
      {"pattern": {"steps": [{"begin": "a", "where": "kind = 'a'"},
                             {"followed_by": "b", "where": "kind = 'b'"}],
                   "within": 10},
       "measures": {"first": "a.number", "last": "b.number"}}""";

  // ---- failures -----------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "1 / number > 0;                   x; 0;  y; 1",
        "CAST(kind AS BIGINT) = number;    x; 0;  7; 7",
        "10 / (number - a.number) > 0;     x; 5;  y; 6"
      })
  void a_condition_that_fails_is_not_true_and_is_counted(
      String condition, String failsOn, long failsOnNumber, String fits, long fitsNumber)
      throws Exception {
    try (OperatorRun run = new OperatorRun(A_THEN_B.replace("kind = 'b'", condition))) {
      run.feed(new Event(1, "a", 5, 1));
      run.feed(new Event(1, failsOn, failsOnNumber, 2));
      run.feed(new Event(1, fits, fitsNumber, 3));
      run.watermark(3);
      assertThat(run.results()).containsExactly("match 5 " + fitsNumber + " @3");
      assertThat(run.count("numEvaluationErrors")).isEqualTo(1);
    }
  }

  @Test
  void a_failure_is_counted_once_where_the_event_changes_what_is_under_way() throws Exception {
    String strict = A_THEN_B.replace("followed_by", "next").replace("kind = 'b'", "1 / number > 0");
    try (OperatorRun run = new OperatorRun(strict)) {
      run.feed(new Event(1, "a", 5, 1));
      run.feed(new Event(1, "x", 0, 2));
      run.feed(new Event(1, "y", 1, 3));
      run.watermark(3);
      assertThat(run.results()).isEmpty();
      assertThat(run.count("numEvaluationErrors")).isEqualTo(1);
    }
  }

  @Test
  void a_measure_that_fails_is_null_and_is_counted() throws Exception {
    String plan = A_THEN_B.replace("\"last\": \"b.number\"", "\"ratio\": \"a.number / b.number\"");
    try (OperatorRun run = new OperatorRun(plan)) {
      run.feed(new Event(1, "a", 6, 1));
      run.feed(new Event(1, "b", 0, 2));
      run.feed(new Event(2, "a", 6, 3));
      run.feed(new Event(2, "b", 3, 4));
      run.watermark(4);
      assertThat(run.results()).containsExactly("match 6 null @2", "match 6 2 @4");
      assertThat(run.count("numEvaluationErrors")).isEqualTo(1);
      assertThat(run.count("numMatches")).isEqualTo(2);
    }
  }

  // ---- what comes out is counted ------------------------------------------------------------

  @Test
  void matches_timeouts_and_late_events_are_counted() throws Exception {
    try (OperatorRun run = new OperatorRun(A_THEN_B)) {
      run.feed(new Event(1, "a", 1, 1));
      run.feed(new Event(1, "b", 2, 2));
      run.feed(new Event(2, "a", 3, 3));
      run.watermark(20);
      run.feed(new Event(2, "b", 4, 20));
      assertThat(run.results())
          .containsExactly("match 1 2 @2", "timeout 3 null @13", "late 2 b 4 @20");
      assertThat(run.count("numMatches")).isEqualTo(1);
      assertThat(run.count("numTimeouts")).isEqualTo(1);
      assertThat(run.count("numLateEvents")).isEqualTo(1);
      assertThat(run.count("numEvaluationErrors")).isZero();
      assertThat(run.count("numPartialMatchesDropped")).isZero();
      assertThat(run.count("numAbandonedMatches")).isZero();
    }
  }

  @Test
  void of_too_many_partial_matches_of_a_key_the_oldest_is_dropped() throws Exception {
    try (OperatorRun run = new OperatorRun(with("\"max_partial_matches\": 2"))) {
      run.feed(new Event(1, "a", 1, 1));
      run.feed(new Event(1, "a", 2, 2));
      run.feed(new Event(2, "a", 3, 2));
      run.feed(new Event(1, "a", 4, 3));
      run.feed(new Event(1, "b", 5, 4));
      run.watermark(4);
      assertThat(run.results()).containsExactlyInAnyOrder("match 2 5 @4", "match 4 5 @4");
      assertThat(run.count("numPartialMatchesDropped")).isEqualTo(1);
      assertThat(run.count("numTimeouts")).isZero();
    }
  }

  // ---- object reuse -------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"event", "processing"})
  void an_event_is_kept_as_it_was_where_rows_are_reused(String time) throws Exception {
    try (OperatorRun run = OperatorRun.reusingObjects(with("\"time\": \"" + time + "\""))) {
      run.processingTime(2);
      run.feed(new Event(1, "a", 1, 1));
      run.feed(new Event(1, "b", 2, 2));
      run.watermark(2);
      assertThat(run.results()).containsExactly("match 1 2 @2");
    }
  }

  // ---- processing time ----------------------------------------------------------------------

  @Test
  void in_processing_time_a_match_comes_with_its_last_event() throws Exception {
    try (OperatorRun run = new OperatorRun(with("\"time\": \"processing\""))) {
      run.processingTime(100);
      run.feed(new Event(1, "a", 1, 0));
      run.processingTime(109);
      run.feed(new Event(1, "b", 2, 0));
      assertThat(run.results()).containsExactly("match 1 2 @109");
    }
  }

  @Test
  void in_processing_time_a_window_ends_by_the_clock() throws Exception {
    try (OperatorRun run = new OperatorRun(with("\"time\": \"processing\""))) {
      run.processingTime(100);
      run.feed(new Event(1, "a", 1, 0));
      run.processingTime(109);
      assertThat(run.results()).isEmpty();
      run.processingTime(110);
      assertThat(run.results()).containsExactly("timeout 1 null @110");
      assertThat(run.keysWithState()).isZero();
      assertThat(run.processingTimeTimers()).isZero();
      run.feed(new Event(1, "b", 2, 0));
      assertThat(run.count("numMatches")).isZero();
    }
  }

  @Test
  void in_processing_time_the_events_of_a_millisecond_are_put_in_order() throws Exception {
    String plan = with("\"time\": \"processing\", \"order_by\": [\"number\"]");
    try (OperatorRun run = new OperatorRun(plan)) {
      run.processingTime(100);
      run.feed(new Event(1, "b", 2, 0));
      run.feed(new Event(1, "a", 1, 0));
      assertThat(run.results()).isEmpty();
      run.processingTime(101);
      assertThat(run.results()).containsExactly("match 1 2 @100");
    }
  }

  @Test
  void in_processing_time_what_waits_at_the_end_of_the_input_is_matched() throws Exception {
    String plan = with("\"time\": \"processing\", \"order_by\": [\"number\"]");
    try (OperatorRun run = new OperatorRun(plan)) {
      run.processingTime(100);
      for (int key = 0; key < 3; key++) {
        run.feed(new Event(key, "b", 10 * key + 2, 0));
        run.feed(new Event(key, "a", 10 * key + 1, 0));
      }
      run.finish();
      assertThat(run.results())
          .containsExactlyInAnyOrder("match 1 2 @100", "match 11 12 @100", "match 21 22 @100");
    }
  }

  // ---- lateness -----------------------------------------------------------------------------

  @Test
  void an_event_that_is_late_by_less_than_allowed_takes_its_place() throws Exception {
    try (OperatorRun run = new OperatorRun(with("\"allowed_lateness\": 5"))) {
      run.feed(new Event(1, "b", 2, 10));
      run.watermark(12);
      run.feed(new Event(1, "a", 1, 8));
      run.watermark(14);
      assertThat(run.results()).isEmpty();
      run.watermark(15);
      assertThat(run.results()).containsExactly("match 1 2 @10");
      assertThat(run.count("numLateEvents")).isZero();
    }
  }

  @Test
  void an_event_that_is_late_by_as_much_as_allowed_is_late() throws Exception {
    try (OperatorRun run = new OperatorRun(with("\"allowed_lateness\": 5"))) {
      run.watermark(15);
      run.feed(new Event(1, "a", 1, 10));
      run.feed(new Event(1, "a", 2, 11));
      run.feed(new Event(1, "b", 3, 12));
      run.watermark(17);
      assertThat(run.results()).containsExactly("match 2 3 @12", "late 1 a 1 @10");
      assertThat(run.count("numLateEvents")).isEqualTo(1);
    }
  }

  @Test
  void watermarks_go_on_later_by_the_allowed_lateness() throws Exception {
    try (OperatorRun run = new OperatorRun(with("\"allowed_lateness\": 5"))) {
      run.watermark(12);
      run.watermark(15);
      run.watermark(Long.MAX_VALUE);
      assertThat(run.watermarks()).containsExactly(7L, 10L, Long.MAX_VALUE);
    }
  }

  /** The plan with a further option. */
  private static String with(String option) {
    return A_THEN_B.substring(0, A_THEN_B.length() - 1) + ", " + option + "}";
  }
}
