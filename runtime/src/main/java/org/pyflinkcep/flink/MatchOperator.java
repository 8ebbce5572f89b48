package org.pyflinkcep.flink;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.OutputTag;
import org.pyflinkcep.expression.TimeZones;
import org.pyflinkcep.matcher.CompiledRule;
import org.pyflinkcep.matcher.EventOrder;
import org.pyflinkcep.matcher.KeyMatcher;
import org.pyflinkcep.matcher.Lifetime;
import org.pyflinkcep.matcher.MatchListener;
import org.pyflinkcep.matcher.MatchPlan;
import org.pyflinkcep.matcher.TakenEvent;

/**
 * Finds the matches of a pattern in a keyed stream. Gives the columns of each match; the time of
 * the record is that of the match.
 */
final class MatchOperator extends KeyedMatchOperator
    implements OneInputStreamOperator<RowData, RowData> {

  private static final long serialVersionUID = 1L;

  private final String planJson;
  private final TimeZones zones;
  private final OutputTag<RowData> timeoutOutput;
  private final OutputTag<RowData> lateOutput;

  private transient MatchPlan plan;
  private transient KeyMatcher matcher;
  private transient Outputs outputs;

  /** The patterns that state was written under; a pattern's place is the number of its rule. */
  private transient ListState<String> patterns;

  private transient List<String> knownPatterns;
  private transient Counter lateEvents;

  MatchOperator(
      String planJson,
      RowType eventType,
      TimeZones zones,
      OutputTag<RowData> timeoutOutput,
      OutputTag<RowData> lateOutput) {
    super(eventType);
    this.planJson = planJson;
    this.zones = zones;
    this.timeoutOutput = timeoutOutput;
    this.lateOutput = lateOutput;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    plan = MatchPlan.compile(planJson, eventType(), zones);
    patterns =
        context
            .getOperatorStateStore()
            .getUnionListState(new ListStateDescriptor<>("patterns", Types.STRING));
    knownPatterns = new ArrayList<>();
    for (String pattern : patterns.get()) {
      if (!knownPatterns.contains(pattern)) {
        knownPatterns.add(pattern);
      }
    }
    if (!knownPatterns.contains(plan.rule().fingerprint())) {
      knownPatterns.add(plan.rule().fingerprint());
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    patterns.update(knownPatterns);
  }

  @Override
  public void open() throws Exception {
    super.open();
    outputs = new Outputs();
    lateEvents = metrics.counter("numLateEvents");
    int number = knownPatterns.indexOf(plan.rule().fingerprint());
    matcher = plan.matcher(number, outputs);
    noteLayout(number, plan.rule());
    resume(Map.of(number, plan.rule()));
  }

  @Override
  KeyMatcher matcher() {
    return matcher;
  }

  @Override
  String whyAbandoned(int rule) {
    return "Restored partial matches began under a pattern that is not there any more.";
  }

  @Override
  int partition() {
    return 0;
  }

  @Override
  EventOrder order() {
    return plan.order();
  }

  @Override
  boolean isEventTime() {
    return plan.eventTime();
  }

  @Override
  long allowedLateness() {
    return plan.allowedLateness();
  }

  @Override
  public void processElement(StreamRecord<RowData> element) throws Exception {
    if (!plan.eventTime()) {
      matchNow(element.getValue());
    } else if (isLate(element.getTimestamp())) {
      lateEvents.inc();
      output.collect(lateOutput, element);
    } else {
      keepUntilItsTime(element.getValue(), element.getTimestamp(), Lifetime.NEVER);
    }
  }

  /** Emits what the matcher finds, and counts it. */
  private final class Outputs implements MatchListener {

    private final StreamRecord<RowData> record = new StreamRecord<>(null);
    private final Counter matches = metrics.counter("numMatches");
    private final Counter timeouts = metrics.counter("numTimeouts");
    private final Counter failures = metrics.counter("numEvaluationErrors");
    private final Counter dropped = metrics.counter("numPartialMatchesDropped");
    private final Set<String> reportedFailures = new HashSet<>();

    @Override
    public void onMatch(CompiledRule rule, TakenEvent newest, long timestamp) {
      matches.inc();
      output.collect(recordOf(newest, timestamp));
    }

    @Override
    public void onTimeout(CompiledRule rule, TakenEvent newest, long timestamp) {
      timeouts.inc();
      output.collect(timeoutOutput, recordOf(newest, timestamp));
    }

    /**
     * A record's time is never behind the watermark: not before an event that was matched since.
     */
    private StreamRecord<RowData> recordOf(TakenEvent newest, long timestamp) {
      return record.replace(
          plan.output(newest, this), Math.max(timestamp, matcher.latestEventTime()));
    }

    @Override
    public void onFailure(
        CompiledRule rule, String expression, RowData event, RuntimeException failure) {
      failures.inc();
      if (reportedFailures.add(expression + failure.getClass().getName())) {
        LOG.warn(
            "`{}` can't be evaluated on an event, and counts as not true or NULL. Further failures"
                + " of this kind are counted as numEvaluationErrors, and not logged.",
            expression,
            failure);
      }
    }

    @Override
    public void onOverload(CompiledRule rule) {
      if (dropped.getCount() == 0) {
        LOG.warn(
            "A key has more than {} partial matches: its oldest is dropped. Further ones are counted"
                + " as numPartialMatchesDropped, and not logged. A window, or a stricter condition,"
                + " keeps them few; max_partial_matches= allows more.",
            plan.maxPartialMatches());
      }
      dropped.inc();
    }
  }
}
