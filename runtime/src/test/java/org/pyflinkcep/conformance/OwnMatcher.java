package org.pyflinkcep.conformance;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.data.RowData;
import org.pyflinkcep.expression.PatternException;
import org.pyflinkcep.matcher.CompiledRule;
import org.pyflinkcep.matcher.InMemoryMatcher;
import org.pyflinkcep.matcher.MatchListener;
import org.pyflinkcep.matcher.MatchPlan;
import org.pyflinkcep.matcher.MatchRecorder;
import org.pyflinkcep.matcher.SkipException;
import org.pyflinkcep.matcher.TakenEvent;

/** Our matcher, without Flink. */
public final class OwnMatcher implements Engine {

  private final boolean traced;

  public OwnMatcher() {
    this(false);
  }

  /**
   * @param traced whether it is recorded how the matches come about
   */
  public OwnMatcher(boolean traced) {
    this.traced = traced;
  }

  @Override
  public Outcome run(MatchCase matchCase) {
    MatchPlan plan;
    try {
      plan = MatchPlan.compile(plan(matchCase), MatchCase.SCHEMA, ZoneOffset.UTC);
    } catch (PatternException e) {
      return Outcome.REFUSED;
    }
    Found found = new Found();
    Function<RowData, ?> keyOf = row -> MatchCase.key(row, matchCase.partitionBy());
    MatchRecorder recorder = new MatchRecorder(plan.rule(), keyOf, found);
    InMemoryMatcher matcher =
        new InMemoryMatcher(plan, MatchCase.SCHEMA, keyOf, traced ? recorder : found);
    List<String> late = new ArrayList<>();
    try {
      for (MatchCase.Signal signal : matchCase.stream()) {
        if (signal instanceof MatchCase.Watermark watermark) {
          matcher.onWatermark(watermark.time());
        } else if (signal instanceof MatchCase.Clock clock) {
          matcher.advanceTo(clock.time());
        } else if (signal instanceof MatchCase.Event event
            && !matcher.onEvent(event.row(), event.ts())) {
          late.add(event.eid());
        }
      }
      matcher.advanceTo(matchCase.end());
    } catch (SkipException e) {
      return Outcome.FAILED;
    }
    recorder.traces();
    return new Outcome(found.matches, found.timeouts, late);
  }

  /** The case's pattern and options as a plan. */
  public static String plan(MatchCase matchCase) {
    ObjectNode plan = new ObjectMapper().createObjectNode();
    plan.set("pattern", matchCase.pattern());
    plan.put("time", matchCase.processingTime() ? "processing" : "event");
    matchCase.partitionBy().forEach(plan.putArray("partition_by")::add);
    matchCase.orderBy().forEach(plan.putArray("order_by")::add);
    return plan.toString();
  }

  private static final class Found implements MatchListener {

    private final List<String> matches = new ArrayList<>();
    private final List<String> timeouts = new ArrayList<>();

    @Override
    public void onMatch(CompiledRule rule, TakenEvent newest, long timestamp) {
      matches.add(taken(rule, newest));
    }

    @Override
    public void onTimeout(CompiledRule rule, TakenEvent newest, long timestamp) {
      timeouts.add(Outcome.timeout(timestamp, taken(rule, newest)));
    }

    @Override
    public void onFailure(
        CompiledRule rule, String expression, RowData event, RuntimeException failure) {
      throw failure;
    }

    @Override
    public void onOverload(CompiledRule rule) {
      throw new AssertionError("too many partial matches");
    }

    private static String taken(CompiledRule rule, TakenEvent newest) {
      Map<String, List<RowData>> steps = new LinkedHashMap<>();
      for (TakenEvent taken = newest; taken != null; taken = taken.previous()) {
        String step = rule.stepNames().get(taken.step());
        steps.computeIfAbsent(step, name -> new ArrayList<>()).add(0, taken.event());
      }
      return Outcome.taken(steps);
    }
  }
}
