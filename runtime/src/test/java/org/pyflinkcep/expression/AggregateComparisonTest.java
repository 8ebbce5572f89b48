package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.conversion.DataStructureConverter;
import org.apache.flink.table.runtime.typeutils.ExternalTypeInfo;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.table.types.utils.TypeConversions;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;

/**
 * Aggregates over the events of a step against Flink's planner: GROUP BY over the same events, in
 * one query. A group stands for a step's events.
 */
class AggregateComparisonTest {

  private static final int GROUPS = 12;

  private static final List<String> NUMBERS = List.of("ti", "si", "i", "l", "f", "d", "dc", "dh");

  private static final List<String> OTHERS = List.of("b", "s", "c3", "dt", "t", "ts", "ts9", "lt");

  /** The columns of all types, and a text that is another one for each event of a group. */
  private static final RowType TYPE = type();

  private record Node(int step, RowData event, long timestamp, Taken previous) implements Taken {}

  private static List<String> aggregates() {
    List<String> all = new ArrayList<>();
    for (String column : NUMBERS) {
      for (String name :
          List.of(
              "SUM",
              "MIN",
              "MAX",
              "COUNT",
              "STDDEV_POP",
              "VAR_SAMP",
              "FIRST_VALUE",
              "LAST_VALUE",
              "ARRAY_AGG",
              "JSON_ARRAYAGG")) {
        all.add(name + "(%" + column + ")");
      }
      // In a stream, but not in a batch, Flink adds up smaller integers for their mean in their own
      // type, beyond which they wrap around.
      if (!List.of("ti", "si", "i").contains(column)) {
        all.add("AVG(%" + column + ")");
      }
      all.add("COUNT(DISTINCT %" + column + ")");
      all.add("SUM(DISTINCT %" + column + ")");
      all.add("PERCENTILE(%" + column + ", 0.3)");
    }
    for (String column : OTHERS) {
      for (String name : List.of("MIN", "MAX", "COUNT", "FIRST_VALUE", "LAST_VALUE")) {
        all.add(name + "(%" + column + ")");
      }
      all.add("COUNT(DISTINCT %" + column + ")");
    }
    all.addAll(
        List.of(
            "STDDEV(%d)",
            "STDDEV_SAMP(%d)",
            "VARIANCE(%dc)",
            "VAR_POP(%i)",
            "AVG(DISTINCT %d)",
            "LISTAGG(%s)",
            "LISTAGG(DISTINCT %v3, '; ')",
            "ARRAY_AGG(%ts9)",
            "ARRAY_AGG(%s)",
            "JSON_ARRAYAGG(%s NULL ON NULL)",
            "JSON_ARRAYAGG(%b)",
            "JSON_ARRAYAGG(%ts9 NULL ON NULL)",
            "JSON_ARRAYAGG(%lt)",
            "JSON_ARRAYAGG(CAST(%v3 AS BYTES))",
            "JSON_ARRAYAGG(ARRAY[%i, %ti] NULL ON NULL)",
            "JSON_ARRAYAGG(MAP['k', %d])",
            "JSON_ARRAYAGG(JSON_OBJECT('i' VALUE %i, 's' VALUE %s))",
            "JSON_ARRAYAGG(JSON_ARRAY(%d, %b))",
            "JSON_ARRAYAGG(JSON_STRING(%i))",
            "JSON_ARRAYAGG(CASE WHEN %i > 0 THEN %i END)",
            "JSON_OBJECTAGG(KEY UPPER(%n) VALUE %s)",
            "JSON_OBJECTAGG(%n VALUE %dc NULL ON NULL)",
            "JSON_OBJECTAGG(%n VALUE %i ABSENT ON NULL)",
            "JSON_OBJECTAGG(%n VALUE %ts ABSENT ON NULL)",
            "JSON_OBJECTAGG(%n VALUE JSON_OBJECT('d' VALUE %d))",
            "JSON_OBJECTAGG('the only' VALUE CASE WHEN %n = 'k2\"' THEN %i END ABSENT ON NULL)",
            "PERCENTILE(%d, ARRAY[0, 0.5, 1])",
            "PERCENTILE(%i, 0.5, %ti)",
            "COUNT(1)",
            "SUM(1)",
            "SUM(CASE WHEN %i > 0 THEN 1 ELSE 0 END)",
            "COUNT(CASE WHEN %b THEN 1 END)",
            "MAX(CASE WHEN %b THEN %i ELSE %ti END)",
            "SUM(%i) FILTER (WHERE %b)",
            "COUNT(*) FILTER (WHERE %i > 0)",
            "AVG(%d * 2)",
            "MAX(UPPER(%s))",
            "SUM(%l + %i)",
            "COUNT(DISTINCT %s) FILTER (WHERE %i > 0)",
            "MIN(%f + %d)"));
    return all;
  }

