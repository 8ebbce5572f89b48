package org.pyflinkcep.expression;

import java.io.OutputStream;
import java.io.PrintStream;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.transformations.OneInputTransformation;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.ExternalTypeInfo;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.utils.DataTypeUtils;
import org.apache.flink.table.types.utils.TypeConversions;
import org.apache.flink.types.Row;

/**
 * Evaluates expressions as Flink SQL does: {@code SELECT expression FROM events} is planned, and
 * the code that Flink's planner generates is run on each event, without a cluster.
 */
final class FlinkSql {

  private static final StreamExecutionEnvironment ENVIRONMENT =
      StreamExecutionEnvironment.getExecutionEnvironment();

  private final StreamTableEnvironment tables;
  private final RowType type;
  private final List<RowData> events;

  FlinkSql(ExpressionCases cases) {
    this(cases.type(), cases.internalEvents(), cases.zone());
  }

  FlinkSql(RowType type, List<RowData> events, ZoneId zone) {
    this.type = type;
    this.events = events;
    tables = StreamTableEnvironment.create(ENVIRONMENT);
    tables.getConfig().setLocalTimeZone(zone);
    tables.createTemporaryView(
        "events",
        tables.fromDataStream(
            ENVIRONMENT.fromData(
                List.of(new Row(type.getFieldCount())),
                ExternalTypeInfo.of(TypeConversions.fromLogicalToDataType(type)))));
  }

  /**
   * What Flink answers to each expression.
   *
   * @param likelyToFail whether an expression, by its place, is evaluated apart from the others
   */
  List<Answer> answers(List<String> expressions, List<Boolean> likelyToFail) {
    // The planner prints generated code that can't be compiled.
    PrintStream out = System.out;
    System.setOut(new PrintStream(OutputStream.nullOutputStream()));
    try {
      return quietly(expressions, likelyToFail);
    } finally {
      System.setOut(out);
    }
  }

  private List<Answer> quietly(List<String> expressions, List<Boolean> likelyToFail) {
    Answer[] answers = new Answer[expressions.size()];
    List<Integer> together = new ArrayList<>();
    List<Integer> apart = new ArrayList<>();
    LogicalType[] types = new LogicalType[answers.length];
    for (int i = 0; i < answers.length; i++) {
      try {
        types[i] = columns(tables.sqlQuery(query(List.of(expressions.get(i))))).get(0);
        (likelyToFail.get(i) ? apart : together).add(i);
      } catch (Exception | AssertionError e) {
        answers[i] = Answer.refused(e);
      }
    }
    run(expressions, together, types, answers);
    apart.forEach(i -> run(expressions, List.of(i), types, answers));
    return List.of(answers);
  }

  private static List<LogicalType> columns(Table table) {
    return table.getResolvedSchema().getColumnDataTypes().stream()
        .map(DataType::getLogicalType)
        .toList();
  }

  private static String query(List<String> expressions) {
    return expressions.stream().collect(Collectors.joining(", ", "SELECT ", " FROM events"));
  }

  /** Evaluates some of the expressions in one query, and in halves where that can't be done. */
  private void run(
      List<String> expressions, List<Integer> places, LogicalType[] types, Answer[] answers) {
    if (places.isEmpty()) {
      return;
    }
    List<LogicalType> columns = places.stream().map(place -> types[place]).toList();
    List<List<String>> rows;
    try {
      rows = run(places.stream().map(expressions::get).toList(), columns, places.size() == 1);
    } catch (Exception | AssertionError | LinkageError e) {
      if (places.size() == 1) {
        answers[places.get(0)] = Answer.refused(e);
        return;
      }
      run(expressions, places.subList(0, places.size() / 2), types, answers);
      run(expressions, places.subList(places.size() / 2, places.size()), types, answers);
      return;
    }
    for (int i = 0; i < places.size(); i++) {
      List<String> values = new ArrayList<>();
      for (List<String> row : rows) {
        values.add(row.get(i));
      }
      answers[places.get(i)] = new Answer(columns.get(i), values, null);
    }
  }

  /** The values of all columns for each event. */
  private List<List<String>> run(List<String> expressions, List<LogicalType> columns, boolean one)
      throws Exception {
    OneInputTransformation<RowData, RowData> calc = calc(tables.sqlQuery(query(expressions)));
    List<Answer.Reader> readers = columns.stream().map(Answer.Reader::new).toList();
    List<List<String>> rows = new ArrayList<>();
    try (OneInputStreamOperatorTestHarness<RowData, RowData> harness =
        new OneInputStreamOperatorTestHarness<>(calc.getOperatorFactory(), 1, 1, 0)) {
      harness.setup(
          calc.getOutputType()
              .createSerializer(harness.getExecutionConfig().getSerializerConfig()));
      harness.open();
      for (RowData event : events) {
        try {
          harness.processElement(new StreamRecord<>(event));
          RowData row = ((StreamRecord<RowData>) harness.getOutput().poll()).getValue();
          List<String> values = new ArrayList<>();
          for (int i = 0; i < readers.size(); i++) {
            values.add(readers.get(i).text(row, i));
          }
          rows.add(values);
        } catch (Exception e) {
          if (!one) {
            throw e;
          }
          harness.getOutput().clear();
          rows.add(Collections.singletonList(Answer.failure(e)));
        }
      }
    }
    return rows;
  }

  @SuppressWarnings("unchecked")
  private OneInputTransformation<RowData, RowData> calc(Table table) {
    DataType internal =
        DataTypeUtils.toInternalDataType(table.getResolvedSchema().toPhysicalRowDataType());
    Transformation<?> last = tables.toDataStream(table, internal).getTransformation();
    List<OneInputTransformation<?, ?>> found = new ArrayList<>();
    for (Transformation<?> transformation : last.getTransitivePredecessors()) {
      if (transformation instanceof OneInputTransformation<?, ?> one
          && one.getName().startsWith("Calc")) {
        found.add(one);
      }
    }
    if (found.size() != 1) {
      throw new IllegalStateException(found.size() + " operators compute the query");
    }
    return (OneInputTransformation<RowData, RowData>) found.get(0);
  }
}
