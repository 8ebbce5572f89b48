package org.pyflinkcep.benchmarks;

import static org.apache.flink.table.api.Expressions.$;
import static org.apache.flink.table.api.Expressions.lit;

import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.flink.cep.nfa.aftermatch.AfterMatchSkipStrategy;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.cep.pattern.conditions.SimpleCondition;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.flink.PythonEntryPoint;
import org.pyflinkcep.matcher.RuleReader;

/**
 * Many rules on the payments of 10,000 cards: four of five begin with an equality on the merchant,
 * the others with a narrow range of amounts; half have two steps, half three.
 *
 * @param count how many rules there are
 * @param keys how many distinct keys they have among them
 * @param isFromJson whether the payments come as JSON
 */
record RulesWorkload(int count, int keys, boolean isFromJson) implements Work {

  private static final List<String> KEYS =
      List.of(
          "[card_id]", "[merchant]", "[card_id, merchant]", "[merchant, card_id]", "[payment_id]");

  /**
   * A work by its name: {@code rules-100}, {@code rules-100-from-json}, {@code
   * rules-100-by-5-keys}.
   */
  static RulesWorkload named(String name) {
    String[] parts = name.split("-");
    boolean json = name.endsWith("from-json");
    return new RulesWorkload(
        Integer.parseInt(parts[1]), name.contains("-by-") ? Integer.parseInt(parts[3]) : 1, json);
  }

  static boolean isName(String name) {
    return name.startsWith("rules-");
  }

  @Override
  public Payments payments(long events) {
    return new Payments(events, 10_000, 0);
  }

  private static boolean beginsAtMerchant(int rule) {
    return rule % 5 < 4;
  }

  private static int low(int rule) {
    return rule * 37 % 995;
  }

  private static int large(int rule) {
    return 950 + rule % 10 * 5;
  }

  private static int small(int rule) {
    return 100 + rule % 10;
  }

  private static int minutes(int rule) {
    return 1 + rule % 10;
  }

  private static boolean hasThreeSteps(int rule) {
    return rule % 2 == 1;
  }

  /** A rule as a document. */
  String document(int rule) {
    String first =
        beginsAtMerchant(rule)
            ? "merchant = 'merchant-%d' AND amount < 50".formatted(rule)
            : "amount BETWEEN %d AND %d.5".formatted(low(rule), low(rule));
    return """
        {"id": "rule-%d", "version": 1, "partition_by": %s, "skip": "past_last_event", "within": "%d minutes",
         "steps": [
           {"begin": "probe", "where": "%s"},
           {"followed_by": "spend", "where": "amount > %d"}%s],
         "measures": {"amount": "spend.amount"}}"""
        .formatted(
            rule,
            KEYS.get(rule % keys).replaceAll("(\\w+)", "\"$1\""),
            minutes(rule),
            first,
            large(rule),
            hasThreeSteps(rule)
                ? ", {\"followed_by\": \"last\", \"where\": \"amount < %d\"}".formatted(small(rule))
                : "");
  }

  /** The plan of {@code match_rules}. */
  String plan() {
    List<String> sources = new ArrayList<>();
    for (int rule = 0; rule < count; rule++) {
      sources.add("{\"name\": \"rule-%d\", \"text\": %s}".formatted(rule, quoted(document(rule))));
    }
    return "{\"rules\": [" + String.join(",", sources) + "]}";
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", " ") + '"';
  }

  /** The rules, compiled for rows of payments. */
  List<RuleReader.Rule> rules() {
    Diagnostics diagnostics = new Diagnostics();
    List<RuleReader.Rule> rules = new ArrayList<>();
    for (int rule = 0; rule < count; rule++) {
      rules.add(
          RuleReader.read(
              "rule-" + rule, document(rule), Payments.ROW_TYPE, ZoneOffset.UTC, diagnostics));
    }
    diagnostics.throwIfAny();
    return rules;
  }

  @Override
  public Table found(StreamTableEnvironment tables, Table payments) {
    return PythonEntryPoint.matchRules(tables, payments, null, plan())
        .matches()
        .select($("rule_version"), lit(0.0));
  }

  @Override
  public List<Pattern<Payment, ?>> patterns() {
    List<Pattern<Payment, ?>> patterns = new ArrayList<>();
    for (int rule = 0; rule < count; rule++) {
      patterns.add(pattern(rule));
    }
    return patterns;
  }

  private static Pattern<Payment, ?> pattern(int rule) {
    String merchant = String.format(Locale.ROOT, "merchant-%d", rule);
    int low = low(rule);
    int large = large(rule);
    int small = small(rule);
    Pattern<Payment, Payment> pattern =
        Pattern.<Payment>begin("probe", AfterMatchSkipStrategy.skipPastLastEvent())
            .where(
                beginsAtMerchant(rule)
                    ? SimpleCondition.of(
                        payment -> payment.merchant.equals(merchant) && payment.amount < 50)
                    : SimpleCondition.of(
                        payment -> payment.amount >= low && payment.amount <= low + 0.5))
            .followedBy("spend")
            .where(SimpleCondition.of(payment -> payment.amount > large));
    if (hasThreeSteps(rule)) {
      pattern =
          pattern.followedBy("last").where(SimpleCondition.of(payment -> payment.amount < small));
    }
    return pattern.within(Duration.ofMinutes(minutes(rule)));
  }
}
