package org.pyflinkcep.benchmarks;

import static org.apache.flink.table.api.Expressions.$;

import java.time.Duration;
import java.util.List;
import org.apache.flink.cep.nfa.aftermatch.AfterMatchSkipStrategy;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.cep.pattern.conditions.IterativeCondition;
import org.apache.flink.cep.pattern.conditions.SimpleCondition;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.pyflinkcep.flink.PythonEntryPoint;

/** A pattern, as each peer writes it, and the payments that it is looked for in. */
public enum Workload implements Work {
  /** A small payment, then a large one. */
  TWO_STEPS(
      10_000,
      0,
      """
      {"skip": "past_last_event", "within": 600000, "steps": [
        {"begin": "probe", "where": "amount < 50"},
        {"followed_by": "spend", "where": "amount > 950"}]}""") {
    @Override
    Pattern<Payment, ?> pattern() {
      return Pattern.<Payment>begin("probe", AfterMatchSkipStrategy.skipPastLastEvent())
          .where(SimpleCondition.of(payment -> payment.amount < 50))
          .followedBy("spend")
          .where(SimpleCondition.of(payment -> payment.amount > 950))
          .within(Duration.ofMinutes(10));
    }

    @Override
    public String matchRecognize() {
      return """
          MEASURES spend.payment_id AS payment_id, spend.amount AS amount
          ONE ROW PER MATCH
          AFTER MATCH SKIP PAST LAST ROW
          PATTERN (probe other*? spend) WITHIN INTERVAL '10' MINUTE
          DEFINE probe AS probe.amount < 50, spend AS spend.amount > 950
          """;
    }
  },

  /** The same, of payments that come as JSON, as those of a topic do. */
  TWO_STEPS_FROM_JSON(10_000, 0, TWO_STEPS.document) {
    @Override
    Pattern<Payment, ?> pattern() {
      return TWO_STEPS.pattern();
    }
  },

  /** A small payment, then a large one at another merchant. */
  COMPARING(
      10_000,
      0,
      """
      {"skip": "past_last_event", "within": 600000, "steps": [
        {"begin": "probe", "where": "amount < 50"},
        {"followed_by": "spend", "where": "amount > 950 AND merchant <> LAST(probe.merchant)"}]}""") {
    @Override
    Pattern<Payment, ?> pattern() {
      return Pattern.<Payment>begin("probe", AfterMatchSkipStrategy.skipPastLastEvent())
          .where(SimpleCondition.of(payment -> payment.amount < 50))
          .followedBy("spend")
          .where(new AtAnotherMerchant())
          .within(Duration.ofMinutes(10));
    }
  },

  /** One card, on which 500 small payments wait for one that is larger than any but the last. */
  MANY_OPEN(
      1,
      500,
      """
      {"skip": "none", "within": 5000, "steps": [
        {"begin": "probe", "where": "amount < 100"},
        {"followed_by": "spend", "where": "amount > 1000"}]}""") {
    @Override
    Pattern<Payment, ?> pattern() {
      return Pattern.<Payment>begin("probe", AfterMatchSkipStrategy.noSkip())
          .where(SimpleCondition.of(payment -> payment.amount < 100))
          .followedBy("spend")
          .where(SimpleCondition.of(payment -> payment.amount > 1_000))
          .within(Duration.ofSeconds(5));
    }
  },

  /** A small payment, a middling one, a large one. */
  THREE_STEPS(
      1_000,
      0,
      """
      {"skip": "past_last_event", "within": 60000, "steps": [
        {"begin": "probe", "where": "amount < 50"},
        {"followed_by": "rise", "where": "amount BETWEEN 450 AND 550"},
        {"followed_by": "spend", "where": "amount > 950"}]}""") {
    @Override
    Pattern<Payment, ?> pattern() {
      return Pattern.<Payment>begin("probe", AfterMatchSkipStrategy.skipPastLastEvent())
          .where(SimpleCondition.of(payment -> payment.amount < 50))
          .followedBy("rise")
          .where(SimpleCondition.of(payment -> payment.amount >= 450 && payment.amount <= 550))
          .followedBy("spend")
          .where(SimpleCondition.of(payment -> payment.amount > 950))
          .within(Duration.ofMinutes(1));
    }
  },

