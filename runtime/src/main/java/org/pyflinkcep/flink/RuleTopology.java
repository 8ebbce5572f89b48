package org.pyflinkcep.flink;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/** The part of a job's graph that one call of {@code match_rules} adds. */
final class RuleTopology {

  private RuleTopology() {}

  /**
   * Attaches the matcher of all rules to a stream of events.
   *
   * @param updates the documents of updates, or null for rules that stay as they are
   * @param updateColumn the column of the documents
   * @param rowtimeType the type of the alerts' rowtime
   * @param name the operator's, by which its state is found; those of the others begin with it
   */
  static Alerts<DataStream<RowData>> attach(
      DataStream<RowData> events,
      DataStream<RowData> updates,
      int updateColumn,
      RulesPlan plan,
      LogicalType rowtimeType,
      String name) {
    InternalTypeInfo<RowData> routedType = InternalTypeInfo.of(RoutedEvents.type(plan.eventType()));
    InternalTypeInfo<RowData> alertType = InternalTypeInfo.of(AlertRows.TYPE);
    RoutedEvents.Key key = new RoutedEvents.Key();
    SingleOutputStreamOperator<RowData> alerts;
    DataStream<RowData> status;
    if (updates == null) {
      KeyedStream<RowData, RowData> routed =
          events
              .transform("route", routedType, new RuleRouter.Fixed(plan))
              .uid(name + ": route")
              .keyBy(key, key.getProducedType());
      alerts = routed.transform(name, alertType, new RuleOperator.Fixed(plan)).uid(name);
      status = alerts.getSideOutput(StatusRows.OUTPUT);
    } else {
      SingleOutputStreamOperator<String> changes =
          updates
              .global()
              .transform("updates", RuleUpdates.OUTPUT_TYPE, new RuleUpdates(plan, updateColumn))
              .uid(name + ": updates")
              .forceNonParallel();
      KeyedStream<RowData, RowData> routed =
          events
              .connect(changes.broadcast())
              .transform("route", routedType, new RuleRouter.Changing(plan))
              .uid(name + ": route")
              .keyBy(key, key.getProducedType());
      alerts =
          routed
              .connect(changes.broadcast())
              .transform(name, alertType, new RuleOperator.Changing(plan))
              .uid(name);
      status =
          changes.getSideOutput(StatusRows.OUTPUT).union(alerts.getSideOutput(StatusRows.OUTPUT));
    }
    return new Alerts<>(
        alerts
            .transform(
                "alerts",
                InternalTypeInfo.of(withRowtime(AlertRows.TYPE, rowtimeType)),
                new RowtimeAppender(rowtimeType))
            .uid(name + ": alerts"),
        status,
        alerts.getSideOutput(RuleOperator.lateOutput(plan)));
  }

  private static RowType withRowtime(RowType type, LogicalType rowtimeType) {
    List<RowType.RowField> fields = new ArrayList<>(type.getFields());
    fields.add(new RowType.RowField(MatchCall.ROWTIME, rowtimeType));
    return new RowType(false, fields);
  }
}
