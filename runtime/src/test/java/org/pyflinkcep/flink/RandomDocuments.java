package org.pyflinkcep.flink;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.RandomExpressions;
import org.pyflinkcep.expression.TypedExpressions;
import org.pyflinkcep.matcher.RuleReader;

/**
 * Rules as people may publish them, right and wrong: of random conditions and measures, some over
 * columns that aren't there or are of another type, with fields that are missing, misspelled or of
 * another kind, cut off, too large, and with versions that go forth and back.
 */
final class RandomDocuments {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Random random;
  private final RowType eventType;
  private final RandomExpressions anyExpressions;
  private final TypedExpressions typedExpressions;
  private int count;

  RandomDocuments(long seed, RowType eventType) {
    this.random = new Random(seed * 0x9E3779B97F4A7C15L);
    this.eventType = eventType;
    this.anyExpressions = new RandomExpressions(random);
    this.typedExpressions = new TypedExpressions(seed);
  }

  List<String> next(int count) {
    List<String> documents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      documents.add(next());
    }
    return documents;
  }

  private String next() {
    count++;
    if (chance(0.6)) {
      return right();
    }
    ObjectNode rule = rule();
    String text = rule.toString();
    return switch (random.nextInt(12)) {
      case 0 -> text.substring(0, random.nextInt(text.length()));
      case 1 -> replaced(text);
      case 2 -> misspelled(rule).toString();
      case 3 -> ofAnotherKind(rule).toString();
      case 4 -> tooLarge(rule).toString();
      default -> text;
    };
  }

  /** One that can be read; it may be older than the one that is there. */
  private String right() {
    while (true) {
      String text = rule().toString();
      Diagnostics diagnostics = new Diagnostics();
      if (RuleReader.read("", text, eventType, ZoneOffset.UTC, diagnostics) != null) {
        return text;
      }
    }
  }

  private ObjectNode rule() {
    ObjectNode rule = JSON.createObjectNode();
    rule.put("id", "r" + random.nextInt(300)).put("version", 1 + count / 10 + random.nextInt(40));
    ArrayNode key = rule.putArray("partition_by");
    for (int columns = random.nextInt(3); columns > 0; columns--) {
      key.add(pick(eventType.getFieldNames()));
    }
    ArrayNode steps = rule.putArray("steps");
    steps.addObject().put("begin", "a").put("where", condition());
    if (chance(0.6)) {
      ObjectNode second = steps.addObject();
      second.put(pick(List.of("next", "followed_by", "followed_by_any")), "b");
      second.put("where", condition());
      if (chance(0.3)) {
        second.put("times", pick(List.of("2", "1..2", "1+", "0+")));
      }
    }
    if (chance(0.2)) {
      steps.addObject().put("not_followed_by", "c").put("where", condition());
    }
    rule.put("within", 1 + random.nextInt(30));
    if (chance(0.3)) {
      rule.put("skip", pick(List.of("to_next", "past_last_event")));
    }
    ObjectNode measures = rule.putObject("measures");
    for (int i = random.nextInt(4); i > 0; i--) {
      measures.put("m" + i, expression());
    }
    rule.put("severity", pick(List.of("info", "low", "medium", "high", "critical")));
    rule.put("status", pick(List.of("live", "live", "live", "shadow", "paused", "retired")));
    return rule;
  }

  private String expression() {
    return switch (random.nextInt(4)) {
      case 0 -> "LAST(a." + pick(eventType.getFieldNames()) + ")";
      case 1 -> typedExpressions.nextText();
      default -> anyExpressions.next();
    };
  }

  private String condition() {
    return switch (random.nextInt(12)) {
      case 0 -> "CAST(" + pick(eventType.getFieldNames()) + " AS INT) > 0";
      case 1 -> "1 / (i - i) > 1";
      case 2 -> "REGEXP(s, '(a+)+" + random.nextInt(9) + "')";
      case 3 -> "CHAR_LENGTH(REPEAT(s, 100000000)) > 1";
      case 4, 5 -> expression();
      case 6, 7 -> "(" + expression() + ") IS NOT NULL";
      default -> "kind = '" + pick(List.of("a", "b", "c")) + "'";
    };
  }

  private String replaced(String text) {
    int place = random.nextInt(text.length());
    return text.substring(0, place)
        + pick(List.of("{", "}", "[", "\"", ":", "'", "\u0000", "é", "*", "&", "-"))
        + text.substring(place + 1);
  }

  private ObjectNode misspelled(ObjectNode rule) {
    List<String> names = names(rule);
    String name = pick(names);
    rule.set(chance(0.5) ? name + "s" : "_" + name, rule.remove(name));
    return rule;
  }

  private ObjectNode ofAnotherKind(ObjectNode rule) {
    String name = pick(names(rule));
    switch (random.nextInt(6)) {
      case 0 -> rule.putNull(name);
      case 1 -> rule.put(name, true);
      case 2 -> rule.put(name, -1.5);
      case 3 -> rule.put(name, "x");
      case 4 -> rule.putArray(name).add(1);
      default -> rule.putObject(name).put("x", 1);
    }
    return rule;
  }

  private ObjectNode tooLarge(ObjectNode rule) {
    switch (random.nextInt(4)) {
      case 0 -> ((ObjectNode) rule.get("steps").get(0)).put("times", "2000000000");
      case 1 -> rule.put("within", Long.MAX_VALUE);
      case 2 -> rule.put("version", "99999999999999999999");
      default -> rule.putObject("measures").put("m", "(".repeat(5_000) + "1" + ")".repeat(5_000));
    }
    return rule;
  }

  private static List<String> names(ObjectNode rule) {
    List<String> names = new ArrayList<>();
    rule.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  private <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
