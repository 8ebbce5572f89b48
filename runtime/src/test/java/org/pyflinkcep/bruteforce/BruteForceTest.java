package org.pyflinkcep.bruteforce;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.pyflinkcep.conformance.EmptyBody;
import org.pyflinkcep.conformance.MatchCase;
import org.pyflinkcep.conformance.Outcome;
import org.pyflinkcep.conformance.OwnMatcher;

/** The matcher finds what trying everything finds. */
class BruteForceTest {

  private static final int CASES = Integer.getInteger("bruteforce.cases", 4_000);
  private static final long SEED = Long.getLong("bruteforce.seed", 1);
  private static final int MAX_REPORTS = 10;

  @Test
  void theMatcherFindsWhatTryingEverythingFinds() {
    List<String> differences = new ArrayList<>();
    int withMatches = 0;
    int withTimeouts = 0;
    int refused = 0;
    for (long seed = SEED; seed < SEED + CASES && differences.size() < MAX_REPORTS; seed++) {
      RandomPatterns random = new RandomPatterns(seed);
      ObjectNode pattern = random.pattern();
      MatchCase matchCase = random.matchCase("seed " + seed, pattern);
      Outcome found = compared(new OwnMatcher().run(matchCase), pattern);
      Outcome expected = compared(BruteForce.run(matchCase), pattern);
      boolean repeatsLess = canRepeat(pattern) && found.repeatsLessThan(expected);
      if (found.equals(Outcome.REFUSED)) {
        refused++;
      } else if (!found.equals(expected) && !repeatsLess) {
        differences.add(matchCase.toYaml(expected) + "but found\n" + found);
      }
      withMatches += found.matches().isEmpty() ? 0 : 1;
      withTimeouts += found.timeouts().isEmpty() ? 0 : 1;
    }
    System.out.println(
        refused + " refused, " + withMatches + " with matches, " + withTimeouts + " with timeouts");
    assertThat(differences).isEmpty();
    assertThat(refused).as("cases that are refused").isLessThan(CASES / 50);
    assertThat(withMatches).as("cases with matches").isGreaterThan(CASES / 3);
    assertThat(withTimeouts).as("cases with timeouts").isGreaterThan(CASES / 10);
  }

  private static Outcome compared(Outcome outcome, ObjectNode pattern) {
    if (outcome.result() != Outcome.Result.DONE) {
      return outcome;
    }
    boolean comparable =
        !pattern.toString().matches(".*\"within(_previous)?\".*")
            && !hasOpenHead(pattern.get("steps"));
    return new Outcome(outcome.matches(), comparable ? outcome.timeouts() : List.of(), List.of());
  }

  /**
   * Where a loop of a repeated group can be divided in several ways, what is complete by silence is
   * found once.
   */
  private static boolean canRepeat(ObjectNode pattern) {
    return pattern.toString().contains("not_followed_by")
        && pattern.toString().matches(".*times.*times.*");
  }

  /**
   * Where a repeated group may begin with several steps, one partial match waits for all of them:
   * whether it has had enough is then no question of a single one.
   */
  private static boolean hasOpenHead(JsonNode steps) {
    for (JsonNode step : steps) {
      JsonNode body = step.elements().next();
      if (body.isArray()
          && ((step.has("times") || EmptyBody.isOptional(step))
                  && EmptyBody.canBeginLater(body.get(0))
              || hasOpenHead(body))) {
        return true;
      }
    }
    return false;
  }
}
