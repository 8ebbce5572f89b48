package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Evaluation;
import org.pyflinkcep.matcher.RuleMatcher.WaitingState;

/**
 * Matches events against all rules of an operator, for one key at a time. Keeps nothing of a key:
 * what is under way for it is passed in.
 *
 * <p>Rules that are matched by the same columns make a partition, known by its number. An event is
 * matched once in each partition, under its key there, against the rules of the partition.
 */
public final class KeyMatcher {

  /** Keys fall into as many slices, by their hash. */
  public static final int SLICES = 10_000;

  private static final long DONE = -1;

  private final Evaluation evaluation = new Evaluation();
  private final Conditions conditions = new Conditions();
  private final RowType eventType;
  private final MatchListener listener;

  private final RulesByNumber rules = new RulesByNumber();

  private Partition[] partitions = {};

  /** By the rule's number; read by the thread that reports metrics, too. */
  private final Map<Integer, OpenMatches> open = new ConcurrentHashMap<>();

  /** The ended rules by number, each with the time until which it can have something under way. */
  private final Map<Integer, Long> ended = new HashMap<>();

  private long latestEventTime = Long.MIN_VALUE;

  /** The event that is matched, once a rule has asked for it. */
  private Event event;

  private final KeyPlace place = new KeyPlace();

  /** Stands for when a rule was last removed. */
  private Object lastRemoval = new Object();

  /** The rules of a partition, and what finds those that an event can matter to. */
  private static final class Partition {
    final List<RuleMatcher> rules = new ArrayList<>();
    final List<RuleMatcher> starting = new ArrayList<>();
    final List<WaitingState> waiting = new ArrayList<>();
    ConditionIndex<RuleMatcher> starts;
    ConditionIndex<WaitingState> waits;

    /** The event for which {@link #starting} was found. */
    long startingFor;
  }

  /**
   * @param eventType the columns of the events
   */
  public KeyMatcher(RowType eventType, MatchListener listener) {
    this.eventType = eventType;
    this.listener = listener;
  }

  /**
   * Adds a rule.
   *
   * @param number the rule's number, which keys know it by
   * @param partition the number of its partition
   * @param share of {@link #SLICES} slices of the keys, how many the rule looks at
   * @param maxPartialMatches how many partial matches a key may have for it: past that the oldest
   *     is dropped
   */
  public void add(
      int number,
      int partition,
      CompiledRule rule,
      Lifetime lifetime,
      int share,
      int maxPartialMatches) {
    if (partition >= partitions.length) {
      partitions = Arrays.copyOf(partitions, partition + 1);
    }
    if (partitions[partition] == null) {
      partitions[partition] = new Partition();
    }
    RuleMatcher matcher =
        new RuleMatcher(
            number,
            rule,
            lifetime,
            share,
            place,
            open.computeIfAbsent(number, n -> new OpenMatches()),
            conditions,
            evaluation,
            listener,
            maxPartialMatches);
    rules.put(matcher);
    partitions[partition].rules.add(matcher);
    partitions[partition].starts = null;
  }

  /**
   * Ends a rule.
   *
   * @param latest the time of the latest event so far, in milliseconds
   */
  public void end(int number, Lifetime lifetime, long latest) {
    rules.get(number).setLifetime(lifetime);
    ended.put(number, underWayUntil(number, latest));
  }

  /** Notes an event that was sent on its way before the changes that ended some rules. */
  public void endLater(int epoch, long timestamp) {
    ended.replaceAll(
        (number, until) ->
            rules.get(number).lifetime().isProlongedBy(timestamp, epoch)
                ? Math.max(until, underWayUntil(number, timestamp))
                : until);
  }

  /**
   * Until when an ended rule can have something under way, by the latest event it may have seen.
   */
  private long underWayUntil(int number, long latest) {
    Lifetime lifetime = rules.get(number).lifetime();
    long window = rules.get(number).rule().automaton().window();
    long last = Math.max(latest, lifetime.endsAt());
    long finished = window == 0 || last > Long.MAX_VALUE - window ? Long.MAX_VALUE : last + window;
    return Math.min(finished, Math.max(latest, lifetime.overAt()));
  }

  /**
   * Forgets the ended rules of which nothing can be under way any more.
   *
   * @param isSettled whether no event comes any more that a rule may begin with
   * @return their numbers
   */
  public List<Integer> forgetUntil(long watermark, IntPredicate isSettled) {
    if (ended.isEmpty() || watermark == Long.MAX_VALUE) {
      return List.of();
    }
    List<Integer> past =
        ended.entrySet().stream()
            .filter(rule -> rule.getValue() < watermark && isSettled.test(rule.getKey()))
            .map(Map.Entry::getKey)
            .toList();
    past.forEach(this::remove);
    return past;
  }

