package org.pyflinkcep.matcher;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/** Turns rows of a stream's earlier columns into rows of its present ones. */
public final class RowProjection {

  private final RowType target;
  private final RowData.FieldGetter[] columns;

  public RowProjection(RowType source, RowType target) {
    this.target = target;
    this.columns = new RowData.FieldGetter[target.getFieldCount()];
    for (int i = 0; i < columns.length; i++) {
      int index = source.getFieldIndex(target.getFieldNames().get(i));
      columns[i] =
          index < 0 ? row -> null : RowData.createFieldGetter(source.getTypeAt(index), index);
    }
  }

  /**
   * The column whose type is another one than before, whether or not it may be NULL; null for none.
   */
  public static String changedColumn(RowType source, RowType target) {
    for (RowType.RowField field : target.getFields()) {
      int index = source.getFieldIndex(field.getName());
      if (index >= 0 && !sameType(source.getTypeAt(index), field.getType())) {
        return field.getName();
      }
    }
    return null;
  }

  private static boolean sameType(LogicalType a, LogicalType b) {
    return a.copy(true).equals(b.copy(true));
  }

  RowType target() {
    return target;
  }

  RowData apply(RowData row) {
    GenericRowData projected = new GenericRowData(row.getRowKind(), columns.length);
    for (int i = 0; i < columns.length; i++) {
      projected.setField(i, columns[i].getFieldOrNull(row));
    }
    return projected;
  }
}
