package org.pyflinkcep.flink;

import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.utils.JoinedRowData;

/**
 * Appends the record's timestamp to the row. A metadata column of the table would do, were it not
 * always TIMESTAMP_LTZ: where the input's rowtime is a TIMESTAMP, its cast would shift by the
 * session's time zone.
 */
final class RowtimeAppender extends AbstractStreamOperator<RowData>
    implements OneInputStreamOperator<RowData, RowData> {

  @Override
  public void processElement(StreamRecord<RowData> element) {
    RowData rowtime = GenericRowData.of(TimestampData.fromEpochMillis(element.getTimestamp()));
    output.collect(element.replace(new JoinedRowData(element.getValue(), rowtime)));
  }
}
