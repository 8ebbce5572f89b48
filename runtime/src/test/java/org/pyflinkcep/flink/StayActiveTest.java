package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.junit.jupiter.api.Test;

class StayActiveTest {

  @Test
  void rows_and_watermarks_pass_and_nobody_hears_of_idleness() throws Exception {
    try (OneInputStreamOperatorTestHarness<RowData, RowData> harness =
        new OneInputStreamOperatorTestHarness<>(new StayActive())) {
      harness.open();
      StreamRecord<RowData> first = new StreamRecord<>(GenericRowData.of(1), 10);
      StreamRecord<RowData> second = new StreamRecord<>(GenericRowData.of(2), 30);
      harness.processElement(first);
      harness.processWatermark(new Watermark(20));
      harness.processWatermarkStatus(WatermarkStatus.IDLE);
      harness.processElement(second);
      harness.processWatermarkStatus(WatermarkStatus.ACTIVE);
      harness.processWatermark(new Watermark(40));

      assertThat(harness.getOutput())
          .containsExactly(first, new Watermark(20), second, new Watermark(40));
    }
  }
}
