package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.conversion.DataStructureConverter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Evaluates the examples of {@code docs/reference/expressions.md}. */
class ExpressionReferenceTest {

  private static final String PAGE = page();
  private static final ExpressionCases EXAMPLE = ExpressionCases.read("reference.yaml");

  /** A row of a table that ends with an example and its value. */
  private static final Pattern ROW =
      Pattern.compile("^\\|.*\\| `([^`]+)` \\| (?:`([^`]*)`|NULL) \\|$", Pattern.MULTILINE);

  record Example(String sql, String value) {
    @Override
    public String toString() {
      return sql;
    }
  }

  static Stream<Example> examples() {
    List<Example> examples = new ArrayList<>();
    Matcher row = ROW.matcher(PAGE);
    while (row.find()) {
      examples.add(new Example(row.group(1), row.group(2)));
    }
    return examples.stream();
  }

  @ParameterizedTest
  @MethodSource("examples")
  void an_example_has_the_value_that_the_page_shows(Example example) {
    assertThat(value(example.sql())).isEqualTo(example.value());
  }

  @Test
  void the_page_names_every_function() {
    Set<String> missing = new TreeSet<>();
    for (String name : Checker.functionNames()) {
      if (!Pattern.compile("\\b" + name + "\\b").matcher(PAGE).find()) {
        missing.add(name);
      }
    }
    assertThat(missing).isEmpty();
  }

  static String value(String sql) {
    Diagnostics diagnostics = new Diagnostics();
    Expression expression =
        new ExpressionCompiler(EXAMPLE.type(), List.of("probe"), EXAMPLE.zone(), diagnostics)
            .compile(sql, new BitSet(), false, new ExpressionErrors(sql, "example", diagnostics));
    diagnostics.throwIfAny();
    RowData event = EXAMPLE.internalEvents().get(0);
    Evaluation evaluation = new Evaluation();
    evaluation.event = event;
    DataStructureConverter<Object, Object> converter = ExpressionCases.converter(expression.type());
    return ExpressionCases.text(converter.toExternalOrNull(expression.value(evaluation)));
  }

  private static String page() {
    try {
      return Files.readString(Path.of("..", "docs", "reference", "expressions.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
