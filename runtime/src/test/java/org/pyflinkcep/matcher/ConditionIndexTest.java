package org.pyflinkcep.matcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pyflinkcep.expression.Comparison;
import org.pyflinkcep.expression.Condition;
import org.pyflinkcep.expression.Constraint;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.Evaluation;
import org.pyflinkcep.expression.ExpressionCompiler;

/** The index against all of its conditions, asked one by one. */
class ConditionIndexTest {

  private static final RowType EVENT =
      (RowType)
          LogicalTypeParser.parse(
              "ROW<i INT, l BIGINT, f FLOAT, d DOUBLE, n DECIMAL(10, 2), x STRING, c CHAR(3),"
                  + " at TIMESTAMP(3), b BOOLEAN>",
              ConditionIndexTest.class.getClassLoader());

  private static final String[] NUMBERS = {
    "-1", "0", "1", "1.5", "2", "2.00", "2.005", "3e0", "1e300", "-0e0", "2147483647", "2147483648"
  };
  private static final String[] TEXTS = {"''", "'a'", "'ab'", "'b'", "'ä'", "'a  '", "'\uFFFD'"};
  private static final String[] TIMES = {
    "TIMESTAMP '2024-01-01 00:00:00'",
    "TIMESTAMP '2024-01-01 00:00:00.001'",
    "TIMESTAMP '1969-12-31 23:59:59.999'"
  };

