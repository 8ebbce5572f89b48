package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.pyflinkcep.expression.Condition;
import org.pyflinkcep.expression.Evaluation;

/**
 * The conditions of all rules. Equal ones are one, and one that doesn't refer to earlier events is
 * evaluated once an event.
 */
final class Conditions {

  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<Condition> conditions = new ArrayList<>();

  /** The event for which an answer was found, by condition. */
  private long[] answeredFor = new long[8];

  private boolean[] answers = new boolean[8];
  private long event;

  int add(Condition condition) {
    return numbers.computeIfAbsent(
        condition.canonical(),
        canonical -> {
          conditions.add(condition);
          if (conditions.size() > answers.length) {
            answeredFor = Arrays.copyOf(answeredFor, 2 * answers.length);
            answers = Arrays.copyOf(answers, 2 * answers.length);
          }
          return conditions.size() - 1;
        });
  }

  boolean refersToTaken(int condition) {
    return conditions.get(condition).refersToTaken();
  }

  /** Forgets what was found for the event before. */
  void nextEvent() {
    event++;
  }

  /** Whether a condition holds; a condition that can't be evaluated doesn't. */
  boolean test(int number, Evaluation evaluation, CompiledRule rule, MatchListener listener) {
    Condition condition = conditions.get(number);
    if (condition.refersToTaken()) {
      return evaluate(condition, evaluation, rule, listener);
    }
    if (answeredFor[number] != event) {
      answeredFor[number] = event;
      answers[number] = evaluate(condition, evaluation, rule, listener);
    }
    return answers[number];
  }

  private static boolean evaluate(
      Condition condition, Evaluation evaluation, CompiledRule rule, MatchListener listener) {
    try {
      return condition.test(evaluation);
    } catch (RuntimeException failure) {
      listener.onFailure(rule, condition.canonical(), failure);
      return false;
    }
  }
}
