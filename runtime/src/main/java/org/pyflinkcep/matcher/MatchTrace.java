package org.pyflinkcep.matcher;

import org.pyflinkcep.matcher.Decision.Move;

/**
 * A listener that is also told how matches come about. Every event is then matched, those that
 * can't matter among them: it is for tools, and slow.
 */
interface MatchTrace extends MatchListener {

  /** An event is about to be matched, with these partial matches under way. */
  void onEvent(RuleMatches matches, Event tested);

  /**
   * An event moves a partial match on.
   *
   * @param from the partial match; null: the event begins one
   * @param next what goes on; null where nothing does, or where the same was under way already
   * @param completed the match that it completes, or null
   */
  void onMove(PartialMatch from, Move move, PartialMatch next, PartialMatch completed);

  /** All that the event moves has been moved. */
  void onMoved(RuleMatches matches, Event tested);

  /** A partial match has become a match, as its window has passed. */
  void onWindowPassed(PartialMatch from, PartialMatch completed, long due);

  /**
   * What waits for more than it needs is a match, as a window has passed.
   *
   * @param completed the match; null where the same was found already
   * @param next what the partial match is from then on; null where it doesn't go on
   */
  void onSilence(PartialMatch from, PartialMatch completed, PartialMatch next, long due);

  /** What waited for more than it needs gets no more, and is dropped. */
  void onEnough(PartialMatch match);

  /** The window of a partial match has passed before it was complete. */
  void onTimeout(PartialMatch match, long due);

  /** What is complete waits for the first of the partial matches. */
  void onHeld(RuleMatches matches);

  /**
   * A match is given.
   *
   * @param skipTo the id of an event: what began before it, among what is left, is dropped
   */
  void onGiven(PartialMatch match, long skipTo, RuleMatches left);

  /** A partial match is dropped, as the key has too many. */
  void onDropped(PartialMatch match);
}
