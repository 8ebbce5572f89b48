package org.pyflinkcep.flink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.matcher.RowProjection;

/**
 * Writes events with the columns that they had when they came. A stream may gain and lose columns
 * over the life of a job; each set of columns is known by its place in this history.
 */
final class EventRows {

  private final List<RowType> history;
  private final RowDataSerializer[] serializers;

  EventRows(List<RowType> history) {
    this.history = List.copyOf(history);
    this.serializers =
        history.stream().map(RowDataSerializer::new).toArray(RowDataSerializer[]::new);
  }

  List<RowType> history() {
    return history;
  }

  RowType current() {
    return history.get(history.size() - 1);
  }

  /**
   * The history that goes on from an earlier one.
   *
   * @throws IllegalStateException where a column has changed its type
   */
  EventRows after(EventRows earlier) {
    for (RowType type : earlier.history) {
      String column = RowProjection.changedColumn(type, current());
      if (column != null) {
        throw changed(column, typeOf(column, type), typeOf(column, current()));
      }
    }
    List<RowType> all = new ArrayList<>(earlier.history);
    if (!earlier.current().equals(current())) {
      all.add(current());
    }
    return all.equals(history) ? this : new EventRows(all);
  }

  private static String typeOf(String column, RowType type) {
    return type.getTypeAt(type.getFieldIndex(column)).copy(true).asSummaryString();
  }

  private static IllegalStateException changed(String column, String earlier, String present) {
    return new IllegalStateException(
        "The column `%s` is %s in the events of the savepoint, and %s now. CAST it to %s; or give the column of the new type a name of its own, which is NULL in those events; or leave the state behind: give match another name=, and start with --allowNonRestoredState."
            .formatted(column, earlier, present, earlier));
  }

  void writeType(RowType type, DataOutputView target) throws IOException {
    target.writeShort(placeOf(type));
  }

  RowType readType(DataInputView source) throws IOException {
    return history.get(source.readShort());
  }

  void write(RowType type, RowData row, DataOutputView target) throws IOException {
    serializers[placeOf(type)].serialize(row, target);
  }

  RowData read(RowType type, DataInputView source) throws IOException {
    return serializers[placeOf(type)].deserialize(source);
  }

  private int placeOf(RowType type) {
    // Nearly all events are of the present columns, by the very same object.
    if (type == current()) {
      return history.size() - 1;
    }
    int place = history.lastIndexOf(type);
    if (place < 0) {
      throw new IllegalStateException("Events of columns " + type + " are not known to this state");
    }
    return place;
  }
}
