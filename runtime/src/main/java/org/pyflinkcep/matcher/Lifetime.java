package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.List;

/**
 * When a version of a rule acts.
 *
 * <p>What a rule sees doesn't depend on how events and changes overtake each other on their way.
 *
 * @param born the change that brought it
 * @param ended the changes from which on it begins no match: the first, and those after it that
 *     have an earlier time
 * @param over the changes that end what is under way too; without one that is finished
 */
public record Lifetime(Change born, List<Change> ended, List<Change> over) {

  /** Later than any epoch; an event that all changes are in force for was sent under it. */
  public static final int NEVER = Integer.MAX_VALUE;

  /** Of a rule that was there from the beginning. */
  public static final Lifetime ALWAYS = from(new Change(0, Long.MIN_VALUE));

  /**
   * A change of the rules.
   *
   * @param epoch its number
   * @param time in milliseconds; the beginning of time where it has none
   */
  public record Change(int epoch, long time) {

    /**
     * Whether it is in force for an event: that is of its time or later, and was sent on its way
     * under its epoch or a later one.
     */
    boolean isInForce(long timestamp, int epochOfEvent) {
      return timestamp >= time && epochOfEvent >= epoch;
    }

    private boolean hasTime() {
      return time > Long.MIN_VALUE;
    }
  }

  public static Lifetime from(Change born) {
    return new Lifetime(born, List.of(), List.of());
  }

  /**
   * The same, ended by a later change.
   *
   * @param whole whether what is under way ends too
   */
  public Lifetime until(Change change, boolean whole) {
    List<Change> stillOver = new ArrayList<>(over);
    // A change of a later time than this one never comes into force.
    stillOver.removeIf(c -> change.hasTime() && c.time() >= change.time());
    return new Lifetime(born, with(ended, change), whole ? with(stillOver, change) : stillOver);
  }

  private static List<Change> with(List<Change> changes, Change later) {
    if (changes.stream().anyMatch(change -> change.time() <= later.time())) {
      return changes;
    }
    List<Change> all = new ArrayList<>(changes);
    all.add(later);
    return List.copyOf(all);
  }

  public boolean isEnded() {
    return !ended.isEmpty();
  }

  public boolean isEndedWhole() {
    return !over.isEmpty();
  }

  /** The earliest time from which it may begin no match. */
  long endsAt() {
    return earliest(ended);
  }

  /** The time at which what is under way has ended; the end of time where that is finished. */
  long overAt() {
    return earliest(over);
  }

  private static long earliest(List<Change> changes) {
    return changes.stream().mapToLong(Change::time).min().orElse(Long.MAX_VALUE);
  }

  /** Whether an event may be part of a match. */
  boolean sees(long timestamp, int epoch) {
    return born.isInForce(timestamp, epoch) && (over.isEmpty() || !isOver(timestamp, epoch));
  }

  /** Whether an event may begin a match. */
  boolean begins(long timestamp, int epoch) {
    return born.isInForce(timestamp, epoch)
        && (ended.isEmpty() || !anyInForce(ended, timestamp, epoch));
  }

  /** Whether more can be under way by an event, or longer. */
  boolean isProlongedBy(long timestamp, int epoch) {
    return begins(timestamp, epoch) || isEndedWhole() && sees(timestamp, epoch);
  }

  /** Whether what is under way has ended for an event. */
  boolean isOver(long timestamp, int epoch) {
    return anyInForce(over, timestamp, epoch);
  }

  private static boolean anyInForce(List<Change> changes, long timestamp, int epoch) {
    for (Change change : changes) {
      if (change.isInForce(timestamp, epoch)) {
        return true;
      }
    }
    return false;
  }
}
