package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.pyflinkcep.expression.Condition;
import org.pyflinkcep.expression.Evaluation;
import org.pyflinkcep.expression.Reason;
import org.pyflinkcep.expression.Shortfall;
import org.pyflinkcep.expression.Truth;
import org.pyflinkcep.expression.Verdict;
import org.pyflinkcep.matcher.Decision.Outcome;
import org.pyflinkcep.matcher.State.Action;
import org.pyflinkcep.matcher.State.Transition;
import org.pyflinkcep.matcher.StepCondition.Role;
import org.pyflinkcep.matcher.Trace.Asked;

/**
 * Asks a pattern's conditions, with reasons. Goes down the decision trees by which {@link
 * RuleMatcher} goes, and so asks what it asks.
 */
final class Inquiry {

  /** What was asked in a state, and what the event does to a partial match there. */
  record Answer(List<Asked> asked, Outcome outcome) {}

  /** What an event lacks to be taken by a step. */
  record Lack(Shortfall shortfall, List<Reason> reasons) {
    static final Lack NONE = new Lack(Shortfall.NONE, List.of());
  }

  private final CompiledRule rule;
  private final Automaton automaton;
  private final Evaluation evaluation = new Evaluation();

  /** The answers that are the same for all in a state, and the event that they are about. */
  private final Map<State, Answer> answers = new HashMap<>();

  private Event answeredFor;
  private final Map<State, BitSet> steps = new HashMap<>();
  private final Map<State, List<String>> waitsFor = new HashMap<>();

  Inquiry(CompiledRule rule) {
    this.rule = rule;
    this.automaton = rule.automaton();
  }

  State state(PartialMatch match) {
    return match == null ? automaton.start() : automaton.states().get(match.state());
  }

  /** Whether what ran out of time did so of the window of the whole match. */
  boolean ranOutOfWhole(PartialMatch match, long due) {
    return automaton.window() > 0 && due - match.start().timestamp() == automaton.window();
  }

  /** The length of the window that ran out, in milliseconds. */
  long window(PartialMatch match, long due) {
    return ranOutOfWhole(match, due)
        ? automaton.window()
        : state(match).wait.after(match.newest().step());
  }

  /** Asks what the matcher asks of an event and what is in a state. */
  Answer ask(State state, TakenEvent newest, Event tested) {
    return ask(state, newest, tested, Condition::explain);
  }

  /** The same, as if no event came too long after the one before. */
  Answer askWhateverTheGap(State state, TakenEvent newest, Event tested) {
    return ask(
        state,
        newest,
        tested,
        (condition, asked) ->
            condition instanceof GapCondition ? GapCondition.IN_TIME : condition.explain(asked));
  }

  private Answer ask(
      State state,
      TakenEvent newest,
      Event tested,
      BiFunction<Condition, Evaluation, Verdict> explain) {
    if (answeredFor != tested) {
      answeredFor = tested;
      answers.clear();
    }
    Answer known = answers.get(state);
    if (known != null) {
      return known;
    }
    prepare(newest, tested);
    Decision decision =
        state == automaton.start() ? automaton.startDecision() : automaton.decision(state);
    Map<Integer, Verdict> verdicts = new LinkedHashMap<>();
    while (decision.outcome == null) {
      Verdict verdict = explain.apply(rule.conditions().get(decision.condition), evaluation);
      verdicts.put(decision.condition, verdict);
      decision = decision.next(verdict.holds());
    }
    List<StepCondition> conditions = new ArrayList<>();
    verdicts.keySet().forEach(number -> addWritten(number, state, conditions));
    Answer answer =
        new Answer(
            conditions.stream().map(condition -> asked(condition, verdicts)).toList(),
            decision.outcome);
    if (verdicts.keySet().stream().noneMatch(this::refersToTaken)) {
      answers.put(state, answer);
    }
    return answer;
  }

  private boolean refersToTaken(int condition) {
    return rule.conditions().get(condition).refersToTaken();
  }

  private void prepare(TakenEvent newest, Event tested) {
    evaluation.taken = newest;
    evaluation.event = tested.row();
    evaluation.timestamp = tested.timestamp();
  }

