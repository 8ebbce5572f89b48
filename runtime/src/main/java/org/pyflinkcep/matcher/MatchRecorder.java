package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.flink.table.data.RowData;
import org.pyflinkcep.matcher.Decision.Move;
import org.pyflinkcep.matcher.Decision.Outcome;
import org.pyflinkcep.matcher.NearestMiss.End;
import org.pyflinkcep.matcher.Trace.Entry;
import org.pyflinkcep.matcher.Trace.Fate;
import org.pyflinkcep.matcher.Trace.Tested;
import org.pyflinkcep.matcher.Trace.Way;
import org.pyflinkcep.matcher.Trace.Window;

/**
 * Records how the matches of each key come about, and passes on what comes out.
 *
 * <p>What becomes of partial matches is what {@link RuleMatcher} says that it does with them; the
 * conditions are asked once more, for their reasons.
 */
public final class MatchRecorder implements MatchTrace {

  /** A way on, before numbers are given. */
  private record Movement(Move move, PartialMatch next, PartialMatch completed) {}

  private static final class Testing {
    final int number;
    final PartialMatch match;
    final Inquiry.Answer answer;
    final List<Movement> movements = new ArrayList<>();

    Testing(int number, PartialMatch match, Inquiry.Answer answer) {
      this.number = number;
      this.match = match;
      this.answer = answer;
    }
  }

  /** What is known of a key. */
  static final class KeyRecord {
    final Object key;
    final List<Entry> entries = new ArrayList<>();
    final List<Event> events = new ArrayList<>();
    final List<PartialMatch> given = new ArrayList<>();
    final List<Ended> ended = new ArrayList<>();

    /** Partial matches, and matches that weren't given yet. */
    private final Map<PartialMatch, Integer> numbers = new IdentityHashMap<>();

    private final Map<PartialMatch, Boolean> held = new IdentityHashMap<>();
    private int lastNumber;

    KeyRecord(Object key) {
      this.key = key;
    }

    private int numberOf(PartialMatch match) {
      Integer number = numbers.get(match);
      if (number == null) {
        throw new IllegalStateException("the trace does not know a partial match");
      }
      return number;
    }

    private int give(PartialMatch match, int number) {
      numbers.put(match, number == 0 ? ++lastNumber : number);
      return numbers.get(match);
    }

    private void end(PartialMatch match, End end, String stop, long at) {
      ended.add(new Ended(numberOf(match), match, end, stop, at, events.size()));
      numbers.remove(match);
    }
  }

  /**
   * A partial match that is over.
   *
   * @param at where its window has passed, the first time that was too late
   * @param until how many events its key had had by then
   */
  record Ended(int number, PartialMatch match, End end, String stop, long at, int until) {}

  private final CompiledRule rule;
  private final Function<RowData, ?> keyOf;
  private final MatchListener listener;
  private final Inquiry inquiry;
  private final Map<Object, KeyRecord> records = new LinkedHashMap<>();

  private final Map<PartialMatch, Testing> testing = new IdentityHashMap<>();
  private Testing beginning;
  private int matchesGiven;

  /**
   * @param keyOf the key of an event
   * @param listener told of what comes out
   */
  public MatchRecorder(CompiledRule rule, Function<RowData, ?> keyOf, MatchListener listener) {
    this.rule = rule;
    this.keyOf = keyOf;
    this.listener = listener;
    this.inquiry = new Inquiry(rule);
  }

  /** What happened, by key, in the order in which the keys came. To be called at the end. */
  public List<Trace> traces() {
    NearestMissSearch search = new NearestMissSearch(rule, inquiry);
    List<Trace> traces = new ArrayList<>();
    for (KeyRecord record : records.values()) {
      for (PartialMatch match : byNumber(record, record.numbers.keySet())) {
        record.end(match, match.state() < 0 ? End.HELD_BACK : End.OPEN, null, 0);
      }
      traces.add(new Trace(record.key, List.copyOf(record.entries), search.nearest(record)));
    }
    return traces;
  }

  private KeyRecord recordOf(Event event) {
    return records.computeIfAbsent(keyOf.apply(event.row()), KeyRecord::new);
  }

