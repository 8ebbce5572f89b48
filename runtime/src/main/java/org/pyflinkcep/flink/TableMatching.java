package org.pyflinkcep.flink;

import static org.apache.flink.table.api.Expressions.sourceWatermark;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableException;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.TypeTransformations;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.utils.DataTypeUtils;
import org.apache.flink.table.types.utils.TypeConversions;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.PatternException;

/** {@code match} on a table: the way from a table to a stream of internal data, and back. */
final class TableMatching {

  /** One stream a table, so that several patterns on it share one read of its source. */
  private static final Map<Table, DataStream<RowData>> STREAMS =
      Collections.synchronizedMap(new WeakHashMap<>());

  private TableMatching() {}

  /** The environment, where it has a way to streams and watermarks. */
  static StreamTableEnvironment streaming(TableEnvironment environment) {
    if (!(environment instanceof StreamTableEnvironment tables)) {
      throw error(
          "no-stream-environment",
          "a Table of a plain TableEnvironment has no way to a DataStream",
          "make the table in a StreamTableEnvironment:"
              + " StreamTableEnvironment.create(StreamExecutionEnvironment"
              + ".get_execution_environment())");
    }
    if (environment.getConfig().get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH) {
      throw error(
          "batch-mode",
          "a table in batch mode has no watermarks",
          "use EnvironmentSettings.in_streaming_mode(): bounded input ends there as well");
    }
    return tables;
  }

  static Matched<Table> match(TableEnvironment environment, Table events, String planJson) {
    StreamTableEnvironment tables = streaming(environment);
    InputColumns columns = InputColumns.ofTable(events.getResolvedSchema());
    MatchCall call = MatchCall.check(planJson, columns, environment.getConfig().getLocalTimeZone());
    DataStream<RowData> stream = toStream(tables, events, columns.eventType());
    String name = MatchTopology.nameOf(call, stream.getExecutionEnvironment());
    Matched<DataStream<RowData>> found = MatchTopology.attach(stream, call, name);
    List<String> rowtime = call.eventTime() ? List.of(MatchCall.ROWTIME) : List.of();
    return new Matched<>(
        toTable(tables, found.matches(), rowtime),
        toTable(tables, found.timeouts(), rowtime),
        toTable(tables, found.late(), columns.rowtimes()));
  }

  /** The events of a table, copied for no operator that they are passed to. */
  static DataStream<RowData> toStream(
      StreamTableEnvironment tables, Table events, RowType eventType) {
    return STREAMS.computeIfAbsent(
        events,
        table -> {
          DataStream<RowData> stream = toInternalStream(tables, table, eventType);
          stream.getTransformation().setOutputType(new SharedRowTypeInfo(eventType));
          return stream;
        });
  }

  /** The rows of a table as they are. */
  static DataStream<RowData> toInternalStream(
      StreamTableEnvironment tables, Table rows, RowType rowType) {
    DataType internal =
        DataTypeUtils.transform(
            TypeConversions.fromLogicalToDataType(rowType), TypeTransformations.TO_INTERNAL_CLASS);
    try {
      return tables.toDataStream(rows, internal);
    } catch (TableException e) {
      if (e.getMessage().contains("doesn't support consuming update")) {
        PatternException updating =
            error(
                "updating-table",
                "the query of the table updates and deletes rows; an event can't be taken back",
                "match the rows before they are aggregated, joined or deduplicated");
        updating.initCause(e);
        throw updating;
      }
      throw e;
    }
  }

  /**
   * The table of an output. Its rows stay as they are; its columns have the classes that users
   * know, which are those of a query: with Flink's internal ones it could not become a stream
   * again.
   */
  static Table toTable(
      StreamTableEnvironment tables, DataStream<RowData> rows, List<String> rowtimes) {
    Schema.Builder schema = Schema.newBuilder();
    rowtimes.forEach(rowtime -> schema.watermark(rowtime, sourceWatermark()));
    return tables.sqlQuery("SELECT * FROM " + tables.fromDataStream(rows, schema.build()));
  }

  private static PatternException error(String code, String message, String hint) {
    return new PatternException(
        List.of(new Diagnostic(code, "events", null, 0, 0, 0, message, hint)));
  }
}
