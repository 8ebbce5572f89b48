package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.pyflinkcep.expression.Truth;
import org.pyflinkcep.matcher.Decision.Move;
import org.pyflinkcep.matcher.Decision.Outcome;
import org.pyflinkcep.matcher.MatchRecorder.Ended;
import org.pyflinkcep.matcher.MatchRecorder.KeyRecord;
import org.pyflinkcep.matcher.NearestMiss.Closest;
import org.pyflinkcep.matcher.NearestMiss.End;
import org.pyflinkcep.matcher.NearestMiss.Progress;
import org.pyflinkcep.matcher.NearestMiss.TooLate;
import org.pyflinkcep.matcher.StepCondition.Role;
import org.pyflinkcep.matcher.Trace.Asked;

/**
 * Finds the partial match that came closest to a match: the one that lacked the fewest events, then
 * the one for which the event it lacked came least too late, by no more than the window is long,
 * then the one for which an event failed by the fewest parts of a condition.
 */
final class NearestMissSearch {

  /** Of partial matches that came equally far, the oldest: each is compared with all events. */
  private static final int MOST_CANDIDATES = 100;

  private final CompiledRule rule;
  private final Inquiry inquiry;
  private final Remaining remaining;

  NearestMissSearch(CompiledRule rule, Inquiry inquiry) {
    this.rule = rule;
    this.inquiry = inquiry;
    this.remaining = new Remaining(rule.automaton());
  }

  /** The nearest miss of a key; null where all that began is the beginning of a match. */
  NearestMiss nearest(KeyRecord record) {
    // The beginnings of matches, by their last events.
    Map<Event, List<TakenEvent>> beginnings = new IdentityHashMap<>();
    for (PartialMatch match : record.given) {
      for (TakenEvent taken = match.newest(); taken != null; taken = taken.previous()) {
        beginnings.computeIfAbsent(taken.taken(), last -> new ArrayList<>()).add(taken);
      }
    }
    List<Candidate> candidates = new ArrayList<>();
    for (Ended ended : record.ended) {
      TakenEvent newest = ended.match().newest();
      if (beginnings.getOrDefault(newest.taken(), List.of()).stream()
          .noneMatch(beginning -> TakenEvent.same(beginning, newest))) {
        candidates.add(new Candidate(ended, beginnings.keySet()));
      }
    }
    if (candidates.isEmpty()) {
      return record.ended.isEmpty() && record.given.isEmpty() ? neverBegun(record) : null;
    }
    candidates.sort(Candidate.ORDER);
    return candidates.stream()
        .filter(candidate -> candidate.isAsFarAs(candidates.get(0)))
        .limit(MOST_CANDIDATES)
        .map(candidate -> candidate.miss(record))
        .min(NearestMiss.ORDER)
        .orElseThrow();
  }

  private NearestMiss neverBegun(KeyRecord record) {
    List<Integer> steps = remaining.steps(rule.automaton().start());
    String needed = steps.isEmpty() ? null : rule.stepNames().get(steps.get(0));
    Closest closest = needed == null ? null : closest(record.events, needed, null);
    return new NearestMiss(
        0,
        End.NEVER_BEGUN,
        false,
        progress(null, steps),
        needed,
        null,
        closest,
        null,
        rank(false, steps.size(), 0, null, closest, 0));
  }

  private static List<Double> rank(
      boolean withinMatch, int lacking, int taken, TooLate tooLate, Closest closest, int number) {
    return List.of(
        withinMatch ? 1.0 : 0.0,
        (double) lacking,
        (double) -taken,
        tooLate == null ? Double.MAX_VALUE : tooLate.by(),
        closest == null ? Double.MAX_VALUE : closest.shortfall().parts(),
        closest == null ? Double.MAX_VALUE : closest.shortfall().gap(),
        (double) number);
  }

  private List<Progress> progress(TakenEvent newest, List<Integer> lacking) {
    int[] taken = new int[rule.stepNames().size()];
    for (TakenEvent event = newest; event != null; event = event.previous()) {
      taken[event.step()]++;
    }
    int[] needed = taken.clone();
    lacking.forEach(step -> needed[step]++);
    List<Progress> progress = new ArrayList<>();
    for (int step = 0; step < taken.length; step++) {
      if (needed[step] > 0) {
        progress.add(new Progress(rule.stepNames().get(step), taken[step], needed[step]));
      }
    }
    return progress;
  }

  /** The event that lacks the least to be taken by a step; of equal ones the first. */
  private Closest closest(List<Event> events, String step, TakenEvent newest) {
    Closest closest = null;
    for (Event event : events) {
      Inquiry.Lack lack = inquiry.lack(step, newest, event);
      if (lack.shortfall().parts() > 0
          && (closest == null || lack.shortfall().compareTo(closest.shortfall()) < 0)) {
        closest = new Closest(event, lack.shortfall(), lack.reasons());
      }
    }
    return closest;
  }

  /** A partial match that is over, and how far it came. */
  private final class Candidate {

