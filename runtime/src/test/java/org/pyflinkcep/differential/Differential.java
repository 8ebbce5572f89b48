package org.pyflinkcep.differential;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.pyflinkcep.conformance.Departures;
import org.pyflinkcep.conformance.EmptyBody;
import org.pyflinkcep.conformance.Engine;
import org.pyflinkcep.conformance.FlinkCep;
import org.pyflinkcep.conformance.MatchCase;
import org.pyflinkcep.conformance.Outcome;
import org.pyflinkcep.expression.PatternException;

/** Runs cases through our matcher and through flink-cep, and counts how they went. */
final class Differential {

  /** How a case went. */
  enum Verdict {
    SAME_WITH_MATCHES,
    SAME_WITH_TIMEOUTS_ONLY,
    SAME_WITH_NOTHING,
    BOTH_REFUSE,
    BOTH_FAIL,
    /**
     * There is nothing to compare with: flink-cep needs too long, or fails by a defect of its own,
     * or finds a match several times, and which one a skip strategy goes by is chance.
     */
    NO_REFERENCE,
    /**
     * A match is found more than once, and less often than by flink-cep: where an absence ends a
     * group that can be empty, at once and again by silence.
     */
    REPEATS_LESS,
    /** The pattern means what flink-cep passes over: {@link Departures}. */
    DEPARTS,
    DIFFERENT
  }

  private final Engine ours;
  private final UnaryOperator<Outcome> compared;
  private final FlinkCep reference = new FlinkCep();
  private final Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);

  /**
   * @param compared what is compared of an outcome
   */
  Differential(Engine ours, UnaryOperator<Outcome> compared) {
    this.ours = ours;
    this.compared = compared;
  }

  Map<Verdict, Integer> counts() {
    return counts;
  }

  Verdict run(MatchCase matchCase) {
    Verdict verdict = verdict(matchCase);
    counts.merge(verdict, 1, Integer::sum);
    return verdict;
  }

  private Verdict verdict(MatchCase original) {
    MatchCase matchCase = Departures.comparable(original);
    Set<String> departures = Departures.of(matchCase.pattern());
    departures.remove(Departures.TIMES_WITHIN);
    if (!departures.isEmpty()) {
      return Verdict.DEPARTS;
    }
    JsonNode steps = matchCase.pattern().get("steps");
    Outcome found = compared.apply(ours(matchCase));
    if (EmptyBody.loops(steps)) {
      return found.equals(Outcome.REFUSED) ? Verdict.BOTH_REFUSE : Verdict.DIFFERENT;
    }
    Outcome expected;
    try {
      expected = compared.apply(reference.run(matchCase));
    } catch (FlinkCep.NoResultException e) {
      return Verdict.NO_REFERENCE;
    }
    if (EmptyBody.repeats(steps)) {
      if (!found.withDistinctTimeouts().equals(expected.distinct()) && !found.equals(expected)) {
        return matchCase.pattern().has("skip")
            ? Verdict.NO_REFERENCE
            : found.repeatsLessThan(expected) ? Verdict.REPEATS_LESS : Verdict.DIFFERENT;
      }
    } else if (!found.equals(expected)) {
      return Verdict.DIFFERENT;
    }
    return switch (found.result()) {
      case REFUSED -> Verdict.BOTH_REFUSE;
      case FAILED -> Verdict.BOTH_FAIL;
      case DONE ->
          !found.matches().isEmpty()
              ? Verdict.SAME_WITH_MATCHES
              : !found.timeouts().isEmpty()
                  ? Verdict.SAME_WITH_TIMEOUTS_ONLY
                  : Verdict.SAME_WITH_NOTHING;
    };
  }

  private Outcome ours(MatchCase matchCase) {
    try {
      return ours.run(matchCase);
    } catch (Exception e) {
      throw new AssertionError(matchCase.toYaml(Outcome.FAILED), e);
    }
  }

  /** The smallest case that differs, and both results. */
  String report(MatchCase matchCase) {
    MatchCase smallest = new Shrinker(this::isDifferent).shrink(matchCase);
    return smallest.toYaml(reference.run(smallest)) + "but found\n" + ours(smallest);
  }

  private boolean isDifferent(MatchCase matchCase) {
    try {
      return verdict(matchCase) == Verdict.DIFFERENT;
    } catch (PatternException e) {
      // A condition refers to a step that was taken away.
      return false;
    }
  }
}