  /** Equal conditions of several steps are one: here it is that of a step the state is about. */
  private void addWritten(int number, State state, List<StepCondition> conditions) {
    List<StepCondition> all =
        rule.stepConditions().stream().filter(condition -> condition.hasPart(number)).toList();
    BitSet about = stepsOf(state);
    List<StepCondition> fitting =
        all.stream()
            .filter(c -> c.steps().stream().map(rule.stepNames()::indexOf).anyMatch(about::get))
            .toList();
    for (StepCondition condition : fitting.isEmpty() ? all : fitting) {
      if (!conditions.contains(condition)) {
        conditions.add(condition);
      }
    }
  }

  private static Asked asked(StepCondition condition, Map<Integer, Verdict> verdicts) {
    List<Reason> reasons = new ArrayList<>();
    for (int part : condition.parts()) {
      Verdict verdict = verdicts.get(part);
      if (verdict != null && !verdict.holds()) {
        return new Asked(condition, verdict.truth(), verdict.reasons());
      }
      if (verdict != null) {
        reasons.addAll(verdict.reasons());
      }
    }
    return new Asked(condition, Truth.TRUE, reasons);
  }

  /** The steps that an event may be taken by in a state, and those that must not come there. */
  private BitSet stepsOf(State state) {
    return steps.computeIfAbsent(
        state,
        s -> {
          BitSet found = new BitSet();
          addSteps(s, found, new BitSet());
          return found;
        });
  }

  private void addSteps(State state, BitSet found, BitSet seen) {
    if (seen.get(state.index)) {
      return;
    }
    seen.set(state.index);
    if (state.step >= 0) {
      found.set(state.step);
    }
    for (Transition transition : state.transitions) {
      if (transition.action() == Action.PROCEED) {
        addSteps(transition.target(), found, seen);
      }
    }
  }

  /** The names of the steps that may take the next event of what is in a state. */
  List<String> waitsFor(State state) {
    return waitsFor.computeIfAbsent(
        state,
        s -> {
          BitSet found = new BitSet();
          addTaking(s, found, new BitSet());
          return found.stream().mapToObj(rule.stepNames()::get).toList();
        });
  }

  private static void addTaking(State state, BitSet found, BitSet seen) {
    if (seen.get(state.index) || state.kind == State.Kind.STOP) {
      return;
    }
    seen.set(state.index);
    for (Transition transition : state.transitions) {
      if (transition.action() == Action.PROCEED) {
        addTaking(transition.target(), found, seen);
      } else if (transition.action() == Action.TAKE && state.step >= 0) {
        found.set(state.step);
      }
    }
  }

  /** The step that an absence is of. */
  String stopName(State stop) {
    return stop == null ? null : rule.stepNames().get(stop.step);
  }

  /** What an event lacks to fulfil a step's conditions. */
  Lack lack(String step, TakenEvent newest, Event tested) {
    prepare(newest, tested);
    Lack lack = null;
    for (StepCondition condition : rule.stepConditions()) {
      if (condition.role() == Role.WHERE && condition.steps().equals(List.of(step))) {
        Lack more = lack(condition);
        lack =
            lack == null ? more : condition.alternative() ? either(lack, more) : both(lack, more);
      }
    }
    return lack == null ? Lack.NONE : lack;
  }

  private Lack lack(StepCondition condition) {
    Lack lack = Lack.NONE;
    for (int part : condition.parts()) {
      Verdict verdict = rule.conditions().get(part).explain(evaluation);
      if (!verdict.holds()) {
        lack = both(lack, new Lack(verdict.shortfall(), verdict.reasons()));
      }
    }
    return lack;
  }

  private static Lack both(Lack left, Lack right) {
    List<Reason> reasons = new ArrayList<>(left.reasons);
    reasons.addAll(right.reasons);
    return new Lack(left.shortfall.plus(right.shortfall), reasons);
  }

  private static Lack either(Lack left, Lack right) {
    return left.shortfall.compareTo(right.shortfall) <= 0 ? left : right;
  }
}
