package org.pyflinkcep.flink;

import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.table.data.RowData;

/**
 * Passes rows and watermarks, and doesn't say that there are none for a while.
 *
 * <p>A task that was idle says that it is active together with its first watermark. Where its rows
 * had to wait for that watermark, as in a temporal join, those behind an exchange can have the same
 * watermark from another task before they hear of either, and take it for all: the rows come late.
 * With an idle task that nobody hears of, its watermark is waited for.
 */
final class StayActive extends AbstractStreamOperator<RowData>
    implements OneInputStreamOperator<RowData, RowData> {

  private static final long serialVersionUID = 1L;

  @Override
  public void processElement(StreamRecord<RowData> row) {
    output.collect(row);
  }

  @Override
  public void processWatermarkStatus(WatermarkStatus status) {
    // Active is what a task is taken for until it says that it is idle.
  }
}
