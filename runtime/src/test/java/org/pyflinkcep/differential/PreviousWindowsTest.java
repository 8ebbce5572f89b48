package org.pyflinkcep.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.pyflinkcep.conformance.MatchCase;
import org.pyflinkcep.conformance.MatchCase.Event;
import org.pyflinkcep.conformance.OwnMatcher;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.matcher.RuleReader;

/** What a rule's {@code within_previous} promises holds, wherever it stands. */
class PreviousWindowsTest {

  private static final int CASES = Integer.getInteger("differential.cases", 2_500) * 2;
  private static final Pattern STEP = Pattern.compile("(\\w+): \\[([^]]*)]");

  private final Random random = new Random(1);

  @Test
  void aWindowToTheEventBeforeHolds() {
    List<String> broken = new ArrayList<>();
    int heeded = 0;
    for (int i = 0; i < CASES; i++) {
      MatchCase matchCase = RandomCases.of(i);
      List<ObjectNode> steps = new ArrayList<>();
      collect(matchCase.pattern().get("steps"), steps);
      ObjectNode step = steps.get(random.nextInt(steps.size()));
      step.put("within_previous", 1 + random.nextInt(4));
      ((ObjectNode) matchCase.pattern()).remove(List.of("within", "within_previous"));
      List<String> codes = codes(matchCase.pattern());
      if (!codes.isEmpty()) {
        continue;
      }
      for (String match : new OwnMatcher().run(matchCase).matches()) {
        if (isTooLate(match, step, matchCase)) {
          broken.add(match + " of\n" + matchCase.pattern());
        } else {
          heeded++;
        }
      }
    }
    assertThat(broken).isEmpty();
    assertThat(heeded).as("matches within a window that counts").isGreaterThan(CASES / 20);
  }

  /** The steps that take events, those of groups among them. */
  private static void collect(JsonNode sequence, List<ObjectNode> steps) {
    for (JsonNode step : sequence) {
      JsonNode target = step.elements().next();
      if (target.isArray()) {
        collect(target, steps);
      } else if (!step.fieldNames().next().startsWith("not_")) {
        steps.add((ObjectNode) step);
      }
    }
  }

  private static List<String> codes(JsonNode pattern) {
    ObjectNode rule = new ObjectMapper().createObjectNode();
    rule.put("id", "random").put("version", 1);
    rule.setAll((ObjectNode) pattern.deepCopy());
    Diagnostics diagnostics = new Diagnostics();
    RuleReader.read("", rule.toString(), MatchCase.SCHEMA, ZoneOffset.UTC, diagnostics);
    return new ArrayList<>(diagnostics.list().stream().map(Diagnostic::code).toList());
  }

  /** Whether an event of the step came too long after the event before it in the match. */
  private static boolean isTooLate(String match, ObjectNode step, MatchCase matchCase) {
    Map<String, Integer> places = new HashMap<>();
    List<Event> events =
        matchCase.stream().stream()
            .filter(Event.class::isInstance)
            .map(Event.class::cast)
            .sorted((a, b) -> Long.compare(a.ts(), b.ts()))
            .toList();
    events.forEach(event -> places.put(event.eid(), places.size()));
    List<Long> taken = new ArrayList<>();
    List<Long> ofStep = new ArrayList<>();
    for (MatchResult result : STEP.matcher(match).results().toList()) {
      for (String eid : result.group(2).split(", ")) {
        long time = events.get(places.get(eid)).ts();
        taken.add(time);
        if (result.group(1).equals(step.elements().next().asText())) {
          ofStep.add(time);
        }
      }
    }
    long window = step.get("within_previous").asLong();
    return ofStep.stream()
        .anyMatch(
            time -> {
              long others = taken.stream().filter(t -> t.equals(time)).count();
              long before =
                  taken.stream().filter(t -> t < time).mapToLong(t -> t).max().orElse(time);
              // Of events of one time, one may be the event before.
              return others == 1 && time - before >= window;
            });
  }
}
