package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.pyflinkcep.expression.Condition;
import org.pyflinkcep.expression.Constraint;
import org.pyflinkcep.expression.Evaluation;
import org.pyflinkcep.matcher.Decision.Move;
import org.pyflinkcep.matcher.Decision.Outcome;
import org.pyflinkcep.matcher.SkipStrategy.Kind;

/**
 * Matches the events of one key at a time against one rule. Keeps nothing between events but what
 * it is given as {@link RuleMatches}.
 */
final class RuleMatcher {

  private final int number;
  private final CompiledRule rule;
  private final Automaton automaton;
  private final int share;
  private final Conditions conditions;
  private final int[] conditionNumbers;
  private final Evaluation evaluation;
  private final MatchListener listener;

  /** The listener, where it wants to be told more than what comes out; else null. */
  private final MatchTrace trace;

  private final int maxPartialMatches;

  /** The automaton's states, each at its index. */
  private final State[] states;

  /** Whether there are states that wait for the silence of an absence. */
  private final boolean hasSilences;

  private final State[] waitingStates;

  /** Where the event leads from each state as far as it alone decides, and for which event. */
  private final Decision[] decided;

  private final long[] decidedFor;

  private Lifetime lifetime;
  private long tested;

  /** The event of which it may begin a match and hasn't been asked yet. */
  long startingFor;

  /** The event that was matched last against what it has under way. */
  long processedFor;

  private final KeyPlace place;

  private final OpenMatches open;

  private final MatchQueue found = new MatchQueue();
  private PartialMatch[] buffer = new PartialMatch[16];

  RuleMatcher(
      int number,
      CompiledRule rule,
      Lifetime lifetime,
      int share,
      KeyPlace place,
      OpenMatches open,
      Conditions conditions,
      Evaluation evaluation,
      MatchListener listener,
      int maxPartialMatches) {
    this.number = number;
    this.rule = rule;
    this.lifetime = lifetime;
    this.share = share;
    this.place = place;
    this.open = open;
    this.automaton = rule.automaton();
    this.conditions = conditions;
    this.conditionNumbers = rule.conditions().stream().mapToInt(conditions::add).toArray();
    this.evaluation = evaluation;
    this.listener = listener;
    this.trace = listener instanceof MatchTrace tracing ? tracing : null;
    this.maxPartialMatches = maxPartialMatches;
    this.states = automaton.states().toArray(State[]::new);
    this.hasSilences = Arrays.stream(states).anyMatch(state -> state.silence != null);
    this.waitingStates = automaton.waitingStates();
    this.decided = new Decision[states.length];
    this.decidedFor = new long[states.length];
  }

  /** Lets go of what it shares with others, once it matches nothing any more. */
  void close() {
    for (int condition : conditionNumbers) {
      conditions.remove(condition);
    }
  }

  /** The rule's number, which keys know it by. */
  int number() {
    return number;
  }

  CompiledRule rule() {
    return rule;
  }

  Lifetime lifetime() {
    return lifetime;
  }

  void setLifetime(Lifetime lifetime) {
    this.lifetime = lifetime;
  }

  /** Whether an event of the present key may begin a match. */
  boolean begins(long timestamp, int epoch) {
    return place.slice < share && lifetime.begins(timestamp, epoch);
  }

  /** How many events it has been asked about. */
  long tested() {
    return tested;
  }

  // ---- what an event can do, whatever is under way ------------------------------------------

  /** Adds to an index the conditions without which no event begins a match. */
  <T> void indexStart(ConditionIndex.Builder<T> index, T target) {
    if (trace != null) {
      // A trace has all events.
      index.add(target);
      return;
    }
    index(automaton.startDecision(), outcome -> outcome.moves().length == 0, index, target);
  }

  /** Adds to an index the conditions without which an event leaves partial matches as they are. */
  void indexWaiting(ConditionIndex.Builder<WaitingState> index) {
    for (State state : waitingStates) {
      index(automaton.decision(state), Outcome::unchanged, index, new WaitingState(this, state));
    }
  }

  /**
   * Where all that a state asks is false, and the outcome then is none, an event can matter only by
   * making one of these conditions true.
   */
  private <T> void index(
      Decision first, Predicate<Outcome> none, ConditionIndex.Builder<T> index, T target) {
    List<List<Constraint>> constraints = new ArrayList<>();
    Decision decision = first;
    while (decision.outcome == null) {
      Condition condition = conditions.get(conditionNumbers[decision.condition]);
      constraints.add(condition.refersToTaken() ? List.of() : condition.constraints());
      decision = decision.next(false);
    }
    if (!none.test(decision.outcome) || constraints.stream().anyMatch(List::isEmpty)) {
      index.add(target);
    } else {
      constraints.forEach(demanded -> index.add(target, demanded));
    }
  }

