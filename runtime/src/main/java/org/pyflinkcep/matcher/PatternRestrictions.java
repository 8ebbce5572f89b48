package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.matcher.StepSpec.Inner;

/**
 * What no pattern may be: all that flink-cep refuses, and the looping group with a body that can be
 * empty, on which flink-cep never returns.
 */
final class PatternRestrictions {

  private final Diagnostics diagnostics;
  private final Set<String> names = new HashSet<>();

  PatternRestrictions(Diagnostics diagnostics) {
    this.diagnostics = diagnostics;
  }

  void check(PatternSpec pattern) {
    checkSteps(pattern.steps());
    checkSkip(pattern);
    checkWindows(pattern.steps(), pattern.window());
    checkLastAbsence(pattern);
  }

  private void checkSteps(List<StepSpec> steps) {
    for (int i = 0; i < steps.size(); i++) {
      StepSpec step = steps.get(i);
      StepSpec previous = i == 0 ? null : steps.get(i - 1);
      String where = step.isGroup() ? "a group" : "step `" + step.name() + "`";
      if (step.isGroup()) {
        checkGroup(step, where);
      } else if (!names.add(step.name())) {
        error("duplicate-step", where, "the pattern has two steps named `" + step.name() + "`");
      }
      if (step.contiguity().isNegative()) {
        checkNegative(step, previous, where);
      } else {
        checkQuantifier(step, previous, where);
      }
    }
  }

  private void checkGroup(StepSpec step, String where) {
    if (!step.where().isEmpty()) {
      error(
          "condition-on-group", where, "a group has no condition of its own: put it on its steps");
    }
    if (step.greedy()) {
      error("greedy-group", where, "a group can't be greedy");
    }
    if (step.isLoop() && canBeEmpty(step.group())) {
      error(
          "empty-loop",
          where,
          "a group without an upper limit needs a step that isn't optional, or it would loop on nothing");
    }
    checkSteps(step.group());
  }

  private void checkNegative(StepSpec step, StepSpec previous, String where) {
    if (step.isGroup()) {
      error("wrong-type", where, "`" + step.contiguity().verb() + "` takes one step, not a group");
    }
    if (step.optional()) {
      error("optional-not", where, "a `" + step.contiguity().verb() + "` step can't be optional");
    }
    if (step.times() != null || step.greedy() || step.inner() != Inner.RELAXED) {
      error(
          "quantifier-on-not",
          where,
          "a `" + step.contiguity().verb() + "` step has no quantifier");
    }
    if (step.until() != null) {
      error("until-without-loop", where, "`until` ends a loop: it needs `times: N+`");
    }
    if (previous != null && previous.optional()) {
      error(
          "optional-before-not",
          where,
          "`"
              + step.contiguity().verb()
              + "` can't follow an optional step: use two patterns, with and without it");
    }
  }

  private void checkQuantifier(StepSpec step, StepSpec previous, String where) {
    if (step.until() != null && !step.isLoop()) {
      error("until-without-loop", where, "`until` ends a loop: it needs `times: N+`");
    }
    if (step.times() == null && step.inner() != Inner.RELAXED) {
      error(
          "missing-quantifier",
          where,
          "`consecutive` and `allow_combinations` are for steps with `times`");
    }
    if (step.greedy() && step.times() == null) {
      error("missing-quantifier", where, "`greedy` is for steps with `times`");
    }
    if (previous != null && previous.greedy() && canBeginLater(step)) {
      error(
          "optional-after-greedy",
          where,
          step.optional()
              ? "an optional step can't follow a greedy one"
              : "a group that can begin without its first step can't follow a greedy step");
    }
  }

  private void checkSkip(PatternSpec pattern) {
    String step = pattern.skip().step();
    if (step != null && pattern.steps().stream().noneMatch(s -> step.equals(s.name()))) {
      diagnostics.add(
          new Diagnostic(
              "unknown-step",
              "skip",
              null,
              0,
              0,
              0,
              "`" + step + "` is not a step outside of groups",
              "steps: "
                  + pattern.steps().stream().map(StepSpec::name).filter(n -> n != null).toList()));
    }
  }

  /** A time between two events that is longer than the whole match may be bounds nothing. */
  private void checkWindows(List<StepSpec> steps, Long window) {
    for (StepSpec step : steps) {
      if (step.isGroup()) {
        checkWindows(step.group(), window);
      }
      checkGap(step, step.withinPrevious(), window);
      checkGap(step, step.times() == null ? null : step.times().within(), window);
    }
  }

  private void checkGap(StepSpec step, Long gap, Long window) {
    if (gap != null && window != null && gap > window) {
      error(
          "gap-over-window",
          step.isGroup() ? "a group" : "step `" + step.name() + "`",
          "the window between two events ("
              + gap
              + " ms) is longer than that of the whole match ("
              + window
              + " ms)");
    }
  }

  private void checkLastAbsence(PatternSpec pattern) {
    if (pattern.window() != null) {
      return;
    }
    for (StepSpec absence : lastAbsences(pattern.steps())) {
      if (absence.withinPrevious() == null) {
        error(
            "missing-window",
            "step `" + absence.name() + "`",
            "a pattern that can end with `not_followed_by` needs a window: without one it would wait for ever");
      }
    }
  }

  /** The absences with which a match can end: all that comes behind them may be left out. */
  static List<StepSpec> lastAbsences(List<StepSpec> steps) {
    List<StepSpec> absences = new ArrayList<>();
    for (int i = steps.size() - 1; i >= 0; i--) {
      StepSpec step = steps.get(i);
      if (step.isGroup()) {
        absences.addAll(lastAbsences(step.group()));
      } else if (step.contiguity() == Contiguity.NOT_FOLLOWED_BY) {
        absences.add(step);
        continue;
      }
      // What `not_next` asks of an event is the last that a match needs.
      if (!canBeEmpty(List.of(step)) || step.contiguity() == Contiguity.NOT_NEXT) {
        break;
      }
    }
    return absences;
  }

  /** Such a group can be passed by leaving it out, or by leaving all of its steps out. */
  static boolean hasEmptyGroupToPass(List<StepSpec> steps) {
    return steps.stream()
        .anyMatch(
            s ->
                s.isGroup()
                    && (((s.times() != null || s.optional()) && canBeEmpty(s.group()))
                        || hasEmptyGroupToPass(s.group())));
  }

  /** Whether a step may be left out, or what a group begins with. */
  static boolean canBeginLater(StepSpec step) {
    return step.optional() || (step.isGroup() && canBeginLater(step.group().get(0)));
  }

  /** Whether a sequence of steps can be passed without taking an event. */
  static boolean canBeEmpty(List<StepSpec> steps) {
    return steps.stream()
        .allMatch(
            s ->
                s.contiguity().isNegative()
                    || s.optional()
                    || (s.isGroup() && canBeEmpty(s.group())));
  }

  private void error(String code, String location, String message) {
    diagnostics.add(new Diagnostic(code, location, null, 0, 0, 0, message, null));
  }
}
