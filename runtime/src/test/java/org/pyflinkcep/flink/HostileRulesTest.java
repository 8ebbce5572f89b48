package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.pyflinkcep.ProcessorTime;

/** A bad rule that comes to a running job neither stops it nor changes what other rules find. */
class HostileRulesTest {

  private static final String GOOD =
      """
      {id: good, version: 1, partition_by: id,
       steps: [{begin: a, where: kind = 'a'}, {next: b, where: kind = 'b'}], within: 1000,
       measures: {first: a.number, last: b.number}}""";

  private RulesRun run;
  private long now;

  @BeforeEach
  void start() throws Exception {
    run =
        new RulesRun(
            ChangingRulesTest.plan(List.of(GOOD), false), 1, 1, new HashMapStateBackend(), null);
    run.deliverAll();
  }

  @AfterEach
  void stop() throws Exception {
    run.close();
  }

  static Stream<Arguments> documents() {
    return Stream.of(
        Arguments.of("10 MB", rule("kind = 'a'") + "#" + "x".repeat(10 << 20)),
        Arguments.of("10 MB of one line", "{id: " + "x".repeat(10 << 20)),
        Arguments.of("deep lists", "[".repeat(200_000)),
        Arguments.of("deep objects", "{a: ".repeat(60_000) + "1" + "}".repeat(60_000)),
        Arguments.of("deep steps", "steps: " + "[{begin: ".repeat(30_000)),
        Arguments.of("deep indents", indents(400)),
        Arguments.of("a bomb of aliases", bomb()),
        Arguments.of("an alias to itself", "id: &a [*a]\nversion: 1\nsteps: *a"),
        Arguments.of("a tag", "id: !!javax.script.ScriptEngineManager [1]\nversion: 1"),
        Arguments.of("many documents", "---\nid: x\n".repeat(20_000)),
        Arguments.of("control characters", "id: \u0000\u0007\nversion: 1"),
        Arguments.of(
            "deep parentheses", rule("(".repeat(30_000) + "1" + ")".repeat(30_000) + " = 1")),
        Arguments.of(
            "deep functions", rule("ABS(".repeat(10_000) + "1" + ")".repeat(10_000) + " = 1")),
        Arguments.of("many NOTs", rule("NOT ".repeat(15_000) + "kind = 'a'")),
        Arguments.of("many minuses", rule("- ".repeat(30_000) + "price > 1")),
        Arguments.of(
            "deep CASE",
            rule("CASE WHEN TRUE THEN ".repeat(3_000) + "TRUE" + " END".repeat(3_000))),
        Arguments.of("many ANDs", rule(join("price > 1", " AND ", 4_000))),
        Arguments.of("many ORs", rule(join("price > 1", " OR ", 4_000))),
        Arguments.of("many sums", rule(join("price", " + ", 6_000) + " > 1")),
        Arguments.of("a long IN", rule("price IN (" + join("1", ", ", 20_000) + ")")),
        Arguments.of(
            "many WHENs", rule("CASE " + "WHEN price = 1 THEN TRUE ".repeat(2_000) + "END")),
        Arguments.of("not a regular expression", rule("REGEXP(kind, '(((')")),
        Arguments.of("a huge count", rule("kind = 'a'").replace("}]", ", times: 2000000000}]")),
        Arguments.of("a large count", rule("kind = 'a'").replace("}]", ", times: 0..100000}]")),
        Arguments.of("many steps", steps(4_000)),
        Arguments.of("nested counts", nestedCounts()),
        Arguments.of("a long text in memory", rule("CHAR_LENGTH(REPEAT('x', 2000000000)) > 1")),
        Arguments.of("a long pad", rule("CHAR_LENGTH(LPAD(kind, 2000000000, 'x')) > 1")));
  }

  private static String rule(String where) {
    return "{id: bad, version: 1, partition_by: id, steps: [{begin: a, where: \"" + where + "\"}]}";
  }

  private static String join(String part, String by, int count) {
    return Stream.generate(() -> part).limit(count).collect(Collectors.joining(by));
  }

  private static String indents(int depth) {
    return IntStream.range(0, depth)
        .mapToObj(i -> " ".repeat(i) + "a:\n")
        .collect(Collectors.joining());
  }