  @Test
  void aggregates_have_the_types_and_values_of_group_by() throws Exception {
    List<List<RowData>> groups = groups();
    List<String> aggregates = aggregates();
    Map<String, String> flink = flink(groups, aggregates);
    Map<String, String> own = new LinkedHashMap<>();
    for (String aggregate : aggregates) {
      own.put(aggregate, own(aggregate, groups));
    }
    assertThat(own).containsExactlyInAnyOrderEntriesOf(flink);
  }

  private static RowType type() {
    // Flink has no way from outside for arrays of arrays with NULLs.
    int plain = EdgeRows.names().indexOf("ai");
    List<RowType.RowField> fields = new ArrayList<>(EdgeRows.type().getFields().subList(0, plain));
    fields.add(new RowType.RowField("n", VarCharType.STRING_TYPE));
    return new RowType(fields);
  }

  private static List<List<RowData>> groups() {
    Random random = new Random(7);
    List<RowData> rows = EdgeRows.rows();
    List<List<RowData>> groups = new ArrayList<>();
    for (int group = 0; group < GROUPS; group++) {
      List<RowData> events = new ArrayList<>();
      for (int i = random.nextInt(6); i >= 0; i--) {
        GenericRowData row = (GenericRowData) rows.get(random.nextInt(rows.size()));
        GenericRowData event = new GenericRowData(TYPE.getFieldCount());
        for (int field = 0; field < event.getArity() - 1; field++) {
          event.setField(field, row.getField(field));
        }
        event.setField(event.getArity() - 1, StringData.fromString("k" + i * 5 % 7 + "\""));
        events.add(event);
      }
      groups.add(events);
    }
    return groups;
  }

  private static String own(String aggregate, List<List<RowData>> groups) {
    Diagnostics diagnostics = new Diagnostics();
    ExpressionCompiler compiler =
        new ExpressionCompiler(TYPE, List.of("a"), ZoneOffset.UTC, diagnostics);
    String sql = aggregate.replace("%", "a.");
    Measure measure = compiler.measure(sql, sql);
    // The sum of no value is NULL in Flink, and 0 here.
    Measure count =
        sql.startsWith("SUM(") ? compiler.measure(sql.replaceFirst("SUM", "COUNT"), sql) : null;
    diagnostics.throwIfAny();
    DataStructureConverter<Object, Object> converter = ExpressionCases.converter(measure.type());
    List<String> values = new ArrayList<>();
    for (List<RowData> events : groups) {
      Evaluation evaluation = new Evaluation();
      for (RowData event : events) {
        evaluation.taken = new Node(0, event, 0, evaluation.taken);
      }
      Object value = converter.toExternalOrNull(measure.evaluate(evaluation));
      boolean ofNone = count != null && count.evaluate(evaluation).equals(0L);
      values.add(ofNone ? null : ExpressionCases.text(value));
    }
    return ExpressionCases.text(measure.type()) + " " + values;
  }

  private static Map<String, String> flink(List<List<RowData>> groups, List<String> aggregates)
      throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(1);
    StreamTableEnvironment tables = StreamTableEnvironment.create(env);
    tables.getConfig().setLocalTimeZone(ZoneOffset.UTC);
    List<RowType.RowField> fields = new ArrayList<>(TYPE.getFields());
    fields.add(new RowType.RowField("g", new IntType(false)));
    RowType type = new RowType(fields);
    DataStructureConverter<Object, Object> converter = ExpressionCases.converter(type);
    List<Row> events = new ArrayList<>();
    for (int group = 0; group < groups.size(); group++) {
      for (RowData event : groups.get(group)) {
        GenericRowData row = new GenericRowData(fields.size());
        for (int i = 0; i < fields.size() - 1; i++) {
          row.setField(i, ((GenericRowData) event).getField(i));
        }
        row.setField(fields.size() - 1, group);
        events.add((Row) converter.toExternal(row));
      }
    }
    tables.createTemporaryView(
        "events",
        tables.fromDataStream(
            env.fromData(
                events, ExternalTypeInfo.of(TypeConversions.fromLogicalToDataType(type)))));
    Table table =
        tables.sqlQuery(
            aggregates.stream()
                .map(sql -> Pattern.compile("%(\\w+)").matcher(sql).replaceAll("`$1`"))
                .collect(Collectors.joining(", ", "SELECT g, ", " FROM events GROUP BY g")));
    Map<Integer, Row> last = new TreeMap<>();
    try (CloseableIterator<Row> results = table.execute().collect()) {
      results.forEachRemaining(row -> last.put((Integer) row.getField(0), row));
    }
    List<LogicalType> types =
        table.getResolvedSchema().getColumnDataTypes().stream()
            .map(found -> found.getLogicalType())
            .toList();
    Map<String, String> found = new LinkedHashMap<>();
    for (int i = 0; i < aggregates.size(); i++) {
      int column = i + 1;
      found.put(
          aggregates.get(i),
          ExpressionCases.text(types.get(column))
              + " "
              + last.values().stream()
                  .map(row -> ExpressionCases.text(row.getField(column)))
                  .toList());
    }
    return found;
  }
}
