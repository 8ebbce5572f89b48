package org.pyflinkcep.flink;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.conversion.DataStructureConverter;
import org.apache.flink.table.data.conversion.DataStructureConverters;
import org.apache.flink.table.types.DataType;
import org.apache.flink.types.Row;

/** Converts Flink's internal data to rows, the counterpart of {@link RowsToEvents}. */
final class EventsToRows extends RichMapFunction<RowData, Row> {

  private final DataStructureConverter<Object, Object> converter;

  EventsToRows(DataType rowType) {
    this.converter = DataStructureConverters.getConverter(rowType);
  }

  @Override
  public void open(OpenContext context) {
    converter.open(getRuntimeContext().getUserCodeClassLoader());
  }

  @Override
  public Row map(RowData event) {
    return (Row) converter.toExternal(event);
  }
}