  private static List<PartialMatch> byNumber(
      KeyRecord record, Iterable<PartialMatch> partialMatches) {
    List<PartialMatch> sorted = new ArrayList<>();
    partialMatches.forEach(sorted::add);
    sorted.sort(Comparator.comparing(record::numberOf));
    return sorted;
  }

  // ---- an event -----------------------------------------------------------------------------

  @Override
  public void onEvent(RuleMatches matches, Event tested) {
    KeyRecord record = recordOf(tested);
    record.events.add(tested);
    testing.clear();
    for (PartialMatch match : list(matches.partial)) {
      Inquiry.Answer answer = inquiry.ask(inquiry.state(match), match.newest(), tested);
      testing.put(match, new Testing(record.numberOf(match), match, answer));
    }
    beginning = new Testing(0, null, inquiry.ask(rule.automaton().start(), null, tested));
  }

  @Override
  public void onMove(PartialMatch from, Move move, PartialMatch next, PartialMatch completed) {
    (from == null ? beginning : testing.get(from))
        .movements.add(new Movement(move, next, completed));
  }

  @Override
  public void onMoved(RuleMatches matches, Event tested) {
    KeyRecord record = recordOf(tested);
    List<Tested> all = new ArrayList<>();
    for (PartialMatch match : byNumber(record, testing.keySet())) {
      all.add(tested(testing.get(match), record));
    }
    all.add(tested(beginning, record));
    record.entries.add(new Trace.Matched(tested, List.copyOf(all)));
    check(record, matches);
  }

  private Tested tested(Testing testing, KeyRecord record) {
    Outcome outcome = testing.answer.outcome();
    String stop = inquiry.stopName(outcome.stop());
    List<Way> ways = ways(testing, record);
    Fate fate = fate(testing, ways);
    if (testing.match != null && fate != Fate.UNCHANGED) {
      if (fate != Fate.MOVED && fate != Fate.MERGED) {
        record.end(testing.match, End.valueOf(fate.name()), stop, 0);
      }
      record.numbers.remove(testing.match);
    }
    return new Tested(testing.number, testing.answer.asked(), fate, stop, ways);
  }

  private static Fate fate(Testing testing, List<Way> ways) {
    Outcome outcome = testing.answer.outcome();
    if (!ways.isEmpty()) {
      return Fate.MOVED;
    }
    if (!testing.movements.isEmpty()) {
      return Fate.MERGED;
    }
    if (testing.match == null || outcome.unchanged()) {
      return Fate.UNCHANGED;
    }
    if (outcome.discarded()) {
      return Fate.FORBIDDEN;
    }
    return testing.answer.asked().stream().anyMatch(Trace.Asked::endsLoop)
        ? Fate.LOOP_ENDED
        : Fate.NOT_TAKEN;
  }

  /** What passes the event over keeps the number, or else the first that comes of it. */
  private List<Way> ways(Testing testing, KeyRecord record) {
    Movement keeper =
        testing.movements.stream()
            .filter(movement -> movement.next != null)
            .min(Comparator.comparing(movement -> movement.move.step() >= 0))
            .orElse(null);
    int free = keeper == null ? testing.number : 0;
    List<Way> ways = new ArrayList<>();
    for (Movement movement : testing.movements) {
      int goesOnAs = 0;
      List<String> waitsFor = List.of();
      boolean waitsForWindow = false;
      if (movement.next != null) {
        goesOnAs = record.give(movement.next, movement == keeper ? testing.number : 0);
        waitsFor = inquiry.waitsFor(inquiry.state(movement.next));
        waitsForWindow = inquiry.state(movement.next).kind == State.Kind.PENDING;
      }
      int completes = 0;
      if (movement.completed != null) {
        completes = record.give(movement.completed, free);
        free = 0;
      }
      if (goesOnAs > 0 || completes > 0) {
        int step = movement.move.step();
        ways.add(
            new Way(
                step < 0 ? null : rule.stepNames().get(step),
                goesOnAs,
                waitsFor,
                waitsForWindow,
                completes));
      }
    }
    return ways;
  }

