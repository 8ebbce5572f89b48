package org.pyflinkcep.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.pyflinkcep.conformance.Engine;
import org.pyflinkcep.conformance.MatchCase;
import org.pyflinkcep.conformance.Outcome;
import org.pyflinkcep.conformance.OwnMatcher;
import org.pyflinkcep.differential.Differential.Verdict;
import org.pyflinkcep.flink.RestoredOperator;

/**
 * Random patterns and streams, through ours and through flink-cep. {@code make differential
 * N=100000 SEED=1} runs as many as one asks for.
 */
class DifferentialTest {

  private static final int CASES = Integer.getInteger("differential.cases", 2_500);
  private static final long SEED = Long.getLong("differential.seed", 1);
  private static final int MAX_REPORTS = 10;

  @Test
  void theMatcherFindsWhatTheReferenceFinds() {
    compare(new OwnMatcher(), UnaryOperator.identity(), CASES);
  }

  @Test
  void theMatcherFindsWhatTheReferenceFindsThoughItIsTraced() {
    compare(new OwnMatcher(true), UnaryOperator.identity(), CASES / 10);
  }

  @Test
  void theOperatorFindsWhatTheReferenceFindsThoughItIsRestoredAfterEachEvent() {
    // A timeout whose time the watermark has passed before it came about is given the next one.
    compare(new RestoredOperator(), Outcome::withoutTimes, CASES / 10);
  }

  private static void compare(Engine ours, UnaryOperator<Outcome> compared, int cases) {
    Differential differential = new Differential(ours, compared);
    List<String> differences = new ArrayList<>();
    for (int i = 0; i < cases && differences.size() < MAX_REPORTS; i++) {
      MatchCase matchCase = RandomCases.of(SEED + i);
      if (differential.run(matchCase) == Verdict.DIFFERENT) {
        differences.add(differential.report(matchCase));
      }
    }
    System.out.println(
        ours.getClass().getSimpleName() + " from seed " + SEED + ": " + differential.counts());
    assertThat(differences).isEmpty();
    assertThat(differential.counts().getOrDefault(Verdict.SAME_WITH_MATCHES, 0))
        .as("cases that show something, by having matches")
        .isGreaterThanOrEqualTo(cases * 2 / 5);
    assertThat(differential.counts().getOrDefault(Verdict.DEPARTS, 0))
        .as("cases that are left out, as flink-cep passes over what is written")
        .isLessThanOrEqualTo(cases / 5);
    assertThat(differential.counts().getOrDefault(Verdict.NO_REFERENCE, 0))
        .as("cases with nothing to compare with")
        .isLessThanOrEqualTo(1 + cases / 200);
    assertThat(differential.counts().getOrDefault(Verdict.REPEATS_LESS, 0))
        .as("cases in which a match is found more than once")
        .isLessThanOrEqualTo(1 + cases / 10_000);
  }
}