  /** Forgets a rule; what is under way for it is dropped when its key is next looked at. */
  public void remove(int number) {
    RuleMatcher matcher = rules.remove(number);
    for (Partition partition : partitions) {
      if (partition != null && partition.rules.remove(matcher)) {
        partition.starts = null;
        partition.starting.clear();
        partition.waiting.clear();
      }
    }
    matcher.close();
    lastRemoval = new Object();
    ended.remove(number);
    if (open(number) == 0) {
      open.remove(number);
    }
  }

  public boolean has(int number) {
    return rules.get(number) != null;
  }

  /** How many different conditions its rules have. */
  public int conditionsHeld() {
    return conditions.size();
  }

  /** How many events a rule has been asked about. */
  public long tested(int number) {
    RuleMatcher rule = rules.get(number);
    return rule == null ? 0 : rule.tested();
  }

  /**
   * How many partial matches are open, by the rule's number and key group; groups after the last
   * have none. Of a rule that is gone, they are open until their key is next looked at.
   */
  public Map<Integer, int[]> open() {
    Map<Integer, int[]> counts = new TreeMap<>();
    open.forEach((number, matches) -> counts.put(number, matches.byGroup()));
    return counts;
  }

  /** How many partial matches of a rule are open. */
  public long open(int number) {
    OpenMatches matches = open.get(number);
    return matches == null ? 0 : IntStream.of(matches.byGroup()).sum();
  }

  /** Counts partial matches of a key group that were open already. */
  public void addOpen(int number, int group, int count) {
    open.computeIfAbsent(number, n -> new OpenMatches()).add(group, count);
  }

  private Partition indexed(int number) {
    Partition partition = partitions[number];
    if (partition.starts == null) {
      ConditionIndex.Builder<RuleMatcher> starts = new ConditionIndex.Builder<>(eventType);
      ConditionIndex.Builder<WaitingState> waits = new ConditionIndex.Builder<>(eventType);
      for (RuleMatcher rule : partition.rules) {
        rule.indexStart(starts, rule);
        rule.indexWaiting(waits);
      }
      partition.starts = starts.build();
      partition.waits = waits.build();
    }
    return partition;
  }

  /**
   * Drops what is under way for rules that are gone.
   *
   * @param abandoned is told the number of each such rule, and how many of its partial matches were
   *     dropped
   */
  public void abandonOthers(KeyMatches key, Abandoned abandoned) {
    if (key.lookedThroughAt == lastRemoval) {
      return;
    }
    key.lookedThroughAt = lastRemoval;
    for (int i = key.rules().size() - 1; i >= 0; i--) {
      RuleMatches matches = key.rules().get(i);
      if (!has(matches.rule)) {
        abandoned.of(matches.rule, matches.partial.size() + matches.completed.size());
        addOpen(matches.rule, place.group, -matches.partial.size());
        if (open(matches.rule) == 0) {
          open.remove(matches.rule);
        }
        key.rules().remove(i);
        key.settle();
      }
    }
  }

  /**
   * Goes on with what was stored by a version of the library whose automata may be others.
   *
   * @param unfit the rules whose states mean something else now: their partial matches are dropped
   */
  public void resume(KeyMatches key, IntPredicate unfit, Abandoned abandoned) {
    for (RuleMatches matches : key.rules()) {
      int dropped = rules.get(matches.rule).resume(matches, !unfit.test(matches.rule));
      if (dropped > 0) {
        abandoned.of(matches.rule, dropped);
      }
    }
    key.settle();
  }

  /** Is told what is dropped. */
  public interface Abandoned {

    void of(int rule, int partialMatches);
  }

  /** Where the key stands that is looked at from now on: to be set. */
  public KeyPlace place() {
    return place;
  }

  /** Begins with an event that is to be asked about in each partition. */
  public void begin(RowData row, long timestamp) {
    evaluation.event = row;
    evaluation.timestamp = timestamp;
    conditions.nextEvent();
  }

  /** The same as {@link #passesOver(int)} in the first partition, of an event that begins here. */
  public boolean passesOver(RowData row, long timestamp) {
    begin(row, timestamp);
    return passesOver(0);
  }

  /**
   * Whether the event that was begun with can be left out of a partition, as it neither begins a
   * match nor changes one, whatever is under way for its key.
   */
  public boolean passesOver(int partitionNumber) {
    if (partitionNumber >= partitions.length || partitions[partitionNumber] == null) {
      return true;
    }
    Partition partition = indexed(partitionNumber);
    evaluation.taken = null;
    return !partition.starts.anyMatch(evaluation.event, RuleMatcher::beginsSomething)
        && !partition.waits.anyMatch(evaluation.event, WaitingState::isConcerned);
  }

  /** The rules of which the event may begin a match. */
  private List<RuleMatcher> starting(Partition partition) {
    if (partition.startingFor != conditions.event()) {
      partition.startingFor = conditions.event();
      partition.starting.clear();
      partition.starts.find(evaluation.event, partition.starting);
    }
    return partition.starting;
  }

