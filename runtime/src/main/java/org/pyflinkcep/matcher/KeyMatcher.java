package org.pyflinkcep.matcher;

import org.apache.flink.table.data.RowData;
import org.pyflinkcep.expression.Evaluation;

/**
 * Matches events against all rules of an operator, for one key at a time. Keeps nothing of a key:
 * what is under way for it is passed in.
 */
public final class KeyMatcher {

  private final Evaluation evaluation = new Evaluation();
  private final Conditions conditions = new Conditions();

  /** By the rule's number; null where a number's rule is gone. */
  private final RuleMatcher[] rules;

  private final RuleMatcher[] live;
  private long latestEventTime = Long.MIN_VALUE;

  /**
   * @param number the rule's number, which keys know it by
   * @param maxPartialMatches how many partial matches a key may have for a rule: past that the
   *     oldest is dropped
   */
  public KeyMatcher(int number, CompiledRule rule, MatchListener listener, int maxPartialMatches) {
    rules = new RuleMatcher[number + 1];
    rules[number] = new RuleMatcher(rule, conditions, evaluation, listener, maxPartialMatches);
    live = new RuleMatcher[] {rules[number]};
  }

  /**
   * Drops what is under way for rules that are gone.
   *
   * @return how many partial matches were dropped
   */
  public int abandonOthers(KeyMatches key) {
    int abandoned = 0;
    for (int i = key.rules().size() - 1; i >= 0; i--) {
      RuleMatches matches = key.rules().get(i);
      if (matches.rule >= rules.length || rules[matches.rule] == null) {
        abandoned += matches.partial.size() + matches.completed.size();
        key.rules().remove(i);
      }
    }
    return abandoned;
  }

  /**
   * Whether an event can be left out, as it neither begins a match nor changes one, whatever is
   * under way for its key.
   */
  public boolean passesOver(RowData row, long timestamp) {
    begin(row, timestamp);
    for (RuleMatcher rule : live) {
      if (!rule.passesOver()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Moves a key's time on: matches the events that waited for it, and ends what has run out of
   * time.
   *
   * <p>Nothing runs out of time between events of equal time, even where an event has put a partial
   * match into a state whose window had passed before.
   */
  public void advanceTo(KeyMatches key, EventBuffer buffer, long now) {
    latestEventTime = Long.MIN_VALUE;
    while (!buffer.isEmpty() && buffer.firstTimestamp() <= now) {
      long timestamp = buffer.firstTimestamp();
      advanceTime(key, timestamp);
      while (!buffer.isEmpty() && buffer.firstTimestamp() == timestamp) {
        process(key, buffer.poll(), timestamp);
      }
    }
    advanceTime(key, now);
  }

  /**
   * Matches an event of a key. Events come in the order of their times, and the key's time has been
   * advanced to that of the event before the first of that time.
   */
  public void process(KeyMatches key, RowData row, long timestamp) {
    begin(row, timestamp);
    processBegun(key, row, timestamp);
  }

  /**
   * Moves a key's time on, and matches the event that {@link #passesOver} was asked about last,
   * with what it found out.
   *
   * @param row that event, or a copy of it
   */
  public void processNow(KeyMatches key, RowData row, long now) {
    latestEventTime = Long.MIN_VALUE;
    advanceTime(key, now);
    processBegun(key, row, now);
  }

  private void processBegun(KeyMatches key, RowData row, long timestamp) {
    evaluation.event = row;
    latestEventTime = timestamp;
    Event event = null;
    for (int number = 0; number < rules.length; number++) {
      if (rules[number] == null) {
        continue;
      }
      RuleMatches matches = key.of(number);
      if (matches == null) {
        if (rules[number].beginsNothing()) {
          continue;
        }
        matches = key.begin(number);
      }
      if (event == null) {
        event = new Event(row, timestamp, key.newEventId());
      }
      rules[number].process(matches, event);
    }
    key.removeEmpty();
  }

  /**
   * The time of the event that was matched last since time was moved on, in milliseconds. An event
   * may put a partial match into a state whose window had passed before: that ends no earlier.
   */
  public long latestEventTime() {
    return latestEventTime;
  }

  private void advanceTime(KeyMatches key, long now) {
    if (key.nextDue() > now) {
      return;
    }
    for (RuleMatches matches : key.rules()) {
      rules[matches.rule].advanceTime(matches, now);
    }
    key.removeEmpty();
  }

  private void begin(RowData row, long timestamp) {
    evaluation.event = row;
    evaluation.timestamp = timestamp;
    conditions.nextEvent();
    for (RuleMatcher rule : live) {
      rule.nextEvent();
    }
  }
}
