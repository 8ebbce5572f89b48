package org.pyflinkcep.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.pyflinkcep.conformance.EmptyBody;
import org.pyflinkcep.conformance.MatchCase;
import org.pyflinkcep.conformance.MatchCase.Clock;
import org.pyflinkcep.conformance.MatchCase.Event;
import org.pyflinkcep.conformance.MatchCase.Signal;
import org.pyflinkcep.conformance.MatchCase.Watermark;

/**
 * Random patterns, each with a random stream that is likely to hold matches. One seed always gives
 * the same case.
 */
final class RandomCases {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_STEPS = 5;
  private static final List<String> LETTERS = List.of("a", "b", "c");

  /** Besides {@code FITS}. STEP is the step itself or one before it. */
  private static final List<String> CONDITIONS =
      List.of(
          "price > 3",
          "name <> OTHER",
          "FITS OR name = OTHER",
          "FITS AND price > 2",
          "name <> 'd'; price < 8",
          "FITS; or name = OTHER",
          "FITS AND COUNT(STEP) < 2",
          "FITS AND price > LAST(STEP.price)",
          "FITS AND (COUNT(STEP) = 0 OR price >= LAST(STEP.price))",
          "FITS AND LAST(STEP.price, 1) IS NULL",
          "FITS AND SUM(STEP.price) + price < 15",
          "price >= FIRST(STEP.price)",
          "name <> 'd' AND price > COALESCE(MAX(STEP.price), 0)",
          "COUNT(DISTINCT STEP.name) <= 1 AND price > AVG(STEP.price)");

  private final Random random;

  /** Whether anything goes, so that some patterns are refused. */
  private final boolean wild;

  private final List<String> stepNames = new ArrayList<>();

  /** What the steps so far look for, so that the stream can hold it. */
  private final List<String> wanted = new ArrayList<>();

  private boolean explosive;

  private RandomCases(long seed) {
    random = new Random(seed * 0x9E3779B97F4A7C15L);
    wild = chance(0.08);
  }

  static MatchCase of(long seed) {
    return new RandomCases(seed).matchCase("seed " + seed);
  }

  private MatchCase matchCase(String name) {
    ObjectNode pattern = pattern();
    boolean processingTime = chance(0.05);
    boolean keyed = chance(0.3);
    List<Event> events = events(keyed);
    return new MatchCase(
        name,
        pattern,
        processingTime,
        keyed ? List.of("id") : List.of(),
        chance(0.1) ? List.of("price") : List.of(),
        processingTime ? withClock(events) : withWatermarks(outOfOrder(events)),
        chance(0.1) ? events.get(events.size() - 1).ts() + random.nextInt(8) : Long.MAX_VALUE,
        null,
        null);
  }

  // ------------------------------------------------------------------------ patterns

  private ObjectNode pattern() {
    ObjectNode pattern = JSON.createObjectNode();
    ArrayNode steps = sequence(1 + random.nextInt(4), 0);
    if (chance(0.6)) {
      pattern.set("skip", null);
    }
    pattern.set("steps", steps);
    ObjectNode last = (ObjectNode) steps.get(steps.size() - 1);
    // Its windows are those of the pattern: twice the same is refused.
    last.remove(List.of("within", "within_previous"));
    boolean silence = last.has("not_followed_by");
    int within = 4 + random.nextInt(12);
    int gap = wild ? 4 + random.nextInt(12) : 1 + random.nextInt(within);
    if (silence && !wild && chance(0.3)) {
      pattern.put("within_previous", gap);
    } else if ((silence && !wild) || chance(0.4)) {
      pattern.put("within", within);
    }
    if (!pattern.has("within_previous") && chance(0.15)) {
      pattern.put("within_previous", gap);
    }
    if (pattern.has("skip")) {
      skip(pattern, steps);
    }
    return pattern;
  }

  private void skip(ObjectNode pattern, ArrayNode steps) {
    List<String> names = new ArrayList<>();
    steps.forEach(
        step -> {
          if (step.elements().next().isTextual()) {
            names.add(step.elements().next().asText());
          }
        });
    if (names.isEmpty() || chance(0.5)) {
      pattern.put("skip", chance(0.4) ? "to_next" : "past_last_event");
    } else {
      ObjectNode skip = pattern.putObject("skip");
      skip.put(chance(0.5) ? "to_first" : "to_last", pick(wild ? stepNames : names));
      if (chance(0.2)) {
        skip.put("throw_on_miss", true);
      }
    }
  }

  private ArrayNode sequence(int length, int depth) {
    ArrayNode steps = JSON.createArrayNode();
    ObjectNode previous = null;
    for (int i = 0; i < length && (previous == null || stepNames.size() < MAX_STEPS); i++) {
      previous = step(previous, depth, i == length - 1);
      steps.add(previous);
    }
    return steps;
  }

