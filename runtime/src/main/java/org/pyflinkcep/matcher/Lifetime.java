package org.pyflinkcep.matcher;

/**
 * When a version of a rule acts.
 *
 * <p>A change of the rules has a number, its epoch, and may have a time. It is in force for an
 * event that is of the time or later, and that was sent on its way under the epoch or a later one.
 * So what a rule sees doesn't depend on how events and changes overtake each other on their way.
 *
 * @param bornIn the epoch of the change that brought it
 * @param bornAt the time of that change, in milliseconds; the beginning of time where it has none
 * @param endsIn the epoch of the change that ended it; {@link #NEVER}
 * @param endsAt the time of that change
 * @param endsWhole whether what is under way ends with it; otherwise that is finished
 */
public record Lifetime(int bornIn, long bornAt, int endsIn, long endsAt, boolean endsWhole) {

  /** Later than any epoch; an event that all changes are in force for was sent under it. */
  public static final int NEVER = Integer.MAX_VALUE;

  /** Of a rule that was there from the beginning. */
  public static final Lifetime ALWAYS = from(0, Long.MIN_VALUE);

  public static Lifetime from(int epoch, long time) {
    return new Lifetime(epoch, time, NEVER, Long.MAX_VALUE, false);
  }

  /** The same, ended by a change. */
  public Lifetime until(int epoch, long time, boolean whole) {
    return new Lifetime(bornIn, bornAt, epoch, time, whole);
  }

  public boolean isEnded() {
    return endsIn != NEVER;
  }

  boolean sees(long timestamp, int epoch) {
    return timestamp >= bornAt && epoch >= bornIn;
  }

  /** Whether an event may begin a match. */
  boolean begins(long timestamp, int epoch) {
    return sees(timestamp, epoch) && !(isEnded() && timestamp >= endsAt && epoch >= endsIn);
  }

  /** Whether what is under way has ended when an event comes. */
  boolean isOver(long timestamp, int epoch) {
    return endsWhole && timestamp >= endsAt && epoch >= endsIn;
  }

  /** Whether what is under way has ended by a time. */
  boolean isOver(long time) {
    return endsWhole && time >= endsAt;
  }
}
