package org.pyflinkcep.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.pyflinkcep.flink.RestoredOperator;

/** All of {@code tests/cases/matching}, by the reference and by our matcher. */
class ConformanceTest {

  @TestFactory
  Stream<DynamicTest> theReferenceGivesWhatTheCasesExpect() {
    // It never returns on what we refuse.
    return MatchCase.all().stream()
        .filter(matchCase -> matchCase.expected() != Outcome.REFUSED)
        .filter(matchCase -> matchCase.departs() == null)
        .map(matchCase -> test(matchCase, ConformanceTest::reference));
  }

  @TestFactory
  Stream<DynamicTest> theReferencePassesOverWhatTheseCasesAreAbout() {
    return MatchCase.all().stream()
        .filter(matchCase -> matchCase.departs() != null)
        .map(
            matchCase ->
                DynamicTest.dynamicTest(
                    matchCase.name(),
                    () -> {
                      assertThat(Departures.of(matchCase.pattern())).contains(matchCase.departs());
                      assertThat(reference(matchCase).toString())
                          .isNotEqualTo(matchCase.expected().toString());
                    }));
  }

  @TestFactory
  Stream<DynamicTest> ourMatcherGivesWhatTheCasesExpect() {
    return MatchCase.all().stream().map(matchCase -> test(matchCase, new OwnMatcher()));
  }

  @TestFactory
  Stream<DynamicTest> ourMatcherGivesWhatTheCasesExpectThoughItIsTraced() {
    return MatchCase.all().stream().map(matchCase -> test(matchCase, new OwnMatcher(true)));
  }

  @TestFactory
  Stream<DynamicTest> ourOperatorGivesWhatTheCasesExpectThoughItIsRestoredAfterEachEvent() {
    return MatchCase.all().stream().map(matchCase -> test(matchCase, new RestoredOperator()));
  }

  private static Outcome reference(MatchCase matchCase) throws Exception {
    Outcome outcome = new FlinkCep().run(matchCase);
    return EmptyBody.repeats(matchCase.pattern().get("steps")) ? outcome.distinct() : outcome;
  }

  private static DynamicTest test(MatchCase matchCase, Engine engine) {
    return DynamicTest.dynamicTest(
        matchCase.name(),
        () -> assertThat(engine.run(matchCase)).hasToString(matchCase.expected().toString()));
  }
}
