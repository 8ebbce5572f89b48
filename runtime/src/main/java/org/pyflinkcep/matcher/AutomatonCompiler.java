package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pyflinkcep.matcher.State.Action;
import org.pyflinkcep.matcher.State.Kind;
import org.pyflinkcep.matcher.State.Transition;
import org.pyflinkcep.matcher.StepSpec.Inner;
import org.pyflinkcep.matcher.StepSpec.Times;

/**
 * Compiles a pattern to an automaton whose states and transitions are flink-cep's, from the last
 * step to the first: each step is built in front of the state that comes after it.
 */
final class AutomatonCompiler {

  /**
   * The state of a partial match is stored as a short, and a pattern near that size is a mistake.
   */
  static final int MAX_STATES = 10_000;

  /** The pattern needs more than {@link #MAX_STATES} states. */
  static final class TooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** A step that must not occur, by its number, and the guard of an event that would be it. */
  private record Absence(int step, Guard guard) {}

  private final PatternSpec pattern;
  private final Map<String, Integer> stepNumbers = new HashMap<>();
  private final ConditionNumbers conditionNumbers;
  private final List<State> states = new ArrayList<>();
  private final Map<Integer, State> stopStates = new HashMap<>();
  private final StepGuards guards;
  private final Groups groups;
  private final Gaps gaps;

  /** The absences behind which nothing must come. */
  private final Set<StepSpec> maybeLast = Collections.newSetFromMap(new IdentityHashMap<>());

  private final Map<StepSpec, Boolean> firstOfLoop = new IdentityHashMap<>();

  /** States that have no way on yet, and what is to be done once they have. */
  private final Map<State, List<Runnable>> unfinished = new IdentityHashMap<>();

  /** What was made besides flink-cep's states. They come after those, which keep their numbers. */
  private final List<State> copies = new ArrayList<>();

  /**
   * For the state after a greedy loop with an until: what stands for it once the loop has ended.
   */
  private final Map<State, State> afterUntil = new IdentityHashMap<>();

  AutomatonCompiler(PatternSpec pattern, ConditionNumbers conditionNumbers) {
    this.pattern = pattern;
    this.conditionNumbers = conditionNumbers;
    guards = new StepGuards(conditionNumbers);
    List<String> names = pattern.stepNames();
    for (int i = 0; i < names.size(); i++) {
      stepNumbers.put(names.get(i), i);
    }
    maybeLast.addAll(PatternRestrictions.lastAbsences(pattern.steps()));
    groups = new Groups(pattern);
    gaps = new Gaps(groups, stepNumbers);
  }

  Automaton compile() {
    State last = newState(-1, Kind.FINAL);
    Place place = Place.lastOf(pattern.steps(), null, null);
    State second = buildAllButFirst(place, last);
    State start = build(place.first(), second);
    states.addAll(copies);
    copies.clear();
    NextAbsences.settle(states);
    Silences.settle(states, this::newCopy);
    states.addAll(copies);
    for (int i = 0; i < states.size(); i++) {
      states.get(i).index = i;
    }
    Waits.settle(states, stepNumbers.size());
    Long window = pattern.window();
    return new Automaton(
        List.copyOf(states),
        start,
        window == null ? 0 : window,
        conditionNumbers.count(),
        PatternRestrictions.hasEmptyGroupToPass(pattern.steps()));
  }

  private State buildAllButFirst(Place last, State sink) {
    State next = sink;
    for (Place place = last; place.index() > 0; place = place.before()) {
      next =
          switch (place.step().contiguity()) {
            case NOT_FOLLOWED_BY -> buildAbsence(place, next);
            case NOT_NEXT -> buildStrictAbsence(place, next);
            default -> build(place, next);
          };
    }
    return next;
  }

  /** An absence is a guard on the states around it; only as the last step it is a state. */
  private State buildAbsence(Place place, State sink) {
    if (sink.isFinal()) {
      return buildSilence(place);
    }
    return place.isFollowedBySingle() ? sink : new Watch(absence(place), place).over(sink);
  }

  private State buildSilence(Place place) {
    State pending = newState(place, Kind.PENDING);
    pending.wait = gaps.ofAbsence(place.step());
    Guard guard = guards.take(place);
    pending.proceed(stopState(new Absence(pending.step, guard)), guard);
    pending.ignore(pending, Guard.not(guard));
    return pending;
  }

