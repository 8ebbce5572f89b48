package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.pyflinkcep.expression.TimeZones;

/** What goes on to the tasks of the keys, and what doesn't. */
class EventFilterTest {

  private static final String RELAXED =
      """
      {"pattern": {"steps": [{"begin": "a", "where": "kind = 'a'"},
                             {"followed_by": "b", "where": "kind = 'b'"}]}}""";

  private OneInputStreamOperatorTestHarness<RowData, RowData> filter;

  @AfterEach
  void close() throws Exception {
    filter.close();
  }

  @Test
  void an_event_that_no_step_takes_is_let_go() throws Exception {
    open(RELAXED);
    feed("a", 1);
    feed("x", 2);
    feed("b", 3);
    assertThat(kept()).containsExactly("a@1", "b@3");
  }

  @Test
  void an_event_that_breaks_strict_contiguity_is_kept() throws Exception {
    open(RELAXED.replace("followed_by", "next"));
    feed("x", 1);
    assertThat(kept()).containsExactly("x@1");
  }

  @Test
  void an_event_whose_condition_refers_to_events_taken_before_is_kept() throws Exception {
    open(RELAXED.replace("kind = 'b'", "number > a.number"));
    feed("x", 1);
    assertThat(kept()).containsExactly("x@1");
  }

  @Test
  void an_event_is_let_go_by_the_part_of_a_condition_that_refers_to_none() throws Exception {
    open(RELAXED.replace("kind = 'b'", "number > a.number AND kind = 'b'"));
    feed("x", 1);
    feed("b", 2);
    assertThat(kept()).containsExactly("b@2");
  }

  @Test
  void a_late_event_is_kept() throws Exception {
    open(RELAXED);
    filter.processWatermark(5);
    feed("x", 5);
    feed("x", 6);
    assertThat(kept()).containsExactly("x@5");
  }

  @Test
  void all_is_kept_once_the_input_has_been_idle() throws Exception {
    open(RELAXED);
    feed("x", 1);
    filter.processWatermarkStatus(WatermarkStatus.IDLE);
    filter.processWatermarkStatus(WatermarkStatus.ACTIVE);
    feed("x", 2);
    assertThat(kept()).containsExactly("x@2");
  }

  @Test
  void an_event_on_which_a_condition_fails_is_kept() throws Exception {
    open(RELAXED.replace("kind = 'b'", "1 / number > 0"));
    feed("x", 1, 0);
    feed("x", 2, -1);
    assertThat(kept()).containsExactly("x@1");
  }

  private void open(String plan) throws Exception {
    filter =
        new OneInputStreamOperatorTestHarness<>(
            new EventFilter(plan, OperatorRun.EVENT_TYPE, TimeZones.ofInstants(ZoneOffset.UTC)));
    filter.open();
  }

  private void feed(String kind, long timestamp) throws Exception {
    feed(kind, timestamp, 1);
  }

  private void feed(String kind, long timestamp, long number) throws Exception {
    RowData row = GenericRowData.of(0, StringData.fromString(kind), number);
    filter.processElement(row, timestamp);
  }

  private List<String> kept() {
    List<String> kept = new ArrayList<>();
    for (Object element : filter.getOutput()) {
      if (element instanceof StreamRecord<?> record) {
        kept.add(((RowData) record.getValue()).getString(1) + "@" + record.getTimestamp());
      }
    }
    return kept;
  }
}
