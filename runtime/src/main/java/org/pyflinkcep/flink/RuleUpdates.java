package org.pyflinkcep.flink;

import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.table.data.RowData;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.matcher.RuleReader;
import org.pyflinkcep.matcher.RuleSet;

/**
 * Decides what becomes of each update of the rules: gives the changes, for all others to follow,
 * and says on the status output what became of it. There is one task of it.
 */
final class RuleUpdates extends AbstractStreamOperator<String>
    implements OneInputStreamOperator<RowData, String> {

  private static final long serialVersionUID = 1L;

  static final TypeInformation<String> OUTPUT_TYPE = Types.STRING;

  private final RulesPlan plan;
  private final int column;

  private transient LiveRules rules;
  private transient long watermark;
  private transient boolean hasBegun;

  /**
   * @param column the column of the documents
   */
  RuleUpdates(RulesPlan plan, int column) {
    this.plan = plan;
    this.column = column;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    rules = new LiveRules(plan);
    rules.initialize(context);
    rules.tellAll(new Nobody());
    watermark = Long.MIN_VALUE;
  }

  @Override
  public void open() throws Exception {
    super.open();
    ProcessingTimeService clock = getProcessingTimeService();
    clock.registerTimer(clock.getCurrentProcessingTime(), now -> begin());
  }

  /** At the end of its input a task fires no timers any more. */
  @Override
  public void finish() throws Exception {
    begin();
    super.finish();
  }

  private void begin() {
    if (hasBegun) {
      return;
    }
    hasBegun = true;
    rules.news().forEach(this::status);
    if (rules.isNewInRestoredJob()) {
      output.collect(new StreamRecord<>(rules.set().beginning()));
    }
    if (!plan.updatesHaveTime()) {
      output.emitWatermarkStatus(WatermarkStatus.IDLE);
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    rules.snapshot(true);
  }

  @Override
  public void processElement(StreamRecord<RowData> element) {
    if (element.getValue().isNullAt(column)) {
      return;
    }
    String text = element.getValue().getString(column).toString();
    long time = plan.updatesHaveTime() ? timeOf(element) : Long.MIN_VALUE;
    Diagnostics diagnostics = new Diagnostics();
    RuleReader.Rule rule = plan.read("update", text, diagnostics);
    if (rule == null) {
      reject(text, diagnostics.list());
      return;
    }
    String id = rule.document().id();
    long version = rule.document().version();
    RuleSet.Version newest = rules.set().newest(id);
    RuleSet.Outcome outcome = rules.set().judge(rule.document());
    switch (outcome) {
      case UNCHANGED -> status(StatusRows.of(id, version, outcome.key(), null));
      case REJECTED -> status(StatusRows.notRaised(rule, newest.version()));
      default -> {
        output.collect(new StreamRecord<>(rules.set().update(rule, time)));
        status(StatusRows.of(id, version, outcome.key(), message(rule, newest)));
      }
    }
  }

  /** Where it comes late, events of its time may have gone on already: it acts on those after. */
  private long timeOf(StreamRecord<RowData> update) {
    long time = plan.timeOfUpdate(update.getTimestamp());
    return watermark == Long.MAX_VALUE ? time : Math.max(time, watermark + 1);
  }

  private static String message(RuleReader.Rule rule, RuleSet.Version earlier) {
    String now = rule.document().status().key();
    return earlier == null ? now : now + ", in place of version " + earlier.version();
  }

  /** Of a document that can't be read, its id and version may still be. */
  private void reject(String text, List<Diagnostic> errors) {
    JsonNode root = RuleReader.peek(text);
    String id = root.path("id").isTextual() ? root.path("id").asText() : null;
    Long version =
        root.path("version").canConvertToExactIntegral() ? root.path("version").asLong() : null;
    status(StatusRows.rejected(id, version, errors));
  }

  private void status(RowData row) {
    output.collect(StatusRows.OUTPUT, new StreamRecord<>(row));
  }

  /**
   * Without times of their own, updates have no say in the time of the events; at their end, which
   * those who follow take for idleness, they have none either.
   */
  @Override
  public void processWatermark(Watermark mark) throws Exception {
    if (plan.updatesHaveTime()) {
      boolean isEnd = mark.equals(Watermark.MAX_WATERMARK);
      // Where a clock is put back, a time of the events is passed that comes again.
      watermark =
          isEnd ? Long.MAX_VALUE : Math.max(watermark, plan.timeOfUpdate(mark.getTimestamp()));
      super.processWatermark(new Watermark(watermark));
    }
  }

  @Override
  public void processWatermarkStatus(WatermarkStatus status) throws Exception {
    if (plan.updatesHaveTime()) {
      super.processWatermarkStatus(status);
    }
  }

  /** Versions come and go for those that match: here they are read alone, and told where unfit. */
  private static final class Nobody implements LiveRules.Follower {

    @Override
    public void onAdded(RuleSet.Version version, RuleReader.Rule rule) {}

    @Override
    public void onEnded(RuleSet.Version version) {}

    @Override
    public void onRemoved(int number) {}
  }
}
