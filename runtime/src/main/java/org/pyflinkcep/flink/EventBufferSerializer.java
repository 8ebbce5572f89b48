package org.pyflinkcep.flink;

import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.matcher.EventBuffer;

/** Writes the events of a key that wait for the watermark, and for when its timer is set. */
final class EventBufferSerializer extends EventStateSerializer<EventBuffer> {

  EventBufferSerializer(List<RowType> history) {
    super(history);
  }

  @Override
  EventBufferSerializer withHistory(List<RowType> history) {
    return new EventBufferSerializer(history);
  }

  @Override
  public EventBuffer createInstance() {
    return new EventBuffer(rows().current());
  }

  @Override
  public EventBuffer copy(EventBuffer from) {
    return from.copy();
  }

  @Override
  public void serialize(EventBuffer buffer, DataOutputView target) throws IOException {
    rows().writeType(buffer.eventType(), target);
    target.writeLong(buffer.timer);
    target.writeInt(buffer.size());
    for (int i = 0; i < buffer.size(); i++) {
      target.writeLong(buffer.timestamp(i));
      target.writeInt(buffer.epoch(i));
      rows().write(buffer.eventType(), buffer.row(i), target);
    }
  }

  @Override
  public EventBuffer deserialize(DataInputView source) throws IOException {
    RowType type = rows().readType(source);
    EventBuffer buffer = new EventBuffer(type);
    buffer.timer = source.readLong();
    int size = source.readInt();
    for (int i = 0; i < size; i++) {
      long timestamp = source.readLong();
      int epoch = source.readInt();
      buffer.add(rows().read(type, source), timestamp, epoch, null);
    }
    return buffer;
  }

  @Override
  public TypeSerializerSnapshot<EventBuffer> snapshotConfiguration() {
    return new Snapshot(rows().history());
  }

  /** Its snapshot. */
  public static final class Snapshot extends EventStateSnapshot<EventBuffer> {

    /** For Flink, which fills it from a savepoint. */
    public Snapshot() {}

    Snapshot(List<RowType> history) {
      super(history);
    }

    @Override
    EventStateSerializer<EventBuffer> serializer(List<RowType> history) {
      return new EventBufferSerializer(history);
    }
  }
}
