package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.pyflinkcep.expression.ExpressionCases.Case;

/** Why conditions have the values that they have. */
class ReasoningTest {

  private static final ExpressionCases VALUES = ExpressionCases.read("values.yaml");
  private static final ExpressionCases STEPS = ExpressionCases.read("reasons.yaml");

  private record TakenRow(int step, RowData event, long timestamp, Taken previous)
      implements Taken {}

  static Stream<Case> conditions() {
    return VALUES.cases().stream().filter(condition -> condition.type().equals("BOOLEAN"));
  }

  @ParameterizedTest
  @MethodSource("conditions")
  void the_truth_of_a_verdict_is_the_value_of_the_condition(Case expected) {
    Condition condition = condition(expected.sql(), VALUES.type(), new BitSet());
    List<String> truths = new ArrayList<>();
    List<Boolean> lacksNothing = new ArrayList<>();
    for (RowData event : VALUES.internalEvents()) {
      Evaluation evaluation = new Evaluation();
      evaluation.event = event;
      Verdict verdict = condition.explain(evaluation);
      truths.add(verdict.truth() == Truth.NULL ? null : verdict.truth().name().toLowerCase());
      lacksNothing.add(verdict.shortfall().parts() == 0);
    }
    assertThat(truths).isEqualTo(expected.values());
    assertThat(lacksNothing).isEqualTo(expected.values().stream().map("true"::equals).toList());
  }

  static Stream<Case> reasons() {
    return STEPS.cases().stream();
  }

  @ParameterizedTest
  @MethodSource("reasons")
  void the_reasons_are_the_parts_that_decided_as_they_were_written(Case expected) {
    BitSet visible = new BitSet();
    visible.set(0);
    Condition condition = condition(expected.sql(), STEPS.type(), visible);
    List<RowData> events = STEPS.internalEvents();
    Evaluation evaluation = new Evaluation();
    evaluation.event = events.get(1);
    evaluation.timestamp = 2_000;
    evaluation.taken = new TakenRow(0, events.get(0), 1_000, null);
    Verdict verdict = condition.explain(evaluation);
    assertThat(verdict.truth().name()).isEqualTo(expected.type());
    assertThat(verdict.reasons().stream().map(ReasoningTest::text).toList())
        .isEqualTo(expected.values());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          amount > 400                                            | 0 | 0.0
          amount > 500                                            | 1 | 0.02
          amount > 500 AND merchant = 'x'                         | 2 | 1.02
          amount > 500 OR merchant = 'x'                          | 1 | 0.02
          NOT (amount > 400 AND merchant = 'kiosk')               | 1 | 0.09
          NOT (amount > 400 OR merchant = 'kiosk')                | 2 | 1.09
          missing > 5                                             | 1 | 1.0
          CAST(merchant AS INT) = 1 OR amount > 400               | 1 | 1.0
          """)
  void what_a_condition_lacks_is_counted_in_parts(String sql, int parts, double gap) {
    Evaluation evaluation = new Evaluation();
    evaluation.event = STEPS.internalEvents().get(1);
    Shortfall shortfall =
        condition(sql, STEPS.type(), new BitSet()).explain(evaluation).shortfall();
    assertThat(shortfall.parts()).isEqualTo(parts);
    assertThat(Math.round(shortfall.gap() * 100) / 100.0).isEqualTo(gap);
  }

  private static Condition condition(String sql, RowType type, BitSet visible) {
    Diagnostics diagnostics = new Diagnostics();
    Condition condition =
        new ExpressionCompiler(type, List.of("probe"), VALUES.zone(), diagnostics)
            .condition(sql, "condition", visible);
    diagnostics.throwIfAny();
    return condition;
  }

  private static String text(Reason reason) {
    String values =
        reason.operands().stream()
            .map(operand -> operand.sql() + " = " + operand.value())
            .collect(Collectors.joining(", "));
    String error = reason.error() == null ? "" : " " + reason.error();
    return reason.sql() + " " + reason.truth() + error + ": " + values;
  }
}
