package org.pyflinkcep.matcher;

import java.util.List;
import org.pyflinkcep.expression.Reason;
import org.pyflinkcep.expression.Truth;

/**
 * What happened to the events and the partial matches of one key, in the order in which it did.
 * Partial matches are known by numbers from 1; a match keeps the number of its partial match where
 * that doesn't go on.
 *
 * @param key the key
 * @param entries what happened
 * @param nearestMiss what came closest to a match among what is none; null where all that began is
 *     the beginning of a match
 */
public record Trace(Object key, List<Entry> entries, NearestMiss nearestMiss) {

  /** One thing that happened. */
  public sealed interface Entry {}

  /** An event was matched with each partial match, and last tried as the first of a new one. */
  public record Matched(Event event, List<Tested> tested) implements Entry {}

  /** A partial match ran out of a window. */
  public record TimedOut(int match, long at, Window window, long length) implements Entry {}

  /**
   * A partial match became a match, as its window passed.
   *
   * @param of the partial match: another number where it goes on as well
   */
  public record WindowPassed(int match, int of, long at) implements Entry {}

  /** A match waits for a partial match that began before it. */
  public record HeldBack(int match, int by) implements Entry {}

  /**
   * A match was given.
   *
   * @param place its place among the matches of all keys, from 0
   */
  public record Given(int match, int place) implements Entry {}

  /** A match that was given had another one dropped. */
  public record Skipped(int match, int by) implements Entry {}

  /** A partial match was dropped, as the key had too many. */
  public record Dropped(int match) implements Entry {}

  /** What a window is between. */
  public enum Window {
    FIRST_AND_LAST,
    PREVIOUS_AND_CURRENT
  }

  /** What an event does to a partial match. */
  public enum Fate {
    /** The partial match goes on as it is; or no partial match begins. */
    UNCHANGED,
    /** It goes its ways. */
    MOVED,
    /** It came to the same as another one. */
    MERGED,
    /** The event is one that must not come. */
    FORBIDDEN,
    /** The event had to be taken, and was not. */
    NOT_TAKEN,
    /** The event ended the loop that it was in. */
    LOOP_ENDED
  }

  /**
   * An event and a partial match.
   *
   * @param match the partial match; 0: whether the event begins one
   * @param asked the conditions that were asked, in order
   * @param stop the step that must not come, and came; or null
   */
  public record Tested(int match, List<Asked> asked, Fate fate, String stop, List<Way> ways) {}

  /**
   * A way on.
   *
   * @param step the step that took the event; null where it was passed over
   * @param goesOnAs the partial match that goes on; 0 where none does
   * @param waitsFor the steps that may take its next event
   * @param waitsForWindow whether it is a match once its window has passed
   * @param completes the match that it completes; 0 where it doesn't
   */
  public record Way(
      String step, int goesOnAs, List<String> waitsFor, boolean waitsForWindow, int completes) {}

  /** A condition that was asked, and the parts of it that decided its value. */
  public record Asked(StepCondition condition, Truth truth, List<Reason> reasons) {
    boolean endsLoop() {
      return condition.role() == StepCondition.Role.UNTIL && truth == Truth.TRUE;
    }
  }
}
