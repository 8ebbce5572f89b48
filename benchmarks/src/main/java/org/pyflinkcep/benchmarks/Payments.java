package org.pyflinkcep.benchmarks;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.util.UserCodeClassLoader;

/**
 * Payments in order of time, one a millisecond: the same every time, and cheap to make.
 *
 * @param count how many there are; the last is of {@link #LAST_AMOUNT}
 * @param cards how many cards pay, each as often
 * @param opening how many at the start are of amount 0, ten milliseconds apart
 */
public record Payments(long count, int cards, int opening) implements Serializable {

  /** Amounts are below this. */
  static final double AMOUNTS = 1_000;

  static final double LAST_AMOUNT = 5_000;

  static final RowType ROW_TYPE =
      RowType.of(
          new LogicalType[] {
            new BigIntType(),
            new BigIntType(),
            new VarCharType(VarCharType.MAX_LENGTH),
            new DoubleType(),
            new LocalZonedTimestampType(3)
          },
          new String[] {"payment_id", "card_id", "merchant", "amount", "paid_at"});

  private static final long START = 1_767_225_600_000L;
  private static final int MERCHANTS = 1_024;
  private static final String[] MERCHANT_TEXTS = new String[MERCHANTS];
  private static final StringData[] MERCHANT_NAMES = new StringData[MERCHANTS];

  static {
    for (int i = 0; i < MERCHANTS; i++) {
      MERCHANT_TEXTS[i] = "merchant-" + i;
      MERCHANT_NAMES[i] = StringData.fromString(MERCHANT_TEXTS[i]);
    }
  }

  /** The payments as rows of the table {@code payments}. */
  Source<RowData, ?, ?> rows(TypeInformation<RowData> type) {
    return new DataGeneratorSource<>(started(this::row), count, type);
  }

  /** The payments as rows of the table {@code payments}, each decoded from JSON. */
  Source<RowData, ?, ?> rowsFromJson(
      DeserializationSchema<RowData> schema, TypeInformation<RowData> type) {
    return new DataGeneratorSource<>(new FromJson(this, schema), count, type);
  }

  /** The payments as a Java program would have them. */
  Source<Payment, ?, ?> payments() {
    return new DataGeneratorSource<>(started(this::payment), count, Types.POJO(Payment.class));
  }

  private static <T> GeneratorFunction<Long, T> started(GeneratorFunction<Long, T> payments) {
    return index -> {
      startStopwatch(index);
      return payments.map(index);
    };
  }

  private static void startStopwatch(long index) {
    if (index == 0) {
      Stopwatch.start();
    }
  }

  private record FromJson(Payments payments, DeserializationSchema<RowData> schema)
      implements GeneratorFunction<Long, RowData> {

    @Override
    public void open(SourceReaderContext context) throws Exception {
      schema.open(
          new DeserializationSchema.InitializationContext() {
            @Override
            public MetricGroup getMetricGroup() {
              return context.metricGroup();
            }

            @Override
            public UserCodeClassLoader getUserCodeClassLoader() {
              return context.getUserCodeClassLoader();
            }
          });
    }

    @Override
    public RowData map(Long index) throws Exception {
      startStopwatch(index);
      return schema.deserialize(payments.json(index));
    }
  }

  private byte[] json(long index) {
    long random = random(index);
    String json =
        "{\"payment_id\":"
            + index
            + ",\"card_id\":"
            + card(random)
            + ",\"merchant\":\""
            + MERCHANT_TEXTS[merchant(random)]
            + "\",\"amount\":"
            + amount(index, random)
            + ",\"paid_at\":\""
            + Instant.ofEpochMilli(paidAt(index))
            + "\"}";
    return json.getBytes(StandardCharsets.UTF_8);
  }

  RowData row(long index) {
    long random = random(index);
    return GenericRowData.of(
        index,
        card(random),
        MERCHANT_NAMES[merchant(random)],
        amount(index, random),
        TimestampData.fromEpochMillis(paidAt(index)));
  }

  Payment payment(long index) {
    long random = random(index);
    return new Payment(
        index,
        card(random),
        MERCHANT_TEXTS[merchant(random)],
        amount(index, random),
        paidAt(index));
  }

  /** When the payment at {@code index} was made, in milliseconds since the epoch. */
  long paidAt(long index) {
    return START + (index < opening ? index * 10 : opening * 9L + index);
  }

  private long card(long random) {
    return (random >>> 32) % cards;
  }

  private static int merchant(long random) {
    return (int) (random & (MERCHANTS - 1));
  }

  private double amount(long index, long random) {
    if (index < opening) {
      return 0;
    }
    return index == count - 1 ? LAST_AMOUNT : ((random >>> 10) & 0xFFFFF) * (AMOUNTS / 0x100000);
  }

  /** The finalizer of SplitMix64 (Steele, Lea and Flood, 2014). */
  private static long random(long index) {
    long z = (index + 1) * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
