package org.pyflinkcep.matcher;

import java.util.Comparator;
import java.util.List;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.Names;

/** The order of events of equal time, by columns, ascending, NULL first. */
public final class EventOrder implements Comparator<RowData> {

  private final RowData.FieldGetter[] columns;

  private EventOrder(RowData.FieldGetter[] columns) {
    this.columns = columns;
  }

  /** An order by the given columns; null for none. Columns that don't exist are reported. */
  public static EventOrder by(List<String> names, RowType eventType, Diagnostics diagnostics) {
    if (names.isEmpty()) {
      return null;
    }
    RowData.FieldGetter[] columns = new RowData.FieldGetter[names.size()];
    for (int i = 0; i < columns.length; i++) {
      int index = eventType.getFieldIndex(names.get(i));
      if (index < 0) {
        report(
            "unknown-column",
            "`" + names.get(i) + "` is not a column",
            Names.hint(names.get(i), "Columns", eventType.getFieldNames()),
            diagnostics);
      } else if (!isOrdered(eventType.getTypeAt(index))) {
        report(
            "unordered-column",
            "`"
                + names.get(i)
                + "` is of type "
                + eventType.getTypeAt(index)
                + ", which has no order",
            null,
            diagnostics);
      } else {
        columns[i] = RowData.createFieldGetter(eventType.getTypeAt(index), index);
      }
    }
    return new EventOrder(columns);
  }

  private static boolean isOrdered(LogicalType type) {
    return switch (type.getTypeRoot()) {
      case ARRAY, MAP, MULTISET, ROW, STRUCTURED_TYPE, RAW, BINARY, VARBINARY, NULL, VARIANT ->
          false;
      default -> true;
    };
  }

  private static void report(String code, String message, String hint, Diagnostics diagnostics) {
    diagnostics.add(new Diagnostic(code, "order_by", null, 0, 0, 0, message, hint));
  }

  @Override
  public int compare(RowData left, RowData right) {
    for (RowData.FieldGetter column : columns) {
      int order = compareValues(column.getFieldOrNull(left), column.getFieldOrNull(right));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static int compareValues(Object left, Object right) {
    if (left == null || right == null) {
      return left == right ? 0 : left == null ? -1 : 1;
    }
    return ((Comparable) left).compareTo(right);
  }
}
