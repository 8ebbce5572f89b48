package org.pyflinkcep.flink;

import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.table.types.logical.RowType;

/** What the serializers of both kinds of keyed state share: they hold events. */
abstract class EventStateSerializer<T> extends TypeSerializer<T> {

  private final RowType[] history;
  private transient EventRows rows;

  EventStateSerializer(List<RowType> history) {
    this.history = history.toArray(RowType[]::new);
  }

  /** Events by the columns that they came with. */
  final EventRows rows() {
    if (rows == null) {
      rows = new EventRows(List.of(history));
    }
    return rows;
  }

  /** The same serializer for events of other columns. */
  abstract EventStateSerializer<T> withHistory(List<RowType> history);

  @Override
  public final boolean isImmutableType() {
    return false;
  }

  @Override
  public final TypeSerializer<T> duplicate() {
    return withHistory(List.of(history));
  }

  @Override
  public final T copy(T from, T reuse) {
    return copy(from);
  }

  @Override
  public final T deserialize(T reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public final void copy(DataInputView source, DataOutputView target) throws IOException {
    serialize(deserialize(source), target);
  }

  @Override
  public final int getLength() {
    return -1;
  }

  @Override
  public final boolean equals(Object other) {
    return other != null
        && other.getClass() == getClass()
        && List.of(((EventStateSerializer<?>) other).history).equals(List.of(history));
  }

  @Override
  public final int hashCode() {
    return List.of(history).hashCode();
  }
}
