package org.pyflinkcep.flink;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.matcher.RuleReader;

/** Random rules, updates of them, and events. One seed always gives the same. */
final class RandomRules {

  /** The last column is for {@link RuleOracle}; NULL. */
  static final RowType EVENT_TYPE =
      RowType.of(
          new LogicalType[] {
            new IntType(),
            VarCharType.STRING_TYPE,
            VarCharType.STRING_TYPE,
            new BigIntType(),
            new BigIntType(),
            new BooleanType()
          },
          new String[] {"id", "user", "kind", "price", "number", "may_begin"});

  private static final ObjectMapper JSON = new ObjectMapper();

  /** An event, in the order of arrival; times are unique. */
  record Event(int number, RowData row, long timestamp) {}

  /** A document that arrives, at the watermark that its input has then. */
  record Update(String text, long timestamp, long watermark) {}

  /** A document, and whether it can be read. */
  private record Document(String id, long version, String text) {}

  private final Random random;
  private final int ids;

  /** Whether results must not depend on when it is known that time has passed. */
  private final boolean arrivalOnly;

  private final Map<String, Document> newest = new HashMap<>();

  RandomRules(long seed, int ids, boolean arrivalOnly) {
    this.random = new Random(seed * 0x9E3779B97F4A7C15L);
    this.ids = ids;
    this.arrivalOnly = arrivalOnly;
  }

  // ---- events ---------------------------------------------------------------------------------

  /**
   * Events in the order of arrival: none comes later than the bound after those of its time.
   *
   * @return the events, with times from 1 to {@code 2 * count}
   */
  List<Event> events(int count, int bound) {
    List<Event> events = new ArrayList<>();
    Map<Event, Long> arrivals = new HashMap<>();
    for (int i = 0; i < count; i++) {
      RowData row =
          GenericRowData.of(
              random.nextInt(4),
              chance(0.03) ? null : StringData.fromString("u" + random.nextInt(3)),
              chance(0.03) ? null : StringData.fromString(kind()),
              chance(0.05) ? null : (long) random.nextInt(10),
              (long) i,
              null);
      Event event = new Event(i, row, 1 + 2L * i + random.nextInt(2));
      events.add(event);
      arrivals.put(event, event.timestamp() + random.nextInt(bound));
    }
    events.sort(Comparator.comparing(arrivals::get));
    return events;
  }

  // ---- updates --------------------------------------------------------------------------------

