package org.pyflinkcep.flink;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.data.binary.BinarySegmentUtils;
import org.apache.flink.table.data.binary.NestedRowData;
import org.apache.flink.table.data.writer.BinaryRowWriter;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.BooleanType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.util.MathUtils;
import org.pyflinkcep.matcher.KeyMatcher;

/**
 * The rows in which events are sent on their way to the matcher: an event once for each partition
 * of the rules that it can matter to, with its key there.
 */
final class RoutedEvents {

  private static final int KEY = 0;
  private static final int EPOCH = 1;
  private static final int FIRST = 2;
  private static final int EVENT = 3;

  private final RowType eventType;
  private final List<RowKeySelector> selectors = new ArrayList<>();

  RoutedEvents(RowType eventType) {
    this.eventType = eventType;
  }

  static RowType type(RowType eventType) {
    return RowType.of(
        false,
        new LogicalType[] {
          new VarBinaryType(false, VarBinaryType.MAX_LENGTH),
          new IntType(false),
          new BooleanType(false),
          eventType
        },
        new String[] {"key", "epoch", "first", "event"});
  }

  /**
   * An event on its way.
   *
   * @param columns the columns of the partition
   * @param epoch the epoch of the rules that were asked whether it can matter
   * @param first whether it is the first time that the event is sent
   */
  RowData row(int partition, List<String> columns, RowData event, int epoch, boolean first) {
    while (selectors.size() <= partition) {
      selectors.add(null);
    }
    if (selectors.get(partition) == null) {
      selectors.set(partition, new RowKeySelector(eventType, columns));
    }
    return GenericRowData.of(key(partition, event), epoch, first, event);
  }

  /** The number of the partition, then the columns of the key as Flink lays them out. */
  private byte[] key(int partition, RowData event) {
    BinaryRowData columns = (BinaryRowData) selectors.get(partition).getKey(event);
    byte[] key = new byte[4 + columns.getSizeInBytes()];
    key[0] = (byte) (partition >>> 24);
    key[1] = (byte) (partition >>> 16);
    key[2] = (byte) (partition >>> 8);
    key[3] = (byte) partition;
    BinarySegmentUtils.copyToBytes(
        columns.getSegments(), columns.getOffset(), key, 4, columns.getSizeInBytes());
    return key;
  }

  static int epoch(RowData routed) {
    return routed.getInt(EPOCH);
  }

  static boolean isFirst(RowData routed) {
    return routed.getBoolean(FIRST);
  }

  /**
   * The event, in the form in which state is written: a nested row has the layout of a binary one,
   * but would be written field by field at each checkpoint for as long as it is kept.
   */
  RowData event(RowData routed) {
    RowData event = routed.getRow(EVENT, eventType.getFieldCount());
    if (event instanceof NestedRowData nested && nested.getSegments().length == 1) {
      BinaryRowData row = new BinaryRowData(nested.getArity());
      row.pointTo(nested.getSegments(), nested.getOffset(), nested.getSizeInBytes());
      return row;
    }
    return event;
  }

  /** The partition of a key. */
  static int partition(RowData key) {
    byte[] bytes = key.getBinary(0);
    return (bytes[0] & 0xFF) << 24
        | (bytes[1] & 0xFF) << 16
        | (bytes[2] & 0xFF) << 8
        | (bytes[3] & 0xFF);
  }

  /** The slice of the keys that a key is in: the same in every partition, job and version. */
  static int slice(RowData key) {
    byte[] bytes = key.getBinary(0);
    int hash = 1;
    for (int i = 4; i < bytes.length; i++) {
      hash = 31 * hash + bytes[i];
    }
    return MathUtils.murmurHash(hash) % KeyMatcher.SLICES;
  }

  /** The key of a routed event, as a row of its own. */
  static final class Key implements KeySelector<RowData, RowData>, ResultTypeQueryable<RowData> {

    private static final long serialVersionUID = 1L;
    private static final RowType TYPE =
        RowType.of(false, new VarBinaryType(false, VarBinaryType.MAX_LENGTH));

    @Override
    public RowData getKey(RowData routed) {
      byte[] bytes = routed.getBinary(KEY);
      BinaryRowData key = new BinaryRowData(1);
      BinaryRowWriter writer = new BinaryRowWriter(key, bytes.length + 8);
      writer.writeBinary(0, bytes);
      writer.complete();
      return key;
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
      return InternalTypeInfo.of(TYPE);
    }
  }
}