  /** A state in which partial matches of a rule may wait. */
  record WaitingState(RuleMatcher matcher, State state) {

    /** Whether the event, as far as it alone decides, may change partial matches in it. */
    boolean isConcerned() {
      Outcome outcome = matcher.decide(state).outcome;
      return outcome == null || !outcome.unchanged();
    }
  }

  /** Whether the event must be matched though nothing is under way. A trace has them all. */
  boolean beginsSomething() {
    evaluation.taken = null;
    return startOutcome().moves().length > 0 || trace != null;
  }

  // ---- matching -----------------------------------------------------------------------------

  /**
   * Matches an event; time has been advanced to it.
   *
   * @param begins whether the event may begin a match
   */
  void process(RuleMatches matches, Event tested, boolean begins) {
    int before = matches.partial.size();
    if (trace != null) {
      trace.onEvent(matches, tested);
    }
    advance(matches, tested);
    if (begins) {
      evaluation.taken = null;
      for (Move move : startOutcome().moves()) {
        follow(move, null, tested, matches);
      }
    }
    if (trace != null) {
      trace.onMoved(matches, tested);
    }
    releaseFound(matches, tested.timestamp());
    while (matches.partial.size() + matches.completed.size() > maxPartialMatches) {
      PartialMatch oldest = matches.partial.poll();
      if (trace != null) {
        trace.onDropped(oldest);
      }
      listener.onOverload(rule);
      release(matches, tested.timestamp());
    }
    open.add(place.group, matches.partial.size() - before);
  }

  /**
   * Ends the partial matches whose time is up, in the order in which it was.
   *
   * <p>One by one, so that results don't depend on how far a watermark jumps: a partial match that
   * runs out first may set a match free, which may drop another one before that runs out. flink-cep
   * ends all that are due at a watermark together, and gives the same where watermarks are dense.
   */
  void advanceTime(RuleMatches matches, long now) {
    advanceTime(matches, now, true);
  }

  /** Drops the partial matches whose time is up: nothing comes of them, nor of their end. */
  void expire(RuleMatches matches, long now) {
    advanceTime(matches, now, false);
    if (matches.partial.isEmpty()) {
      matches.completed.clear();
    }
  }

  private void advanceTime(RuleMatches matches, long now, boolean gives) {
    int before = matches.partial.size();
    while (matches.nextDue <= now && matches.nextDue < Long.MAX_VALUE) {
      long due = matches.nextDue;
      MatchQueue partial = matches.partial;
      int count = partial.size();
      buffer = partial.cut(0, buffer);
      matches.nextDue = Long.MAX_VALUE;
      matches.states = 0;
      for (int i = 0; i < count; i++) {
        PartialMatch match = buffer[i];
        long ownDue = due(match);
        if (ownDue > due) {
          keep(match, ownDue, matches);
        } else if (gives && !endsInSilence(match, due)) {
          end(match, due);
        }
      }
      for (int i = 0; i < count && gives && hasSilences; i++) {
        if (endsInSilence(buffer[i], due)) {
          endInSilence(buffer[i], due, matches);
        }
      }
      Arrays.fill(buffer, 0, count, null);
      if (gives) {
        releaseFound(matches, due);
      }
    }
    open.add(place.group, matches.partial.size() - before);
  }

  private void end(PartialMatch match, long due) {
    if (states[match.state()].kind == State.Kind.PENDING) {
      PartialMatch completed = complete(match.newest(), match.start());
      if (trace != null) {
        trace.onWindowPassed(match, completed, due);
      }
      return;
    }
    if (!hadEnough(match, due)) {
      timeOut(match, due);
    } else if (trace != null) {
      trace.onEnough(match);
    }
  }

  private void timeOut(PartialMatch match, long due) {
    if (trace != null) {
      trace.onTimeout(match, due);
    }
    listener.onTimeout(rule, match.newest(), due);
  }

  /** Whether a partial match that waits for more than it needs is complete at that time. */
  private boolean endsInSilence(PartialMatch match, long due) {
    State silence = hasSilences ? states[match.state()].silence : null;
    return silence != null && due >= Math.min(windowEnd(match), end(silence.wait, match));
  }

