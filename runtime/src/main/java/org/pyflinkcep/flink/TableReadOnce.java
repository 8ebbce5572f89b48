package org.pyflinkcep.flink;

import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.pyflinkcep.expression.Diagnostics;

/** {@code read_once}: the rows of a table, from a stream that all its readers share. */
final class TableReadOnce {

  private TableReadOnce() {}

  /**
   * @param stayActive whether its readers are never told that it is idle; see {@link StayActive}
   */
  static Table readOnce(TableEnvironment environment, Table rows, boolean stayActive) {
    StreamTableEnvironment tables = TableMatching.streaming(environment);
    InputColumns columns = InputColumns.ofTable(rows.getResolvedSchema());
    Diagnostics diagnostics = new Diagnostics();
    columns.checkRowtime(!columns.rowtimes().isEmpty(), diagnostics);
    diagnostics.throwIfAny();
    DataStream<RowData> stream = TableMatching.toInternalStream(tables, rows, columns.eventType());
    if (stayActive) {
      String name =
          MatchTopology.uniqueName(
              null, "stay active", "read_once", stream.getExecutionEnvironment());
      stream =
          stream
              .transform(name, InternalTypeInfo.of(columns.eventType()), new StayActive())
              .uid(name);
    }
    return TableMatching.toTable(tables, stream, columns.rowtimes());
  }
}
