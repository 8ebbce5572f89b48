package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pyflinkcep.expression.Comparison.EQUAL;
import static org.pyflinkcep.expression.Comparison.GREATER;
import static org.pyflinkcep.expression.Comparison.GREATER_OR_EQUAL;
import static org.pyflinkcep.expression.Comparison.LESS;
import static org.pyflinkcep.expression.Comparison.LESS_OR_EQUAL;
import static org.pyflinkcep.expression.Comparison.NOT_EQUAL;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConstraintTest {

  private static final RowType EVENT =
      (RowType)
          LogicalTypeParser.parse(
              "ROW<t TINYINT, s SMALLINT, i INT, l BIGINT, f FLOAT, d DOUBLE, n DECIMAL(10, 2),"
                  + " w DECIMAL(38, 10), b BOOLEAN, c CHAR(3), v VARCHAR(4), x STRING, born DATE,"
                  + " clock TIME(0), at0 TIMESTAMP(0), at TIMESTAMP(3), ltz TIMESTAMP_LTZ(6),"
                  + " data BYTES, many ARRAY<INT>>",
              ConstraintTest.class.getClassLoader());

  private static Condition compile(String sql) {
    Diagnostics diagnostics = new Diagnostics();
    Condition condition =
        new ExpressionCompiler(EVENT, List.of("a"), ZoneId.of("Europe/Berlin"), diagnostics)
            .condition(sql, "where of step `a`", new BitSet());
    diagnostics.throwIfAny();
    return condition;
  }

  private static int field(String name) {
    return EVENT.getFieldIndex(name);
  }

  private static List<Constraint> of(String sql) {
    return compile(sql).constraints();
  }

  private static Constraint is(String field, Comparison comparison, Object... constants) {
    return new Constraint(field(field), comparison, constants);
  }

  private static DecimalData decimal(String number, int precision, int scale) {
    return DecimalData.fromBigDecimal(new BigDecimal(number), precision, scale);
  }

  private static StringData text(String text) {
    return StringData.fromString(text);
  }

  // ---------------------------------------------------------------------------------------------
  // What gives which constraint
  // ---------------------------------------------------------------------------------------------

  @Test
  void a_comparison_with_a_constant_on_either_side() {
    assertThat(of("i = 5")).containsExactly(is("i", EQUAL, 5));
    assertThat(of("5 = i")).containsExactly(is("i", EQUAL, 5));
    assertThat(of("5 < i")).containsExactly(is("i", GREATER, 5));
    assertThat(of("i <= 2 + 3")).containsExactly(is("i", LESS_OR_EQUAL, 5));
    assertThat(of("i <> 5")).containsExactly(is("i", NOT_EQUAL, 5));
    assertThat(of("x >= 'm'")).containsExactly(is("x", GREATER_OR_EQUAL, text("m")));
    assertThat(of("i = l")).isEmpty();
    assertThat(of("i + 1 = 5")).isEmpty();
  }

  @Test
  void what_and_joins() {
    assertThat(of("i BETWEEN 1 AND 5 AND (x = 'a' AND b)"))
        .containsExactly(
            is("i", GREATER_OR_EQUAL, 1),
            is("i", LESS_OR_EQUAL, 5),
            is("x", EQUAL, text("a")),
            is("b", EQUAL, true));
  }

  @Test
  void the_values_that_a_field_may_have() {
    assertThat(of("x IN ('a', 'b', NULL, 'a')"))
        .containsExactly(is("x", EQUAL, text("a"), text("b")));
    assertThat(of("x = 'a' OR x IN ('b', 'c')"))
        .containsExactly(is("x", EQUAL, text("a"), text("b"), text("c")));
    assertThat(of("i = 1 AND l > 5 OR i = 2 AND l < 3")).containsExactly(is("i", EQUAL, 1, 2));
    assertThat(of("n IN (1, 2.50, 2.501)"))
        .containsExactly(is("n", EQUAL, decimal("1", 10, 2), decimal("2.5", 10, 2)));
    assertThat(of("i = 1 OR l = 1")).isEmpty();
    assertThat(of("i = 1 OR i > 7")).isEmpty();
    assertThat(of("i IN (1, l)")).isEmpty();
    assertThat(of("x NOT IN ('a', 'b')"))
        .containsExactly(is("x", NOT_EQUAL, text("a")), is("x", NOT_EQUAL, text("b")));
  }

  @Test
  void a_negated_condition() {
    assertThat(of("NOT i > 5")).containsExactly(is("i", LESS_OR_EQUAL, 5));
    assertThat(of("NOT (i <> 5 OR b)")).containsExactly(is("i", EQUAL, 5), is("b", EQUAL, false));
    assertThat(of("(i = 5) IS TRUE AND b IS FALSE"))
        .containsExactly(is("i", EQUAL, 5), is("b", EQUAL, false));
    assertThat(of("(i = 5) IS NOT TRUE")).isEmpty();
    assertThat(of("i IS NOT DISTINCT FROM 5")).containsExactly(is("i", EQUAL, 5));
    assertThat(of("i IS DISTINCT FROM 5")).isEmpty();
    assertThat(of("i IS NOT DISTINCT FROM NULL")).isEmpty();
  }

  @Test
  void is_not_null_is_to_differ_from_no_constant() {
    assertThat(of("data IS NOT NULL")).containsExactly(is("data", NOT_EQUAL));
    assertThat(of("data IS NULL")).isEmpty();
    assertThat(is("i", NOT_EQUAL).holds(0)).isTrue();
    assertThat(is("i", NOT_EQUAL).holds(null)).isFalse();
  }

  @Test
  void a_prefix_is_a_range_of_texts() {
    List<Constraint> prefix = of("x LIKE 'ab%c'");
    assertThat(prefix)
        .containsExactly(is("x", GREATER_OR_EQUAL, text("ab")), is("x", LESS, text("ac")));
    assertThat(of("x LIKE 'ab!%_' ESCAPE '!'"))
        .containsExactly(is("x", GREATER_OR_EQUAL, text("ab%")), is("x", LESS, text("ab&")));
    assertThat(of("x LIKE '%ab'")).containsExactly(is("x", NOT_EQUAL));
    assertThat(of("x NOT LIKE 'ab%'")).containsExactly(is("x", NOT_EQUAL));
    List<Constraint> last = of("x LIKE '\uDBFF\uDFFF%'");
    assertThat(last).allMatch(constraint -> constraint.holds(text("\uDBFF\uDFFFz")));
    assertThat(last).anyMatch(constraint -> !constraint.holds(text("\uD7FF")));
  }

  @Test
  void a_constant_is_of_the_type_of_a_field_that_is_widened() {
    assertThat(of("t = 5")).containsExactly(is("t", EQUAL, (byte) 5));
    assertThat(of("s > 5")).containsExactly(is("s", GREATER, (short) 5));
    assertThat(of("i = 5000000000")).containsExactly(is("i", EQUAL));
    assertThat(of("i < 5000000000")).containsExactly(is("i", LESS_OR_EQUAL, Integer.MAX_VALUE));
    assertThat(of("i > -5000000000")).containsExactly(is("i", NOT_EQUAL));
    assertThat(of("i > 1.5 AND i >= 1.5 AND i < -1.5 AND i <> 1.5 AND i = 2.0"))
        .containsExactly(
            is("i", GREATER, 1),
            is("i", GREATER, 1),
            is("i", LESS_OR_EQUAL, -2),
            is("i", NOT_EQUAL),
            is("i", EQUAL, 2));
    assertThat(of("i >= 1.5e0")).containsExactly(is("i", GREATER, 1));
    assertThat(of("l = 5")).containsExactly(is("l", EQUAL, 5L));
    assertThat(of("l = 1.5")).containsExactly(is("l", EQUAL));
    assertThat(of("n > 500")).containsExactly(is("n", GREATER, decimal("500", 10, 2)));
    assertThat(of("n > 500.005")).containsExactly(is("n", GREATER, decimal("500", 10, 2)));
    assertThat(of("n <= 500000000"))
        .containsExactly(is("n", LESS_OR_EQUAL, decimal("99999999.99", 10, 2)));
    assertThat(of("f = 0.5")).containsExactly(is("f", EQUAL, 0.5f));
    assertThat(of("f = 0.1 AND f > 0.1"))
        .containsExactly(is("f", EQUAL), is("f", GREATER, Math.nextDown(0.1f)));
  }

  @Test
  void no_constraint_where_a_conversion_is_not_exact() {
    assertThat(of("l = 9007199254740992e0")).isEmpty();
    assertThat(of("n = 1.5e0")).isEmpty();
    assertThat(of("CAST(i AS SMALLINT) = 1")).isEmpty();
    assertThat(of("CAST(i AS STRING) = '1'")).isEmpty();
    assertThat(of("CAST(n AS DECIMAL(10, 1)) = 1.5")).isEmpty();
    assertThat(of("c = 'longer'")).containsExactly(is("c", EQUAL, text("longer")));
    assertThat(of("at0 = TIMESTAMP '2024-02-29 10:15:30.123'")).isEmpty();
    assertThat(of("data = x'00'")).isEmpty();
    assertThat(of("many = ARRAY[1]")).isEmpty();
  }

  @Test
  void the_two_zeros_are_equal_and_nan_is_equal_to_nothing() {
    assertThat(of("d = 0")).containsExactly(is("d", EQUAL, -0.0, 0.0));
    assertThat(of("d >= 0 AND d < 0 AND d > 0 AND d <= -0e0"))
        .containsExactly(
            is("d", GREATER_OR_EQUAL, -0.0),
            is("d", LESS, -0.0),
            is("d", GREATER, 0.0),
            is("d", LESS_OR_EQUAL, 0.0));
    assertThat(of("d = CAST('NaN' AS DOUBLE)")).containsExactly(is("d", EQUAL));
    assertThat(of("d <> CAST('NaN' AS DOUBLE)")).containsExactly(is("d", NOT_EQUAL));
    assertThat(of("NOT d > 5")).containsExactly(is("d", NOT_EQUAL));
  }

  @Test
  void nan_and_the_zeros_are_in_order_where_a_decimal_is_compared() {
    assertThat(of("d > 1.5")).containsExactly(is("d", GREATER, 1.5));
    assertThat(of("NOT d > 1.5")).containsExactly(is("d", LESS_OR_EQUAL, 1.5));
    assertThat(of("d >= 0.0")).containsExactly(is("d", GREATER_OR_EQUAL, 0.0));
    assertThat(of("f < 0.0")).containsExactly(is("f", LESS, 0.0f));
    assertThat(of("f > 0.1")).containsExactly(is("f", GREATER, Math.nextDown(0.1f)));
    assertThat(of("d = 0.0")).containsExactly(is("d", EQUAL, -0.0, 0.0));
    assertThat(of("d IS NOT DISTINCT FROM 0.0")).containsExactly(is("d", EQUAL, 0.0));
    assertThat(of("n > 1.5e0")).isEmpty();
  }

  @Test
  void decimals_are_ordered_without_a_loss_of_digits() {
    assertThat(of("w < 0.00000000000000000000000000001"))
        .containsExactly(is("w", LESS_OR_EQUAL, decimal("0", 38, 10)));
    assertThat(of("l > 0.10")).containsExactly(is("l", GREATER, 0L));
  }

  @Test
  void points_in_time_are_those_of_the_field() {
    assertThat(of("born >= '2024-02-29'"))
        .containsExactly(
            is("born", GREATER_OR_EQUAL, (int) LocalDate.of(2024, 2, 29).toEpochDay()));
    assertThat(of("at = TIMESTAMP '2024-02-29 10:15:30'"))
        .containsExactly(
            is(
                "at",
                EQUAL,
                TimestampData.fromLocalDateTime(LocalDateTime.of(2024, 2, 29, 10, 15, 30))));
    assertThat(of("ltz < '2024-02-29 10:15:30'"))
        .containsExactly(
            is(
                "ltz",
                LESS,
                TimestampData.fromLocalDateTime(LocalDateTime.of(2024, 2, 29, 9, 15, 30))));
  }

  @Test
  void an_order_has_one_constant() {
    assertThatThrownBy(() -> is("i", LESS, 1, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("LESS has one constant, not 2");
    assertThatThrownBy(() -> is("i", EQUAL, 1, 2).constant())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("not one constant, but 2");
  }

  // ---------------------------------------------------------------------------------------------
  // Soundness
  // ---------------------------------------------------------------------------------------------

  /** Conditions of a small grammar, and rows whose values lie close to the constants. */
  private static final class Generator {

    private static final String[][] NUMBERS = {
      {"t", "s", "i", "l", "f", "d", "n", "w", "CAST(t AS INT)", "CAST(s AS DECIMAL(4, 1))"},
      {"CAST(i AS SMALLINT)", "CAST(i AS BIGINT)", "CAST(l AS DOUBLE)", "CAST(n AS DECIMAL(4, 3))"},
      {"CAST(f AS DOUBLE)", "CAST(d AS FLOAT)", "CAST(d AS INT)", "CAST(n AS DOUBLE)"},
    };
    private static final String[] NUMBER_CONSTANTS = {
      "0",
      "-0e0",
      "1",
      "-1",
      "1.5",
      "-1.5",
      "1.50",
      "2.505",
      "0.1",
      "0.1e0",
      "1.5e0",
      "127",
      "128",
      "-129",
      "32767",
      "40000",
      "2147483647",
      "2147483648",
      "-2147483649",
      "9007199254740993",
      "9007199254740992e0",
      "9223372036854775807",
      "99999999.99",
      "100000000",
      "1e300",
      "-1e300",
      "1e-300",
      "CAST('NaN' AS DOUBLE)",
      "CAST('Infinity' AS DOUBLE)",
      "CAST(0.1 AS FLOAT)",
      "CAST(NULL AS INT)",
      "12345678901234567890.123"
    };
    private static final String[] TEXTS = {
      "c", "v", "x", "CAST(c AS STRING)", "CAST(x AS CHAR(3))"
    };
    private static final String[] TEXT_CONSTANTS = {
      "''",
      "'a'",
      "'ab'",
      "'ab '",
      "'abc'",
      "'b'",
      "'é'",
      "'\uD83D\uDE00'",
      "'\uFFFD'",
      "CAST(NULL AS STRING)",
      "CAST('a' AS CHAR(3))"
    };
    private static final String[] LIKES = {
      "'a%'",
      "'%b'",
      "'ab'",
      "'a_'",
      "'a!%%' ESCAPE '!'",
      "'a%b%'",
      "'\uD83D\uDE00%'",
      "'%'",
      "''",
      "'\uFFFD%'",
      "'\uFFFD_%'"
    };
    private static final String[] POINTS = {"born", "clock", "at0", "at", "ltz"};
    private static final String[][] POINT_CONSTANTS = {
      {"DATE '2024-02-29'", "'2024-03-01'"},
      {"TIME '10:15:30'", "'10:15:30'", "TIME '10:15:30.500'"},
      {"TIMESTAMP '2024-02-29 10:15:30'", "TIMESTAMP '2024-02-29 10:15:30.5'"},
      {"TIMESTAMP '2024-02-29 10:15:30'", "TIMESTAMP '2024-02-29 10:15:30.500000'"},
      {"TIMESTAMP '2024-02-29 10:15:30.5'", "'2024-02-29 09:15:30'"},
    };
    private static final String[] OPERATORS = {"=", "<>", "<", "<=", ">", ">="};

    private final Random random;

    Generator(long seed) {
      random = new Random(seed);
    }

    String condition(int depth) {
      if (depth > 0 && random.nextInt(3) > 0) {
        String left = condition(depth - 1);
        return switch (random.nextInt(6)) {
          case 0, 1 -> "(" + left + " AND " + condition(depth - 1) + ")";
          case 2, 3 -> "(" + left + " OR " + condition(depth - 1) + ")";
          case 4 -> "NOT (" + left + ")";
          default -> "(" + left + ") IS " + any("", "NOT ") + any("TRUE", "FALSE", "UNKNOWN");
        };
      }
      return switch (random.nextInt(10)) {
        case 0 ->
            any(
                "b",
                "NOT b",
                "b = FALSE",
                "b <> TRUE",
                "TRUE",
                "CAST(NULL AS INT) = 1",
                "b > FALSE");
        case 1 ->
            any(EVENT.getFieldNames().toArray(new String[0])) + any(" IS NULL", " IS NOT NULL");
        case 2 -> "data " + any(OPERATORS) + " x'6162'";
        case 3 -> any(TEXTS) + any(" LIKE ", " NOT LIKE ") + any(LIKES);
        case 4, 5 -> compared(() -> any(TEXTS), () -> any(TEXT_CONSTANTS));
        case 6 -> {
          int point = random.nextInt(POINTS.length);
          yield compared(() -> POINTS[point], () -> any(POINT_CONSTANTS[point]));
        }
        default -> compared(() -> any(NUMBERS[random.nextInt(3)]), () -> any(NUMBER_CONSTANTS));
      };
    }

    private String compared(Supplier<String> field, Supplier<String> constant) {
      String left = field.get();
      return switch (random.nextInt(7)) {
        case 0 -> left + any(" ", " NOT ") + "IN (" + constant.get() + ", " + constant.get() + ")";
        case 1 ->
            left
                + any(" ", " NOT ")
                + any("BETWEEN ", "BETWEEN SYMMETRIC ")
                + constant.get()
                + " AND "
                + constant.get();
        case 2 -> left + any(" IS DISTINCT FROM ", " IS NOT DISTINCT FROM ") + constant.get();
        case 3 -> constant.get() + " " + any(OPERATORS) + " " + left;
        default -> left + " " + any(OPERATORS) + " " + constant.get();
      };
    }

    RowData row() {
      return GenericRowData.of(
          value((byte) 0, (byte) 1, (byte) -1, (byte) 2, Byte.MAX_VALUE, Byte.MIN_VALUE),
          value((short) 0, (short) 1, (short) -1, (short) 127, (short) 128, Short.MAX_VALUE),
          value(0, 1, -1, 2, 65537, 40000, Integer.MAX_VALUE, Integer.MIN_VALUE),
          value(0L, 1L, -1L, 1L << 53, (1L << 53) + 1, Long.MAX_VALUE, Long.MIN_VALUE, 5000000000L),
          value(0f, -0f, 1f, 1.5f, 0.1f, Float.NaN, Float.MAX_VALUE, Float.NEGATIVE_INFINITY),
          value(0d, -0d, 1d, 1.5, 0.1, Double.NaN, 1e300, Double.POSITIVE_INFINITY, (double) 0.1f),
          value(decimals(10, 2, "0", "1", "1.5", "2.5", "2.51", "-1.5", "99999999.99", "0.1")),
          value(decimals(38, 10, "0", "1", "1.5", "2.505", "12345678901234567890.123", "128")),
          value(true, false),
          value(texts("   ", "a  ", "ab ", "abc", "b  ", "a%b")),
          value(texts("", "a", "ab", "abc", "b", "\uFFFD", "\uD83D\uDE00", "a%")),
          random.nextInt(8) == 0
              ? StringData.fromBytes(new byte[] {(byte) 0xff, 'a'})
              : value(texts("", "a", "ab", "abc", "b", "é", "\uFFFDa", "\uD83D\uDE00x", "a%c")),
          value(19781, 19782, 19783, 0),
          value(36930000, 36930500, 0, 32130000),
          value(times("2024-02-29T10:15:30", "2024-02-29T10:15:31", "1969-12-31T23:59:59")),
          value(times("2024-02-29T10:15:30", "2024-02-29T10:15:30.5", "2024-02-29T10:15:30.501")),
          value(times("2024-02-29T09:15:30", "2024-02-29T09:15:30.5", "2024-02-29T08:15:30")),
          value("ab".getBytes(StandardCharsets.UTF_8), new byte[0]),
          null);
    }

    private static Object[] decimals(int precision, int scale, String... numbers) {
      return List.of(numbers).stream().map(n -> decimal(n, precision, scale)).toArray();
    }

    private static Object[] texts(String... texts) {
      return List.of(texts).stream().map(StringData::fromString).toArray();
    }

    private static Object[] times(String... times) {
      return List.of(times).stream()
          .map(time -> TimestampData.fromLocalDateTime(LocalDateTime.parse(time)))
          .toArray();
    }

    private Object value(Object... values) {
      return random.nextInt(8) == 0 ? null : values[random.nextInt(values.length)];
    }

    private String any(String... texts) {
      return texts[random.nextInt(texts.length)];
    }
  }

  private static boolean test(Condition condition, RowData row) {
    Evaluation evaluation = new Evaluation();
    evaluation.event = row;
    try {
      return condition.test(evaluation);
    } catch (RuntimeException e) {
      return false;
    }
  }

  private static boolean holds(Constraint constraint, RowData row) {
    LogicalType type = EVENT.getTypeAt(constraint.field());
    return constraint.holds(
        RowData.createFieldGetter(type, constraint.field()).getFieldOrNull(row));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void a_condition_is_not_true_where_one_of_its_constraints_fails(long seed) {
    Generator generator = new Generator(seed);
    RowDataSerializer serializer = new RowDataSerializer(EVENT);
    List<RowData> rows = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      RowData row = generator.row();
      rows.add(i % 2 == 0 ? row : serializer.toBinaryRow(row).copy());
    }
    int spared = 0;
    for (int i = 0; i < 5000; i++) {
      String sql = generator.condition(i % 4);
      Condition condition = compile(sql);
      List<Constraint> constraints = condition.constraints();
      for (RowData row : rows) {
        if (!constraints.stream().allMatch(constraint -> holds(constraint, row))) {
          spared++;
          assertThat(test(condition, row)).as("%s on %s, with %s", sql, row, constraints).isFalse();
        }
      }
    }
    assertThat(spared).isGreaterThan(5000 * 300 / 10);
  }

  /** But for NaN, which an order takes for greater than all others. */
  @Test
  void constraints_of_a_single_comparison_say_what_it_says() {
    Generator generator = new Generator(5);
    List<RowData> rows = IntStream.range(0, 200).mapToObj(i -> generator.row()).toList();
    String[] numbers = {
      "t", "s", "i", "l", "f", "d", "n", "w", "CAST(t AS INT)", "CAST(f AS DOUBLE)"
    };
    for (String[] fields : List.of(numbers, Generator.TEXTS)) {
      for (String constant :
          fields == Generator.TEXTS ? Generator.TEXT_CONSTANTS : Generator.NUMBER_CONSTANTS) {
        for (String field : fields) {
          for (String operator : Generator.OPERATORS) {
            Condition condition = compile(field + " " + operator + " " + constant);
            List<Constraint> constraints = condition.constraints();
            for (RowData row : rows) {
              boolean nan =
                  constraints.stream()
                      .anyMatch(c -> isNaN(row, c.field()) && c.comparison().isOrder());
              if (!constraints.isEmpty() && !nan) {
                assertThat(constraints.stream().allMatch(constraint -> holds(constraint, row)))
                    .as("%s on %s, with %s", condition.canonical(), row, constraints)
                    .isEqualTo(test(condition, row));
              }
            }
          }
        }
      }
    }
  }

  private static boolean isNaN(RowData row, int field) {
    Object value = RowData.createFieldGetter(EVENT.getTypeAt(field), field).getFieldOrNull(row);
    return value != null && value.toString().equals("NaN");
  }
}
