package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.conversion.DataStructureConverter;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Evaluates the expressions of {@code steps.yaml}, over events that steps have taken. */
class StepCasesTest {

  private static final JsonNode CASES =
      ExpressionCases.yaml(ExpressionCases.FOLDER.resolve("steps.yaml"));

  private record Node(int step, RowData event, long timestamp, Taken previous) implements Taken {}

  static Stream<JsonNode> conditions() {
    return nodes("conditions");
  }

  static Stream<JsonNode> measures() {
    return nodes("measures");
  }

  static Stream<JsonNode> failures() {
    return nodes("failures");
  }

  private static Stream<JsonNode> nodes(String name) {
    List<JsonNode> nodes = new ArrayList<>();
    CASES.get(name).forEach(nodes::add);
    return nodes.stream();
  }

  @ParameterizedTest
  @MethodSource("conditions")
  void conditions_see_the_tested_event_and_those_taken(JsonNode node) {
    Diagnostics diagnostics = new Diagnostics();
    BitSet visible = new BitSet();
    visible.set(0, steps().size());
    Condition condition =
        compiler(diagnostics).condition(node.get("sql").asText(), "where", visible);
    diagnostics.throwIfAny();
    Evaluation evaluation = evaluation();
    assertThat(condition.test(evaluation)).isEqualTo(node.get("is").asBoolean());
  }

  @ParameterizedTest
  @MethodSource("measures")
  void measures_see_the_events_of_all_steps(JsonNode node) {
    Diagnostics diagnostics = new Diagnostics();
    Measure measure = compiler(diagnostics).measure(node.get("sql").asText(), "measure");
    diagnostics.throwIfAny();
    Evaluation evaluation = evaluation();
    evaluation.event = null;
    DataStructureConverter<Object, Object> converter = ExpressionCases.converter(measure.type());
    String value = ExpressionCases.text(converter.toExternalOrNull(measure.evaluate(evaluation)));
    String expected = node.get("value").isNull() ? null : node.get("value").asText();
    assertThat(ExpressionCases.text(measure.type()) + " " + value)
        .isEqualTo(node.get("type").asText() + " " + expected);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void measures_fail_on_values_that_they_cannot_take(JsonNode node) {
    Diagnostics diagnostics = new Diagnostics();
    Measure measure = compiler(diagnostics).measure(node.get("sql").asText(), "measure");
    diagnostics.throwIfAny();
    assertThatThrownBy(() -> measure.evaluate(evaluation()))
        .hasMessage(node.get("because").asText());
  }

  private static ExpressionCompiler compiler(Diagnostics diagnostics) {
    return new ExpressionCompiler(type(), steps(), java.time.ZoneOffset.UTC, diagnostics);
  }

  private static RowType type() {
    List<RowType.RowField> fields = new ArrayList<>();
    CASES
        .get("fields")
        .fields()
        .forEachRemaining(
            field ->
                fields.add(new RowType.RowField(field.getKey(), parse(field.getValue().asText()))));
    return new RowType(fields);
  }

  private static LogicalType parse(String type) {
    return LogicalTypeParser.parse(type, StepCasesTest.class.getClassLoader());
  }

  private static List<String> steps() {
    List<String> steps = new ArrayList<>();
    CASES.get("steps").forEach(step -> steps.add(step.asText()));
    return steps;
  }

  private static Evaluation evaluation() {
    Evaluation evaluation = new Evaluation();
    for (JsonNode event : CASES.get("taken")) {
      evaluation.taken =
          new Node(
              steps().indexOf(event.get("step").asText()),
              row(event),
              event.get("at").asLong(),
              evaluation.taken);
    }
    evaluation.event = row(CASES.get("tested"));
    evaluation.timestamp = CASES.get("tested").get("at").asLong();
    return evaluation;
  }

  private static RowData row(JsonNode event) {
    return (RowData)
        ExpressionCases.converter(type()).toInternal(ExpressionCases.external(event, type()));
  }
}