    static final Comparator<Candidate> ORDER =
        Comparator.comparing((Candidate candidate) -> candidate.withinMatch)
            .thenComparing(candidate -> candidate.lacking.size())
            .thenComparing(candidate -> -candidate.taken);

    private final Ended ended;
    private final TakenEvent newest;
    private final boolean withinMatch;
    private final List<Integer> lacking;
    private final int taken;

    Candidate(Ended ended, Set<Event> inMatches) {
      this.ended = ended;
      this.newest = ended.match().newest();
      this.lacking = isComplete() ? List.of() : remaining.steps(inquiry.state(ended.match()));
      int count = 0;
      boolean within = true;
      for (TakenEvent event = newest; event != null; event = event.previous()) {
        count++;
        within &= inMatches.contains(event.taken());
      }
      this.taken = count;
      this.withinMatch = within || ended.end() == End.SKIPPED;
    }

    private boolean isComplete() {
      return ended.match().state() < 0;
    }

    boolean isAsFarAs(Candidate other) {
      return ORDER.compare(this, other) == 0;
    }

    NearestMiss miss(KeyRecord record) {
      String needed = lacking.isEmpty() ? null : rule.stepNames().get(lacking.get(0));
      List<Event> events = record.events;
      Closest closest =
          switch (ended.end()) {
            case FORBIDDEN -> forbidden(events.get(ended.until() - 1));
            case LOOP_ENDED -> loopEnded(events.get(ended.until() - 1));
            case NOT_TAKEN -> notTaken(events.get(ended.until() - 1), needed);
            default -> needed == null ? null : closest(whileOpen(events), needed, newest);
          };
      TooLate tooLate =
          switch (ended.end()) {
            case TIMED_OUT -> afterWindow(events.subList(ended.until(), events.size()));
            case NOT_TAKEN -> afterOther(events, needed);
            default -> null;
          };
      boolean near =
          tooLate != null
              && (ended.end() != End.TIMED_OUT
                  || tooLate.by() <= inquiry.window(ended.match(), ended.at()));
      return new NearestMiss(
          ended.number(),
          ended.end(),
          withinMatch,
          progress(newest, lacking),
          needed,
          ended.stop(),
          closest,
          tooLate,
          rank(withinMatch, lacking.size(), taken, near ? tooLate : null, closest, ended.number()));
    }

    /** The events that it was tried with since it took its last one. */
    private List<Event> whileOpen(List<Event> events) {
      int from = ended.until();
      while (from > 0 && events.get(from - 1) != newest.taken()) {
        from--;
      }
      return events.subList(from, ended.until());
    }

    /** The event that came in place of the one it lacked. */
    private Closest notTaken(Event event, String needed) {
      Inquiry.Lack lack = needed == null ? Inquiry.Lack.NONE : inquiry.lack(needed, newest, event);
      return new Closest(event, lack.shortfall(), lack.reasons());
    }

    private Closest loopEnded(Event event) {
      return because(event, Asked::endsLoop);
    }

    private Closest forbidden(Event event) {
      return because(
          event,
          asked ->
              asked.condition().role() == Role.WHERE
                  && asked.condition().steps().contains(ended.stop()));
    }

    /** The event that ended it, and why conditions that it met were TRUE. */
    private Closest because(Event event, Predicate<Asked> condition) {
      return new Closest(
          event,
          Inquiry.Lack.NONE.shortfall(),
          inquiry.ask(inquiry.state(ended.match()), newest, event).asked().stream()
              .filter(asked -> asked.truth() == Truth.TRUE)
              .filter(condition)
              .flatMap(asked -> asked.reasons().stream())
              .toList());
    }

    /** The first event that would have brought it on, had its window not passed. */
    private TooLate afterWindow(List<Event> events) {
      State state = inquiry.state(ended.match());
      for (Event event : events) {
        Outcome outcome = inquiry.askWhateverTheGap(state, newest, event).outcome();
        State passedOver = null;
        for (Move move : outcome.moves()) {
          if (move.completes()
              || move.step() >= 0
                  && move.target() != null
                  && remaining.count(move.target()) < lacking.size()) {
            return new TooLate(event, event.timestamp() - ended.at());
          }
          if (move.step() < 0) {
            passedOver = move.target();
          }
        }
        if (outcome.discarded() || outcome.moves().length == 0) {
          return null;
        }
        state = passedOver == null ? state : passedOver;
      }
      return null;
    }

    /** The event that it lacked, which came behind another one, within the window. */
    private TooLate afterOther(List<Event> events, String needed) {
      long window = rule.automaton().window();
      long start = ended.match().start().timestamp();
      Event other = events.get(ended.until() - 1);
      for (Event event : events.subList(ended.until(), events.size())) {
        if (needed == null || window > 0 && event.timestamp() - start >= window) {
          return null;
        }
        if (inquiry.lack(needed, newest, event).shortfall().parts() == 0) {
          return new TooLate(event, event.timestamp() - other.timestamp());
        }
      }
      return null;
    }
  }
}