  /** Better no explanation than one of something else. */
  private static void check(KeyRecord record, RuleMatches matches) {
    long open = record.numbers.keySet().stream().filter(match -> match.state() >= 0).count();
    if (open != matches.partial.size()) {
      throw new IllegalStateException("the trace has other partial matches than the matcher");
    }
    list(matches.partial).forEach(record::numberOf);
  }

  private static List<PartialMatch> list(MatchQueue queue) {
    List<PartialMatch> matches = new ArrayList<>();
    for (int i = 0; i < queue.size(); i++) {
      matches.add(queue.get(i));
    }
    return matches;
  }

  // ---- time, and what comes out -------------------------------------------------------------

  @Override
  public void onWindowPassed(PartialMatch from, PartialMatch completed, long due) {
    KeyRecord record = recordOf(from.start());
    int number = record.numberOf(from);
    record.numbers.remove(from);
    if (completed != null) {
      record.give(completed, number);
      record.entries.add(new Trace.WindowPassed(number, number, due));
    }
  }

  @Override
  public void onSilence(PartialMatch from, PartialMatch completed, PartialMatch next, long due) {
    KeyRecord record = recordOf(from.start());
    int number = record.numberOf(from);
    record.numbers.remove(from);
    if (next != null) {
      record.give(next, number);
    }
    if (completed != null) {
      int match = record.give(completed, next == null ? number : 0);
      record.entries.add(new Trace.WindowPassed(match, number, due));
    }
  }

  @Override
  public void onEnough(PartialMatch match) {
    recordOf(match.start()).numbers.remove(match);
  }

  @Override
  public void onTimeout(PartialMatch match, long due) {
    KeyRecord record = recordOf(match.start());
    record.entries.add(
        new Trace.TimedOut(
            record.numberOf(match),
            due,
            inquiry.ranOutOfWhole(match, due) ? Window.FIRST_AND_LAST : Window.PREVIOUS_AND_CURRENT,
            inquiry.window(match, due)));
    record.end(match, End.TIMED_OUT, null, due);
  }

  @Override
  public void onHeld(RuleMatches matches) {
    PartialMatch by = matches.partial.first();
    KeyRecord record = recordOf(by.start());
    for (PartialMatch match : byNumber(record, list(matches.completed))) {
      if (record.held.putIfAbsent(match, true) == null) {
        record.entries.add(new Trace.HeldBack(record.numberOf(match), record.numberOf(by)));
      }
    }
  }

  @Override
  public void onGiven(PartialMatch match, long skipTo, RuleMatches left) {
    KeyRecord record = recordOf(match.start());
    int number = record.numberOf(match);
    record.entries.add(new Trace.Given(number, matchesGiven++));
    record.given.add(match);
    record.numbers.remove(match);
    List<PartialMatch> skipped = list(left.partial);
    skipped.addAll(list(left.completed));
    skipped.removeIf(other -> other.start().id() >= skipTo);
    for (PartialMatch other : byNumber(record, skipped)) {
      record.entries.add(new Trace.Skipped(record.numberOf(other), number));
      record.end(other, End.SKIPPED, null, 0);
    }
  }

  @Override
  public void onDropped(PartialMatch match) {
    KeyRecord record = recordOf(match.start());
    record.entries.add(new Trace.Dropped(record.numberOf(match)));
    record.end(match, End.DROPPED, null, 0);
  }

  // ---- passed on ----------------------------------------------------------------------------

  @Override
  public void onMatch(CompiledRule matched, TakenEvent newest, long timestamp) {
    listener.onMatch(matched, newest, timestamp);
  }

  @Override
  public void onTimeout(CompiledRule matched, TakenEvent newest, long timestamp) {
    listener.onTimeout(matched, newest, timestamp);
  }

  @Override
  public void onFailure(
      CompiledRule matched, String expression, RowData event, RuntimeException failure) {
    listener.onFailure(matched, expression, event, failure);
  }

  @Override
  public void onOverload(CompiledRule matched) {
    listener.onOverload(matched);
  }
}
