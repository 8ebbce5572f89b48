package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.pyflinkcep.ProcessorTime.assertWithin;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Expressions that would take hours, or all memory, if nothing held them. */
class HostileExpressionTest {

  /** Processor time: far more than any of them takes, and far less than it would. */
  private static final Duration SOON = Duration.ofSeconds(20);

  private static final RowType EVENT =
      (RowType)
          LogicalTypeParser.parse(
              "ROW<amount INT, name STRING, price DECIMAL(10, 2), real DOUBLE, tags ARRAY<STRING>,"
                  + " none STRING>",
              HostileExpressionTest.class.getClassLoader());

  private static final RowData ROW =
      GenericRowData.of(
          1,
          StringData.fromString("xxxxxxxxxx"),
          DecimalData.fromBigDecimal(new BigDecimal("1.50"), 10, 2),
          1.5,
          new GenericArrayData(new Object[] {StringData.fromString("a")}),
          StringData.fromString(""));

  private static Diagnostics diagnostics(String sql) {
    Diagnostics diagnostics = new Diagnostics();
    compile(sql, diagnostics);
    return diagnostics;
  }

  private static Condition compile(String sql, Diagnostics diagnostics) {
    return new ExpressionCompiler(EVENT, List.of("a"), ZoneOffset.UTC, diagnostics)
        .condition(sql, "where of step `a`", new BitSet());
  }

  private static boolean test(String sql) {
    Diagnostics diagnostics = new Diagnostics();
    Condition condition = compile(sql, diagnostics);
    diagnostics.throwIfAny();
    Evaluation evaluation = new Evaluation();
    evaluation.event = ROW;
    return condition.test(evaluation);
  }

  // ---------------------------------------------------------------------------------------------
  // Patterns
  // ---------------------------------------------------------------------------------------------