  /** The rules that a job is started with. */
  List<String> planned(int count) {
    List<String> planned = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Document document = rule("r" + i, 1 + random.nextInt(3), pick("live", "live", "shadow"));
      newest.put(document.id(), document);
      planned.add(document.text());
    }
    return planned;
  }

  /** Updates with times, out of order within the bound, or without. */
  List<Update> updates(int count, long until, int bound) {
    List<Long> times = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      times.add(1 + (long) (random.nextDouble() * until));
    }
    Map<Long, Long> arrivals = new HashMap<>();
    times.forEach(time -> arrivals.put(time, time + random.nextInt(bound)));
    times.sort(Comparator.comparing(arrivals::get));
    List<Update> updates = new ArrayList<>();
    long latest = Long.MIN_VALUE;
    long watermark = Long.MIN_VALUE;
    for (long time : times) {
      // Some come after the watermark has passed their time.
      long own = chance(0.05) ? Math.max(1, time - 3L * bound) : time;
      updates.add(new Update(document(), own, watermark));
      latest = Math.max(latest, time);
      if (chance(0.5)) {
        watermark = Math.max(watermark, latest - bound - 1);
      }
    }
    return updates;
  }

  private String document() {
    double kind = random.nextDouble();
    String id = "r" + random.nextInt(ids);
    Document last = newest.get(id);
    if (last != null && kind < 0.06) {
      return last.text();
    }
    if (last != null && kind < 0.12) {
      return rule(id, 1 + random.nextInt((int) last.version()), "live").text();
    }
    if (kind < 0.22) {
      return broken(id, last == null ? 1 : last.version() + 1);
    }
    String status = pick("live", "live", "live", "live", "live", "shadow", "paused", "retired");
    if (arrivalOnly && !isPausable(id)) {
      status = pick("live", "live", "shadow");
    }
    Document document =
        rule(id, (last == null ? 0 : last.version()) + 1 + random.nextInt(2), status);
    newest.put(id, document);
    return document.text();
  }

  /** Rules that may be paused: without a time of its own, a pause has none to compare with. */
  private boolean isPausable(String id) {
    return id.hashCode() % 2 == 0;
  }

  private String broken(String id, long version) {
    return switch (random.nextInt(8)) {
      case 0 -> "{id: " + id;
      case 1 -> "";
      case 2 -> "[1, 2]";
      case 3 -> "{id: " + id + ", version: " + version + "}";
      case 4 -> rule(id, version, "live").text().replace("kind =", "kynd =");
      case 5 -> rule(id, version, "live").text().replace("\"begin\"", "\"start\"");
      case 6 -> rule(id, version, "live").text().replace("\"partition_by\":", "\"by\":");
      default -> rule(id, version, "live").text().replace("\"version\":", "\"version\":-");
    };
  }

  // ---- rules ----------------------------------------------------------------------------------

  private Document rule(String id, long version, String status) {
    while (true) {
      Document document = anyRule(id, version, status);
      Diagnostics diagnostics = new Diagnostics();
      if (RuleReader.read("", document.text(), EVENT_TYPE, ZoneOffset.UTC, diagnostics) != null) {
        return document;
      }
    }
  }

  /** Some patterns are refused. */
  private Document anyRule(String id, long version, String status) {
    boolean eventsDecide = arrivalOnly && isPausable(id);
    ObjectNode rule = JSON.createObjectNode();
    rule.put("id", id).put("version", version);
    ArrayNode key = rule.putArray("partition_by");
    for (String column :
        pick(List.of("id"), List.of("user"), List.of("id", "user"), List.<String>of())) {
      key.add(column);
    }
    boolean skips = !eventsDecide && chance(0.5);
    ArrayNode steps = rule.putArray("steps");
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      ObjectNode step = steps.addObject();
      String name = "s" + i;
      step.put(
          i == 0 ? "begin" : pick("next", "followed_by", "followed_by", "followed_by_any"), name);
      step.put("where", condition(i == 0 ? null : "s" + random.nextInt(i)));
      if (chance(0.25) && !(i == 0 && skips)) {
        step.put("times", pick("2", "1..2", "1+", "2+"));
        if (chance(0.2)) {
          step.put("consecutive", true);
        } else if (chance(0.2)) {
          step.put("greedy", true);
        }
      } else if (i > 0 && chance(0.1)) {
        step.put("optional", true);
      }
    }
    if (chance(0.25)) {
      int place = 1 + random.nextInt(eventsDecide && count > 1 ? count - 1 : count);
      boolean afterOptional = steps.get(place - 1).has("optional");
      if (!afterOptional && !(eventsDecide && mayEndAt(steps, place))) {
        ObjectNode absence = JSON.createObjectNode();
        absence.put(place < count && chance(0.5) ? "not_next" : "not_followed_by", "absent");
        absence.put("where", "kind = '" + kind() + "'");
        steps.insert(place, absence);
      }
    }
    // A long one only where matches don't multiply.
    boolean few = !steps.findValues("times").isEmpty() ? false : count < 3;
    rule.put("within", 5 + random.nextInt(few && chance(0.3) ? 200 : 40));
    if (skips) {
      if (chance(0.4)) {
        rule.putObject("skip").put(pick("to_first", "to_last"), "s" + random.nextInt(count));
      } else {
        rule.put("skip", pick("to_next", "past_last_event"));
      }
    }
    rule.putObject("measures")
        .put("first", "s0.number")
        .put("count", "COUNT(s" + (count - 1) + ")")
        .put("price", "SUM(s0.price)");
    rule.put("severity", pick("info", "low", "medium", "high", "critical")).put("status", status);
    if (chance(0.2)) {
      rule.put("rollout", random.nextInt(101));
    }
    return new Document(id, version, rule.toString());
  }

  /** Whether a match may end in silence, where an absence stands before a step. */
  private static boolean mayEndAt(ArrayNode steps, int place) {
    return IntStream.range(place, steps.size()).allMatch(i -> steps.get(i).has("optional"));
  }

  private String condition(String earlier) {
    String fits = "kind = '" + kind() + "'";
    if (earlier != null && chance(0.15)) {
      return fits + " AND price >= LAST(" + earlier + ".price)";
    }
    return switch (random.nextInt(9)) {
      case 0 -> fits + " AND price > " + random.nextInt(8);
      case 1 -> "price BETWEEN 2 AND " + (2 + random.nextInt(3));
      case 2 -> "kind IN ('a', '" + kind() + "') AND price < 6";
      case 3 -> "price >= 7";
      case 4 -> "kind LIKE '" + kind() + "%'";
      default -> fits;
    };
  }

  private String kind() {
    return pick("a", "b", "c", "d", "e");
  }

  private boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  @SafeVarargs
  private <T> T pick(T... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
