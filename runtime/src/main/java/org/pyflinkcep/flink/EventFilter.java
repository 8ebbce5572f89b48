package org.pyflinkcep.flink;

import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.TimeZones;
import org.pyflinkcep.matcher.CompiledRule;
import org.pyflinkcep.matcher.KeyMatcher;
import org.pyflinkcep.matcher.MatchListener;
import org.pyflinkcep.matcher.MatchPlan;
import org.pyflinkcep.matcher.TakenEvent;

/**
 * Lets go of the events that can't matter to any match, before they are sent to the task of their
 * key. Late events go on, to come out as late; and so do those on which a condition fails, to be
 * counted.
 *
 * <p>An event that is not late here is not late there: no watermark there is ahead of the one that
 * was sent last from here. That holds until the input has been idle, as others move time on without
 * it: from then on all events are sent.
 */
final class EventFilter extends AbstractStreamOperator<RowData>
    implements OneInputStreamOperator<RowData, RowData> {

  private static final long serialVersionUID = 1L;

  private final String planJson;
  private final RowType eventType;
  private final TimeZones zones;

  private transient KeyMatcher matcher;
  private transient long watermark;
  private transient boolean failed;
  private transient boolean hasBeenIdle;

  EventFilter(String planJson, RowType eventType, TimeZones zones) {
    this.planJson = planJson;
    this.eventType = eventType;
    this.zones = zones;
  }

  @Override
  public void open() throws Exception {
    super.open();
    MatchPlan plan = MatchPlan.compile(planJson, eventType, zones);
    matcher = plan.matcher(0, new Failures());
    watermark = Long.MIN_VALUE;
  }

  @Override
  public void processElement(StreamRecord<RowData> element) {
    failed = false;
    if (hasBeenIdle
        || element.getTimestamp() <= watermark
        || !matcher.passesOver(element.getValue(), element.getTimestamp())
        || failed) {
      output.collect(element);
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    watermark = mark.getTimestamp();
    super.processWatermark(mark);
  }

  @Override
  public void processWatermarkStatus(WatermarkStatus status) throws Exception {
    hasBeenIdle |= status.isIdle();
    super.processWatermarkStatus(status);
  }

  private final class Failures implements MatchListener {

    @Override
    public void onFailure(
        CompiledRule rule, String expression, RowData event, RuntimeException failure) {
      failed = true;
    }

    @Override
    public void onMatch(CompiledRule rule, TakenEvent newest, long timestamp) {}

    @Override
    public void onTimeout(CompiledRule rule, TakenEvent newest, long timestamp) {}

    @Override
    public void onOverload(CompiledRule rule) {}
  }
}
