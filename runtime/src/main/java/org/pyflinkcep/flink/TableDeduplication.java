package org.pyflinkcep.flink;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.matcher.Documents;

/** {@code deduplicate} on a table. */
final class TableDeduplication {

  private TableDeduplication() {}

  /**
   * @param planJson {@code key}, a list of columns; {@code ttl} in milliseconds; {@code name} or
   *     null
   */
  static Table deduplicate(TableEnvironment environment, Table events, String planJson) {
    StreamTableEnvironment tables = TableMatching.streaming(environment);
    JsonNode plan = Documents.parse(planJson);
    InputColumns columns = InputColumns.ofTable(events.getResolvedSchema());
    List<String> key = new ArrayList<>();
    plan.get("key").forEach(column -> key.add(column.asText()));
    Diagnostics diagnostics = new Diagnostics();
    columns.checkKey("key", key, diagnostics);
    // The rows become a table again, with its watermarks.
    columns.checkRowtime(!columns.rowtimes().isEmpty(), diagnostics);
    diagnostics.throwIfAny();

    DataStream<RowData> stream = TableMatching.toStream(tables, events, columns.eventType());
    String name =
        MatchTopology.uniqueName(
            plan.path("name").textValue(),
            "deduplicate by " + String.join(", ", key),
            "deduplicate",
            stream.getExecutionEnvironment());
    RowKeySelector selector = new RowKeySelector(columns.eventType(), key);
    DataStream<RowData> first =
        stream
            .keyBy(selector, selector.getProducedType())
            .process(
                new Deduplication(Duration.ofMillis(plan.get("ttl").asLong())),
                InternalTypeInfo.of(columns.eventType()))
            .name(name)
            .uid(name);
    return TableMatching.toTable(tables, first, columns.rowtimes());
  }
}
