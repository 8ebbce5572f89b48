package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares the whole messages of {@code errors.yaml}. */
class ExpressionErrorsTest {

  private static final JsonNode CASES =
      ExpressionCases.yaml(ExpressionCases.FOLDER.resolve("errors.yaml"));

  static Stream<JsonNode> conditions() {
    return nodes("conditions");
  }

  static Stream<JsonNode> measures() {
    return nodes("measures");
  }

  private static Stream<JsonNode> nodes(String name) {
    List<JsonNode> nodes = new ArrayList<>();
    CASES.get(name).forEach(nodes::add);
    return nodes.stream();
  }

  @ParameterizedTest
  @MethodSource("conditions")
  void a_wrong_condition_is_refused_with_all_its_errors(JsonNode node) {
    assertThat(errors(node.get("sql").asText())).isEqualTo(node.get("error").asText().strip());
  }

  @ParameterizedTest
  @MethodSource("measures")
  void a_wrong_measure_is_refused_with_all_its_errors(JsonNode node) {
    Diagnostics diagnostics = new Diagnostics();
    assertThat(compiler(diagnostics).measure(node.get("sql").asText(), "measure `m`")).isNull();
    assertThat(new PatternException(diagnostics.list()).getMessage())
        .isEqualTo(node.get("error").asText().strip());
  }

  @Test
  void a_deeply_nested_expression_is_refused() {
    assertThat(errors("(".repeat(20_000) + "amount > 1" + ")".repeat(20_000)))
        .contains("error[too-deep]: the expression is nested too deeply");
    assertThat(errors("amount" + " + amount".repeat(2_000) + " > 1")).contains("error[too-deep]");
    assertThat(errors("NOT ".repeat(2_000) + "amount > 1")).contains("error[too-deep]");
  }

  @Test
  void a_long_chain_of_conditions_is_not_nested() {
    Diagnostics diagnostics = new Diagnostics();
    String sql = "amount > 1" + " AND amount < 5".repeat(3_000);
    assertThat(compiler(diagnostics).condition(sql, "where", new BitSet())).isNotNull();
  }

  @Test
  void an_overlong_expression_is_refused() {
    assertThat(errors("amount > 1 AND ".repeat(5_000) + "amount < 5"))
        .contains("error[too-long]: the expression has 75010 characters, and may have 65536");
  }

  @Test
  void an_exception_survives_serialization() throws Exception {
    Diagnostics diagnostics = new Diagnostics();
    compiler(diagnostics).condition("amout > 1", "where of step `spend`", new BitSet());
    PatternException thrown = new PatternException(diagnostics.list());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new ObjectOutputStream(bytes).writeObject(thrown);
    PatternException read =
        (PatternException)
            new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
    assertThat(read.getMessage()).isEqualTo(thrown.getMessage());
    assertThat(read.diagnostics()).isEqualTo(thrown.diagnostics());
    assertThat(read.toJson())
        .isEqualTo(
            "[{\"code\":\"unknown-field\",\"location\":\"where of step `spend`\","
                + "\"source\":\"amout > 1\",\"line\":1,\"column\":1,\"length\":5,"
                + "\"message\":\"`amout` is not a field\",\"hint\":\"did you mean `amount`? "
                + "Fields: `amount`, `merchant`, `place`, `words`, `both`\"}]");
  }

  @Test
  void a_value_that_can_not_be_computed_fails_when_it_is_evaluated() {
    for (String sql :
        List.of(
            "1 / (amount - 5) > 0",
            "CAST(merchant AS INT) > 0",
            "CAST(merchant AS DATE) IS NULL")) {
      Diagnostics diagnostics = new Diagnostics();
      Condition condition = compiler(diagnostics).condition(sql, "where", new BitSet());
      diagnostics.throwIfAny();
      Evaluation evaluation = new Evaluation();
      evaluation.event =
          org.apache.flink.table.data.GenericRowData.of(
              5,
              org.apache.flink.table.data.StringData.fromString("x"),
              null,
              new org.apache.flink.table.data.GenericArrayData(new Object[0]),
              null);
      assertThatThrownBy(() -> condition.test(evaluation))
          .as(sql)
          .isInstanceOf(RuntimeException.class);
    }
  }

  private static String errors(String sql) {
    Diagnostics diagnostics = new Diagnostics();
    BitSet visible = new BitSet();
    CASES.get("visible_steps").forEach(step -> visible.set(steps().indexOf(step.asText())));
    Condition condition = compiler(diagnostics).condition(sql, "where of step `spend`", visible);
    assertThat(condition).isNull();
    return new PatternException(diagnostics.list()).getMessage();
  }

  private static ExpressionCompiler compiler(Diagnostics diagnostics) {
    RowType event =
        (RowType)
            LogicalTypeParser.parse(
                CASES.get("event").asText(), ExpressionErrorsTest.class.getClassLoader());
    return new ExpressionCompiler(event, steps(), ZoneOffset.UTC, diagnostics);
  }

  private static List<String> steps() {
    List<String> steps = new ArrayList<>();
    CASES.get("steps").forEach(step -> steps.add(step.asText()));
    return steps;
  }
}
