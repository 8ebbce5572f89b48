package org.pyflinkcep.flink.decoding;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import javax.annotation.Nullable;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.table.data.RowData;
import org.apache.flink.util.Collector;
import org.apache.flink.util.InstantiationUtil;
import org.apache.flink.util.TimeUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes records by another schema, and gives a row for each that can't be decoded as well: with
 * all columns NULL, and what went wrong.
 *
 * <p>What is not the record's fault is thrown: a registry that fails, after it was asked again for
 * a while, and classes that are missing.
 */
final class TryDecodeSchema implements DeserializationSchema<RowData> {

  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(TryDecodeSchema.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /** Room that a heap has left which isn't exhausted, however much a broken record asked for. */
  private static final int ROOM = 1 << 22;

  private final DeserializationSchema<RowData> wrapped;
  private final boolean keepsState;
  private final RecordChecks checks;
  private final DecodedColumns columns;
  private final TypeInformation<RowData> producedType;
  private final boolean tombstonesAreDecoded;
  private final long maxSize;
  private final int stackLength;
  private final Duration registryTimeout;

  private transient DeserializationSchema<RowData> decoder;
  @Nullable private transient AvroFormat avro;
  @Nullable private transient RecordCheck check;
  @Nullable private transient InitializationContext context;

  /** Whether the record has passed its check, so that only what it holds can be wrong. */
  private transient boolean isSound;

  private transient List<RowData> rows;
  private transient ListCollector<RowData> collector;
  @Nullable private transient Counter failures;
  private transient Map<Reason, Counter> failuresByReason;

  /**
   * @param keepsState whether the wrapped schema may keep something of one record for the next
   * @param checks what is looked for in each record before it is decoded
   * @param tombstonesAreDecoded whether the format has a meaning for records without a value
   */
  TryDecodeSchema(
      DeserializationSchema<RowData> wrapped,
      boolean keepsState,
      RecordChecks checks,
      DecodedColumns columns,
      TypeInformation<RowData> producedType,
      boolean tombstonesAreDecoded,
      long maxSize,
      int stackLength,
      Duration registryTimeout) {
    this.wrapped = wrapped;
    this.keepsState = keepsState;
    this.checks = checks;
    this.columns = columns;
    this.producedType = producedType;
    this.tombstonesAreDecoded = tombstonesAreDecoded;
    this.maxSize = maxSize;
    this.stackLength = stackLength;
    this.registryTimeout = registryTimeout;
  }

  @Override
  public void open(InitializationContext context) throws Exception {
    this.context = context;
    MetricGroup metrics = context.getMetricGroup();
    failures = metrics.counter("numDecodingFailures");
    failuresByReason = new EnumMap<>(Reason.class);
    for (Reason reason : Reason.values()) {
      failuresByReason.put(
          reason, metrics.addGroup("reason", reason.toString()).counter("numDecodingFailures"));
    }
    rows = new ArrayList<>();
    collector = new ListCollector<>(rows);
    renew();
  }

  @Override
  public RowData deserialize(byte[] message) {
    throw new UnsupportedOperationException("a record may give several rows");
  }

  @Override
  public void deserialize(@Nullable byte[] message, Collector<RowData> out) throws IOException {
    Failure failure = decode(message);
    // Not before all is decoded, and where nothing is caught: an error of whoever takes a row is
    // none of decoding.
    if (failure == null) {
      for (RowData row : rows) {
        out.collect(columns.decoded(row, message));
      }
    } else {
      failures.inc();
      failuresByReason.get(failure.reason()).inc();
      byte[] payload = failure.reason() == Reason.TOO_LARGE ? null : message;
      out.collect(columns.failed(failure, payload, message));
    }
  }

  /** Decodes a record to {@link #rows}; null where it could be. */
  @Nullable
  private Failure decode(@Nullable byte[] message) throws IOException {
    if (message == null && !tombstonesAreDecoded) {
      return Failure.of(Reason.TOMBSTONE, "the record has no value");
    }
    if (message != null && message.length > maxSize) {
      return Failure.of(
          Reason.TOO_LARGE,
          "the record has " + message.length + " bytes, and at most " + maxSize + " are decoded");
    }
    Failure failure;
    isSound = false;
    try {
      decodePatiently(message);
      if (rows.contains(null)) {
        failure = Failure.of(Reason.EMPTY, "the format gives no row for a part of the record");
      } else if (rows.isEmpty() && !tombstonesAreDecoded) {
        failure = Failure.of(Reason.EMPTY, "the record has no content");
      } else {
        return null;
      }
    } catch (MisfitException e) {
      return Failure.of(e.reason(), e.getMessage());
    } catch (RegistryException e) {
      throw e;
    } catch (OutOfMemoryError e) {
      // A broken length asks for more than there is.
      if (!hasRoom()) {
        throw e;
      }
      failure = Failure.of(e, stackLength, Reason.UNREADABLE);
    } catch (LinkageError e) {
      // A class is missing, which is not the record's fault.
      throw e;
    } catch (Exception | StackOverflowError | AssertionError e) {
      failure = Failure.of(e, stackLength, isSound ? Reason.WRONG_TYPE : Reason.UNREADABLE);
    }
    renew();
    return failure;
  }

  /** Decodes a record, and asks a registry that fails again. */
  private void decodePatiently(@Nullable byte[] message) throws Exception {
    long deadline = System.nanoTime() + registryTimeout.toNanos();
    long pause = FIRST_PAUSE.toMillis();
    while (true) {
      rows.clear();
      try {
        if (check != null && message != null) {
          check.check(message);
          isSound = true;
        }
        decoder.deserialize(message, collector);
        return;
      } catch (Exception e) {
        if (!Failure.isOfRegistry(e)) {
          throw e;
        }
        if (System.nanoTime() - deadline >= 0) {
          throw new RegistryException(
              "the schema registry has failed for "
                  + TimeUtils.formatWithHighestUnit(registryTimeout),
              e);
        }
        LOG.warn("The schema registry has failed; it is asked again in {} ms", pause, e);
        pause(pause, e);
        pause = Math.min(2 * pause, LONGEST_PAUSE.toMillis());
      }
    }
  }

  private static void pause(long milliseconds, Exception reason) throws RegistryException {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RegistryException("the task ends while the schema registry fails", reason);
    }
  }

  /** Rids the decoder of what a record has left in it. */
  private void renew() throws IOException {
    try {
      if (decoder != null && avro != null) {
        avro.clear();
      } else if (decoder == null || keepsState) {
        decoder = InstantiationUtil.clone(wrapped, Thread.currentThread().getContextClassLoader());
        decoder.open(context);
        avro = AvroFormat.of(decoder);
        check = checks.of(decoder, avro);
      }
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("the format can't be opened", e);
    }
  }

  private static boolean hasRoom() {
    try {
      return new byte[ROOM].length == ROOM;
    } catch (OutOfMemoryError e) {
      return false;
    }
  }

  @Override
  public boolean isEndOfStream(RowData row) {
    return false;
  }

  @Override
  public TypeInformation<RowData> getProducedType() {
    return producedType;
  }

  /** The registry of schemas failed, which is not the record's fault. */
  private static final class RegistryException extends IOException {

    private static final long serialVersionUID = 1L;

    RegistryException(String message, Exception cause) {
      super(message, cause);
    }
  }
}