  /**
   * Moves a key's time on: matches the events that waited for it, and ends what has run out of
   * time.
   *
   * <p>Nothing runs out of time between events of equal time, even where an event has put a partial
   * match into a state whose window had passed before.
   */
  public void advanceTo(KeyMatches key, EventBuffer buffer, int partition, long now) {
    latestEventTime = Long.MIN_VALUE;
    while (!buffer.isEmpty() && buffer.firstTimestamp() <= now) {
      long timestamp = buffer.firstTimestamp();
      advanceTime(key, timestamp, buffer);
      while (!buffer.isEmpty() && buffer.firstTimestamp() == timestamp) {
        int epoch = buffer.firstEpoch();
        RowData row = buffer.poll();
        begin(row, timestamp);
        processBegun(key, partition, row, timestamp, epoch);
      }
    }
    advanceTime(key, now, buffer);
  }

  /**
   * Moves a key's time on, and matches the event that was begun with last, with what has been found
   * out of it.
   *
   * @param row that event, or a copy of it
   */
  public void processNow(KeyMatches key, int partition, RowData row, long now) {
    latestEventTime = Long.MIN_VALUE;
    advanceTime(key, now, null);
    processBegun(key, partition, row, now, Lifetime.NEVER);
  }

  /**
   * Matches an event. Events come in the order of their times, and the key's time has been advanced
   * to that of the event before the first of that time.
   */
  private void processBegun(
      KeyMatches key, int partitionNumber, RowData row, long timestamp, int epoch) {
    evaluation.event = row;
    latestEventTime = timestamp;
    event = null;
    if (partitionNumber >= partitions.length || partitions[partitionNumber] == null) {
      return;
    }
    Partition partition = indexed(partitionNumber);
    List<RuleMatcher> starting = starting(partition);
    for (int i = 0; i < starting.size(); i++) {
      starting.get(i).startingFor = conditions.event();
    }
    if (!key.isEmpty()) {
      evaluation.taken = null;
      partition.waiting.clear();
      partition.waits.find(row, partition.waiting);
      if (partition.waiting.size() < key.rules().size()) {
        for (int i = 0; i < partition.waiting.size(); i++) {
          WaitingState state = partition.waiting.get(i);
          RuleMatches matches = key.of(state.matcher().number());
          if (matches != null) {
            process(key, matches, row, timestamp, epoch);
          }
        }
      } else {
        for (int i = key.rules().size() - 1; i >= 0; i--) {
          process(key, key.rules().get(i), row, timestamp, epoch);
        }
      }
    }
    for (int i = 0; i < starting.size(); i++) {
      RuleMatcher rule = starting.get(i);
      if (rule.startingFor == conditions.event()) {
        rule.startingFor = DONE;
        if (rule.begins(timestamp, epoch) && rule.beginsSomething()) {
          RuleMatches matches = key.of(rule.number());
          matches = matches == null ? key.begin(rule.number()) : matches;
          rule.process(matches, event(key, row, timestamp), true);
          key.settle(matches);
        }
      }
    }
  }

  /** Matches an event against a rule that has something under way for the key. */
  private void process(
      KeyMatches key, RuleMatches matches, RowData row, long timestamp, int epoch) {
    RuleMatcher rule = rules.get(matches.rule);
    boolean mayStart = rule.startingFor == conditions.event();
    if (rule.processedFor == conditions.event()) {
      return;
    }
    rule.processedFor = conditions.event();
    if (rule.lifetime().sees(timestamp, epoch)) {
      boolean begins = mayStart && rule.begins(timestamp, epoch) && rule.beginsSomething();
      rule.startingFor = DONE;
      if (begins || !rule.leavesUnchanged(matches)) {
        rule.process(matches, event(key, row, timestamp), begins);
        key.settle(matches);
      }
    }
  }

  /** The event as the key knows it, which is made once for all rules. */
  private Event event(KeyMatches key, RowData row, long timestamp) {
    if (event == null) {
      event = new Event(row, timestamp, key.newEventId());
    }
    return event;
  }

  /**
   * The time of the event that was matched last since time was moved on, in milliseconds. An event
   * may put a partial match into a state whose window had passed before: that ends no earlier.
   */
  public long latestEventTime() {
    return latestEventTime;
  }

  /**
   * What is under way for a rule that is over is left until it runs out: an event that was sent on
   * its way before the change may still come.
   *
   * @param waiting the events that wait; null for none
   */
  private void advanceTime(KeyMatches key, long now, EventBuffer waiting) {
    if (key.nextDue() > now) {
      return;
    }
    for (RuleMatches matches : key.rules()) {
      RuleMatcher rule = rules.get(matches.rule);
      Lifetime lifetime = rule.lifetime();
      if (lifetime.isEndedWhole() && lifetime.isOver(now, lowestEpoch(waiting))) {
        if (lifetime.overAt() > Long.MIN_VALUE) {
          rule.advanceTime(matches, lifetime.overAt() - 1);
        }
        rule.expire(matches, now);
      } else {
        rule.advanceTime(matches, now);
      }
    }
    key.settle();
  }

  private static int lowestEpoch(EventBuffer waiting) {
    return waiting == null ? Lifetime.NEVER : waiting.lowestEpoch();
  }
}
