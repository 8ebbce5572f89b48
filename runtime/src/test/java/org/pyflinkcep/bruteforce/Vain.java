package org.pyflinkcep.bruteforce;

import java.util.List;
import java.util.stream.StreamSupport;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.pyflinkcep.bruteforce.ClauseEffectTest.Clause;

/** The clauses that can't have an effect, by the shape of the pattern alone. */
final class Vain {

  /** A step that occurs once: nothing of a loop means anything there. */
  private static final String ONCE = "of a loop, at a step that occurs once";

  private static final String FIXED = "greedy, where the number is fixed";
  private static final String LAST = "greedy, with no step behind";
  private static final String NONE_BEFORE = "within_previous, with no event before";
  private static final String ONE_EVENT = "of a match, where a match is one event";
  private static final String ALL = "optional, where a match would have no event";
  private static final String ONE_MATCH = "skip, where no event begins two matches";

  private static final String BEFORE_NEXT = "an absence, where nothing else may come";
  private static final String EMPTY = "how often, of what may be left out anyway";

  static final List<String> KINDS =
      List.of(ONCE, FIXED, LAST, NONE_BEFORE, ONE_EVENT, ALL, ONE_MATCH, BEFORE_NEXT, EMPTY);

  private static final int MANY = 1_000;

  private Vain() {}

  /** Why a clause has no effect; null: it should have one. */
  static String kind(ObjectNode pattern, Clause clause) {
    JsonNode step = clause.at(pattern);
    boolean once = !clause.path().isEmpty() && most(step) == 1;
    boolean oneEvent = mostOf(pattern.get("steps")) == 1;
    return switch (clause.key()) {
      case "consecutive", "allow_combinations", "times_within" -> once ? ONCE : null;
      case "times" ->
          once && least(step) == 1
              ? ONCE
              : isAll(pattern, clause) ? ALL : canBeEmpty(pattern, clause) ? EMPTY : null;
      case "greedy" ->
          once ? ONCE : least(step) == most(step) ? FIXED : isLast(pattern, clause) ? LAST : null;
      case "optional" -> isAll(pattern, clause) ? ALL : canBeEmpty(pattern, clause) ? EMPTY : null;
      case "absence" -> isBeforeNext(pattern, clause) ? BEFORE_NEXT : null;
      case "within" -> oneEvent ? ONE_EVENT : null;
      case "within_previous" -> oneEvent || hasNoneBefore(pattern, clause) ? NONE_BEFORE : null;
      case "skip" ->
          oneEvent
              ? ONE_EVENT
              : pattern.get("skip").asText().equals("to_next") && isOneMatch(pattern.get("steps"))
                  ? ONE_MATCH
                  : null;
      default -> null;
    };
  }

  private static int least(JsonNode step) {
    String times = step.path("times").asText("1");
    return step.has("optional") ? 0 : Integer.parseInt(times.replaceAll("\\D.*", ""));
  }

  private static int most(JsonNode step) {
    String times = step.path("times").asText("1");
    return times.endsWith("+") ? MANY : Integer.parseInt(times.replaceAll(".*\\D", ""));
  }

  private static boolean isAbsence(JsonNode step) {
    return step.fieldNames().next().startsWith("not_");
  }

  private static JsonNode body(JsonNode step) {
    return step.elements().next();
  }

  private static int mostOf(JsonNode steps) {
    return StreamSupport.stream(steps.spliterator(), false)
        .filter(step -> !isAbsence(step))
        .mapToInt(step -> most(step) * (body(step).isArray() ? mostOf(body(step)) : 1))
        .sum();
  }

  /** How many events the shortest match has, if what may be left out is not. */
  static int needed(ObjectNode pattern) {
    return neededBy(pattern.get("steps"));
  }

  private static int neededBy(JsonNode steps) {
    return StreamSupport.stream(steps.spliterator(), false)
        .mapToInt(
            step -> Math.max(least(step), 1) * (body(step).isArray() ? neededBy(body(step)) : 1))
        .sum();
  }

  /** Whether the step is all that a match has. */
  private static boolean isAll(ObjectNode pattern, Clause clause) {
    JsonNode steps = pattern.get("steps");
    for (int place : clause.path()) {
      if (steps.size() > 1) {
        return false;
      }
      steps = body(steps.get(place));
    }
    return true;
  }

  private static boolean isLast(ObjectNode pattern, Clause clause) {
    JsonNode steps = pattern.get("steps");
    for (int place : clause.path()) {
      if (place < steps.size() - 1) {
        return false;
      }
      steps = body(steps.get(place));
    }
    return true;
  }

  private static boolean hasNoneBefore(ObjectNode pattern, Clause clause) {
    List<Integer> path =
        clause.path().isEmpty() ? List.of(pattern.get("steps").size() - 1) : clause.path();
    JsonNode steps = pattern.get("steps");
    for (int place : path) {
      JsonNode step = steps.get(place);
      if (place > 0
          || most(step) > 1 && !step.equals(clause.at(pattern))
          || mostOf(steps) > 1 && most(step) > 1) {
        return false;
      }
      steps = body(step);
    }
    return !steps.isArray() || steps.size() == 1;
  }

  /** Whether a loop repeats what may have no event: it says twice how often that comes. */
  static boolean repeatsNothing(JsonNode steps) {
    return StreamSupport.stream(steps.spliterator(), false)
        .anyMatch(
            step ->
                body(step).isArray()
                    && (most(step) > 1 && allOptional(body(step)) || repeatsNothing(body(step))));
  }

  /** Whether a step is made of what may be left out, or makes up what may. */
  private static boolean canBeEmpty(ObjectNode pattern, Clause clause) {
    JsonNode step = clause.at(pattern);
    if (body(step).isArray() && allOptional(body(step))) {
      return true;
    }
    JsonNode steps = pattern.get("steps");
    for (int place : clause.path().subList(0, clause.path().size() - 1)) {
      if (least(steps.get(place)) == 0 && allOptional(body(steps.get(place)))) {
        return true;
      }
      steps = body(steps.get(place));
    }
    return false;
  }

  private static boolean allOptional(JsonNode steps) {
    return StreamSupport.stream(steps.spliterator(), false)
        .allMatch(
            step ->
                isAbsence(step)
                    || least(step) == 0
                    || body(step).isArray() && allOptional(body(step)));
  }

  private static boolean isBeforeNext(ObjectNode pattern, Clause clause) {
    JsonNode steps = siblings(pattern, clause);
    int place = clause.path().get(clause.path().size() - 1);
    JsonNode step = steps.get(place);
    return place + 1 < steps.size()
        && steps.get(place + 1).has("next")
        && (step.has("not_followed_by") || isNone(step, steps.get(place + 1)));
  }

  /** Whether no event can be both. */
  private static boolean isNone(JsonNode absence, JsonNode step) {
    String letter = absence.get("where").asText().replaceAll("name = ", "");
    return !step.toString().contains(letter);
  }

  private static JsonNode siblings(ObjectNode pattern, Clause clause) {
    JsonNode steps = pattern.get("steps");
    for (int place : clause.path().subList(0, clause.path().size() - 1)) {
      steps = body(steps.get(place));
    }
    return steps;
  }

  /** Whether each event can begin one match at most. */
  private static boolean isOneMatch(JsonNode steps) {
    return StreamSupport.stream(steps.spliterator(), false)
        .allMatch(
            step ->
                isAbsence(step)
                    || least(step) == most(step)
                        && !step.has("followed_by_any")
                        && !step.has("allow_combinations")
                        && (!body(step).isArray() || isOneMatch(body(step))));
  }
}
