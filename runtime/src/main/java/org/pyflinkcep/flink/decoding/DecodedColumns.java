package org.pyflinkcep.flink.decoding;

import java.io.Serializable;
import java.util.List;
import javax.annotation.Nullable;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;

/**
 * The columns that the format gives: those of the table, then those of metadata that are asked for.
 */
final class DecodedColumns implements Serializable {

  private static final long serialVersionUID = 1L;

  private final RowData.FieldGetter[] wrapped;
  private final int physical;
  private final Metadata[] metadata;

  /** Where each column of metadata is in the rows of the wrapped format, if it is its own. */
  private final int[] positions;

  /**
   * @param wrappedType the rows that the wrapped format gives: columns, then its own metadata
   * @param physical how many of them are columns
   * @param keys of the metadata that is asked for
   * @param wrappedKeys those that the wrapped format gives, in its order
   */
  DecodedColumns(RowType wrappedType, int physical, List<String> keys, List<String> wrappedKeys) {
    this.physical = physical;
    wrapped = new RowData.FieldGetter[wrappedType.getFieldCount()];
    for (int i = 0; i < wrapped.length; i++) {
      wrapped[i] = RowData.createFieldGetter(wrappedType.getTypeAt(i), i);
    }
    metadata = new Metadata[keys.size()];
    positions = new int[keys.size()];
    for (int i = 0; i < metadata.length; i++) {
      metadata[i] = Metadata.of(keys.get(i));
      positions[i] = physical + wrappedKeys.indexOf(keys.get(i));
    }
  }

  /** The row of a record that could be decoded. */
  RowData decoded(RowData row, @Nullable byte[] message) {
    if (metadata.length == 0) {
      return row;
    }
    GenericRowData produced = new GenericRowData(row.getRowKind(), physical + metadata.length);
    for (int i = 0; i < physical; i++) {
      produced.setField(i, wrapped[i].getFieldOrNull(row));
    }
    for (int i = 0; i < metadata.length; i++) {
      produced.setField(
          physical + i,
          metadata[i] == null
              ? wrapped[positions[i]].getFieldOrNull(row)
              : metadata[i].value(null, message, message));
    }
    return produced;
  }

  /**
   * The row of a record that could not.
   *
   * @param payload what is kept of the record
   */
  RowData failed(Failure failure, @Nullable byte[] payload, @Nullable byte[] message) {
    GenericRowData produced = new GenericRowData(RowKind.INSERT, physical + metadata.length);
    for (int i = 0; i < metadata.length; i++) {
      if (metadata[i] != null) {
        produced.setField(physical + i, metadata[i].value(failure, payload, message));
      }
    }
    return produced;
  }

  @Nullable
  static StringData text(@Nullable String text) {
    return text == null ? null : StringData.fromString(text);
  }
}
