package org.pyflinkcep.benchmarks;

import java.util.Set;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.SinkV2Provider;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.abilities.SupportsWatermarkPushDown;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.DataType;

/** {@code 'connector' = 'payments'}: {@link Payments} as a source, and {@link CountingSink}. */
public final class PaymentsConnector implements DynamicTableSourceFactory, DynamicTableSinkFactory {

  private static final ConfigOption<Long> COUNT =
      ConfigOptions.key("count").longType().defaultValue(0L);
  private static final ConfigOption<Integer> CARDS =
      ConfigOptions.key("cards").intType().defaultValue(1);
  private static final ConfigOption<Integer> OPENING =
      ConfigOptions.key("opening").intType().defaultValue(0);

  private static final String FROM_JSON =
      ", 'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601'";

  /** The columns of the source are these. */
  public static String createTable(Payments payments, boolean json) {
    return """
        CREATE TABLE payments (
          payment_id BIGINT,
          card_id BIGINT,
          merchant STRING,
          amount DOUBLE,
          paid_at TIMESTAMP_LTZ(3),
          WATERMARK FOR paid_at AS paid_at - INTERVAL '0.001' SECOND
        ) WITH ('connector' = 'payments', 'count' = '%d', 'cards' = '%d', 'opening' = '%d'%s)
        """
        .formatted(payments.count(), payments.cards(), payments.opening(), json ? FROM_JSON : "");
  }

  @Override
  public String factoryIdentifier() {
    return "payments";
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of(COUNT, CARDS, OPENING, FactoryUtil.FORMAT);
  }

  @Override
  public DynamicTableSource createDynamicTableSource(Context context) {
    FactoryUtil.TableFactoryHelper factory = FactoryUtil.createTableFactoryHelper(this, context);
    ReadableConfig options = factory.getOptions();
    return new PaymentsSource(
        new Payments(options.get(COUNT), options.get(CARDS), options.get(OPENING)),
        context.getPhysicalRowDataType(),
        factory
            .discoverOptionalDecodingFormat(DeserializationFormatFactory.class, FactoryUtil.FORMAT)
            .orElse(null));
  }

  @Override
  public DynamicTableSink createDynamicTableSink(Context context) {
    return new CountingTableSink();
  }

  private static final class PaymentsSource implements ScanTableSource, SupportsWatermarkPushDown {

    private final Payments payments;
    private final DataType rowType;
    private final DecodingFormat<DeserializationSchema<RowData>> format;
    private WatermarkStrategy<RowData> watermarks = WatermarkStrategy.noWatermarks();

    PaymentsSource(
        Payments payments,
        DataType rowType,
        DecodingFormat<DeserializationSchema<RowData>> format) {
      this.payments = payments;
      this.rowType = rowType;
      this.format = format;
    }

    @Override
    public void applyWatermark(WatermarkStrategy<RowData> strategy) {
      watermarks = strategy;
    }

    @Override
    public ChangelogMode getChangelogMode() {
      return ChangelogMode.insertOnly();
    }

    @Override
    public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
      TypeInformation<RowData> type = context.createTypeInformation(rowType);
      Source<RowData, ?, ?> source =
          format == null
              ? payments.rows(type)
              : payments.rowsFromJson(format.createRuntimeDecoder(context, rowType), type);
      return new DataStreamScanProvider() {
        @Override
        public DataStream<RowData> produceDataStream(
            ProviderContext provider, StreamExecutionEnvironment env) {
          return env.fromSource(source, watermarks, "payments", type);
        }

        @Override
        public boolean isBounded() {
          return true;
        }
      };
    }

    @Override
    public DynamicTableSource copy() {
      PaymentsSource copy = new PaymentsSource(payments, rowType, format);
      copy.watermarks = watermarks;
      return copy;
    }

    @Override
    public String asSummaryString() {
      return "payments";
    }
  }

  private static final class CountingTableSink implements DynamicTableSink {

    @Override
    public ChangelogMode getChangelogMode(ChangelogMode requested) {
      return ChangelogMode.insertOnly();
    }

    @Override
    public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
      return SinkV2Provider.of(new CountingSink<>());
    }

    @Override
    public DynamicTableSink copy() {
      return new CountingTableSink();
    }

    @Override
    public String asSummaryString() {
      return "counting";
    }
  }
}
