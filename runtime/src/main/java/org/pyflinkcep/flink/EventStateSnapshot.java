package org.pyflinkcep.flink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.java.typeutils.runtime.DataInputViewStream;
import org.apache.flink.api.java.typeutils.runtime.DataOutputViewStream;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.InstantiationUtil;

/** What a savepoint says of the state in it: the columns of its events. */
abstract class EventStateSnapshot<T> implements TypeSerializerSnapshot<T> {

  private static final int VERSION = 1;

  private List<RowType> history;

  EventStateSnapshot() {}

  EventStateSnapshot(List<RowType> history) {
    this.history = history;
  }

  abstract EventStateSerializer<T> serializer(List<RowType> history);

  @Override
  public final int getCurrentVersion() {
    return VERSION;
  }

  @Override
  public final void writeSnapshot(DataOutputView out) throws IOException {
    out.writeInt(history.size());
    for (RowType type : history) {
      InstantiationUtil.serializeObject(new DataOutputViewStream(out), type);
    }
  }

  @Override
  public final void readSnapshot(int version, DataInputView in, ClassLoader classLoader)
      throws IOException {
    if (version != VERSION) {
      throw new IOException(
          "This state was written in format "
              + version
              + ", and this version of pyflink-cep reads format "
              + VERSION
              + ": restore it with the version that wrote it, or a later one");
    }
    int count = in.readInt();
    history = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      try {
        history.add(InstantiationUtil.deserializeObject(new DataInputViewStream(in), classLoader));
      } catch (ClassNotFoundException e) {
        throw new IOException(e);
      }
    }
  }

  @Override
  public final TypeSerializer<T> restoreSerializer() {
    return serializer(history);
  }

  @Override
  public final TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(
      TypeSerializerSnapshot<T> oldSnapshot) {
    EventRows earlier = new EventRows(((EventStateSnapshot<T>) oldSnapshot).history);
    EventRows present = new EventRows(history);
    EventRows joined = present.after(earlier);
    return joined == present
        ? TypeSerializerSchemaCompatibility.compatibleAsIs()
        : TypeSerializerSchemaCompatibility.compatibleWithReconfiguredSerializer(
            serializer(joined.history()));
  }
}
