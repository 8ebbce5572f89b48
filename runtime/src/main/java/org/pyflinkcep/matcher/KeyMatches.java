package org.pyflinkcep.matcher;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.types.logical.RowType;

/** What all rules have under way for one key. */
public final class KeyMatches {

  private final RowType eventType;
  private final List<RuleMatches> rules;

  /** The numbers of the rules, in the same order: a look at many that touches little memory. */
  private int[] numbers = new int[1];

  private long nextEventId;
  private long nextDue;

  /** The matcher's {@code lastRemoval} when the rules were last looked through; null: never. */
  Object lookedThroughAt;

  /** Nothing under way. */
  public KeyMatches(RowType eventType) {
    this(eventType, new ArrayList<>(1), 0);
  }

  public KeyMatches(RowType eventType, List<RuleMatches> rules, long nextEventId) {
    this.eventType = eventType;
    this.rules = rules;
    this.nextEventId = nextEventId;
    settle();
  }

  /** The columns of the events. */
  public RowType eventType() {
    return eventType;
  }

  /** The rules that have anything under way. */
  public List<RuleMatches> rules() {
    return rules;
  }

  /** The id of the key's next event. */
  public long nextEventId() {
    return nextEventId;
  }

  long newEventId() {
    return nextEventId++;
  }

  /** What a rule has under way; null where that is nothing. */
  RuleMatches of(int rule) {
    for (int i = 0; i < rules.size(); i++) {
      if (numbers[i] == rule) {
        return rules.get(i);
      }
    }
    return null;
  }

  RuleMatches begin(int rule) {
    RuleMatches matches = new RuleMatches(rule);
    if (rules.size() == numbers.length) {
      numbers = Arrays.copyOf(numbers, 2 * numbers.length);
    }
    numbers[rules.size()] = rule;
    rules.add(matches);
    return matches;
  }

  /** Called after one rule's matches have changed. */
  void settle(RuleMatches changed) {
    if (changed.isEmpty()) {
      settle();
    } else {
      nextDue = Math.min(nextDue, changed.nextDue);
    }
  }

  /** Called after what is under way has changed. */
  void settle() {
    rules.removeIf(RuleMatches::isEmpty);
    if (rules.size() > numbers.length) {
      numbers = new int[rules.size()];
    }
    nextDue = Long.MAX_VALUE;
    for (int i = 0; i < rules.size(); i++) {
      RuleMatches matches = rules.get(i);
      numbers[i] = matches.rule;
      nextDue = Math.min(nextDue, matches.nextDue);
    }
  }

  public boolean isEmpty() {
    return rules.isEmpty();
  }

  /** Until when no partial match runs out of time, in milliseconds; the end of time if none. */
  public long nextDue() {
    return nextDue;
  }

  /** A copy that shares all that never changes. */
  public KeyMatches copy() {
    List<RuleMatches> copies = new ArrayList<>(rules.size());
    for (RuleMatches matches : rules) {
      copies.add(matches.copy());
    }
    return new KeyMatches(eventType, copies, nextEventId);
  }

  /** A copy with the columns of another type: those of the same name, and NULL for new ones. */
  public KeyMatches withColumns(RowProjection projection) {
    Map<TakenEvent, TakenEvent> projected = new IdentityHashMap<>();
    Map<Event, Event> events = new IdentityHashMap<>();
    List<RuleMatches> copies = new ArrayList<>(rules.size());
    for (RuleMatches matches : rules) {
      copies.add(
          new RuleMatches(
              matches.rule,
              project(matches.partial, projection, projected, events),
              project(matches.completed, projection, projected, events),
              matches.nextDue));
    }
    return new KeyMatches(projection.target(), copies, nextEventId);
  }

  private static MatchQueue project(
      MatchQueue matches,
      RowProjection projection,
      Map<TakenEvent, TakenEvent> projected,
      Map<Event, Event> events) {
    MatchQueue copy = new MatchQueue();
    for (int i = 0; i < matches.size(); i++) {
      PartialMatch match = matches.get(i);
      copy.add(
          new PartialMatch(
              match.state(),
              project(match.newest(), projection, projected, events),
              project(match.start(), projection, events)));
    }
    return copy;
  }

  /** Projects a list from its oldest event on, as far as it isn't done yet. */
  private static TakenEvent project(
      TakenEvent newest,
      RowProjection projection,
      Map<TakenEvent, TakenEvent> projected,
      Map<Event, Event> events) {
    Deque<TakenEvent> open = new ArrayDeque<>();
    TakenEvent taken = newest;
    while (taken != null && !projected.containsKey(taken)) {
      open.push(taken);
      taken = taken.previous();
    }
    TakenEvent previous = projected.get(taken);
    while (!open.isEmpty()) {
      taken = open.pop();
      previous = new TakenEvent(project(taken.taken(), projection, events), taken.step(), previous);
      projected.put(taken, previous);
    }
    return previous;
  }

  private static Event project(Event event, RowProjection projection, Map<Event, Event> events) {
    return events.computeIfAbsent(
        event, e -> new Event(projection.apply(e.row()), e.timestamp(), e.id()));
  }
}
