package org.pyflinkcep.flink;

import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.keyselector.EmptyRowDataKeySelector;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.OutputTag;

/** The part of a job's graph that one call of {@code match} adds. */
final class MatchTopology {

  private MatchTopology() {}

  /** Attaches the matcher to a stream of events. */
  static Matched<DataStream<RowData>> attach(DataStream<RowData> events, MatchCall call) {
    OutputTag<RowData> timeouts =
        new OutputTag<>("timeouts", InternalTypeInfo.of(call.measureType()));
    OutputTag<RowData> late = new OutputTag<>("late", InternalTypeInfo.of(call.eventType()));
    String name = uniqueName(call.plan().name(), events.getExecutionEnvironment());
    SingleOutputStreamOperator<RowData> matches =
        keyBy(withoutUnneeded(events, call), call)
            .transform(
                name,
                InternalTypeInfo.of(call.measureType()),
                new MatchOperator(call.planJson(), call.eventType(), call.zone(), timeouts, late))
            .uid(name);
    if (call.partitionBy().isEmpty()) {
      matches.forceNonParallel();
    }
    return new Matched<>(
        withRowtime("matches", matches, call.matchType()),
        withRowtime("timeouts", matches.getSideOutput(timeouts), call.matchType()),
        matches.getSideOutput(late));
  }

  /**
   * State is found in a savepoint by the operator's name, whatever else of the job has changed: so
   * it is the job's only one of that name.
   */
  private static String uniqueName(String name, StreamExecutionEnvironment environment) {
    Set<String> taken =
        environment.getTransformations().stream()
            .map(Transformation::getUid)
            .collect(Collectors.toSet());
    String unique = name;
    for (int n = 2; taken.contains(unique); n++) {
      unique = name + " " + n;
    }
    return unique;
  }

  /** In processing time an event has no time before it has come to the task of its key. */
  private static DataStream<RowData> withoutUnneeded(DataStream<RowData> events, MatchCall call) {
    return call.eventTime()
        ? events.transform(
            "filter",
            events.getType(),
            new EventFilter(call.planJson(), call.eventType(), call.zone()))
        : events;
  }

  private static KeyedStream<RowData, RowData> keyBy(DataStream<RowData> events, MatchCall call) {
    if (call.partitionBy().isEmpty()) {
      return events.keyBy(
          EmptyRowDataKeySelector.INSTANCE, EmptyRowDataKeySelector.INSTANCE.getProducedType());
    }
    RowKeySelector selector = new RowKeySelector(call.eventType(), call.partitionBy());
    return events.keyBy(selector, selector.getProducedType());
  }

  private static DataStream<RowData> withRowtime(
      String name, DataStream<RowData> measures, RowType matchType) {
    LogicalType rowtimeType = matchType.getTypeAt(matchType.getFieldCount() - 1);
    return measures.transform(
        name, InternalTypeInfo.of(matchType), new RowtimeAppender(rowtimeType));
  }
}