  private State buildStrictAbsence(Place place, State sink) {
    State absence = newState(place, Kind.NORMAL);
    Guard guard = absence(place).guard();
    State stop = stopState(absence(place));
    absence.ofNextEvent = true;
    stop.ofNextEvent = true;
    if (sink.isFinal()) {
      // The event after the last step completes the match: it must not be there to begin with.
      absence.ignore(sink, Guard.not(guard));
    } else {
      absence.proceed(sink, Guard.not(guard));
    }
    absence.proceed(stop, guard);
    return absence;
  }

  private State build(Place place, State sink) {
    StepSpec step = place.step();
    State first;
    if (step.isLoop()) {
      firstOfLoop.put(step, false);
      State looping = buildLoop(place, withoutPassedAbsences(place, sink));
      firstOfLoop.put(step, true);
      first = buildTimes(place, looping, sink, step.times().min());
    } else if (step.isTimes()) {
      first = buildTimes(place, sink, sink, step.times().max());
    } else {
      first =
          buildOnce(
              place,
              sink,
              sink,
              guards.take(place),
              guards.ignore(place, outer(place)),
              step.optional());
    }
    addStops(place, first);
    return first;
  }

  private State buildTimes(Place place, State sink, State after, int max) {
    StepSpec step = place.step();
    Times times = step.times();
    firstOfLoop.put(step, false);
    Guard until = guards.until(step);
    Guard ignore = StepGuards.unlessOrNever(guards.ignore(place, inner(step)), until);
    Guard take = StepGuards.unless(guards.take(place), until);
    if (step.greedy() && times.min() != max) {
      if (until != null) {
        afterUntil.put(sink, copy(sink));
      }
      refuse(sink, guards.inTime(take, gapBefore(step)));
    }
    State next = sink;
    for (int i = times.min(); i < max; i++) {
      next = buildOnce(place, next, after, take, ignore, true);
      addStopAfterLoop(place, next);
    }
    for (int i = 1; i < times.min(); i++) {
      next = buildOnce(place, next, null, take, ignore, false);
      addStopAfterLoop(place, next);
    }
    firstOfLoop.put(step, true);
    return buildOnce(place, next, after, take, guards.ignore(place, outer(place)), step.optional());
  }

  private State buildOnce(
      Place place, State sink, State after, Guard take, Guard ignore, boolean optional) {
    StepSpec step = place.step();
    if (step.isGroup()) {
      return buildGroup(place, sink, after, optional);
    }
    State state = newState(place, Kind.NORMAL);
    State next = withoutPassedAbsences(place, sink);
    Gap gap = gapBefore(step);
    state.take(next, guards.inTime(take, gap), gap);
    if (optional) {
      Guard always = guards.always(place);
      Guard until = guards.until(step);
      if (step.greedy() && until != null) {
        State ended = afterUntil.get(after);
        if (ended != null) {
          state.proceed(ended, Guard.and(always, until));
        }
        state.proceed(after, Guard.and(always, Guard.not(until)));
      } else {
        state.proceed(after, always);
      }
    }
    if (ignore != null) {
      State waiting = state;
      if (optional || isHeadOfOptionalGroup(place)) {
        // Once an event was passed over, the step can't be left out any more.
        waiting = newState(state.step, Kind.NORMAL);
        waiting.hasEnough = optional || isFirstOfLoop(step);
        waiting.take(next, guards.inTime(take, gap), gap);
        waiting.ignore(waiting, ignore);
        if (isFirstOfLoop(step)) {
          addStops(place, waiting);
        } else {
          addStopAfterLoop(place, waiting);
        }
      }
      // What the step can't take any more, as it is too late, is not waited for.
      state.ignore(waiting, waiting == state ? ignore : guards.inTime(ignore, gap));
    }
    return state;
  }

  private State buildGroup(Place place, State sink, State after, boolean optional) {
    StepSpec group = place.step();
    Place last = Place.lastOf(group.group(), group, place.following());
    State second = buildAllButFirst(last, sink);
    State first = build(last.first(), second);
    if (optional) {
      first.proceed(after, guards.always(place));
    }
    return first;
  }

