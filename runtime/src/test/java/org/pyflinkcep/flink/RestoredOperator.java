package org.pyflinkcep.flink;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.util.OutputTag;
import org.pyflinkcep.conformance.Engine;
import org.pyflinkcep.conformance.MatchCase;
import org.pyflinkcep.conformance.Outcome;
import org.pyflinkcep.conformance.OwnMatcher;
import org.pyflinkcep.expression.PatternException;
import org.pyflinkcep.expression.TimeZones;
import org.pyflinkcep.matcher.MatchPlan;
import org.pyflinkcep.matcher.SkipException;

/** Our operator, stopped with a snapshot and restored from it after each event and watermark. */
public final class RestoredOperator implements Engine {

  @Override
  public Outcome run(MatchCase matchCase) throws Exception {
    String plan = OwnMatcher.plan(matchCase);
    MatchPlan compiled;
    try {
      compiled = MatchPlan.compile(plan, MatchCase.SCHEMA, ZoneOffset.UTC);
    } catch (PatternException e) {
      return Outcome.REFUSED;
    }
    Run run = new Run(plan, compiled.outputType(), matchCase);
    try {
      for (MatchCase.Signal signal : matchCase.stream()) {
        run.accept(signal);
      }
      // Events of one millisecond are sorted, and time goes on for the key, once it has passed.
      boolean sorts = matchCase.processingTime() && !matchCase.orderBy().isEmpty();
      run.moveTime(sorts ? matchCase.end() + 1 : matchCase.end());
    } catch (Exception e) {
      if (Stream.iterate((Throwable) e, cause -> cause != null, Throwable::getCause)
          .anyMatch(SkipException.class::isInstance)) {
        return Outcome.FAILED;
      }
      throw e;
    }
    return new Outcome(run.matches, run.timeouts, run.late);
  }

  private static final class Run {

    private final String plan;
    private final RowType outputType;
    private final MatchCase matchCase;
    private final OutputTag<RowData> timeoutOutput;
    private final OutputTag<RowData> lateOutput =
        new OutputTag<>("late", InternalTypeInfo.of(MatchCase.SCHEMA));
    private final List<String> matches = new ArrayList<>();
    private final List<String> timeouts = new ArrayList<>();
    private final List<String> late = new ArrayList<>();
    private OperatorSubtaskState state;
    private long now = Long.MIN_VALUE;

    Run(String plan, RowType outputType, MatchCase matchCase) {
      this.plan = plan;
      this.outputType = outputType;
      this.matchCase = matchCase;
      this.timeoutOutput = new OutputTag<>("timeouts", InternalTypeInfo.of(outputType));
    }

    void accept(MatchCase.Signal signal) throws Exception {
      if (signal instanceof MatchCase.Watermark watermark) {
        moveTime(watermark.time());
      } else if (signal instanceof MatchCase.Clock clock) {
        moveTime(clock.time());
      } else if (signal instanceof MatchCase.Event event) {
        if (matchCase.processingTime()) {
          now = event.ts();
        }
        restored(harness -> harness.processElement(event.row(), event.ts()));
      }
    }

    void moveTime(long time) throws Exception {
      if (matchCase.processingTime()) {
        now = time;
        restored(harness -> {});
      } else if (time > now) {
        restored(harness -> harness.processWatermark(time));
        now = time;
      }
    }

    /** What is done to an operator. */
    private interface Step {
      void run(KeyedOneInputStreamOperatorTestHarness<RowData, RowData, RowData> harness)
          throws Exception;
    }

    private void restored(Step step) throws Exception {
      RowKeySelector key = new RowKeySelector(MatchCase.SCHEMA, matchCase.partitionBy());
      try (var harness =
          new KeyedOneInputStreamOperatorTestHarness<>(
              new MatchOperator(
                  plan,
                  MatchCase.SCHEMA,
                  TimeZones.ofInstants(ZoneOffset.UTC),
                  timeoutOutput,
                  lateOutput),
              key,
              key.getProducedType())) {
        harness.setup(new RowDataSerializer(outputType));
        if (state != null) {
          harness.initializeState(state);
        }
        harness.open();
        if (matchCase.processingTime()) {
          harness.setProcessingTime(now);
        } else if (now > Long.MIN_VALUE) {
          harness.processWatermark(now);
        }
        step.run(harness);
        state = harness.snapshot(1, 1);
        for (StreamRecord<?> match : harness.extractOutputStreamRecords()) {
          matches.add(taken((RowData) match.getValue()));
        }
        for (StreamRecord<RowData> timeout : side(harness, timeoutOutput)) {
          timeouts.add(Outcome.timeout(timeout.getTimestamp(), taken(timeout.getValue())));
        }
        for (StreamRecord<RowData> event : side(harness, lateOutput)) {
          late.add(event.getValue().getString(0).toString());
        }
      }
    }

    private static Iterable<StreamRecord<RowData>> side(
        KeyedOneInputStreamOperatorTestHarness<RowData, RowData, RowData> harness,
        OutputTag<RowData> tag) {
      var records = harness.getSideOutput(tag);
      return records == null ? List.of() : records;
    }

    private String taken(RowData row) {
      Map<String, List<RowData>> steps = new LinkedHashMap<>();
      for (int step = 0; step < outputType.getFieldCount(); step++) {
        ArrayData events = row.getArray(step);
        List<RowData> rows = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
          rows.add(events.getRow(i, MatchCase.SCHEMA.getFieldCount()));
        }
        steps.put(outputType.getFieldNames().get(step), rows);
      }
      return Outcome.taken(steps);
    }
  }
}
