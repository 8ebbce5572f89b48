package org.pyflinkcep.benchmarks;

import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.cep.CEP;
import org.apache.flink.cep.functions.PatternProcessFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.util.Collector;

/** A way to match a pattern on Flink. */
enum Peer {
  /** The table keyed, its large payments let through, nothing matched. */
  SOURCE {
    @Override
    void run(Work work, Payments payments, StreamExecutionEnvironment env) throws Exception {
      StreamTableEnvironment tables = tables(work, payments, env);
      Table table = tables.from("payments");
      DataType row =
          DataTypes.ROW(
                  DataTypes.FIELD("payment_id", DataTypes.BIGINT()),
                  DataTypes.FIELD("card_id", DataTypes.BIGINT()),
                  DataTypes.FIELD("merchant", DataTypes.STRING().bridgedTo(StringData.class)),
                  DataTypes.FIELD("amount", DataTypes.DOUBLE()),
                  DataTypes.FIELD(
                      "paid_at", DataTypes.TIMESTAMP_LTZ(3).bridgedTo(TimestampData.class)))
              .bridgedTo(RowData.class);
      DataStream<RowData> rows = tables.toDataStream(table, row);
      rows.keyBy(payment -> payment.getLong(1), Types.LONG)
          .process(new LargePayments(), rows.getType())
          .sinkTo(new CountingSink<>());
      env.execute();
    }
  },

  PYFLINK_CEP {
    @Override
    void run(Work work, Payments payments, StreamExecutionEnvironment env) throws Exception {
      StreamTableEnvironment tables = tables(work, payments, env);
      insert(work.found(tables, tables.from("payments")));
    }
  },

  FLINK_CEP {
    @Override
    void run(Work work, Payments payments, StreamExecutionEnvironment env) throws Exception {
      DataStream<Payment> stream =
          env.fromSource(
              payments.payments(),
              WatermarkStrategy.<Payment>forMonotonousTimestamps()
                  .withTimestampAssigner((payment, timestamp) -> payment.paidAt),
              "payments");
      KeyedStream<Payment, Long> keyed = stream.keyBy(payment -> payment.cardId);
      work.patterns().stream()
          .<DataStream<Alert>>map(
              pattern -> CEP.pattern(keyed, pattern).process(new Spends(), Types.POJO(Alert.class)))
          .reduce(DataStream::union)
          .orElseThrow()
          .sinkTo(new CountingSink<>());
      env.execute();
    }
  },

  MATCH_RECOGNIZE {
    @Override
    void run(Work work, Payments payments, StreamExecutionEnvironment env) throws Exception {
      insert(
          tables(work, payments, env)
              .sqlQuery(
                  "SELECT payment_id, amount FROM payments MATCH_RECOGNIZE ("
                      + "PARTITION BY card_id ORDER BY paid_at "
                      + work.matchRecognize()
                      + ")"));
    }
  };

  /** Runs a job, and returns when it has finished. */
  abstract void run(Work work, Payments payments, StreamExecutionEnvironment env) throws Exception;

  static Peer named(String name) {
    return valueOf(name.replace('-', '_').toUpperCase(java.util.Locale.ROOT));
  }

  private static StreamTableEnvironment tables(
      Work work, Payments payments, StreamExecutionEnvironment env) {
    StreamTableEnvironment tables = StreamTableEnvironment.create(env);
    tables.executeSql(PaymentsConnector.createTable(payments, work.isFromJson()));
    tables.executeSql(
        "CREATE TABLE alerts (payment_id BIGINT, amount DOUBLE) WITH ('connector' = 'payments')");
    return tables;
  }

  private static void insert(Table alerts) throws Exception {
    alerts.insertInto("alerts").execute().await();
  }

  /** What is written of a match. */
  public static class Alert {
    public long paymentId;
    public double amount;

    public Alert() {}

    Alert(long paymentId, double amount) {
      this.paymentId = paymentId;
      this.amount = amount;
    }
  }

  private static final class Spends extends PatternProcessFunction<Payment, Alert> {
    @Override
    public void processMatch(
        Map<String, List<Payment>> match, Context context, Collector<Alert> alerts) {
      Payment spend = match.get("spend").get(0);
      alerts.collect(new Alert(spend.paymentId, spend.amount));
    }
  }

  private static final class LargePayments extends KeyedProcessFunction<Long, RowData, RowData> {
    @Override
    public void processElement(RowData payment, Context context, Collector<RowData> large) {
      if (payment.getDouble(3) > 950) {
        large.collect(payment);
      }
    }
  }
}
