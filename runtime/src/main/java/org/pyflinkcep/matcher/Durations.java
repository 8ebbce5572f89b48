package org.pyflinkcep.matcher;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as people write them: {@code 10 minutes}, {@code 1 hour 30 minutes}, {@code 500 ms}.
 */
final class Durations {

  private static final Pattern PART = Pattern.compile("\\s*(\\d+(?:\\.\\d+)?)\\s*([a-zA-Z]+)\\s*");

  private Durations() {}

  /**
   * The length of a duration in milliseconds.
   *
   * @throws IllegalArgumentException where the text is no duration
   */
  static long parseMillis(String text) {
    Matcher part = PART.matcher(text);
    BigDecimal millis = BigDecimal.ZERO;
    int end = 0;
    while (end < text.length() && part.find(end) && part.start() == end) {
      millis = millis.add(new BigDecimal(part.group(1)).multiply(unitMillis(part.group(2))));
      end = part.end();
    }
    if (end == 0 || end < text.length()) {
      throw new IllegalArgumentException(
          "`" + text + "` is not a duration: expected such as `10 minutes` or `1 hour 30 minutes`");
    }
    try {
      return millis.longValueExact();
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("`" + text + "` is not a whole number of milliseconds");
    }
  }

  private static BigDecimal unitMillis(String unit) {
    long millis =
        switch (unit.toLowerCase(Locale.ROOT)) {
          case "ms", "millisecond", "milliseconds" -> 1;
          case "s", "sec", "second", "seconds" -> 1_000;
          case "m", "min", "minute", "minutes" -> 60_000;
          case "h", "hour", "hours" -> 3_600_000;
          case "d", "day", "days" -> 86_400_000;
          case "w", "week", "weeks" -> 604_800_000;
          default ->
              throw new IllegalArgumentException(
                  "`"
                      + unit
                      + "` is not a unit: expected ms, seconds, minutes, hours, days or weeks");
        };
    return BigDecimal.valueOf(millis);
  }
}
