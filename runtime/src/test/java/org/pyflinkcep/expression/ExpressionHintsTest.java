package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares what {@code hints.yaml} says of conditions that are written as in other languages. */
class ExpressionHintsTest {

  private static final JsonNode CASES =
      ExpressionCases.yaml(ExpressionCases.FOLDER.resolve("hints.yaml"));

  private static final RowType EVENT =
      (RowType)
          LogicalTypeParser.parse(
              CASES.get("event").asText(), ExpressionHintsTest.class.getClassLoader());

  static Stream<JsonNode> conditions() {
    return StreamSupport.stream(CASES.get("conditions").spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("conditions")
  void a_condition_of_another_language_is_refused_with_what_to_write(JsonNode node) {
    String sql = node.get("sql").asText();
    Diagnostics diagnostics = new Diagnostics();
    BitSet visible = new BitSet();
    visible.set(0);
    new ExpressionCompiler(EVENT, List.of("cart", "pay"), ZoneOffset.UTC, diagnostics)
        .condition(sql, "where", visible);
    Diagnostic first = diagnostics.list().get(0);
    String line = sql.split("\\R", -1)[first.line() - 1];
    int from = first.column() - 1;
    assertThat(
            "%s: %s%n%s"
                .formatted(
                    line.substring(from, Math.min(line.length(), from + first.length())),
                    first.message(),
                    first.hint()))
        .isEqualTo(
            "%s: %s%n%s"
                .formatted(
                    node.get("at").asText(),
                    node.get("message").asText(),
                    node.get("hint").asText()));
  }
}