  private static final String MANY = "REPEAT(name, 1000)";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "REGEXP(REPEAT(name, 1000), '(x+x+)+y')",
        "REGEXP(REPEAT(name, 1000), '(x+x+)+' || SUBSTRING(name, 1, 1) || 'y')",
        "REGEXP_EXTRACT(REPEAT(name, 1000), '(x+x+)+y') = 'x'",
        "REGEXP_EXTRACT(REPEAT(name, 1000), '(x+x+)+y', 1) = 'x'",
        "REGEXP_EXTRACT_ALL(REPEAT(name, 1000), '(x+x+)+y', 1) IS NULL",
        "REGEXP_REPLACE(REPEAT(name, 1000), '(x+x+)+y', 'z') = 'x'",
        "REGEXP_COUNT(REPEAT(name, 1000), '(x+x+)+y') = 1",
        "REGEXP_INSTR(REPEAT(name, 1000), '(x+x+)+y') = 1",
        "REGEXP_SUBSTR(REPEAT(name, 1000), '(x+x+)+y') = 'x'",
        "STR_TO_MAP(REPEAT(name, 1000), '(x+x+)+y', '=') IS NULL",
        "STR_TO_MAP(REPEAT(name, 1000), ',', '(x+x+)+y') IS NULL",
        "REPEAT(name, 1000) SIMILAR TO '(x+x+)+y'",
        "REPEAT(name, 1000) SIMILAR TO '(x+x+)+' || SUBSTRING(name, 1, 1) || 'y'",
        "TRY_CAST(REGEXP_EXTRACT(REPEAT(name, 1000), '(x+x+)+y') AS INT) IS NULL",
      })
  void a_catastrophic_regular_expression_fails(String sql) throws Throwable {
    assertWithin(
        SOON,
        () ->
            assertThatThrownBy(() -> test(sql))
                .isInstanceOf(EvaluationLimitException.class)
                .hasMessageContaining("(x+x+)+")
                .hasMessageEndingWith(
                    "takes too long on a text of 10000 characters: repeat nothing that itself"
                        + " repeats, as (a+)+ does, or shorten the text, as with LEFT(text, 1000)"));
  }

  @Test
  void a_regular_expression_that_needs_too_deep_a_stack_fails_on_the_event() {
    assertThatThrownBy(() -> test("REGEXP(REPEAT(name, 10000), '(x|y)*z')"))
        .isInstanceOf(EvaluationLimitException.class)
        .hasMessageStartingWith("the regular expression '(x|y)*z' takes too long");
  }

  @Test
  void many_patterns_share_the_steps_of_one_evaluation() throws Throwable {
    String one = "REGEXP(" + MANY + ", '(x+x+)+y')";
    assertWithin(
        SOON,
        () ->
            assertThatThrownBy(() -> test("TRUE" + (" AND NOT " + one).repeat(1000)))
                .isInstanceOf(EvaluationLimitException.class));
  }

  @Test
  void an_evaluation_does_not_take_from_the_next() {
    Condition condition = compile("NOT REGEXP(REPEAT(name, 100000), 'y$')", new Diagnostics());
    Evaluation evaluation = new Evaluation();
    evaluation.event = ROW;
    for (int i = 0; i < 20; i++) {
      assertThat(condition.test(evaluation)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "y(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)"
            + "(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(?!)",
        "y(?:(a?)?){2}(b?|c?){40}(?!)",
        "y(?:){2000000000}(?!)",
        "y(|)\\1{2000000000}(?!)",
      })
  void a_regular_expression_that_matches_nothing_in_many_ways_is_refused(String regex)
      throws Throwable {
    assertWithin(
        SOON,
        () -> {
          assertThat(diagnostics("REGEXP('y', '" + regex + "')").list())
              .extracting(Diagnostic::code, Diagnostic::message, Diagnostic::column)
              .containsExactly(
                  tuple(
                      "bad-pattern",
                      "no regular expression: It can match nothing in too many ways",
                      13));
          assertThatThrownBy(() -> test("REGEXP('y', '" + regex + "' || none)"))
              .isInstanceOf(EvaluationLimitException.class)
              .hasMessageEndingWith("It can match nothing in too many ways");
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "^(\\+?\\d{1,3}[-. ]?)?\\(?\\d{3}\\)?[-. ]?\\d{3}[-. ]?\\d{4}$",
        "^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}$",
        "^(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}$",
        "(?i)\\bfailed\\s+password\\s+for\\s+(invalid\\s+user\\s+)?(\\S+)\\s+from\\s+(\\S+)",
        "\\Q(|)(|)(|)\\E[](|)^]*(?<year>\\d{4})-?\\k<year>?",
      })
  void a_usual_regular_expression_is_let_through(String regex) {
    assertThat(RegexWeight.of(regex)).isLessThanOrEqualTo(4);
    assertThat(diagnostics("REGEXP(name, '" + regex + "')").list()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "REPEAT(name, 100000) LIKE '%' || REPEAT('x', 60000) || 'y%'",
        "REPEAT(name, 100000) LIKE '%' || REPEAT(name, 6000) || 'y%'",
        "REPEAT(name, 100000) LIKE '%' || REPEAT('_', 60000) || 'y%'",
      })
  void like_fails_where_it_would_compare_too_much(String sql) throws Throwable {
    assertWithin(
        SOON,
        () ->
            assertThatThrownBy(() -> test(sql))
                .isInstanceOf(EvaluationLimitException.class)
                .hasMessageContaining("LIKE takes too long to look for"));
  }

  @Test
  void like_does_not_try_the_ways_to_share_a_text_among_percent_signs() throws Throwable {
    assertWithin(
        SOON,
        () -> {
          assertThat(test(MANY + " LIKE '" + "%x_".repeat(100) + "%y'")).isFalse();
          assertThat(test(MANY + " LIKE '" + "%x!%".repeat(100) + "%' ESCAPE '!'")).isFalse();
          assertThat(test(MANY + " LIKE REPEAT('%x_', CHAR_LENGTH(name) * 10) || '%'")).isTrue();
          assertThat(test(MANY + " LIKE '" + "_%".repeat(100) + "x'")).isTrue();
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "REGEXP(name, '(a')",
        "REGEXP_EXTRACT(name, '(a') = 'x'",
        "REGEXP_EXTRACT_ALL(name, '(a') IS NULL",
        "REGEXP_REPLACE(name, '(a', 'x') = 'x'",
        "REGEXP_COUNT(name, '(a') = 1",
        "REGEXP_INSTR(name, '(a') = 1",
        "REGEXP_SUBSTR(name, '(a') = 'x'",
        "STR_TO_MAP(name, '(a', '=') IS NULL",
        "name SIMILAR TO '(a'",
      })
  void a_constant_that_is_no_regular_expression_is_an_error_at_its_place(String sql) {
    assertThat(diagnostics(sql).list())
        .extracting(Diagnostic::code, Diagnostic::column, Diagnostic::length)
        .containsExactly(tuple("bad-pattern", sql.indexOf('\'') + 1, 4));
    assertThat(diagnostics(sql).list().get(0).message())
        .isEqualTo("no regular expression: Unclosed group, at character 3");
  }

  @Test
  void a_text_that_is_no_regular_expression_gives_what_flink_gives() {
    assertThat(test("REGEXP(name, '(a' || none) IS FALSE")).isTrue();
    assertThat(test("REGEXP_EXTRACT(name, '(a' || none) IS NULL")).isTrue();
    assertThat(test("REGEXP_REPLACE(name, '(a' || none, 'x') IS NULL")).isTrue();
    assertThat(test("REGEXP_COUNT(name, '(a' || none) IS NULL")).isTrue();
    assertThat(test("REGEXP(name, '' || none) IS FALSE")).isTrue();
  }

  @Test
  void a_regular_expression_is_compiled_once_while_it_stays() {
    Regex.Cache cache = new Regex.Cache();
    Regex first = cache.get("a+");
    assertThat(cache.get("a+")).isSameAs(first);
    assertThat(cache.get("b+")).isNotSameAs(first);
    assertThat(cache.get("(b+")).isNull();
    assertThat(cache.get("a+")).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"$[?(@.a =~ /(a+)+$/)]", "$..*..*..*", "$[0,0,0,0,0,0][0,0,0,0,0,0][0,0,0,0,0,0]"})
  void a_json_path_that_may_take_long_is_refused(String path) {
    for (String function : List.of("JSON_VALUE(name, '%s')", "JSON_QUERY(name, '%s')")) {
      assertThat(diagnostics(function.formatted(path) + " = 'x'").list())
          .extracting(Diagnostic::code)
          .containsExactly("bad-pattern");
      assertThatThrownBy(
              () -> test(function.replace("'%s'", "'%s' || none").formatted(path) + " = 'x'"))
          .isInstanceOf(EvaluationLimitException.class)
          .hasMessageStartingWith("a JSON path can't have ");
    }
    assertThat(diagnostics("JSON_EXISTS(name, '" + path + "')").list()).hasSize(1);
  }

  // ---------------------------------------------------------------------------------------------
  // Sizes
  // ---------------------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(
      strings = {
        "REPEAT(name, 2000000000) = 'x'",
        "LPAD(name, 2000000000, 'x') = 'x'",
        "RPAD(name, 2147483647, name) = 'x'",
        "REPLACE(REPEAT(name, 100000), 'x', REPEAT(name, 100000)) = 'x'",
        "REPLACE(REPEAT(name, 100000), '', REPEAT(name, 100000)) = 'x'",
        "REGEXP_REPLACE(REPEAT(name, 10000), '', REPEAT(name, 100000)) = 'x'",
        "CONCAT(REPEAT(name, 100000), REPEAT(name, 100000)) = 'x'",
        "REPEAT(name, 100000) || REPEAT(name, 100000) = 'x'",
        "HEX(REPEAT(name, 100000)) = 'x'",
        "TO_BASE64(REPEAT(name, 100000)) = 'x'",
        "URL_ENCODE(REPEAT(name || '/', 90000)) = 'x'",
        "ENCODE(REPEAT(name, 100000), 'UTF-16') = x'00'",
        "SPLIT(REPEAT(name, 100000), '') IS NULL",
        "PRINTF('%2000000000d', amount) = 'x'",
        "PRINTF('%.2000000000f', real) = 'x'",
        "CAST(name AS CHAR(2147483647)) = 'x'",
        "CAST(name AS BINARY(2147483647)) = x'00'",
        "CAST(tags AS ARRAY<CHAR(2147483647)>) = ARRAY['x']",
        "TRY_CAST(name AS CHAR(2147483647)) = 'x'",
      })
  void a_value_that_would_be_too_large_is_not_made(String sql) throws Throwable {
    assertWithin(
        SOON,
        () ->
            assertThatThrownBy(() -> test(sql))
                .isInstanceOf(EvaluationLimitException.class)
                .hasMessageContaining(
                    " would make a value longer than 1048576 characters, where an element of an"
                        + " array counts as 8: shorten its arguments, as with LEFT(text, 1000)"));
  }

  static Stream<Arguments> expressionsOfManyParts() {
    return Stream.of(
        Arguments.of(
            "CONCAT_WS(REPEAT(name, 100000)" + ", name".repeat(7000) + ") = 'x'", "CONCAT_WS"),
        Arguments.of("PRINTF('" + "%1$s".repeat(15000) + "', REPEAT(name, 10000)) = 'x'", "PRINTF"),
        Arguments.of(
            "ARRAY_JOIN(ARRAY[" + "name, ".repeat(1000) + "name], REPEAT(name, 1000)) = 'x'",
            "ARRAY_JOIN"),
        Arguments.of(
            "CAST(ARRAY[" + "REPEAT(name, 1000), ".repeat(1000) + "name] AS STRING) = 'x'", "CAST"),
        Arguments.of(
            "name = REPEAT('x', 1000000)" + " OR name = REPEAT('x', 1000000)".repeat(1500),
            "REPEAT"),
        Arguments.of("CONCAT(" + "REPEAT(name, 100000), ".repeat(2500) + "'') = 'x'", "REPEAT"));
  }

  @ParameterizedTest
  @MethodSource("expressionsOfManyParts")
  void many_parts_share_what_one_evaluation_may_make(String sql, String function) throws Throwable {
    assertWithin(
        SOON,
        () ->
            assertThatThrownBy(() -> test(sql))
                .isInstanceOf(EvaluationLimitException.class)
                .hasMessageStartingWith(function));
  }

  @Test
  void a_long_text_of_an_event_can_be_read_and_cut() {
    Condition condition =
        compile(
            "LOWER(name) LIKE 'x%' AND SUBSTRING(name, 2) <> name AND REGEXP(name, '^x')",
            new Diagnostics());
    Evaluation evaluation = new Evaluation();
    evaluation.event =
        GenericRowData.of(
            1, StringData.fromString("X".repeat(3_000_000).toLowerCase()), null, null, null, null);
    assertThat(condition.test(evaluation)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POSITION(CONCAT(REPEAT(name, 50000), 'y') IN REPEAT(name, 100000)) = 1",
        "LOCATE(REPEAT(name, 50000) || 'y', REPEAT(name, 100000)) = 1",
        "INSTR(REPEAT(name, 100000), 'x', 1, 1000000) = 1",
        "SPLIT(REPEAT(name, 100000), REPEAT(name, 50000) || 'y') IS NULL",
        "SPLIT_INDEX(REPEAT(name, 100000), REPEAT(name, 50000) || 'y', 1) = 'x'",
        "REPLACE(REPEAT(name, 100000), REPEAT(name, 50000) || 'y', '') = 'x'",
        "TRIM(BOTH REPEAT('y', 1000000) || name FROM REPEAT(name, 100000)) = 'z'",
        "LTRIM(REPEAT(name, 100000), REPEAT('y', 1000000) || name) = 'z'",
        "BTRIM(REPEAT(name, 100000), REPEAT('y', 1000000) || name) = 'z'",
      })
  void a_search_that_would_compare_too_much_fails(String sql) throws Throwable {
    assertWithin(
        SOON,
        () ->
            assertThatThrownBy(() -> test(sql))
                .isInstanceOf(EvaluationLimitException.class)
                .hasMessageContaining(" would take too long to look for "));
  }

  @Test
  void rounding_to_any_number_of_digits_ends() throws Throwable {
    assertWithin(
        SOON,
        () -> {
          assertThat(test("ROUND(real, 2000000000) = 1.5 AND ROUND(real, -2000000000) = 0"))
              .isTrue();
          assertThat(test("ROUND(amount, 2000000000) = 1 AND TRUNCATE(amount, -2000000000) = 0"))
              .isTrue();
          assertThat(test("TRUNCATE(real, 2147483647) = 1.5 AND TRUNCATE(real, 0 * amount) = 1"))
              .isTrue();
          assertThat(test("ROUND(price, 2000000000 * amount) = 1.5")).isTrue();
          assertThat(test("ROUND(real * 1e-300, 310) = 0 AND ROUND(1.5e-300, 301) = 1.5e-300"))
              .isFalse();
        });
  }

  @Test
  void a_text_of_very_many_digits_is_no_number() throws Throwable {
    assertWithin(
        SOON,
        () -> {
          assertThatThrownBy(
                  () -> test("CAST(REPEAT('9', 1000000 * amount) AS DECIMAL(38, 0)) = 1"))
              .hasMessage("a text of 1000000 characters is too long for a number");
          assertThat(test("TRY_CAST(REPEAT('9', 1000000 * amount) AS DECIMAL(38, 0)) IS NULL"))
              .isTrue();
          assertThat(test("CAST(REPEAT('0', 900 * amount) || '7' AS INT) = 7")).isTrue();
        });
  }

  // ---------------------------------------------------------------------------------------------
  // Sources
  // ---------------------------------------------------------------------------------------------

  static Stream<Arguments> refusedSources() {
    String ones = IntStream.range(0, 100_000).mapToObj(i -> "1").collect(Collectors.joining(", "));
    return Stream.of(
        Arguments.of("amount = " + "1".repeat(10_000_000), "too-long"),
        Arguments.of("amount IN (" + ones + ")", "too-long"),
        Arguments.of("amount = " + "9".repeat(60_000), "too-long"),
        Arguments.of("name" + ".a".repeat(30_000) + " = 1", "too-long"),
        Arguments.of("amount" + "-amount".repeat(8_000) + " = 1", "too-long"),
        Arguments.of("(".repeat(30_000) + "amount" + ")".repeat(30_000) + " = 1", "too-deep"),
        Arguments.of("NOT ".repeat(16_000) + "name = 'x'", "too-deep"),
        Arguments.of("amount" + " + 1".repeat(16_000) + " = 1", "too-deep"),
        Arguments.of("- ".repeat(30_000) + "amount = 1", "too-deep"),
        Arguments.of("name = " + "'a' || ".repeat(9_000) + "'b'", "too-deep"),
        Arguments.of("tags" + "[1]".repeat(20_000) + " = 'x'", "too-deep"),
        Arguments.of(
            "CASE WHEN amount = 1 THEN ".repeat(1_800) + "TRUE" + " END".repeat(1_800), "too-deep"),
        Arguments.of("name = " + "UPPER(".repeat(9_000) + "name" + ")".repeat(9_000), "too-deep"),
        Arguments.of("tags = " + "ARRAY[".repeat(8_000) + "1" + "]".repeat(8_000), "too-deep"),
        Arguments.of(
            "amount BETWEEN 1 AND 2" + " AND amount BETWEEN 1 AND 2".repeat(2_300),
            "too-many-operators"),
        Arguments.of("name LIKE 'a'" + " OR name LIKE 'a'".repeat(3_000), "too-many-operators"),
        Arguments.of("amount = 1" + " OR amount = 1".repeat(4_500), "too-many-operators"),
        Arguments.of(
            "CARDINALITY(ARRAY_CONCAT(" + "tags, ".repeat(1_500) + "tags)) = 1",
            "wrong-arguments"));
  }

  @ParameterizedTest
  @MethodSource("refusedSources")
  void an_expression_that_is_too_long_or_too_deep_is_refused_at_once(String sql, String code)
      throws Throwable {
    assertWithin(
        SOON,
        () -> {
          List<Diagnostic> found = diagnostics(sql).list();
          assertThat(found).extracting(Diagnostic::code).containsExactly(code);
          assertThat(found.get(0).render()).hasSizeLessThan(1_000);
          assertThat(found.get(0).source()).hasSizeLessThanOrEqualTo(64 * 1024);
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NULLIF(%s, 7)",
        "CASE WHEN %s BETWEEN SYMMETRIC 1 AND 2 THEN 1 ELSE 2 END",
        "CASE WHEN %s IN (amount, 1) THEN 1 ELSE 2 END",
        "CASE WHEN %s IS DISTINCT FROM amount THEN 1 ELSE 2 END",
        "CASE %s WHEN amount THEN 1 WHEN 2 THEN 3 END",
      })
  void a_value_that_is_computed_twice_at_each_level_is_refused(String level) throws Throwable {
    for (String innermost : List.of("amount", "1")) {
      String nested = innermost;
      for (int i = 0; i < 60; i++) {
        nested = level.formatted(nested);
      }
      String sql = nested + " = 1";
      assertWithin(
          SOON,
          () ->
              assertThat(diagnostics(sql).list())
                  .extracting(Diagnostic::code)
                  .isSubsetOf("too-complex"));
    }
  }

  @Test
  void only_some_of_very_many_errors_are_reported() {
    List<Diagnostic> found = diagnostics("x1 = 1" + " AND x1 = 1".repeat(2_999)).list();
    assertThat(found).hasSize(50);
    assertThat(found.get(48).code()).isEqualTo("unknown-field");
    assertThat(found.get(49).message()).isEqualTo("there are more errors");
    assertThat(new PatternException(found).getMessage()).hasSizeLessThan(50_000);
  }

  @Test
  void a_long_line_is_shown_around_the_error() {
    String sql = "amount > 1 AND ".repeat(20) + "amout > 1" + " AND amount > 1".repeat(20);
    assertThat(diagnostics(sql).list().get(0).render())
        .isEqualTo(
            "where of step `a`:1:301: error[unknown-field]: `amout` is not a field\n"
                + "  1 | ..."
                + sql.substring(240, 360)
                + "...\n    | "
                + " ".repeat(63)
                + "^^^^^\n\n"
                + "hint: did you mean `amount`? Fields: `amount`, `name`, `price`, `real`, `tags`,"
                + " `none`");
  }

  @Test
  void many_likes_in_groups_and_many_alternatives_are_fine() throws Throwable {
    String group = "(name LIKE 'a'" + " OR name LIKE 'b'".repeat(100) + ")";
    String cases = "CASE " + "WHEN name LIKE 'a' THEN 1 ".repeat(1_000) + "ELSE 2 END = 2";
    assertWithin(
        SOON,
        () -> {
          assertThat(test(group + (" OR " + group).repeat(10))).isFalse();
          assertThat(test(cases)).isTrue();
        });
  }

  @Test
  void a_list_of_many_constants_is_looked_up_by_hash() throws Throwable {
    String list =
        IntStream.range(100, 9_000).mapToObj(i -> "" + i).collect(Collectors.joining(", "));
    Condition condition = compile("amount IN (" + list + ")", new Diagnostics());
    Evaluation evaluation = new Evaluation();
    assertWithin(
        SOON,
        () -> {
          for (int i = 0; i < 3_000_000; i++) {
            evaluation.event = GenericRowData.of(i, null, null, null, null, null);
            assertThat(condition.test(evaluation) == (i >= 100 && i < 9_000)).isTrue();
          }
        });
    assertThat(condition.constraints().get(0).constants()).hasSize(8_900);
  }
}
