package org.pyflinkcep.matcher;

/** What one rule has under way for one key. */
public final class RuleMatches {

  /** The rule, by its number in the operator. */
  public final int rule;

  /** Partial matches that wait for an event, or for their window to pass. */
  public final MatchQueue partial;

  /** Matches that wait for a partial match that began before them. */
  public final MatchQueue completed;

  /** No partial match runs out of time before this time, in milliseconds. */
  public long nextDue;

  /** The states that partial matches may be in, as bits; those from 63 on share the last bit. */
  long states;

  public RuleMatches(int rule) {
    this(rule, new MatchQueue(), new MatchQueue(), Long.MAX_VALUE);
  }

  public RuleMatches(int rule, MatchQueue partial, MatchQueue completed, long nextDue) {
    this.rule = rule;
    this.partial = partial;
    this.completed = completed;
    this.nextDue = nextDue;
    for (int i = 0; i < partial.size(); i++) {
      states |= bit(partial.get(i).state());
    }
  }

  static long bit(int state) {
    return 1L << Math.min(state, 63);
  }

  public boolean isEmpty() {
    return partial.isEmpty() && completed.isEmpty();
  }

  RuleMatches copy() {
    return new RuleMatches(rule, partial.copy(), completed.copy(), nextDue);
  }
}
