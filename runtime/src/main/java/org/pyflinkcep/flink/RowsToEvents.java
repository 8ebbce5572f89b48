package org.pyflinkcep.flink;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.conversion.DataStructureConverter;
import org.apache.flink.table.data.conversion.DataStructureConverters;
import org.apache.flink.table.types.DataType;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;

/** Converts the rows of a user's stream to Flink's internal data. */
final class RowsToEvents extends ProcessFunction<Row, RowData> {

  private final DataStructureConverter<Object, Object> converter;
  private final boolean eventTime;

  RowsToEvents(DataType rowType, boolean eventTime) {
    this.converter = DataStructureConverters.getConverter(rowType);
    this.eventTime = eventTime;
  }

  @Override
  public void open(OpenContext context) {
    converter.open(getRuntimeContext().getUserCodeClassLoader());
  }

  @Override
  public void processElement(Row row, Context context, Collector<RowData> events) {
    if (eventTime && context.timestamp() == null) {
      throw new IllegalStateException(
          "The stream that was passed to match(time=\"event\") has a row without a timestamp: "
              + row
              + ". Call assign_timestamps_and_watermarks on the stream, or pass"
              + " time=\"processing\".");
    }
    if (row.getKind() != RowKind.INSERT) {
      throw new IllegalStateException(
          "The stream that was passed to match has a row of kind "
              + row.getKind().shortString()
              + ", which updates or deletes another: "
              + row
              + ". An event can't be taken back: match the rows before they are aggregated, joined"
              + " or deduplicated.");
    }
    events.collect((RowData) converter.toInternal(row));
  }
}
