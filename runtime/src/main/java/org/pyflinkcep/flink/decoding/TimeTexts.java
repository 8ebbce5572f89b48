package org.pyflinkcep.flink.decoding;

import java.sql.Date;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import org.apache.flink.formats.common.TimeFormats;

/** How formats of text write days and times, of which none is moved: 30 February is no day. */
enum TimeTexts {
  SQL(
      DateTimeFormatter.ISO_LOCAL_DATE,
      TimeFormats.SQL_TIME_FORMAT,
      TimeFormats.SQL_TIMESTAMP_FORMAT,
      TimeFormats.SQL_TIMESTAMP_WITH_LOCAL_TIMEZONE_FORMAT,
      ' '),

  ISO_8601(
      DateTimeFormatter.ISO_LOCAL_DATE,
      TimeFormats.SQL_TIME_FORMAT,
      TimeFormats.ISO8601_TIMESTAMP_FORMAT,
      TimeFormats.ISO8601_TIMESTAMP_WITH_LOCAL_TIMEZONE_FORMAT,
      'T'),

  CSV(
      DateTimeFormatter.ofPattern("u-M-d"),
      DateTimeFormatter.ISO_LOCAL_TIME,
      TimeFormats.SQL_TIMESTAMP_FORMAT,
      TimeFormats.SQL_TIMESTAMP_WITH_LOCAL_TIMEZONE_FORMAT,
      ' ') {
    @Override
    boolean isDate(String text) {
      // By way of java.sql.Date, which has no days from 5 to 14 October 1582.
      return super.isDate(text) && Date.valueOf(text).toLocalDate().equals(date(text));
    }
  };

  /** Where a time to the second ends, and how many characters a point and its digits are. */
  private static final int SECONDS_END = 19;

  private static final int LONGEST_FRACTION = 10;

  private final DateTimeFormatter date;
  private final DateTimeFormatter time;
  private final DateTimeFormatter timestamp;
  private final DateTimeFormatter instant;
  private final char separator;

  TimeTexts(
      DateTimeFormatter date,
      DateTimeFormatter time,
      DateTimeFormatter timestamp,
      DateTimeFormatter instant,
      char separator) {
    this.date = date.withResolverStyle(ResolverStyle.STRICT);
    this.time = time.withResolverStyle(ResolverStyle.STRICT);
    this.timestamp = timestamp.withResolverStyle(ResolverStyle.STRICT);
    this.instant = instant.withResolverStyle(ResolverStyle.STRICT);
    this.separator = separator;
  }

  boolean isDate(String text) {
    return isBy(date, text);
  }

  boolean isTime(String text) {
    return isBy(time, text);
  }

  boolean isTimestamp(String text) {
    return isPlain(text, text.length()) || isBy(timestamp, text);
  }

  boolean isInstant(String text) {
    return text.endsWith("Z") && isPlain(text, text.length() - 1) || isBy(instant, text);
  }

  LocalDate date(String text) {
    return LocalDate.parse(text, date);
  }

  /**
   * Whether a text is a time of one of the first 28 days of a month, as nearly all are: formatters
   * take longer.
   */
  private boolean isPlain(String text, int end) {
    return end >= SECONDS_END
        && end <= SECONDS_END + LONGEST_FRACTION
        && text.charAt(4) == '-'
        && text.charAt(7) == '-'
        && text.charAt(10) == separator
        && text.charAt(13) == ':'
        && text.charAt(16) == ':'
        && isWithin(text, 0, 9999, 4)
        && isWithin(text, 5, 12, 2)
        && !text.startsWith("00", 5)
        && isWithin(text, 8, 28, 2)
        && !text.startsWith("00", 8)
        && isWithin(text, 11, 23, 2)
        && isWithin(text, 14, 59, 2)
        && isWithin(text, 17, 59, 2)
        && (end == SECONDS_END
            || text.charAt(SECONDS_END) == '.'
                && end > SECONDS_END + 1
                && isWithin(text, SECONDS_END + 1, Integer.MAX_VALUE, end - SECONDS_END - 1));
  }

  /** Whether some digits make a number that is not too large. */
  private static boolean isWithin(String text, int start, int most, int digits) {
    int number = 0;
    for (int i = start; i < start + digits; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      number = 10 * number + digit;
    }
    return number <= most;
  }

  private static boolean isBy(DateTimeFormatter formatter, String text) {
    try {
      formatter.parse(text);
      return true;
    } catch (DateTimeException e) {
      return false;
    }
  }
}
