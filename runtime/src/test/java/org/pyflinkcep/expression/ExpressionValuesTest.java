package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.conversion.DataStructureConverter;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.pyflinkcep.expression.ExpressionCases.Case;

/**
 * Evaluates the expressions of {@code values.yaml}, {@code edges.yaml} and {@code departures.yaml}.
 */
class ExpressionValuesTest {

  static Stream<Arguments> cases() {
    return Stream.of("values.yaml", "edges.yaml", "departures.yaml")
        .map(ExpressionCases::read)
        .flatMap(
            cases -> {
              List<RowData> events = cases.internalEvents();
              return cases.cases().stream()
                  .map(expected -> Arguments.of(expected, Named.of("its table", cases), events));
            });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void has_the_type_and_the_values_of_flink_sql(
      Case expected, ExpressionCases cases, List<RowData> events) {
    Diagnostics diagnostics = new Diagnostics();
    Expression expression =
        new ExpressionCompiler(cases.type(), List.of("step"), cases.zone(), diagnostics)
            .compile(
                expected.sql(),
                new BitSet(),
                false,
                new ExpressionErrors(expected.sql(), "expression", diagnostics));
    diagnostics.throwIfAny();
    DataStructureConverter<Object, Object> converter = ExpressionCases.converter(expression.type());
    List<String> values = new ArrayList<>();
    for (RowData event : events) {
      Evaluation evaluation = new Evaluation();
      evaluation.event = event;
      Object value = expression.value(evaluation);
      values.add(ExpressionCases.text(converter.toExternalOrNull(value)));
    }
    assertThat(ExpressionCases.text(expression.type()) + " " + values)
        .isEqualTo(expected.type() + " " + expected.values());
  }
}
