package org.pyflinkcep.bruteforce;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.pyflinkcep.conformance.MatchCase;
import org.pyflinkcep.conformance.MatchCase.Event;

/** Small random patterns, clauses that can be put into them, and streams that hold matches. */
final class OneClause {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> TIMES =
      List.of("1", "2", "0..1", "0..2", "1..2", "2..3", "0+", "1+", "2+");

  private final Random random;
  private int names;

  OneClause(long seed) {
    random = new Random(seed * 0x9E3779B97F4A7C15L);
  }

  /** One to three steps, or a group of them among others; each may take most events. */
  ObjectNode pattern() {
    ObjectNode pattern = JSON.createObjectNode();
    pattern.set("steps", sequence(1 + random.nextInt(3), 0));
    return pattern;
  }

  private ArrayNode sequence(int length, int depth) {
    ArrayNode steps = JSON.createArrayNode();
    for (int i = 0; i < length; i++) {
      ObjectNode step = JSON.createObjectNode();
      String verb = i == 0 ? "begin" : pick(List.of("next", "followed_by", "followed_by_any"));
      if (depth == 0 && names < 2 && chance(0.3)) {
        step.set(verb, sequence(1 + random.nextInt(2), 1));
      } else {
        step.put(verb, "s" + ++names).put("where", where());
      }
      if (chance(0.3)) {
        step.put("times", pick(TIMES));
      }
      if (i > 0 && chance(0.1)) {
        steps.add(absence());
      }
      steps.add(step);
    }
    return steps;
  }

  private ObjectNode absence() {
    String verb = pick(List.of("not_next", "not_followed_by"));
    // A step takes b, and some take c: an absence of those is asked before a step takes them.
    String where = pick(List.of("name = 'x'", "name = 'c'"));
    return JSON.createObjectNode().put(verb, "s" + ++names).put("where", where);
  }

  private String where() {
    return pick(List.of("name IN ('a', 'b')", "name IN ('b', 'c')", "name = 'b'"));
  }

  /** The pattern with one more clause; null where it has that already. */
  ObjectNode with(ObjectNode pattern, ClauseEffectTest.Clause clause) {
    ObjectNode added = pattern.deepCopy();
    ObjectNode at = clause.at(added);
    if (at.has(clause.key())) {
      return null;
    }
    switch (clause.key()) {
      case "within" -> at.put("within", 4 + random.nextInt(6));
      case "within_previous", "times_within" -> at.put(clause.key(), 2 + random.nextInt(2));
      case "until" -> at.put("until", "name = 'c'");
      case "times" -> at.put("times", pick(TIMES));
      case "skip" -> at.put("skip", pick(List.of("to_next", "past_last_event")));
      default -> at.put(clause.key(), true);
    }
    return added;
  }

  MatchCase stream(JsonNode pattern) {
    List<MatchCase.Signal> events = new ArrayList<>();
    long time = 1;
    for (int i = 1; i <= 10; i++) {
      String letter = chance(0.85) ? pick(List.of("a", "b", "b", "c")) : "x";
      events.add(new Event("e" + i, time, null, letter, null, "Event", null));
      time += chance(0.2) ? 0 : 1 + random.nextInt(3);
    }
    return new MatchCase(
        "", pattern, false, List.of(), List.of(), events, Long.MAX_VALUE, null, null);
  }

  private boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  private String pick(List<String> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
