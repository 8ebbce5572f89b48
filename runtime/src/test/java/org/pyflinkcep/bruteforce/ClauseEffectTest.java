package org.pyflinkcep.bruteforce;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.pyflinkcep.conformance.MatchCase;
import org.pyflinkcep.conformance.Outcome;
import org.pyflinkcep.conformance.OwnMatcher;

/**
 * What is written in a pattern has an effect: some stream has other matches or timeouts without it,
 * or it is refused, or it is one of the kinds that can't have one, of which {@code check} warns.
 */
class ClauseEffectTest {

  private static final int PATTERNS = Integer.getInteger("clauses.patterns", 200);
  private static final long SEED = Long.getLong("clauses.seed", 1);
  private static final int STREAMS = 400;

  /** Longer matches are rare in the streams. */
  private static final int MOST_NEEDED = 5;

  private static final List<String> OF_A_STEP =
      List.of(
          "times",
          "times_within",
          "until",
          "consecutive",
          "allow_combinations",
          "greedy",
          "optional",
          "within",
          "within_previous",
          "absence");

  private static final List<String> OF_A_PATTERN = List.of("within", "within_previous", "skip");

  @Test
  void each_clause_has_an_effect() {
    List<String> without = new ArrayList<>();
    Map<String, Integer> effective = new TreeMap<>();
    Map<String, Integer> vain = new TreeMap<>();
    for (long seed = SEED; seed < SEED + PATTERNS; seed++) {
      OneClause random = new OneClause(seed);
      ObjectNode pattern = random.pattern();
      List<MatchCase> streams = new ArrayList<>();
      for (int i = 0; i < STREAMS; i++) {
        streams.add(random.stream(pattern));
      }
      if (isRefused(streams.get(0), pattern)
          || Vain.needed(pattern) > MOST_NEEDED
          || Vain.repeatsNothing(pattern.get("steps"))) {
        continue;
      }
      for (Clause clause : Clause.places(pattern)) {
        ObjectNode with = clause.isAbsence() ? pattern : random.with(pattern, clause);
        ObjectNode rest = clause.isAbsence() ? clause.removed(pattern) : pattern;
        if (with == null || isRefused(streams.get(0), with)) {
          continue;
        }
        String kind = Vain.kind(with, clause);
        if (isRefused(streams.get(0), rest) || hasEffect(with, rest, streams)) {
          effective.merge(clause.key(), 1, Integer::sum);
        } else if (kind == null) {
          without.add(clause + " of " + with);
        } else {
          vain.merge(kind, 1, Integer::sum);
        }
      }
    }
    System.out.println("effective " + effective + ", without an effect " + vain);
    assertThat(without).isEmpty();
    assertThat(effective.keySet()).containsAll(OF_A_STEP).containsAll(OF_A_PATTERN);
    assertThat(vain.keySet()).containsExactlyInAnyOrderElementsOf(Vain.KINDS);
  }

  private static boolean isRefused(MatchCase stream, ObjectNode pattern) {
    return run(stream.withPattern(pattern)).equals(Outcome.REFUSED);
  }

  private static boolean hasEffect(ObjectNode with, ObjectNode rest, List<MatchCase> streams) {
    return streams.stream()
        .anyMatch(stream -> !run(stream.withPattern(rest)).equals(run(stream.withPattern(with))));
  }

  private static Outcome run(MatchCase matchCase) {
    return new OwnMatcher().run(matchCase);
  }

  /**
   * A clause of a step, or of the pattern.
   *
   * @param path the places of the steps, from the outermost on
   */
  record Clause(List<Integer> path, String key) {

    /** Where a clause can be, or an absence is. */
    static List<Clause> places(ObjectNode pattern) {
      List<Clause> places = new ArrayList<>();
      OF_A_PATTERN.forEach(key -> places.add(new Clause(List.of(), key)));
      find(pattern.get("steps"), List.of(), places);
      return places;
    }

    private static void find(JsonNode steps, List<Integer> path, List<Clause> places) {
      for (int i = 0; i < steps.size(); i++) {
        List<Integer> place = new ArrayList<>(path);
        place.add(i);
        boolean absence = steps.get(i).fieldNames().next().startsWith("not_");
        OF_A_STEP.stream()
            .filter(key -> absence == key.equals("absence"))
            .forEach(key -> places.add(new Clause(place, key)));
        JsonNode body = steps.get(i).elements().next();
        if (body.isArray()) {
          find(body, place, places);
        }
      }
    }

    boolean isAbsence() {
      return key.equals("absence");
    }

    /** The pattern without the step. */
    ObjectNode removed(ObjectNode pattern) {
      ObjectNode rest = pattern.deepCopy();
      stepsAt(rest).remove(path.get(path.size() - 1));
      return rest;
    }

    private ArrayNode stepsAt(ObjectNode pattern) {
      ArrayNode steps = (ArrayNode) pattern.get("steps");
      for (int place : path.subList(0, path.size() - 1)) {
        steps = (ArrayNode) steps.get(place).elements().next();
      }
      return steps;
    }

    /** The step, or the pattern. */
    ObjectNode at(ObjectNode pattern) {
      return path.isEmpty()
          ? pattern
          : (ObjectNode) stepsAt(pattern).get(path.get(path.size() - 1));
    }
  }
}
