package org.pyflinkcep.flink;

import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.pyflinkcep.expression.Diagnostics;

/** {@code read_once}: the rows of a table, from a stream that all its readers share. */
final class TableReadOnce {

  private TableReadOnce() {}

  static Table readOnce(TableEnvironment environment, Table rows) {
    StreamTableEnvironment tables = TableMatching.streaming(environment);
    InputColumns columns = InputColumns.ofTable(rows.getResolvedSchema());
    Diagnostics diagnostics = new Diagnostics();
    columns.checkRowtime(!columns.rowtimes().isEmpty(), diagnostics);
    diagnostics.throwIfAny();
    return TableMatching.toTable(
        tables,
        TableMatching.toInternalStream(tables, rows, columns.eventType()),
        columns.rowtimes());
  }
}