  private static String bomb() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 20; i++) {
      String alias = "*a" + (i - 1);
      bomb.append("a%d: &a%d [%s]\n".formatted(i, i, join(alias, ", ", 9)));
    }
    return bomb.toString();
  }

  private static String steps(int count) {
    return "{id: bad, version: 1, steps: ["
        + IntStream.range(0, count)
            .mapToObj(i -> "{" + (i == 0 ? "begin" : "followed_by") + ": s" + i + "}")
            .collect(Collectors.joining(", "))
        + "]}";
  }

  private static String nestedCounts() {
    String group = "{begin: s, times: 50}";
    for (int i = 0; i < 6; i++) {
      group = "{begin: [" + group + "], times: 50}";
    }
    return "{id: bad, version: 1, steps: [" + group + "]}";
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("documents")
  void a_hostile_document_changes_nothing_for_other_rules(String name, String document)
      throws Exception {
    good();
    ProcessorTime time = ProcessorTime.start();
    run.update(document, 0);
    run.deliverAll();
    good();
    Duration took = time.taken();
    assertThat(goodAlerts()).containsExactly("1 2", "3 4");
    assertThat(run.status()).isNotEmpty();
    System.out.println(name + ": " + run.status() + " after " + took.toMillis() + " ms");
    assertThat(took).isLessThan(Duration.ofSeconds(20));
  }

  static Stream<String> conditions() {
    return Stream.of(
        "REGEXP(user, '(a+)+c')",
        "REGEXP(user, '(a|aa)+c')",
        "REGEXP(user, '(a|b)*c')",
        "user SIMILAR TO '(a+)+c'",
        "REGEXP_EXTRACT(user, '(a*)*c', 1) = 'x'",
        "REGEXP_REPLACE(user, '(a*)*c', 'x') = 'x'",
        "CHAR_LENGTH(REPEAT(user, 100000000)) > 1",
        "CHAR_LENGTH(RPAD(user, 2000000000, user)) > 1",
        "1 / (number - number) > 1",
        "CAST(kind AS INT) > 1");
  }

  @ParameterizedTest
  @MethodSource("conditions")
  void a_condition_that_takes_too_long_or_fails_is_false_is_counted_and_told_once(String condition)
      throws Exception {
    run.update(rule(condition), 0);
    run.deliverAll();
    String user = "a".repeat(20_000);
    ProcessorTime time = ProcessorTime.start();
    for (int i = 0; i < 20; i++) {
      event(1, user, "x");
    }
    good();
    Duration took = time.taken();
    System.out.println(condition + ": " + took.toMillis() + " ms for 22 events");
    assertThat(run.status()).containsExactly("bad 1 accepted", "bad 1 evaluation_error");
    assertThat((long) metric("bad", "numEvaluationErrors")).isGreaterThanOrEqualTo(20);
    assertThat(goodAlerts()).containsExactly("21 22");
    assertThat(took).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void a_skip_to_a_step_that_a_match_lacks_is_told_and_ends_no_job() throws Exception {
    run.update(
        """
        {id: bad, version: 1, partition_by: id, skip: {to_first: a, throw_on_miss: true},
         steps: [{begin: a, where: kind = 'a'}, {next: b, where: kind = 'b'}]}""",
        0);
    run.deliverAll();
    good();
    good();
    assertThat(run.status()).containsExactly("bad 1 accepted", "bad 1 evaluation_error");
    assertThat(metric("bad", "numMatches")).isEqualTo(2L);
    assertThat(metric("bad", "numEvaluationErrors")).isEqualTo(2L);
    assertThat(goodAlerts()).containsExactly("1 2", "3 4");
  }

  @Test
  void a_million_combinations_are_bounded_by_the_limit_counted_and_told_once() throws Exception {
    run.update(
        """
        {id: bad, version: 1, partition_by: id,
         steps: [{begin: a, where: kind = 'a', times: 1+, allow_combinations: true},
                 {followed_by: b, where: kind = 'never'}]}""",
        0);
    run.deliverAll();
    for (int i = 0; i < 20; i++) {
      event(1, "u", "a");
      watermark();
    }
    ProcessorTime time = ProcessorTime.start();
    int events = 300;
    for (int i = 0; i < events; i++) {
      event(1, "u", "a");
      watermark();
    }
    long took = time.taken().dividedBy(events).toNanos() / 1000;
    System.out.println("an event on a key with 10,000 partial matches: " + took + " us");
    event(1, "u", "b");
    watermark();
    assertThat(run.status()).containsExactly("bad 1 accepted", "bad 1 overload");
    assertThat(metric("bad", "numPartialMatches")).isEqualTo(10_000L);
    assertThat(run.matchers().get(0).partialMatches(RandomRules.EVENT_TYPE))
        .containsEntry("bad", 10_000L);
    assertThat((long) metric("bad", "numPartialMatchesDropped")).isGreaterThan(100_000);
    assertThat(goodAlerts()).containsExactly("320 321");
    assertThat(took).as("microseconds an event").isLessThan(200_000);
  }

  private Object metric(String rule, String name) {
    return run.matchers().get(0).metric("rule." + rule + "." + name);
  }

  private void good() throws Exception {
    event(1, "u", "a");
    event(1, "u", "b");
    watermark();
  }

  private void event(int id, String user, String kind) throws Exception {
    now++;
    run.event(
        0,
        GenericRowData.of(
            id, StringData.fromString(user), StringData.fromString(kind), 1L, now, null),
        now);
  }

  private void watermark() throws Exception {
    run.watermark(0, now);
    run.deliverAll();
  }

  private List<String> goodAlerts() {
    return run.alerts().stream()
        .filter(line -> line.startsWith("good "))
        .map(line -> line.replaceAll(".*\\{\"first\":(\\d+),\"last\":(\\d+)}.*", "$1 $2"))
        .toList();
  }
}
