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
      TimeFormats.SQL_TIMESTAMP_WITH_LOCAL_TIMEZONE_FORMAT),

  ISO_8601(
      DateTimeFormatter.ISO_LOCAL_DATE,
      TimeFormats.SQL_TIME_FORMAT,
      TimeFormats.ISO8601_TIMESTAMP_FORMAT,
      TimeFormats.ISO8601_TIMESTAMP_WITH_LOCAL_TIMEZONE_FORMAT),

  CSV(
      DateTimeFormatter.ofPattern("u-M-d"),
      DateTimeFormatter.ISO_LOCAL_TIME,
      TimeFormats.SQL_TIMESTAMP_FORMAT,
      TimeFormats.SQL_TIMESTAMP_WITH_LOCAL_TIMEZONE_FORMAT) {
    @Override
    boolean isDate(String text) {
      // By way of java.sql.Date, which has no days from 5 to 14 October 1582.
      return super.isDate(text) && Date.valueOf(text).toLocalDate().equals(date(text));
    }
  };

  private final DateTimeFormatter date;
  private final DateTimeFormatter time;
  private final DateTimeFormatter timestamp;
  private final DateTimeFormatter instant;

  TimeTexts(
      DateTimeFormatter date,
      DateTimeFormatter time,
      DateTimeFormatter timestamp,
      DateTimeFormatter instant) {
    this.date = date.withResolverStyle(ResolverStyle.STRICT);
    this.time = time.withResolverStyle(ResolverStyle.STRICT);
    this.timestamp = timestamp.withResolverStyle(ResolverStyle.STRICT);
    this.instant = instant.withResolverStyle(ResolverStyle.STRICT);
  }

  boolean isDate(String text) {
    return isBy(date, text);
  }

  boolean isTime(String text) {
    return isBy(time, text);
  }

  boolean isTimestamp(String text) {
    return isBy(timestamp, text);
  }

  boolean isInstant(String text) {
    return isBy(instant, text);
  }

  LocalDate date(String text) {
    return LocalDate.parse(text, date);
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
