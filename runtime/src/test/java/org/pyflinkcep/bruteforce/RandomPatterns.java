package org.pyflinkcep.bruteforce;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.pyflinkcep.conformance.EmptyBody;
import org.pyflinkcep.conformance.MatchCase;
import org.pyflinkcep.conformance.MatchCase.Event;

/**
 * Random patterns whose conditions are {@code name IN (...)}, each with random streams. One seed
 * always gives the same. None has a skip strategy.
 */
final class RandomPatterns {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> NAMES = List.of("a", "b", "c");

  private final Random random;
  private int steps;

  RandomPatterns(long seed) {
    random = new Random(seed * 0x9E3779B97F4A7C15L);
  }

  ObjectNode pattern() {
    ObjectNode pattern = JSON.createObjectNode();
    pattern.set("steps", sequence(1 + random.nextInt(3), 0));
    if (canEndWithAbsence(pattern.get("steps")) || chance(0.3)) {
      pattern.put("within", 8 + random.nextInt(12));
    }
    return pattern;
  }

  private static boolean canEndWithAbsence(JsonNode steps) {
    for (int i = steps.size() - 1; i >= 0; i--) {
      JsonNode step = steps.get(i);
      JsonNode body = step.elements().next();
      if (step.has("not_followed_by") || body.isArray() && canEndWithAbsence(body)) {
        return true;
      }
      if (step.has("not_next")
          || !EmptyBody.isOptional(step) && !(body.isArray() && EmptyBody.canBeEmpty(body))) {
        return false;
      }
    }
    return false;
  }

  private ArrayNode sequence(int length, int depth) {
    ArrayNode sequence = JSON.createArrayNode();
    boolean optional = true;
    for (int i = 0; i < length; i++) {
      ObjectNode previous = i == 0 ? null : (ObjectNode) sequence.get(i - 1);
      ObjectNode step = step(previous, depth, i == length - 1, optional);
      optional &= step.has("optional") || step.path("times").asText().startsWith("0");
      sequence.add(step);
    }
    return sequence;
  }

  /**
   * @param mustTake whether none of the steps before must take an event
   */
  private ObjectNode step(ObjectNode previous, int depth, boolean last, boolean mustTake) {
    ObjectNode step = JSON.createObjectNode();
    boolean cannotBeLeftOut = previous != null && previous.has("greedy");
    if (previous != null && canPrecedeAbsence(previous) && chance(last ? 0.4 : 0.2)) {
      boolean onlyNext = last && depth == 0 || chance(0.4);
      step.put(onlyNext ? "not_next" : "not_followed_by", "s" + ++steps);
      step.put("where", where(1));
      return step;
    }
    String verb =
        previous == null ? "begin" : pick("next", "followed_by", "followed_by", "followed_by_any");
    boolean group = depth < 2 && steps < 4 && chance(depth == 0 ? 0.35 : 0.2);
    if (group) {
      step.set(verb, sequence(1 + random.nextInt(3), depth + 1));
    } else {
      step.put(verb, "s" + ++steps);
      step.put("where", where(chance(0.3) ? 2 : 1));
    }
    if (chance(0.6)) {
      quantifier(step, group, last, !cannotBeLeftOut && !(last && mustTake));
    } else if (!cannotBeLeftOut && !(last && mustTake) && chance(0.2)) {
      step.put("optional", true);
    }
    if (chance(0.15)) {
      step.put("within_previous", 1 + random.nextInt(5));
    }
    return step;
  }

  private void quantifier(ObjectNode step, boolean group, boolean last, boolean canBeOptional) {
    String times = pick("1+", "2+", "2", "3", "1..2", "1..3", "2..3", "0..2", "0+");
    times = times.startsWith("0") && !canBeOptional ? "2" : times;
    step.put("times", times);
    if (chance(0.6)) {
      step.put("times_within", 1 + random.nextInt(5));
    }
    // A group of several lengths that isn't consecutive can be left late, as in flink-cep.
    double inner = group && times.length() > 1 ? 0 : random.nextDouble();
    if (inner < 0.25) {
      step.put("consecutive", true);
    } else if (inner < 0.5) {
      step.put("allow_combinations", true);
    } else if (!group && !last && !times.startsWith("0") && inner < 0.7) {
      step.put("greedy", true);
    }
    if (!group && times.endsWith("+") && !step.has("greedy") && chance(0.3)) {
      step.put("until", where(1));
    }
  }

  private static boolean isAbsence(JsonNode step) {
    return step.fieldNames().next().startsWith("not_");
  }

  /** flink-cep lets some of the absence's events in between those of a loop of several lengths. */
  private static boolean canPrecedeAbsence(JsonNode step) {
    return !isAbsence(step)
        && !step.has("optional")
        && !step.has("greedy")
        && !step.path("times").asText().startsWith("0")
        && !step.elements().next().isArray();
  }

  private String where(int names) {
    List<String> left = new ArrayList<>(NAMES);
    while (left.size() > names) {
      left.remove(random.nextInt(left.size()));
    }
    return "name IN ('" + String.join("', '", left) + "')";
  }

  MatchCase matchCase(String name, JsonNode pattern) {
    List<MatchCase.Signal> events = new ArrayList<>();
    long time = 1;
    for (int i = 1; i <= 9; i++) {
      String letter = chance(0.9) ? pick(NAMES) : "x";
      events.add(new Event("e" + i, time, null, letter, null, "Event", null));
      time += chance(0.2) ? 0 : 1 + random.nextInt(3);
    }
    return new MatchCase(
        name, pattern, false, List.of(), List.of(), events, Long.MAX_VALUE, null, null);
  }

  private boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private String pick(List<String> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
