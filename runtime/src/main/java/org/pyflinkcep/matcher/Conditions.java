package org.pyflinkcep.matcher;

import java.util.ArrayDeque;
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

  /** By number; null where it is free. */
  private Condition[] conditions = new Condition[8];

  /** How many rules have a condition. */
  private int[] users = new int[8];

  private boolean[] refersToTaken = new boolean[8];

  /** The event for which an answer was found, by condition. */
  private long[] answeredFor = new long[8];

  private boolean[] answers = new boolean[8];
  private int count;

  /** The numbers below {@link #count} that are free. */
  private final ArrayDeque<Integer> free = new ArrayDeque<>();

  private long event;

  /** One that refers to earlier events is its rule's own: it knows their steps by number. */
  int add(Condition condition) {
    int number =
        condition.refersToTaken()
            ? append(condition)
            : numbers.computeIfAbsent(condition.canonical(), canonical -> append(condition));
    users[number]++;
    return number;
  }

  private int append(Condition condition) {
    if (free.isEmpty() && count == conditions.length) {
      makeRoom();
    }
    int number = free.isEmpty() ? count++ : free.pop();
    conditions[number] = condition;
    refersToTaken[number] = condition.refersToTaken();
    answeredFor[number] = 0;
    return number;
  }

  /** Forgets a condition once no rule has it any more: its number is given to another one then. */
  void remove(int number) {
    if (--users[number] > 0) {
      return;
    }
    if (!refersToTaken[number]) {
      numbers.remove(conditions[number].canonical());
    }
    conditions[number] = null;
    free.push(number);
  }

  /** How many conditions there are. */
  int size() {
    return count - free.size();
  }

  private void makeRoom() {
    int capacity = 2 * conditions.length;
    conditions = Arrays.copyOf(conditions, capacity);
    users = Arrays.copyOf(users, capacity);
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
      listener.onFailure(rule, condition.canonical(), evaluation.event, failure);
      return false;
    }
  }
}
