package org.pyflinkcep.flink;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;

/** {@code match_rules} on tables. */
final class TableRules {

  private TableRules() {}

  static Alerts<Table> match(
      TableEnvironment environment, Table events, Table updates, String planJson) {
    StreamTableEnvironment tables = TableMatching.streaming(environment);
    InputColumns columns = InputColumns.ofTable(events.getResolvedSchema());
    InputColumns updateColumns =
        updates == null ? null : InputColumns.ofTable(updates.getResolvedSchema());
    Diagnostics diagnostics = new Diagnostics();
    columns.checkRowtime(true, diagnostics);
    RowType eventType = MatchCall.nullable(columns.eventType());
    AlertRows.check(eventType, diagnostics);
    int updateColumn = updates == null ? -1 : documentColumn(updateColumns, diagnostics);
    ZoneId session = environment.getConfig().getLocalTimeZone();
    RulesPlan plan =
        new RulesPlan(
            planJson,
            eventType,
            columns.zones(session),
            updates == null || updateColumns.rowtimes().isEmpty()
                ? null
                : updateColumns.zones(session));
    if (diagnostics.list().isEmpty()) {
      plan.rules(diagnostics);
      plan.order(diagnostics);
    }
    diagnostics.throwIfAny();
    DataStream<RowData> stream = TableMatching.toStream(tables, events, columns.eventType());
    String name =
        MatchTopology.uniqueName(
            plan.name(), "rules", "match_rules", stream.getExecutionEnvironment());
    Alerts<DataStream<RowData>> found =
        RuleTopology.attach(
            stream,
            updates == null
                ? null
                : TableMatching.toStream(tables, updates, updateColumns.eventType()),
            updateColumn,
            plan,
            columns.rowtimeType(),
            name);
    return new Alerts<>(
        TableMatching.toTable(tables, found.matches(), List.of(MatchCall.ROWTIME)),
        TableMatching.toTable(tables, found.status(), List.of()),
        TableMatching.toTable(tables, found.late(), columns.rowtimes()));
  }

  /** The one column of text, beside which there may be a rowtime. */
  private static int documentColumn(InputColumns columns, Diagnostics diagnostics) {
    List<Integer> texts = new ArrayList<>();
    List<RowType.RowField> fields = columns.eventType().getFields();
    for (int i = 0; i < fields.size(); i++) {
      if (!columns.rowtimes().contains(fields.get(i).getName())) {
        texts.add(i);
      }
    }
    if (texts.size() != 1
        || !fields.get(texts.get(0)).getType().is(LogicalTypeRoot.VARCHAR)
        || columns.rowtimes().size() > 1) {
      diagnostics.add(
          new Diagnostic(
              "wrong-updates",
              "updates",
              null,
              0,
              0,
              0,
              "expected a table with one STRING column, the documents, and at most a rowtime"
                  + " attribute beside it; found "
                  + columns.eventType().asSummaryString(),
              "select the column of the documents, such as updates.select(col(\"document\"))"));
      return -1;
    }
    return texts.get(0);
  }
}