  private final List<Condition> conditions = new ArrayList<>();
  private ConditionIndex<Condition> index;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void what_holds_is_found_and_little_else(int seed) {
    Random random = new Random(seed);
    build(random, 1 + random.nextInt(400), 2);
    int found = 0;
    int asked = 0;
    for (RowData row : rows(random, 400)) {
      List<Condition> hits = find(row);
      assertThat(hits).as("each once").hasSameSizeAs(new HashSet<>(hits));
      for (Condition condition : conditions) {
        if (holds(condition, row)) {
          assertThat(hits).as("%s on %s", condition.canonical(), row).contains(condition);
        }
      }
      found += hits.size();
      asked += conditions.size();
    }
    if (conditions.size() > 50) {
      assertThat(found).as("of %s", asked).isLessThan(asked * 2 / 3);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void of_equalities_and_ranges_no_more_is_found_than_their_bounds_allow(int seed) {
    Random random = new Random(seed);
    build(random, 300, 0);
    for (RowData row : rows(random, 300)) {
      List<Condition> hits = find(row);
      for (Condition condition : conditions) {
        List<Constraint> constraints = condition.constraints();
        boolean indexed =
            constraints.stream().anyMatch(c -> c.comparison() != Comparison.NOT_EQUAL);
        if (indexed && hits.contains(condition)) {
          assertThat(constraints)
              .as("%s on %s", condition.canonical(), row)
              .allMatch(c -> c.holds(value(row, c)) || isBound(c, value(row, c)));
        }
      }
    }
  }

  @Test
  void a_value_that_is_not_a_number_passes_lower_bounds_only() {
    for (int i = 0; i < 10; i++) {
      conditions.add(compile("d > " + i));
      conditions.add(compile("d < " + i));
      conditions.add(compile("d = " + i));
    }
    index(conditions);
    GenericRowData row = new GenericRowData(EVENT.getFieldCount());
    row.setField(EVENT.getFieldIndex("d"), Double.NaN);
    assertThat(find(row))
        .containsExactlyInAnyOrderElementsOf(
            conditions.stream().filter(c -> c.canonical().contains(">")).toList());
    assertThat(find(new GenericRowData(EVENT.getFieldCount()))).isEmpty();
  }

  private List<Condition> find(RowData row) {
    List<Condition> found = new ArrayList<>();
    index.find(row, found);
    return found;
  }

  private void build(Random random, int count, int depth) {
    while (conditions.size() < count) {
      conditions.add(compile(condition(random, depth)));
    }
    index(conditions);
  }

  private void index(List<Condition> all) {
    ConditionIndex.Builder<Condition> builder = new ConditionIndex.Builder<>(EVENT);
    for (Condition condition : all) {
      if (condition.constraints().isEmpty()) {
        builder.add(condition);
      } else {
        builder.add(condition, condition.constraints());
      }
    }
    index = builder.build();
  }

  private static Condition compile(String sql) {
    Diagnostics diagnostics = new Diagnostics();
    Condition condition =
        new ExpressionCompiler(EVENT, List.of("a"), ZoneId.of("Europe/Berlin"), diagnostics)
            .condition(sql, "where of step `a`", new BitSet());
    diagnostics.throwIfAny();
    return condition;
  }

  private static boolean holds(Condition condition, RowData row) {
    Evaluation evaluation = new Evaluation();
    evaluation.event = row;
    return condition.test(evaluation);
  }

  private static Object value(RowData row, Constraint constraint) {
    return RowData.createFieldGetter(EVENT.getTypeAt(constraint.field()), constraint.field())
        .getFieldOrNull(row);
  }

  private static boolean isBound(Constraint constraint, Object value) {
    return constraint.comparison() != Comparison.NOT_EQUAL
        && constraint.constants().contains(value);
  }

  // ---- random conditions and rows -------------------------------------------------------------

  private static String condition(Random random, int depth) {
    if (depth > 0 && random.nextInt(3) > 0) {
      String left = condition(random, depth - 1);
      String right = condition(random, depth - 1);
      return switch (random.nextInt(5)) {
        case 0 -> "(" + left + " OR " + right + ")";
        case 1 -> "NOT (" + left + ")";
        default -> "(" + left + " AND " + right + ")";
      };
    }
    String field = pick(random, "i", "l", "f", "d", "n", "x", "c", "at");
    String[] constants =
        switch (field) {
          case "x", "c" -> TEXTS;
          case "at" -> TIMES;
          default -> NUMBERS;
        };
    String constant = pick(random, constants);
    return switch (random.nextInt(8)) {
      case 0 -> field + " IN (" + constant + ", " + pick(random, constants) + ")";
      case 1 -> field + " BETWEEN " + constant + " AND " + pick(random, constants);
      case 2 -> field.equals("x") ? "x LIKE 'a%'" : field + " = " + constant;
      case 3 -> depth == 0 ? field + " = " + constant : field + " IS NULL";
      case 4 -> depth == 0 ? field + " = " + constant : "b";
      default -> field + " " + pick(random, "=", "<", "<=", ">", ">=", "<>") + " " + constant;
    };
  }

  private static List<RowData> rows(Random random, int count) {
    RowDataSerializer serializer = new RowDataSerializer(EVENT);
    List<RowData> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      GenericRowData row =
          GenericRowData.of(
              value(random, -1, 0, 1, 2, 3, Integer.MAX_VALUE),
              value(random, -1L, 0L, 1L, 2L, 2147483648L),
              value(random, -0f, 0f, 1.5f, 2f, 2.005f, Float.NaN, Float.POSITIVE_INFINITY),
              value(random, -0d, 0d, 1.5, 2d, 2.005, Double.NaN, 1e300, Double.NEGATIVE_INFINITY),
              value(random, decimal("0"), decimal("1.50"), decimal("2.00"), decimal("2.01")),
              value(random, text(""), text("a"), text("ab"), text("b"), text("ä"), text("a  ")),
              value(random, text("a  "), text("ab "), text("   ")),
              value(random, time(1704067200000L), time(1704067200001L), time(-1)),
              value(random, true, false));
      rows.add(i % 2 == 0 ? row : serializer.toBinaryRow(row).copy());
    }
    return rows;
  }

  private static DecimalData decimal(String number) {
    return DecimalData.fromBigDecimal(new BigDecimal(number), 10, 2);
  }

  private static StringData text(String text) {
    return StringData.fromString(text);
  }

  private static TimestampData time(long milliseconds) {
    return TimestampData.fromEpochMillis(milliseconds);
  }

  private static Object value(Random random, Object... values) {
    return random.nextInt(8) == 0 ? null : values[random.nextInt(values.length)];
  }

  private static String pick(Random random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