  private State buildLoop(Place place, State sink) {
    StepSpec step = place.step();
    if (step.isGroup()) {
      State again = newState(place, Kind.NORMAL);
      unfinished.put(again, new ArrayList<>());
      Guard always = guards.always(place);
      Place last = Place.lastOf(step.group(), step, place.following());
      State second = buildAllButFirst(last, again);
      State first = build(last.first(), second);
      first.proceed(sink, always);
      again.proceed(first, always);
      unfinished.remove(again).forEach(Runnable::run);
      return first;
    }
    Guard until = guards.until(step);
    Guard ignore = StepGuards.unlessOrNever(guards.ignore(place, inner(step)), until);
    Guard take = StepGuards.unless(guards.take(place), until);
    Guard always = guards.always(place);
    Gap gap = gapBefore(step);
    State state = newState(place, Kind.NORMAL);
    if (step.greedy()) {
      if (until == null) {
        state.proceed(sink, always);
      } else {
        State ended = copy(sink);
        state.proceed(ended, Guard.and(always, until));
        afterUntil.put(sink, ended);
        state.proceed(sink, Guard.and(always, Guard.not(until)));
      }
      refuse(sink, guards.inTime(guards.take(place), gap));
    } else {
      state.proceed(sink, always);
    }
    state.take(state, guards.inTime(take, gap), gap);
    addStopAfterLoop(place, state);
    if (ignore != null) {
      State waiting = newState(state.step, Kind.NORMAL);
      waiting.hasEnough = true;
      waiting.take(state, guards.inTime(take, gap), gap);
      waiting.ignore(waiting, ignore);
      state.ignore(waiting, guards.inTime(ignore, gap));
      addStopAfterLoop(place, waiting);
    }
    return state;
  }

  // ---- absences -----------------------------------------------------------------------------

  /**
   * The absences that still hold when a step is waited for: those right before it, and before
   * optional ones.
   */
  private List<Absence> absencesBefore(Place place) {
    List<Absence> absences = new ArrayList<>();
    for (Place p = place; p.index() > 0; p = p.before()) {
      StepSpec previous = p.before().step();
      boolean absence = previous.contiguity() == Contiguity.NOT_FOLLOWED_BY;
      if (!absence && (!previous.optional() || previous.isGroup())) {
        break;
      }
      if (absence) {
        absences.add(absence(p.before()));
      }
    }
    return absences;
  }

  /** Once an optional step took an event, the absences before it no longer hold. */
  private State withoutPassedAbsences(Place place, State sink) {
    List<Absence> absences = absencesBefore(place);
    if (absences.isEmpty() || !place.step().optional()) {
      return sink;
    }
    State copy = newState(sink.step, sink.kind);
    copy.ofNextEvent = sink.ofNextEvent;
    for (Transition transition : sink.transitions) {
      if (transition.action() != Action.PROCEED) {
        copy.transitions.add(redirected(transition, sink, copy));
      } else if (transition.target().kind != Kind.STOP) {
        copy.proceed(withoutPassedAbsences(place, transition.target()), transition.guard());
      } else if (absences.stream().noneMatch(a -> a.step() == transition.target().step)) {
        copy.proceed(transition.target(), transition.guard());
      }
    }
    return copy;
  }

  private State copy(State state) {
    State copy = newState(state.step, state.kind);
    copy.ofNextEvent = state.ofNextEvent;
    for (Transition transition : state.transitions) {
      copy.transitions.add(redirected(transition, state, copy));
    }
    return copy;
  }

  private static Transition redirected(Transition transition, State from, State to) {
    return transition.target() == from ? transition.to(to) : transition;
  }

  private void addStops(Place place, State state) {
    for (Absence absence : absencesBefore(place)) {
      state.proceed(stopState(absence), absence.guard());
    }
  }

  private void addStopAfterLoop(Place place, State state) {
    StepSpec following = place.following();
    if (following != null && following.contiguity() == Contiguity.NOT_FOLLOWED_BY) {
      Absence absence = absence(following, place.group());
      state.proceed(stopState(absence), absence.guard());
    }
  }

  private Absence absence(Place place) {
    return absence(place.step(), place.group());
  }

