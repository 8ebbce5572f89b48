package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.runtime.typeutils.ExternalTypeInfo;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.utils.TypeConversions;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pyflinkcep.expression.ExpressionCases.Case;

/**
 * Asks Flink's planner for the values that {@code values.yaml} and {@code edges.yaml} expect: all
 * of one table in one query.
 */
class PlannerComparisonTest {

  @ParameterizedTest
  @ValueSource(strings = {"values.yaml", "edges.yaml"})
  void flink_sql_gives_the_types_and_values_of_the_cases(String table) throws Exception {
    ExpressionCases cases = ExpressionCases.read(table);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(1);
    env.setRuntimeMode(RuntimeExecutionMode.BATCH);
    StreamTableEnvironment tables = StreamTableEnvironment.create(env);
    tables.getConfig().setLocalTimeZone(cases.zone());
    DataType type = TypeConversions.fromLogicalToDataType(cases.type());
    tables.createTemporaryView(
        "events", tables.fromDataStream(env.fromData(cases.events(), ExternalTypeInfo.of(type))));
    Table query =
        tables.sqlQuery(
            cases.cases().stream()
                .map(Case::sql)
                .collect(Collectors.joining(", ", "SELECT ", " FROM events")));
    List<Row> rows = new ArrayList<>();
    try (CloseableIterator<Row> results = query.execute().collect()) {
      results.forEachRemaining(rows::add);
    }
    List<Case> found = new ArrayList<>();
    for (int i = 0; i < cases.cases().size(); i++) {
      Case expected = cases.cases().get(i);
      List<String> values = new ArrayList<>();
      for (Row row : rows) {
        values.add(ExpressionCases.text(row.getField(i)));
      }
      String foundType =
          ExpressionCases.text(
              query.getResolvedSchema().getColumnDataTypes().get(i).getLogicalType());
      found.add(new Case(expected.family(), expected.sql(), foundType, values));
    }
    assertThat(found).containsExactlyElementsOf(cases.cases());
  }
}