  private void endInSilence(PartialMatch match, long due, RuleMatches matches) {
    PartialMatch completed = new PartialMatch(-1, match.newest(), match.start());
    if (contains(found, completed)) {
      completed = null;
    } else {
      found.add(completed);
    }
    State rest = states[match.state()].afterSilence;
    boolean isOver = due >= windowEnd(match);
    PartialMatch next =
        rest == null || isOver ? null : new PartialMatch(rest.index, match.newest(), match.start());
    if (trace != null) {
      trace.onSilence(match, completed, isOver ? match : next, due);
    }
    if (next != null) {
      keep(next, matches);
    } else if (isOver) {
      timeOut(match, due);
    }
  }

  /**
   * Goes on with what was stored: finds out anew when time runs out.
   *
   * @param fits whether partial matches are in the states that they were stored in
   * @return how many were dropped, as they aren't
   */
  int resume(RuleMatches matches, boolean fits) {
    int dropped = fits ? 0 : matches.partial.size();
    if (!fits) {
      matches.partial.clear();
      matches.states = 0;
      open.add(place.group, -dropped);
    }
    // Matches that waited for those that were dropped are given as soon as time moves on.
    matches.nextDue =
        matches.partial.isEmpty() && !matches.completed.isEmpty()
            ? matches.completed.first().newest().timestamp()
            : Long.MAX_VALUE;
    for (int i = 0; i < matches.partial.size(); i++) {
      matches.nextDue = Math.min(matches.nextDue, due(matches.partial.get(i)));
    }
    return dropped;
  }

  /** Whether the event, as far as it alone decides, leaves all that is under way as it is. */
  boolean leavesUnchanged(RuleMatches matches) {
    tested++;
    long waiting = matches.states;
    if (waiting < 0) {
      return false;
    }
    for (long rest = waiting; rest != 0; rest &= rest - 1) {
      Outcome outcome = decide(states[Long.numberOfTrailingZeros(rest)]).outcome;
      if (outcome == null || !outcome.unchanged()) {
        return false;
      }
    }
    return true;
  }

  private void advance(RuleMatches matches, Event tested) {
    MatchQueue partial = matches.partial;
    int size = partial.size();
    int first = 0;
    Outcome outcome = null;
    while (first < size && (outcome = outcome(partial.get(first))).unchanged()) {
      first++;
    }
    if (first == size) {
      return;
    }
    int count = size - first;
    buffer = partial.cut(first, buffer);
    if (first == 0) {
      matches.states = 0;
    }
    for (int i = 0; i < count; i++) {
      PartialMatch match = buffer[i];
      if (i > 0) {
        outcome = outcome(match);
      }
      if (outcome.unchanged()) {
        matches.states |= RuleMatches.bit(match.state());
        partial.add(match);
      } else {
        for (Move move : outcome.moves()) {
          if (!outcome.discarded() || move.completes()) {
            follow(outcome.discarded() ? move.withoutTarget() : move, match, tested, matches);
          }
        }
      }
    }
    Arrays.fill(buffer, 0, count, null);
  }

  /**
   * @param from the partial match to move on; null: the event begins one
   */
  private void follow(Move move, PartialMatch from, Event tested, RuleMatches matches) {
    TakenEvent newest = from == null ? null : from.newest();
    Event start = from == null ? tested : from.start();
    TakenEvent taken = move.step() < 0 ? newest : new TakenEvent(tested, move.step(), newest);
    PartialMatch next = null;
    if (move.target() != null) {
      next = new PartialMatch(move.target().index, taken, start);
      if (automaton.repeatsItself() && contains(matches.partial, next)) {
        next = null;
      } else {
        keep(next, matches);
      }
    }
    PartialMatch completed = move.completes() ? complete(taken, start) : null;
    if (trace != null) {
      trace.onMove(from, move, next, completed);
    }
  }

  /** The match, or null where the same was found already. */
  private PartialMatch complete(TakenEvent newest, Event start) {
    PartialMatch match = new PartialMatch(-1, newest, start);
    if (automaton.repeatsItself() && contains(found, match)) {
      return null;
    }
    found.add(match);
    return match;
  }

  private static boolean contains(MatchQueue matches, PartialMatch match) {
    for (int i = 0; i < matches.size(); i++) {
      PartialMatch other = matches.get(i);
      // Those of a loop share all but their first events: to compare all of them takes very long.
      if (other.state() == match.state()
          && other.start().id() == match.start().id()
          && TakenEvent.same(other.newest(), match.newest())) {
        return true;
      }
    }
    return false;
  }

  private void keep(PartialMatch match, RuleMatches matches) {
    keep(match, due(match), matches);
  }

  private static void keep(PartialMatch match, long due, RuleMatches matches) {
    matches.partial.add(match);
    matches.states |= RuleMatches.bit(match.state());
    matches.nextDue = Math.min(matches.nextDue, due);
  }

