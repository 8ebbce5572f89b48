package org.pyflinkcep.flink;

import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.internal.TableEnvironmentInternal;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.ExternalTypeInfo;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.utils.TypeConversions;
import org.apache.flink.table.types.utils.TypeInfoDataTypeConverter;
import org.apache.flink.types.Row;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.PatternException;

/** {@code match} on a stream of rows, whose records carry the time. */
final class StreamMatching {

  private StreamMatching() {}

  static Matched<DataStream<Row>> match(DataStream<?> events, String planJson) {
    StreamTableEnvironment environment =
        StreamTableEnvironment.create(events.getExecutionEnvironment());
    DataType rowType = rowType(environment, events.getType());
    RowType eventType = (RowType) rowType.getLogicalType();
    MatchCall call =
        MatchCall.check(
            planJson, InputColumns.ofStream(eventType), environment.getConfig().getLocalTimeZone());
    String name = MatchTopology.nameOf(call, events.getExecutionEnvironment());
    @SuppressWarnings("unchecked")
    DataStream<RowData> internal =
        ((DataStream<Row>) events)
            .process(new RowsToEvents(rowType, call.eventTime()))
            .name("events")
            .uid(name + ": events")
            .returns(new SharedRowTypeInfo(eventType));
    Matched<DataStream<RowData>> found = MatchTopology.attach(internal, call, name);
    return new Matched<>(
        toRows(found.matches(), call.matchType(), name + ": rows of matches"),
        toRows(found.timeouts(), call.matchType(), name + ": rows of timeouts"),
        toRows(found.late(), eventType, name + ": rows of late events"));
  }

  private static DataType rowType(StreamTableEnvironment environment, TypeInformation<?> type) {
    DataType dataType =
        TypeInfoDataTypeConverter.toDataType(
            ((TableEnvironmentInternal) environment).getCatalogManager().getDataTypeFactory(),
            type);
    if (!(dataType.getLogicalType() instanceof RowType)
        || dataType.getConversionClass() != Row.class) {
      throw new PatternException(
          List.of(
              new Diagnostic(
                  "not-named-rows",
                  "events",
                  null,
                  0,
                  0,
                  0,
                  "the stream is of " + type + ", not of named rows",
                  "map it to rows, with output_type=Types.ROW_NAMED([names], [types])")));
    }
    return dataType;
  }

  /** The rows with the classes that users know. */
  static DataStream<Row> toRows(DataStream<RowData> events, RowType rowType, String uid) {
    DataType external = TypeConversions.fromLogicalToDataType(rowType);
    return events
        .map(new EventsToRows(external))
        .name("rows")
        .uid(uid)
        .returns(ExternalTypeInfo.of(external));
  }
}