  private Absence absence(StepSpec step, StepSpec group) {
    return new Absence(
        numberOf(step), guards.inTime(guards.take(step, group), gaps.ofAbsence(step)));
  }

  /**
   * Copies of states in which an event must not come until the next one is taken.
   *
   * <p>An absence is mostly looked after by the states of the step behind it. Where there is none
   * in its sequence, what comes behind is reached on other ways as well, on which it doesn't hold.
   */
  private final class Watch {

    private final Absence absence;
    private final Place place;
    private final Map<State, State> copies = new IdentityHashMap<>();

    Watch(Absence absence, Place place) {
      this.absence = absence;
      this.place = place;
    }

    State over(State state) {
      if (state.kind == Kind.STOP) {
        return state;
      }
      if (state.isFinal()) {
        // Where the pattern ends with it, it must hold until the window has passed.
        return maybeLast.contains(place.step())
            ? copies.computeIfAbsent(state, s -> buildSilence(place))
            : state;
      }
      State known = copies.get(state);
      if (known != null) {
        return known;
      }
      State copy = newCopy(state);
      copies.put(state, copy);
      whenBuilt(state, () -> fill(state, copy));
      return copy;
    }

    private void fill(State state, State copy) {
      for (Transition transition : state.transitions) {
        copy.transitions.add(
            switch (transition.action()) {
              case TAKE -> transition;
              case PROCEED -> transition.to(over(transition.target()));
              case IGNORE ->
                  transition.target().isFinal()
                      ? transition.unless(absence.guard())
                      : transition.to(over(transition.target()));
            });
      }
      copy.proceed(stopState(absence), absence.guard());
    }
  }

  private void whenBuilt(State state, Runnable action) {
    List<Runnable> waiting = unfinished.get(state);
    if (waiting == null) {
      action.run();
    } else {
      waiting.add(action);
    }
  }

  private State stopState(Absence absence) {
    State stop = stopStates.get(absence.step());
    if (stop == null) {
      stop = newState(absence.step(), Kind.STOP);
      stop.take(stop, absence.guard());
      stopStates.put(absence.step(), stop);
    }
    return stop;
  }

  private Gap gapBefore(StepSpec step) {
    return gaps.before(step, this::isFirstOfLoop);
  }

  /** How a step follows the one before; the first of a group follows as its group does. */
  private Contiguity outer(Place place) {
    StepSpec step = place.step();
    for (StepSpec group : groups.begunBy(step)) {
      if (!isFirstOfLoop(group)) {
        return inner(group);
      }
      step = group;
    }
    return step.contiguity();
  }

  private static Contiguity inner(StepSpec step) {
    if (step.inner() == Inner.RELAXED) {
      return Contiguity.FOLLOWED_BY;
    }
    return step.inner() == Inner.CONSECUTIVE ? Contiguity.NEXT : Contiguity.FOLLOWED_BY_ANY;
  }

  /**
   * A greedy loop has the first say: the state after it takes no event that the loop would take.
   */
  private static void refuse(State state, Guard taken) {
    state.transitions.replaceAll(transition -> transition.unless(taken));
  }

  // ---- groups and states --------------------------------------------------------------------

  private boolean isHeadOfOptionalGroup(Place place) {
    for (StepSpec group : groups.begunBy(place.step())) {
      if (!isFirstOfLoop(group)) {
        return false;
      }
      if (group.optional()) {
        return true;
      }
    }
    return false;
  }

  private boolean isFirstOfLoop(StepSpec step) {
    return firstOfLoop.getOrDefault(step, true);
  }

  private int numberOf(StepSpec step) {
    return stepNumbers.getOrDefault(step.name(), -1);
  }

  private State newState(Place place, Kind kind) {
    return newState(numberOf(place.step()), kind);
  }

  private State newState(int step, Kind kind) {
    return added(new State(step, kind), states);
  }

  private State newCopy(State state) {
    State copy = new State(state.step, state.kind);
    copy.wait = state.wait;
    copy.hasEnough = state.hasEnough;
    copy.ofNextEvent = state.ofNextEvent;
    return added(copy, copies);
  }

  private State added(State state, List<State> to) {
    if (states.size() + copies.size() == MAX_STATES) {
      throw new TooLargeException();
    }
    to.add(state);
    return state;
  }
}
