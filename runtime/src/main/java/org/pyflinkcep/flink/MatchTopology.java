package org.pyflinkcep.flink;

import java.util.List;
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
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.PatternException;

/** The part of a job's graph that one call of {@code match} adds. */
final class MatchTopology {

  private MatchTopology() {}

  /**
   * Attaches the matcher to a stream of events.
   *
   * @param name the operator's, by which its state is found; those of the others begin with it
   */
  static Matched<DataStream<RowData>> attach(
      DataStream<RowData> events, MatchCall call, String name) {
    OutputTag<RowData> timeouts =
        new OutputTag<>("timeouts", InternalTypeInfo.of(call.measureType()));
    OutputTag<RowData> late = new OutputTag<>("late", InternalTypeInfo.of(call.inputType()));
    SingleOutputStreamOperator<RowData> matches =
        keyBy(withoutUnneeded(events, call, name), call)
            .transform(
                name,
                InternalTypeInfo.of(call.measureType()),
                new MatchOperator(call.planJson(), call.eventType(), call.zones(), timeouts, late))
            .uid(name);
    if (call.partitionBy().isEmpty()) {
      matches.forceNonParallel();
    }
    return new Matched<>(
        withRowtime("matches", matches, call.matchType(), name),
        withRowtime("timeouts", matches.getSideOutput(timeouts), call.matchType(), name),
        matches.getSideOutput(late));
  }

  /** The name of the operator of a call. */
  static String nameOf(MatchCall call, StreamExecutionEnvironment environment) {
    return uniqueName(
        call.plan().isNamed() ? call.plan().name() : null,
        call.plan().name(),
        "match",
        environment);
  }

  /**
   * A name that no operator of the job has, as state is found in a savepoint by it, whatever else
   * of the job has changed.
   *
   * @param given the name that the call gives, or null
   * @param made the name that is taken where none is given, with a number where the job has it
   * @param function the function that was called
   */
  static String uniqueName(
      String given, String made, String function, StreamExecutionEnvironment environment) {
    Set<String> taken =
        environment.getTransformations().stream()
            .map(Transformation::getUid)
            .collect(Collectors.toSet());
    if (given != null && taken.contains(given)) {
      throw new PatternException(
          List.of(
              new Diagnostic(
                  "duplicate-name",
                  "name",
                  null,
                  0,
                  0,
                  0,
                  "the job has an operator named `" + given + "` already",
                  "give each call of " + function + " a name of its own: state is found by it")));
    }
    String unique = given == null ? made : given;
    for (int n = 2; taken.contains(unique); n++) {
      unique = made + " " + n;
    }
    return unique;
  }

  /** In processing time an event has no time before it has come to the task of its key. */
  private static DataStream<RowData> withoutUnneeded(
      DataStream<RowData> events, MatchCall call, String name) {
    return call.eventTime()
        ? events
            .transform(
                "filter",
                InternalTypeInfo.of(call.eventType()),
                new EventFilter(call.planJson(), call.eventType(), call.zones()))
            .uid(name + ": filter")
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
      String output, DataStream<RowData> measures, RowType matchType, String name) {
    LogicalType rowtimeType = matchType.getTypeAt(matchType.getFieldCount() - 1);
    return measures
        .transform(output, InternalTypeInfo.of(matchType), new RowtimeAppender(rowtimeType))
        .uid(name + ": " + output);
  }
}
