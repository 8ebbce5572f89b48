package org.pyflinkcep.matcher;

import java.util.Comparator;
import java.util.List;
import org.pyflinkcep.expression.Reason;
import org.pyflinkcep.expression.Shortfall;

/**
 * The partial match of a key that came closest to a match without being one.
 *
 * @param match its number; 0: none was ever begun
 * @param end what became of it
 * @param withinMatch whether all of its events are those of a match
 * @param progress how far each step came, without those that it neither took nor needed
 * @param needed the step whose event it lacked next; null where it lacked none
 * @param stop the step that must not come, and came; or null
 * @param closest the event, while it was open, that came closest to what it lacked; or null
 * @param tooLate the event that it lacked, which came once it was over; or null
 * @param rank puts the nearest first
 */
public record NearestMiss(
    int match,
    End end,
    boolean withinMatch,
    List<Progress> progress,
    String needed,
    String stop,
    Closest closest,
    TooLate tooLate,
    List<Double> rank) {

  static final Comparator<NearestMiss> ORDER =
      (a, b) -> {
        for (int i = 0; i < a.rank.size(); i++) {
          int order = Double.compare(a.rank.get(i), b.rank.get(i));
          if (order != 0) {
            return order;
          }
        }
        return 0;
      };

  /** What became of a partial match. */
  public enum End {
    NEVER_BEGUN,
    TIMED_OUT,
    /** An event came that must not. */
    FORBIDDEN,
    /** An event was not the one that had to come right then. */
    NOT_TAKEN,
    /** An event ended the loop that it was in. */
    LOOP_ENDED,
    /** The key had too many. */
    DROPPED,
    /** A match had it dropped. */
    SKIPPED,
    /** It is still open. */
    OPEN,
    /** It is complete, and still waits for one that began before it. */
    HELD_BACK
  }

  /** How many events a step took, and how many it needs at least. */
  public record Progress(String step, int taken, int needed) {}

  /** An event, and what of the conditions it did not fulfil; for one that must not come, did. */
  public record Closest(Event event, Shortfall shortfall, List<Reason> reasons) {}

  /** An event that would have been taken, and by how many milliseconds it was too late. */
  public record TooLate(Event event, long by) {}
}