  /** The first time at which something becomes of a partial match without an event. */
  private long due(PartialMatch match) {
    State state = states[match.state()];
    long due = Math.min(windowEnd(match), end(state.wait, match));
    return state.silence == null ? due : Math.min(due, end(state.silence.wait, match));
  }

  private long windowEnd(PartialMatch match) {
    return automaton.window() > 0
        ? later(match.start().timestamp(), automaton.window())
        : Long.MAX_VALUE;
  }

  private static long end(Gap wait, PartialMatch match) {
    TakenEvent newest = match.newest();
    return wait == null ? Long.MAX_VALUE : later(newest.timestamp(), wait.after(newest.step()));
  }

  private boolean hadEnough(PartialMatch match, long due) {
    return states[match.state()].hasEnough && due < windowEnd(match);
  }

  private static long later(long time, long window) {
    long due = time + window;
    return due < time ? Long.MAX_VALUE : due;
  }

  // ---- outcomes -----------------------------------------------------------------------------

  private Outcome outcome(PartialMatch match) {
    Decision decision = decide(states[match.state()]);
    if (decision.outcome == null) {
      evaluation.taken = match.newest();
      decision = askAll(decision);
    }
    return decision.outcome;
  }

  private Outcome startOutcome() {
    return askAll(decide(automaton.start())).outcome;
  }

  private Decision askAll(Decision decision) {
    while (decision.outcome == null) {
      decision = decision.next(holds(conditionNumbers[decision.condition]));
    }
    return decision;
  }

  /**
   * Where the event leads from a state as far as it alone decides: the same for all in the state.
   */
  private Decision decide(State state) {
    if (decidedFor[state.index] != conditions.event()) {
      Decision decision =
          state == automaton.start() ? automaton.startDecision() : automaton.decision(state);
      while (decision.outcome == null
          && !conditions.refersToTaken(conditionNumbers[decision.condition])) {
        decision = decision.next(holds(conditionNumbers[decision.condition]));
      }
      decidedFor[state.index] = conditions.event();
      decided[state.index] = decision;
    }
    return decided[state.index];
  }

  private boolean holds(int condition) {
    return conditions.test(condition, evaluation, rule, listener);
  }

  // ---- matches ------------------------------------------------------------------------------

  private void releaseFound(RuleMatches matches, long now) {
    for (int i = 0; i < found.size(); i++) {
      matches.completed.add(found.get(i));
    }
    found.clear();
    release(matches, now);
  }

  /** Emits the matches that wait for nothing, and drops what the skip strategy says. */
  private void release(RuleMatches matches, long now) {
    while (!matches.completed.isEmpty()) {
      PartialMatch match = matches.completed.first();
      if (rule.skip().kind() != Kind.NONE
          && !matches.partial.isEmpty()
          && matches.partial.first().startedBefore(match)) {
        if (trace != null) {
          trace.onHeld(matches);
        }
        return;
      }
      matches.completed.poll();
      long skipTo = skipTo(match);
      if (trace != null) {
        trace.onGiven(match, skipTo, matches);
      }
      matches.partial.removeStartedBefore(skipTo);
      matches.completed.removeStartedBefore(skipTo);
      listener.onMatch(rule, match.newest(), now);
    }
  }

  /** The id of the event to go on from: what began before it is dropped. */
  private long skipTo(PartialMatch match) {
    return switch (rule.skip().kind()) {
      case NONE -> Long.MIN_VALUE;
      case TO_NEXT -> match.start().id() + 1;
      case PAST_LAST_EVENT -> match.newest().taken().id() + 1;
      case TO_FIRST, TO_LAST -> skipToStep(match);
    };
  }

  private long skipToStep(PartialMatch match) {
    SkipStrategy skip = rule.skip();
    Event target = null;
    for (TakenEvent taken = match.newest(); taken != null; taken = taken.previous()) {
      if (taken.step() == rule.skipStep()) {
        target = taken.taken();
        if (skip.kind() == Kind.TO_LAST) {
          break;
        }
      }
    }
    if (skip.throwOnMiss() && target == null) {
      listener.onSkipMiss(
          rule, new SkipException("a match has no event of step `" + skip.step() + "` to skip to"));
    }
    if (skip.throwOnMiss() && target != null && target.id() == match.start().id()) {
      listener.onSkipMiss(
          rule,
          new SkipException(
              "to skip to step `"
                  + skip.step()
                  + "`, a match's first event, would find it for ever"));
    }
    return target == null ? Long.MIN_VALUE : target.id();
  }
}
