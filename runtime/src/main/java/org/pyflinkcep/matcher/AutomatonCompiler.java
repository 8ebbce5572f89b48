package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.pyflinkcep.matcher.State.Action;
import org.pyflinkcep.matcher.State.Kind;
import org.pyflinkcep.matcher.State.Transition;
import org.pyflinkcep.matcher.StepSpec.Clause;
import org.pyflinkcep.matcher.StepSpec.Inner;
import org.pyflinkcep.matcher.StepSpec.Times;

/**
 * Compiles a pattern to an automaton whose states and transitions are those of flink-cep's, from
 * the last step to the first: each step is built in front of the state that comes after it.
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

  /** Gives the parts of a step's conditions their numbers. */
  interface ConditionNumbers {
    int[] numbersOf(StepSpec step, String sql);
  }

  /**
   * A step within its sequence; {@code following} is the step after it, in an outer sequence too.
   */
  private record Place(List<StepSpec> steps, int index, StepSpec group, StepSpec following) {
    StepSpec step() {
      return steps.get(index);
    }

    boolean isHeadOfGroup() {
      return group != null && index == 0;
    }

    Place before() {
      return new Place(steps, index - 1, group, step());
    }

    static Place lastOf(List<StepSpec> steps, StepSpec group, StepSpec following) {
      return new Place(steps, steps.size() - 1, group, following);
    }
  }

  /** A step that must not occur, and the guard of an event that would be it. */
  private record Absence(String name, Guard guard) {}

  private final PatternSpec pattern;
  private final Map<String, Integer> stepNumbers = new HashMap<>();
  private final ConditionNumbers conditionNumbers;
  private final List<State> states = new ArrayList<>();
  private final Map<String, Integer> namesGiven = new HashMap<>();
  private final Map<String, State> stopStates = new HashMap<>();
  private final Map<StepSpec, Boolean> firstOfLoop = new IdentityHashMap<>();

  /**
   * For the state after a greedy loop with an until: what stands for it once the loop has ended.
   */
  private final Map<State, State> afterUntil = new IdentityHashMap<>();

  private Long window;

  AutomatonCompiler(PatternSpec pattern, ConditionNumbers conditionNumbers) {
    this.pattern = pattern;
    this.conditionNumbers = conditionNumbers;
    List<String> names = pattern.stepNames();
    for (int i = 0; i < names.size(); i++) {
      stepNumbers.put(names.get(i), i);
    }
  }

  Automaton compile(int conditions) {
    State last = newState("$end", -1, Kind.FINAL);
    Place place = Place.lastOf(pattern.steps(), null, null);
    window = place.step().within();
    State second = buildAllButFirst(place, last);
    State start = build(first(place), second);
    return new Automaton(
        List.copyOf(states),
        start,
        window == null ? 0 : window,
        conditions,
        hasEmptyGroupToPass(pattern.steps()));
  }

  /** The largest gap between neighbouring events that any state allows, in ms; 0: no limit. */
  long longestPreviousWindow() {
    return states.stream().mapToLong(s -> s.previousWindow).max().orElse(0);
  }

  /** Such a group can be passed by leaving it out, or by leaving all of its steps out. */
  private static boolean hasEmptyGroupToPass(List<StepSpec> steps) {
    return steps.stream()
        .anyMatch(
            s ->
                s.isGroup()
                    && (((s.times() != null || s.optional())
                            && PatternRestrictions.canBeEmpty(s.group()))
                        || hasEmptyGroupToPass(s.group())));
  }

  private static Place first(Place place) {
    Place first = place;
    while (first.index > 0) {
      first = first.before();
    }
    return first;
  }

  private State buildAllButFirst(Place last, State sink) {
    State next = sink;
    for (Place place = last; place.index > 0; place = place.before()) {
      next =
          switch (place.step().contiguity()) {
            case NOT_FOLLOWED_BY -> buildAbsence(place, next);
            case NOT_NEXT -> buildStrictAbsence(place, next);
            default -> build(place, next);
          };
      Long earlier = place.before().step().within();
      if (earlier != null && (window == null || earlier < window)) {
        window = earlier;
      }
    }
    return next;
  }

  /** An absence is a guard on the states around it; only as the last step it is a state. */
  private State buildAbsence(Place place, State sink) {
    StepSpec step = place.step();
    if (!sink.isFinal() || (step.withinPrevious() == null && window == null)) {
      return sink;
    }
    State pending = newTakingState(place, Kind.PENDING);
    Guard guard = takeGuard(place);
    pending.proceed(stopState(new Absence(step.name(), guard)), guard);
    pending.ignore(pending, Guard.not(guard));
    return pending;
  }

  private State buildStrictAbsence(Place place, State sink) {
    State absence = newTakingState(place, Kind.NORMAL);
    Guard guard = takeGuard(place);
    State stop = stopState(new Absence(place.step().name(), guard));
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
      setFirstOfLoop(step, false);
      State looping = buildLoop(place, withoutPassedAbsences(place, sink));
      setFirstOfLoop(step, true);
      first = buildTimes(place, looping, sink, step.times().min());
    } else if (step.isTimes()) {
      first = buildTimes(place, sink, sink, step.times().max());
    } else {
      first =
          buildOnce(
              place,
              sink,
              sink,
              takeGuard(place),
              ignoreGuard(place, outer(place)),
              step.optional());
    }
    addStops(place, first);
    return first;
  }

  private State buildTimes(Place place, State sink, State after, int max) {
    StepSpec step = place.step();
    Times times = step.times();
    setFirstOfLoop(step, false);
    Guard until = untilGuard(step);
    Guard ignore = unlessEnded(ignoreGuard(place, inner(place)), until);
    Guard take = takeUnlessEnded(takeGuard(place), until);
    if (step.greedy() && times.min() != max) {
      if (until != null) {
        afterUntil.put(sink, copy(sink));
      }
      refuseWhatLoopTakes(sink, take);
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
    setFirstOfLoop(step, true);
    return buildOnce(place, next, after, take, ignoreGuard(place, outer(place)), step.optional());
  }

  private State buildOnce(
      Place place, State sink, State after, Guard take, Guard ignore, boolean optional) {
    StepSpec step = place.step();
    if (step.isGroup()) {
      return buildGroup(place, sink, after, optional);
    }
    State state = newTakingState(place, Kind.NORMAL);
    State next = withoutPassedAbsences(place, sink);
    state.take(next, take);
    if (optional) {
      Guard always = alwaysUnlessGroupEnded(place);
      Guard until = untilGuard(step);
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
        waiting = newState(step.name(), state.step, Kind.NORMAL);
        waiting.take(next, take);
        waiting.ignore(waiting, ignore);
        addStops(place, waiting);
      }
      state.ignore(waiting, ignore);
    }
    return state;
  }

  private State buildGroup(Place place, State sink, State after, boolean optional) {
    StepSpec group = place.step();
    Place last = Place.lastOf(group.group(), group, place.following());
    State second = buildAllButFirst(last, sink);
    State first = build(first(last), second);
    if (optional) {
      first.proceed(after, alwaysUnlessGroupEnded(place));
    }
    return first;
  }

  private State buildLoop(Place place, State sink) {
    StepSpec step = place.step();
    if (step.isGroup()) {
      State again = newTakingState(place, Kind.NORMAL);
      Guard always = alwaysUnlessGroupEnded(place);
      Place last = Place.lastOf(step.group(), step, place.following());
      State second = buildAllButFirst(last, again);
      State first = build(first(last), second);
      first.proceed(sink, always);
      again.proceed(first, always);
      return first;
    }
    Guard until = untilGuard(step);
    Guard ignore = unlessEnded(ignoreGuard(place, inner(place)), until);
    Guard take = takeUnlessEnded(takeGuard(place), until);
    Guard always = alwaysUnlessGroupEnded(place);
    State state = newTakingState(place, Kind.NORMAL);
    if (step.greedy()) {
      if (until == null) {
        state.proceed(sink, always);
      } else {
        State ended = copy(sink);
        state.proceed(ended, Guard.and(always, until));
        afterUntil.put(sink, ended);
        state.proceed(sink, Guard.and(always, Guard.not(until)));
      }
      refuseWhatLoopTakes(sink, takeGuard(place));
    } else {
      state.proceed(sink, always);
    }
    state.take(state, take);
    addStopAfterLoop(place, state);
    if (ignore != null) {
      State waiting = newState(step.name(), state.step, Kind.NORMAL);
      waiting.take(state, take);
      waiting.ignore(waiting, ignore);
      state.ignore(waiting, ignore);
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
    for (Place p = place; p.index > 0; p = p.before()) {
      StepSpec previous = p.before().step();
      boolean absence = previous.contiguity() == Contiguity.NOT_FOLLOWED_BY;
      if (!absence && !previous.optional()) {
        break;
      }
      if (absence) {
        absences.add(new Absence(previous.name(), takeGuard(p.before())));
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
    State copy = newState(sink.name, sink.step, sink.kind);
    for (Transition transition : sink.transitions) {
      if (transition.action() != Action.PROCEED) {
        copy.transitions.add(redirected(transition, sink, copy));
      } else if (transition.target().kind != Kind.STOP) {
        copy.proceed(withoutPassedAbsences(place, transition.target()), transition.guard());
      } else if (absences.stream().noneMatch(a -> a.name().equals(transition.target().name))) {
        copy.proceed(transition.target(), transition.guard());
      }
    }
    return copy;
  }

  private State copy(State state) {
    State copy = newState(originalName(state.name), state.step, state.kind);
    for (Transition transition : state.transitions) {
      copy.transitions.add(redirected(transition, state, copy));
    }
    return copy;
  }

  private static Transition redirected(Transition transition, State from, State to) {
    return transition.target() == from
        ? new Transition(transition.action(), to, transition.guard())
        : transition;
  }

  private void addStops(Place place, State state) {
    for (Absence absence : absencesBefore(place)) {
      state.proceed(stopState(absence), absence.guard());
    }
  }

  private void addStopAfterLoop(Place place, State state) {
    StepSpec following = place.following();
    if (following != null && following.contiguity() == Contiguity.NOT_FOLLOWED_BY) {
      Guard guard = takeGuard(following, place.group());
      state.proceed(stopState(new Absence(following.name(), guard)), guard);
    }
  }

  private State stopState(Absence absence) {
    State stop = stopStates.get(absence.name());
    if (stop == null) {
      stop = newState(absence.name(), -1, Kind.STOP);
      stop.take(stop, absence.guard());
      stopStates.put(absence.name(), stop);
    }
    return stop;
  }

  // ---- guards -------------------------------------------------------------------------------

  private Guard takeGuard(Place place) {
    return takeGuard(place.step(), place.group());
  }

  private Guard takeGuard(StepSpec step, StepSpec group) {
    return takeUnlessEnded(stepGuard(step), group == null ? null : untilGuard(group));
  }

  private Guard stepGuard(StepSpec step) {
    Guard guard = null;
    for (Clause clause : step.where()) {
      Guard holds = holds(step, clause.sql());
      guard =
          guard == null
              ? holds
              : clause.alternative() ? Guard.or(guard, holds) : Guard.and(guard, holds);
    }
    return guard == null ? Guard.ALWAYS : guard;
  }

  private Guard untilGuard(StepSpec step) {
    return step.until() == null ? null : holds(step, step.until());
  }

  /** All parts of a condition. */
  private Guard holds(StepSpec step, String sql) {
    Guard guard = Guard.ALWAYS;
    for (int number : conditionNumbers.numbersOf(step, sql)) {
      guard = Guard.and(guard, new Guard.Holds(number));
    }
    return guard;
  }

  private Guard alwaysUnlessGroupEnded(Place place) {
    return place.group() == null
        ? Guard.ALWAYS
        : takeUnlessEnded(Guard.ALWAYS, untilGuard(place.group()));
  }

  /** When an event may be passed over; null: never. */
  private Guard ignoreGuard(Place place, Contiguity contiguity) {
    Guard guard =
        switch (contiguity) {
          case FOLLOWED_BY -> Guard.not(stepGuard(place.step()));
          case FOLLOWED_BY_ANY -> Guard.ALWAYS;
          default -> null;
        };
    return place.group() == null ? guard : unlessEnded(guard, untilGuard(place.group()));
  }

  private static Guard unlessEnded(Guard guard, Guard until) {
    return guard == null ? null : takeUnlessEnded(guard, until);
  }

  private static Guard takeUnlessEnded(Guard guard, Guard until) {
    return until == null ? guard : Guard.and(Guard.not(until), guard);
  }

  /** How a step follows the one before; the first of a repeated group follows as its group does. */
  private Contiguity outer(Place place) {
    if (!place.isHeadOfGroup()) {
      return place.step().contiguity();
    }
    return firstOfLoop.getOrDefault(place.group(), true)
        ? place.group().contiguity()
        : inner(place.group());
  }

  private static Contiguity inner(Place place) {
    return inner(place.isHeadOfGroup() ? place.group() : place.step());
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
  private static void refuseWhatLoopTakes(State state, Guard take) {
    state.transitions.replaceAll(
        t -> new Transition(t.action(), t.target(), Guard.and(t.guard(), Guard.not(take))));
  }

  // ---- groups and states --------------------------------------------------------------------

  private void setFirstOfLoop(StepSpec step, boolean first) {
    if (step.isGroup()) {
      firstOfLoop.put(step, first);
    }
  }

  private boolean isHeadOfOptionalGroup(Place place) {
    return place.isHeadOfGroup()
        && firstOfLoop.getOrDefault(place.group(), true)
        && place.group().optional();
  }

  private State newTakingState(Place place, Kind kind) {
    StepSpec step = place.step();
    String name = step.isGroup() ? "group" : step.name();
    State state = newState(name, stepNumbers.getOrDefault(step.name(), -1), kind);
    Long gap = step.withinPrevious();
    if (step.times() != null) {
      // The first event of a loop has none of the loop's before it.
      gap = state.name.indexOf(':') < 0 ? null : step.times().within();
    }
    state.previousWindow = gap == null ? 0 : gap;
    return state;
  }

  private State newState(String name, int step, Kind kind) {
    if (states.size() == MAX_STATES) {
      throw new TooLargeException();
    }
    int given = namesGiven.merge(name, 1, Integer::sum);
    State state =
        new State(states.size(), given == 1 ? name : name + ":" + (given - 2), step, kind);
    states.add(state);
    return state;
  }

  static String originalName(String stateName) {
    int end = stateName.indexOf(':');
    return end < 0 ? stateName : stateName.substring(0, end);
  }
}
