package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.LocalDate;
import java.util.Random;
import org.apache.flink.table.utils.DateTimeUtils;
import org.junit.jupiter.api.Test;

class TemporalTest {

  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final int PAIRS = 200_000;
  private static final int FAR_PAIRS = 500;

  @Test
  void whole_months_are_those_that_flink_counts() {
    Random random = new Random(1);
    for (int i = 0; i < PAIRS; i++) {
      int years = i < FAR_PAIRS ? 50_000 : 9_999;
      long from = millis(random, years);
      long to =
          random.nextInt(4) == 0
              ? from + random.nextLong(-70, 70) * DAY / 2
              : millis(random, years);
      assertThat(Temporal.wholeMonths(from, to))
          .as("from %d to %d", from, to)
          .isEqualTo(DateTimeUtils.subtractMonths(to, from));
    }
  }

  /** Often near the end of a month, and at midnight. */
  private static long millis(Random random, int years) {
    LocalDate date =
        LocalDate.of(random.nextInt(1, years), 1 + random.nextInt(12), 1)
            .plusDays(random.nextInt(4) == 0 ? random.nextInt(31) : 26 + random.nextInt(6));
    return date.toEpochDay() * DAY + (random.nextBoolean() ? 0 : random.nextLong(DAY));
  }
}