  private ObjectNode step(ObjectNode previous, int depth, boolean last) {
    ObjectNode step = JSON.createObjectNode();
    boolean afterOptional = previous != null && EmptyBody.isOptional(previous);
    boolean afterGreedy = previous != null && previous.has("greedy");
    if (previous != null && chance(0.18) && (wild || !afterOptional)) {
      step.put(chance(0.4) ? "not_next" : "not_followed_by", name());
      condition(step, pick(LETTERS));
      wanted.remove(wanted.size() - 1);
      if (wild && chance(0.1)) {
        step.put(pick("optional", "greedy", "consecutive"), true);
      }
      return step;
    }
    String verb =
        previous == null ? "begin" : pick("next", "followed_by", "followed_by", "followed_by_any");
    boolean group = depth < 2 && stepNames.size() < MAX_STEPS - 1 && chance(depth == 0 ? 0.2 : 0.1);
    if (group) {
      step.set(verb, sequence(1 + random.nextInt(3), depth + 1));
    } else {
      step.put(verb, name());
      condition(step, pick(LETTERS));
    }
    if (chance(group ? 0.5 : 0.35)) {
      quantifier(step, group);
    }
    if (chance(0.2) && (wild || !afterGreedy && !step.path("times").asText().startsWith("0.."))) {
      step.put("optional", true);
    }
    if (wild && chance(0.1)) {
      step.put(pick("greedy", "consecutive", "allow_combinations"), true);
    }
    if (wild && chance(0.05)) {
      step.put("until", "name = 'd'");
    }
    if (!last && chance(0.05)) {
      step.put("within", 4 + random.nextInt(12));
    }
    if (!last && chance(0.05)) {
      step.put("within_previous", 1 + random.nextInt(4));
    }
    return step;
  }

  private void quantifier(ObjectNode step, boolean group) {
    boolean loop = chance(0.5) && (!group || wild || !EmptyBody.canBeEmpty(step.elements().next()));
    step.put("times", loop ? pick("1+", "1+", "2+") : pick("2", "0..2", "1..2", "1..3", "2..3"));
    if (chance(0.2)) {
      step.put("times_within", 1 + random.nextInt(5));
    }
    double inner = random.nextDouble();
    if (inner < 0.2) {
      step.put("consecutive", true);
    } else if (inner < 0.4) {
      step.put("allow_combinations", true);
      explosive = true;
    }
    explosive |= group;
    if (chance(0.25) && (wild || !group)) {
      step.put("greedy", true);
    }
    if (loop && chance(0.25)) {
      step.put("until", pick("name = 'd'", "price > 7", "COUNT(" + pick(stepNames) + ") > 2"));
    }
  }

  private String name() {
    String name =
        wild && !stepNames.isEmpty() && chance(0.03)
            ? pick(stepNames)
            : "s" + (stepNames.size() + 1);
    stepNames.add(name);
    return name;
  }

  // ---------------------------------------------------------------------- conditions

  private void condition(ObjectNode step, String letter) {
    wanted.add(letter);
    if (chance(0.04)) {
      return;
    }
    String template = chance(0.6) ? "FITS" : pick(CONDITIONS);
    String[] clauses =
        template
            .replace("FITS", "name = '" + letter + "'")
            .replace("OTHER", "'" + pick(LETTERS) + "'")
            .replace("STEP", pick(stepNames))
            .split("; ");
    if (clauses.length == 1) {
      step.put("where", clauses[0]);
      return;
    }
    ArrayNode where = step.putArray("where");
    for (String clause : clauses) {
      if (clause.startsWith("or ")) {
        where.addObject().put("or", clause.substring("or ".length()));
      } else {
        where.add(clause);
      }
    }
  }

  // ------------------------------------------------------------------------- streams

  private List<Event> events(boolean keyed) {
    List<Event> events = new ArrayList<>();
    int count = 5 + random.nextInt(explosive ? 4 : 8);
    double ties = chance(0.3) ? 0.4 : 0;
    long time = 1;
    int walk = 0;
    for (int i = 1; i <= count; i++) {
      String letter = chance(0.8) ? wanted.get(walk % wanted.size()) : pick("a", "b", "c", "d");
      if (chance(0.7)) {
        walk++;
      }
      events.add(
          new Event(
              "e" + i,
              time,
              keyed ? 1 + random.nextInt(2) : null,
              letter,
              (double) (1 + random.nextInt(9)),
              "Event",
              null));
      time += chance(ties) ? 0 : 1 + random.nextInt(3);
    }
    return events;
  }

  private List<Event> outOfOrder(List<Event> events) {
    List<Event> shuffled = new ArrayList<>(events);
    if (chance(0.3)) {
      for (int swaps = 1 + random.nextInt(4); swaps > 0; swaps--) {
        int from = random.nextInt(shuffled.size());
        Event moved = shuffled.remove(from);
        shuffled.add(Math.min(shuffled.size(), from + random.nextInt(4)), moved);
      }
    }
    return shuffled;
  }

  private List<Signal> withWatermarks(List<Event> events) {
    double each = chance(0.5) ? 0 : random.nextDouble();
    List<Signal> stream = new ArrayList<>();
    long watermark = 0;
    long latest = 0;
    for (Event event : events) {
      stream.add(event);
      latest = Math.max(latest, event.ts());
      long next = latest + 2 - random.nextInt(6);
      if (chance(each) && next > watermark) {
        watermark = next;
        stream.add(new Watermark(watermark));
      }
    }
    return stream;
  }

  private List<Signal> withClock(List<Event> events) {
    List<Signal> stream = new ArrayList<>(events);
    if (chance(0.5)) {
      stream.add(new Clock(events.get(events.size() - 1).ts() + random.nextInt(20)));
    }
    return stream;
  }

  // -------------------------------------------------------------------------- chance

  private boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  @SafeVarargs
  private <T> T pick(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