  /** Small payments, as many as there are, then a large one. */
  LOOPING(
      1_000,
      0,
      """
      {"skip": "past_last_event", "within": 60000, "steps": [
        {"begin": "probe", "where": "amount < 50", "times": "1+"},
        {"followed_by": "spend", "where": "amount > 950"}]}""") {
    @Override
    Pattern<Payment, ?> pattern() {
      return Pattern.<Payment>begin("probe", AfterMatchSkipStrategy.skipPastLastEvent())
          .where(SimpleCondition.of(payment -> payment.amount < 50))
          .oneOrMore()
          .followedBy("spend")
          .where(SimpleCondition.of(payment -> payment.amount > 950))
          .within(Duration.ofMinutes(1));
    }
  },

  /** Three small payments, then a large one. */
  TIMES(
      1_000,
      0,
      """
      {"skip": "past_last_event", "within": 60000, "steps": [
        {"begin": "probe", "where": "amount < 50", "times": 3},
        {"followed_by": "spend", "where": "amount > 950"}]}""") {
    @Override
    Pattern<Payment, ?> pattern() {
      return Pattern.<Payment>begin("probe", AfterMatchSkipStrategy.skipPastLastEvent())
          .where(SimpleCondition.of(payment -> payment.amount < 50))
          .times(3)
          .followedBy("spend")
          .where(SimpleCondition.of(payment -> payment.amount > 950))
          .within(Duration.ofMinutes(1));
    }
  },

  /** Ten payments one after the other, then one of more than twice their mean. */
  AGGREGATING(
      1_000,
      0,
      """
      {"skip": "past_last_event", "within": 60000, "steps": [
        {"begin": "usual", "where": "amount < 900", "times": 10, "consecutive": true},
        {"next": "spend", "where": "amount > 2 * AVG(usual.amount)"}]}""") {
    @Override
    Pattern<Payment, ?> pattern() {
      return Pattern.<Payment>begin("usual", AfterMatchSkipStrategy.skipPastLastEvent())
          .where(SimpleCondition.of(payment -> payment.amount < 900))
          .times(10)
          .consecutive()
          .next("spend")
          .where(new AboveTwiceTheMean())
          .within(Duration.ofMinutes(1));
    }

    @Override
    public String matchRecognize() {
      return """
          MEASURES spend.payment_id AS payment_id, spend.amount AS amount
          ONE ROW PER MATCH
          AFTER MATCH SKIP PAST LAST ROW
          PATTERN (usual{10} spend) WITHIN INTERVAL '1' MINUTE
          DEFINE usual AS usual.amount < 900, spend AS spend.amount > 2 * AVG(usual.amount)
          """;
    }
  };

  private final int cards;
  private final int opening;
  private final String document;

  Workload(int cards, int opening, String document) {
    this.cards = cards;
    this.opening = opening;
    this.document = document;
  }

  private static final class AtAnotherMerchant extends IterativeCondition<Payment> {
    @Override
    public boolean filter(Payment payment, Context<Payment> taken) throws Exception {
      if (payment.amount <= 950) {
        return false;
      }
      for (Payment probe : taken.getEventsForPattern("probe")) {
        if (payment.merchant.equals(probe.merchant)) {
          return false;
        }
      }
      return true;
    }
  }

  private static final class AboveTwiceTheMean extends IterativeCondition<Payment> {
    @Override
    public boolean filter(Payment payment, Context<Payment> taken) throws Exception {
      double sum = 0;
      int count = 0;
      for (Payment usual : taken.getEventsForPattern("usual")) {
        sum += usual.amount;
        count++;
      }
      return payment.amount > 2 * (sum / count);
    }
  }

  static Workload named(String name) {
    return valueOf(name.replace('-', '_').toUpperCase(java.util.Locale.ROOT));
  }

  @Override
  public Payments payments(long count) {
    return new Payments(count, cards, opening);
  }

  @Override
  public boolean isFromJson() {
    return this == TWO_STEPS_FROM_JSON;
  }

  /** The pattern as Python sends it, with the measures of all. */
  String plan() {
    return """
        {"pattern": %s,
         "partition_by": ["card_id"],
         "order_by": [],
         "measures": {"payment_id": "spend.payment_id", "amount": "spend.amount"},
         "time": "event"}
        """
        .formatted(document);
  }

  /** The pattern as flink-cep has it. */
  abstract Pattern<Payment, ?> pattern();

  @Override
  public List<Pattern<Payment, ?>> patterns() {
    return List.of(pattern());
  }

  @Override
  public Table found(StreamTableEnvironment tables, Table payments) {
    return PythonEntryPoint.match(tables, payments, plan()).matches().dropColumns($("rowtime"));
  }
}
