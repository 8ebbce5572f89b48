package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.util.BitSet;
import java.util.List;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;

class ExpressionCompilerTest {

  private static final RowType EVENT =
      (RowType)
          DataTypes.ROW(
                  DataTypes.FIELD("name", DataTypes.STRING()),
                  DataTypes.FIELD("price", DataTypes.DOUBLE()),
                  DataTypes.FIELD("value", DataTypes.INT()))
              .getLogicalType();

  private static final List<String> STEPS = List.of("start", "middle", "middle-first", "end");

  private record Node(int step, RowData event, long timestamp, Taken previous) implements Taken {}

  private static RowData event(String name, double price, Integer value) {
    return GenericRowData.of(StringData.fromString(name), price, value);
  }

  private static final Taken TAKEN =
      new Node(
          1,
          event("c", 3.0, null),
          3,
          new Node(1, event("b", 2.0, 7), 2, new Node(0, event("a", 1.0, 5), 1, null)));

  private static Condition compile(String sql) {
    Diagnostics diagnostics = new Diagnostics();
    BitSet visible = new BitSet();
    visible.set(0, STEPS.size());
    Condition condition =
        new ExpressionCompiler(EVENT, STEPS, ZoneOffset.UTC, diagnostics)
            .condition(sql, "where of step `end`", visible);
    diagnostics.throwIfAny();
    return condition;
  }

  private static boolean test(String sql) {
    Condition condition = compile(sql);
    Evaluation evaluation = new Evaluation();
    evaluation.event = event("foobar", 4.0, 9);
    evaluation.timestamp = 10;
    evaluation.taken = TAKEN;
    return condition.test(evaluation);
  }

  @Test
  void conditions_over_the_tested_event() {
    assertThat(test("name = 'foobar'")).isTrue();
    assertThat(test("name LIKE 'foo%' AND price > 3.0")).isTrue();
    assertThat(test("name LIKE '%x%' OR price >= 4.5")).isFalse();
    assertThat(test("value IN (1, 9) AND NOT value BETWEEN 1 AND 8")).isTrue();
    assertThat(test("ROWTIME() > 5")).isTrue();
    assertThat(test("price / 2 + value = 11")).isTrue();
  }

  @Test
  void conditions_over_taken_events() {
    assertThat(test("price > LAST(start.price)")).isTrue();
    assertThat(test("start.price = 1 AND middle.name = 'c'")).isTrue();
    assertThat(test("LAST(middle.name, 1) = 'b' AND FIRST(middle.name, 1) = 'c'")).isTrue();
    assertThat(test("COUNT(middle) = 2 AND COUNT(middle.value) = 1 AND COUNT(*) = 3")).isTrue();
    assertThat(test("SUM(middle.price) = 5 AND AVG(middle.price * 2) = 5")).isTrue();
    assertThat(test("SUM(end.price) = 0 AND COUNT(end) = 0 AND MAX(end.price) IS NULL")).isTrue();
    assertThat(test("COUNT(`middle-first`) = 0 AND `middle-first`.value IS NULL")).isTrue();
    assertThat(test("end.value > 3")).isFalse();
  }

  @Test
  void equal_conditions_have_one_canonical_form() {
    assertThat(compile("price > 3 AND (name = 'x')").canonical())
        .isEqualTo(compile("(price>3)  and\n name='x'").canonical())
        .isEqualTo(compile("3 < `price` AND 'x' = name").canonical());
    assertThat(compile("LAST(start.price) > 1 OR UPPER(name) = 'X'").canonical())
        .isEqualTo(compile("start.price > 1 or upper(name) = 'X'").canonical());
    assertThat(compile("price > 3").canonical())
        .isNotEqualTo(compile("price >= 3").canonical())
        .isNotEqualTo(compile("price > 4").canonical())
        .isNotEqualTo(compile("value > 3").canonical());
    assertThat(compile("SUM(start.price) > 1").canonical())
        .isNotEqualTo(compile("SUM(middle.price) > 1").canonical());
    assertThat(compile("JSON_ARRAYAGG(start.value) = '[]'").canonical())
        .isNotEqualTo(compile("JSON_ARRAYAGG(start.value NULL ON NULL) = '[]'").canonical());
  }

  @Test
  void a_condition_constrains_fields_of_the_tested_event_alone() {
    assertThat(compile("name = 'x' AND 3 < price AND value > start.value").constraints())
        .containsExactly(
            new Constraint(0, Comparison.EQUAL, StringData.fromString("x")),
            new Constraint(1, Comparison.GREATER, 3.0));
    assertThat(compile("start.price > 3").constraints()).isEmpty();
  }

  @Test
  void a_field_may_be_named_as_the_clause_of_an_aggregate() {
    Diagnostics diagnostics = new Diagnostics();
    RowType type = RowType.of(new LogicalType[] {new IntType()}, new String[] {"filter"});
    Condition condition =
        new ExpressionCompiler(type, STEPS, ZoneOffset.UTC, diagnostics)
            .condition(
                "filter > 1 AND JSON_ARRAYAGG(start.filter) IS NULL",
                "where of step `start`",
                BitSet.valueOf(new long[] {1}));
    diagnostics.throwIfAny();
    Evaluation evaluation = new Evaluation();
    evaluation.event = GenericRowData.of(2);
    assertThat(condition.test(evaluation)).isTrue();
  }

  @Test
  void a_condition_tells_whether_it_refers_to_taken_events() {
    assertThat(compile("price > 3").refersToTaken()).isFalse();
    assertThat(compile("price > 3 AND COUNT(start) > 1").refersToTaken()).isTrue();
    assertThat(compile("ROWTIME() - ROWTIME(start) > 1").refersToTaken()).isTrue();
  }
}
