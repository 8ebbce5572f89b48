package org.pyflinkcep.expression;

import java.io.Serializable;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * The time zones of a session.
 *
 * <p>Flink counts the time of an event in milliseconds. Those of a TIMESTAMP_LTZ, and of a stream's
 * records, are since 1970 in UTC, and so an instant. Those of a TIMESTAMP are what a clock on the
 * wall shows, counted as if it hung in UTC; which instant that is, is up to the session's zone.
 *
 * @param session in which SQL reads and prints instants
 * @param events in which the times of the events are what a clock shows: UTC where they are
 *     instants
 */
public record TimeZones(ZoneId session, ZoneId events) implements Serializable {

  public TimeZones {
    // A region that has one offset, as "UTC" has, is that offset: no event is looked up in it.
    events = events.normalized();
  }

  /** Of events whose times are instants. */
  public static TimeZones ofInstants(ZoneId session) {
    return new TimeZones(session, ZoneOffset.UTC);
  }

  /** Of events whose times are what a clock in the session's zone shows. */
  public static TimeZones ofClock(ZoneId session) {
    return new TimeZones(session, session);
  }

  /**
   * The instant of a time of the events, in milliseconds. As in Flink's CAST of a TIMESTAMP to a
   * TIMESTAMP_LTZ, a time that the clock shows twice is the earlier of the two; one that it skips
   * comes as much after the skip as it is after its begin.
   */
  public long instant(long time) {
    return isInUtc() ? time : time - offset(events.getRules().getOffset(clock(time)));
  }

  /** The time of the events at an instant in milliseconds. */
  public long time(long instant) {
    return isInUtc()
        ? instant
        : instant + offset(events.getRules().getOffset(clock(instant).toInstant(ZoneOffset.UTC)));
  }

  private boolean isInUtc() {
    return events.equals(ZoneOffset.UTC);
  }

  private static LocalDateTime clock(long milliseconds) {
    return LocalDateTime.ofEpochSecond(Math.floorDiv(milliseconds, 1000L), 0, ZoneOffset.UTC);
  }

  private static long offset(ZoneOffset offset) {
    return offset.getTotalSeconds() * 1000L;
  }
}
