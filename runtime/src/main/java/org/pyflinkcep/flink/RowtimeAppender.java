package org.pyflinkcep.flink;

import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.utils.JoinedRowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/**
 * Appends the record's timestamp to the row: as a timestamp for a table, and in milliseconds for a
 * stream, as the DataStream API has it.
 *
 * <p>For a table a metadata column of the table would do, were it not always TIMESTAMP_LTZ: where
 * the input's rowtime is a TIMESTAMP, its cast would shift by the session's time zone.
 */
final class RowtimeAppender extends AbstractStreamOperator<RowData>
    implements OneInputStreamOperator<RowData, RowData> {

  private final boolean inMilliseconds;

  RowtimeAppender(LogicalType rowtimeType) {
    this.inMilliseconds = rowtimeType.is(LogicalTypeRoot.BIGINT);
  }

  @Override
  public void processElement(StreamRecord<RowData> element) {
    long time = element.getTimestamp();
    Object rowtime = inMilliseconds ? time : TimestampData.fromEpochMillis(time);
    output.collect(
        element.replace(new JoinedRowData(element.getValue(), GenericRowData.of(rowtime))));
  }
}
