package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pyflinkcep.expression.TimeZones;

/** How late an alert is: {@code eventToAlertMs}. */
class AlertDelayTest {

  @ParameterizedTest
  @ValueSource(strings = {"UTC", "Asia/Kolkata", "America/St_Johns"})
  void is_of_the_instant_of_an_event_whose_time_is_that_of_a_clock(String zone) throws Exception {
    TimeZones zones = TimeZones.ofClock(ZoneId.of(zone));
    RulesPlan plan =
        new RulesPlan(
            ChangingRulesTest.plan(List.of(RulesStateTest.ab("late", 1, "live")), true).json(),
            RulesStateTest.NARROW,
            zones,
            zones);
    long minuteAgo =
        LocalDateTime.now(ZoneId.of(zone)).minusMinutes(1).toInstant(ZoneOffset.UTC).toEpochMilli();

    try (RulesRun run = new RulesRun(plan, 1, 1, new HashMapStateBackend(), null)) {
      RulesStateTest.event(run, RulesStateTest.NARROW, 0, "a", minuteAgo - 1);
      RulesStateTest.event(run, RulesStateTest.NARROW, 0, "b", minuteAgo);
      run.updatesWatermark(Long.MAX_VALUE);
      RulesStateTest.watermark(run, Long.MAX_VALUE);
      assertThat(run.alerts()).hasSize(1);
      Histogram delay = (Histogram) run.matchers().get(0).metric("rule.late.eventToAlertMs");
      assertThat(delay.getCount()).isEqualTo(1);
      assertThat(delay.getStatistics().getMax())
          .isBetween(Duration.ofMinutes(1).toMillis(), Duration.ofHours(1).toMillis());
    }
  }
}
