package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.config.ExecutionConfigOptions;
import org.apache.flink.table.api.config.ExecutionConfigOptions.UidGeneration;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.Test;

/** What a call of match adds to a job's graph. */
class MatchTopologyTest {

  private static final String PLAN =
      """
      {"pattern": {"steps": [{"begin": "a"}, {"next": "b"}], "within": 10},
       "partition_by": ["id"], "measures": {"id": "a.id"}, "name": "pairs"}""";

  private final Configuration configuration =
      new Configuration().set(PipelineOptions.AUTO_GENERATE_UIDS, false);

  @Test
  void tables_need_no_generated_uids_where_those_of_their_queries_are_given() {
    configuration.set(ExecutionConfigOptions.TABLE_EXEC_UID_GENERATION, UidGeneration.ALWAYS);
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    tables.executeSql(
        "CREATE TABLE numbers (id INT, ts AS TO_TIMESTAMP_LTZ(id, 3), WATERMARK FOR ts AS ts)"
            + " WITH ('connector' = 'datagen')");
    Table numbers = PythonEntryPoint.readOnce(tables, tables.from("numbers"), true);
    Table distinct =
        PythonEntryPoint.deduplicate(tables, numbers, "{\"key\": [\"id\"], \"ttl\": 1000}");
    Table matches = PythonEntryPoint.match(tables, distinct, PLAN).matches();
    tables.toDataStream(matches).sinkTo(new DiscardingSink<>()).uid("matches");
    assertThat(environment.getStreamGraph().getJobGraph().getNumberOfVertices()).isPositive();
  }

  @Test
  void each_operator_has_a_uid_made_of_the_name() {
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    DataStream<Row> rows =
        environment
            .fromData(Types.ROW_NAMED(new String[] {"id"}, Types.INT), Row.of(1))
            .uid("rows")
            .assignTimestampsAndWatermarks(WatermarkStrategy.noWatermarks())
            .uid("timed");
    for (int call = 1; call <= 3; call++) {
      String plan = call == 1 ? PLAN : PLAN.replace(", \"name\": \"pairs\"", "");
      Matched<DataStream<Row>> found = PythonEntryPoint.match(rows, plan);
      found.matches().sinkTo(new DiscardingSink<>()).uid("matches " + call);
      found.timeouts().sinkTo(new DiscardingSink<>()).uid("timeouts " + call);
      found.late().sinkTo(new DiscardingSink<>()).uid("late " + call);
    }

    List<String> uids =
        environment.getTransformations().stream().map(Transformation::getUid).toList();
    assertThat(uids)
        .contains(
            "pairs",
            "pairs: events",
            "pairs: filter",
            "pairs: matches",
            "pairs: timeouts",
            "pairs: rows of matches",
            "pairs: rows of timeouts",
            "pairs: rows of late events",
            "match a, b",
            "match a, b 2: rows of late events");
    // Fails where an operator has none, or two have the same.
    assertThat(environment.getStreamGraph().getJobGraph().getNumberOfVertices()).isPositive();
  }
}
