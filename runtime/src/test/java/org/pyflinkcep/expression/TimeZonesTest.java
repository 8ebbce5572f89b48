package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Random;
import java.util.TimeZone;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.utils.DateTimeUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeZonesTest {

  @Test
  void instants_stay_as_they_are() {
    TimeZones zones = TimeZones.ofInstants(ZoneId.of("Asia/Kolkata"));
    for (long time : new long[] {Long.MIN_VALUE, -1, 0, 1_772_366_400_123L, Long.MAX_VALUE}) {
      assertThat(zones.instant(time)).isEqualTo(time);
      assertThat(zones.time(time)).isEqualTo(time);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTC", "Etc/UTC", "GMT", "Z"})
  void a_region_without_an_offset_is_utc_so_that_no_event_is_looked_up_in_it(String zone) {
    assertThat(TimeZones.ofClock(ZoneId.of(zone)).events()).isEqualTo(ZoneOffset.UTC);
  }

  @ParameterizedTest
  @CsvSource({
    "Asia/Kolkata, 2026-03-01T10:00:00.123, 2026-03-01T04:30:00.123Z",
    "America/St_Johns, 2026-07-01T00:00, 2026-07-01T02:30:00Z",
    "America/St_Johns, 1969-12-31T23:59:59.999, 1970-01-01T03:29:59.999Z",
    // Skipped, shown twice, and on both sides of that.
    "Europe/Berlin, 2026-03-29T01:59:59.999, 2026-03-29T00:59:59.999Z",
    "Europe/Berlin, 2026-03-29T02:30, 2026-03-29T01:30:00Z",
    "Europe/Berlin, 2026-03-29T03:00, 2026-03-29T01:00:00Z",
    "Europe/Berlin, 2026-10-25T02:30, 2026-10-25T00:30:00Z",
    "Europe/Berlin, 2026-10-25T03:00, 2026-10-25T02:00:00Z",
  })
  void a_clock_of_the_session_shows_an_instant(String zone, String shown, String instant) {
    TimeZones zones = TimeZones.ofClock(ZoneId.of(zone));
    long time = LocalDateTime.parse(shown).toInstant(ZoneOffset.UTC).toEpochMilli();
    assertThat(Instant.ofEpochMilli(zones.instant(time))).isEqualTo(Instant.parse(instant));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"UTC", "Asia/Kolkata", "America/St_Johns", "Europe/Berlin", "Australia/Lord_Howe"})
  void instants_are_those_of_a_cast_in_flink(String zone) {
    TimeZones zones = TimeZones.ofClock(ZoneId.of(zone));
    Random random = new Random(4);
    // In the years 1975 to 2037; and each quarter of an hour of 2026, with all that its clocks do.
    long quarters = 4 * 24 * 365;
    for (int i = 0; i < quarters + 20_000; i++) {
      long time =
          i < quarters
              ? 1_767_225_600_000L + i * 900_000L
              : random.nextLong(157_766_400_000L, 2_114_380_800_000L);
      TimestampData cast =
          DateTimeUtils.timestampToTimestampWithLocalZone(
              TimestampData.fromEpochMillis(time), TimeZone.getTimeZone(zone));
      assertThat(zones.instant(time)).isEqualTo(cast.getMillisecond());
      TimestampData back =
          DateTimeUtils.timestampWithLocalZoneToTimestamp(
              TimestampData.fromEpochMillis(time), TimeZone.getTimeZone(zone));
      assertThat(zones.time(time)).isEqualTo(back.getMillisecond());
    }
  }
}
