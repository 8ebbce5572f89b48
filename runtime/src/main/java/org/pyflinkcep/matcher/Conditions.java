package org.pyflinkcep.matcher;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.pyflinkcep.expression.Condition;
import org.pyflinkcep.expression.Evaluation;

/**
 * The conditions of all rules. Equal ones are one, and one that doesn't refer to earlier events is
 * evaluated once an event.
 */
final class Conditions {

  private final Map<String, Integer> numbers = new HashMap<>();
  private Condition[] conditions = new Condition[8];
  private boolean[] refersToTaken = new boolean[8];

  /** The event for which an answer was found, by condition. */
  private long[] answeredFor = new long[8];

  private boolean[] answers = new boolean[8];
  private int count;
  private long event;

  /** One that refers to earlier events is its rule's own: it knows their steps by number. */
  int add(Condition condition) {
    return condition.refersToTaken()
        ? append(condition)
        : numbers.computeIfAbsent(condition.canonical(), canonical -> append(condition));
  }

  private int append(Condition condition) {
    if (count == conditions.length) {
      makeRoom();
    }
    conditions[count] = condition;
    refersToTaken[count] = condition.refersToTaken();
    return count++;
  }

  private void makeRoom() {
    int capacity = 2 * conditions.length;
    conditions = Arrays.copyOf(conditions, capacity);
    refersToTaken = Arrays.copyOf(refersToTaken, capacity);
    answeredFor = Arrays.copyOf(answeredFor, capacity);
    answers = Arrays.copyOf(answers, capacity);
  }

  boolean refersToTaken(int condition) {
    return refersToTaken[condition];
  }

  Condition get(int condition) {
    return conditions[condition];
  }

  /** Forgets what was found for the event before. */
  void nextEvent() {
    event++;
  }

  /** The number of the event, of those that were matched or asked about. */
  long event() {
    return event;
  }

  /** Whether a condition holds; a condition that can't be evaluated doesn't. */
  boolean test(int number, Evaluation evaluation, CompiledRule rule, MatchListener listener) {
    if (refersToTaken[number]) {
      return evaluate(conditions[number], evaluation, rule, listener);
    }
    if (answeredFor[number] != event) {
      answeredFor[number] = event;
      answers[number] = evaluate(conditions[number], evaluation, rule, listener);
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
