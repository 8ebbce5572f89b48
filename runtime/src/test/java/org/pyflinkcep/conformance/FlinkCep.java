package org.pyflinkcep.conformance;

import java.lang.reflect.Field;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.cep.EventComparator;
import org.apache.flink.cep.functions.PatternProcessFunction;
import org.apache.flink.cep.functions.TimedOutPartialMatchHandler;
import org.apache.flink.cep.nfa.aftermatch.AfterMatchSkipStrategy;
import org.apache.flink.cep.nfa.compiler.NFACompiler;
import org.apache.flink.cep.operator.CepOperator;
import org.apache.flink.cep.pattern.MalformedPatternException;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.cep.pattern.WithinType;
import org.apache.flink.cep.pattern.conditions.IterativeCondition;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.util.Collector;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.OutputTag;
import org.pyflinkcep.expression.Condition;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.Evaluation;
import org.pyflinkcep.expression.ExpressionCompiler;
import org.pyflinkcep.expression.Taken;

/** The reference: flink-cep's own pattern API and operator. Conditions are evaluated by ours. */
public final class FlinkCep implements Engine {

  /** It takes too long, or fails where a pattern and its events give it no reason to. */
  public static final class NoResultException extends RuntimeException {

    NoResultException(Throwable cause) {
      super(cause);
    }
  }

  /** What a run may cost, in evaluated conditions. */
  private static final int MAX_EVALUATIONS = 100_000;

  private static final OutputTag<String> TIMEOUTS = new OutputTag<>("timeouts", Types.STRING);
  private static final OutputTag<RowData> LATE =
      new OutputTag<>("late", InternalTypeInfo.of(MatchCase.SCHEMA));

  @Override
  public Outcome run(MatchCase matchCase) {
    PatternBuilder builder = new PatternBuilder(matchCase.pattern());
    Pattern<RowData, ?> pattern;
    NFACompiler.NFAFactory<RowData> factory;
    try {
      pattern = builder.build();
      factory = NFACompiler.compileFactory(pattern, true);
    } catch (MalformedPatternException
        | UnsupportedOperationException
        | IllegalArgumentException e) {
      return Outcome.REFUSED;
    } catch (NullPointerException e) {
      // The compiler looks for a state that it has not made: after a greedy loop with an until.
      throw new NoResultException(e);
    }
    Comparator<RowData> order = matchCase.order();
    CepOperator<RowData, String, String> operator =
        new CepOperator<>(
            new RowDataSerializer(MatchCase.SCHEMA),
            matchCase.processingTime(),
            factory,
            order == null ? null : (EventComparator<RowData>) order::compare,
            pattern.getAfterMatchSkipStrategy(),
            new Report(),
            LATE);
    List<String> partitionBy = matchCase.partitionBy();
    try (KeyedOneInputStreamOperatorTestHarness<String, RowData, String> harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            operator, row -> MatchCase.key(row, partitionBy), Types.STRING)) {
      harness.open();
      feed(matchCase, operator, harness, order, builder.windows);
      return new Outcome(
          harness.extractOutputValues(),
          values(harness.getSideOutput(TIMEOUTS)),
          values(harness.getSideOutput(LATE)).stream()
              .map(row -> row.getString(0).toString())
              .toList());
    } catch (Exception e) {
      if (causes(e).anyMatch(FlinkCep::isSkipMiss)) {
        return Outcome.FAILED;
      }
      throw causes(e)
          .filter(NoResultException.class::isInstance)
          .map(NoResultException.class::cast)
          .findFirst()
          .orElseGet(() -> new NoResultException(e));
    }
  }

  private static Stream<Throwable> causes(Throwable failure) {
    return Stream.iterate(failure, Objects::nonNull, Throwable::getCause);
  }

  private static boolean isSkipMiss(Throwable failure) {
    return failure instanceof FlinkRuntimeException
        && failure.getMessage().startsWith("Could not skip to");
  }

  /**
   * Time moves on by one millisecond at a time: where it jumps, flink-cep ends all that has run out
   * of time at once, and what comes out depends on how far it jumped.
   */
  private static void feed(
      MatchCase matchCase,
      CepOperator<RowData, String, String> operator,
      KeyedOneInputStreamOperatorTestHarness<String, RowData, String> harness,
      Comparator<RowData> order,
      Set<Long> windows)
      throws Exception {
    InternalTimerService<VoidNamespace> timers = timers(operator);
    LongStream times = matchCase.events().stream().mapToLong(MatchCase.Event::ts);
    LongSummaryStatistics bounds = times.summaryStatistics();
    long end = bounds.getMax() + windows.stream().mapToLong(w -> w).max().orElse(0);
    Clock clock =
        new Clock(
            matchCase.processingTime() ? harness::setProcessingTime : harness::processWatermark,
            bounds.getMin() - 1,
            end);
    for (MatchCase.Signal signal : matchCase.stream()) {
      if (signal instanceof MatchCase.Watermark watermark) {
        clock.advanceTo(watermark.time());
      } else if (signal instanceof MatchCase.Clock moved) {
        clock.advanceTo(moved.time());
      } else if (signal instanceof MatchCase.Event event) {
        if (matchCase.processingTime()) {
          clock.advanceTo(event.ts());
        }
        harness.processElement(event.row(), event.ts());
        // The operator sets no timer for a window between neighbouring events, and in processing
        // time sets it a millisecond late: time that passes without an event would end nothing.
        // Nor does it look once more, after an event, at what is due at that very time.
        for (long window : windows) {
          if (matchCase.processingTime()) {
            if (order == null) {
              timers.registerProcessingTimeTimer(VoidNamespace.INSTANCE, event.ts());
              harness.setProcessingTime(event.ts());
            }
            timers.registerProcessingTimeTimer(VoidNamespace.INSTANCE, event.ts() + 1);
            timers.registerProcessingTimeTimer(VoidNamespace.INSTANCE, event.ts() + window);
          } else {
            timers.registerEventTimeTimer(VoidNamespace.INSTANCE, event.ts() + window);
          }
        }
      }
    }
    clock.advanceTo(matchCase.end());
  }

  /** Moves time. */
  private interface Ticks {
    void tick(long time) throws Exception;
  }

  /** Moves time in small steps for as long as anything can happen. */
  private static final class Clock {

    private final Ticks ticks;
    private final long end;
    private long now;

    Clock(Ticks ticks, long start, long end) {
      this.ticks = ticks;
      this.now = start;
      this.end = end;
    }

    void advanceTo(long time) throws Exception {
      while (now < Math.min(time, end)) {
        ticks.tick(++now);
      }
      if (time > now) {
        ticks.tick(time);
        now = time;
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static InternalTimerService<VoidNamespace> timers(CepOperator<?, ?, ?> operator)
      throws ReflectiveOperationException {
    Field timers = CepOperator.class.getDeclaredField("timerService");
    timers.setAccessible(true);
    return (InternalTimerService<VoidNamespace>) timers.get(operator);
  }

  private static <T> List<T> values(Iterable<StreamRecord<T>> records) {
    List<T> values = new ArrayList<>();
    if (records != null) {
      records.forEach(record -> values.add(record.getValue()));
    }
    return values;
  }

  /** Matches and timeouts as text. */
  private static final class Report extends PatternProcessFunction<RowData, String>
      implements TimedOutPartialMatchHandler<RowData> {

    @Override
    public void processMatch(
        Map<String, List<RowData>> match, Context context, Collector<String> out) {
      out.collect(Outcome.taken(match));
    }

    @Override
    public void processTimedOutMatch(Map<String, List<RowData>> match, Context context) {
      context.output(TIMEOUTS, Outcome.timeout(context.timestamp(), Outcome.taken(match)));
    }
  }

  /** A pattern document as calls of flink-cep's Pattern API. */
  private static final class PatternBuilder {

    private final JsonNode document;
    private final List<String> names = new ArrayList<>();
    private final ExpressionCompiler compiler;
    private final Diagnostics diagnostics = new Diagnostics();
    private final int[] evaluations = new int[1];

    /** All windows, in milliseconds. */
    private final Set<Long> windows = new HashSet<>();

    PatternBuilder(JsonNode document) {
      this.document = document;
      collectNames(document.get("steps"));
      compiler = new ExpressionCompiler(MatchCase.SCHEMA, names, ZoneOffset.UTC, diagnostics);
    }

    private void collectNames(JsonNode steps) {
      for (JsonNode step : steps) {
        JsonNode target = step.elements().next();
        if (target.isArray()) {
          collectNames(target);
        } else {
          names.add(target.asText());
        }
      }
    }

    Pattern<RowData, ?> build() {
      Pattern<RowData, ?> pattern = sequence(document.get("steps"), skip(document.path("skip")));
      windows(pattern, document);
      return pattern;
    }

    private static AfterMatchSkipStrategy skip(JsonNode skip) {
      if (skip.isObject()) {
        boolean throwOnMiss = skip.path("throw_on_miss").asBoolean();
        if (skip.has("to_first")) {
          var toFirst = AfterMatchSkipStrategy.skipToFirst(skip.get("to_first").asText());
          return throwOnMiss ? toFirst.throwExceptionOnMiss() : toFirst;
        }
        var toLast = AfterMatchSkipStrategy.skipToLast(skip.get("to_last").asText());
        return throwOnMiss ? toLast.throwExceptionOnMiss() : toLast;
      }
      return switch (skip.asText("none")) {
        case "none" -> AfterMatchSkipStrategy.noSkip();
        case "to_next" -> AfterMatchSkipStrategy.skipToNext();
        case "past_last_event" -> AfterMatchSkipStrategy.skipPastLastEvent();
        default -> throw new AssertionError(skip);
      };
    }

    private Pattern<RowData, ?> sequence(JsonNode steps, AfterMatchSkipStrategy skip) {
      Pattern<RowData, ?> pattern = null;
      for (JsonNode step : steps) {
        pattern = configured(placed(pattern, step, skip), step);
      }
      return pattern;
    }

    @SuppressWarnings("unchecked")
    private Pattern<RowData, RowData> placed(
        Pattern<RowData, ?> previous, JsonNode step, AfterMatchSkipStrategy skip) {
      Pattern<RowData, RowData> before = (Pattern<RowData, RowData>) previous;
      String verb = step.fieldNames().next();
      JsonNode target = step.get(verb);
      if (target.isArray()) {
        Pattern<RowData, RowData> group =
            (Pattern<RowData, RowData>) sequence(target, AfterMatchSkipStrategy.noSkip());
        return switch (verb) {
          case "begin" -> Pattern.begin(group, skip);
          case "next" -> before.next(group);
          case "followed_by" -> before.followedBy(group);
          case "followed_by_any" -> before.followedByAny(group);
          default -> throw new UnsupportedOperationException(verb + " of a group");
        };
      }
      String name = target.asText();
      return switch (verb) {
        case "begin" -> Pattern.begin(name, skip);
        case "next" -> before.next(name);
        case "followed_by" -> before.followedBy(name);
        case "followed_by_any" -> before.followedByAny(name);
        case "not_next" -> before.notNext(name);
        case "not_followed_by" -> before.notFollowedBy(name);
        default -> throw new AssertionError(verb);
      };
    }

    private Pattern<RowData, RowData> configured(Pattern<RowData, RowData> pattern, JsonNode step) {
      JsonNode where = step.path("where");
      for (JsonNode clause : where.isTextual() ? List.of(where) : where) {
        if (clause.isObject()) {
          pattern.or(condition(clause.get("or").asText()));
        } else {
          pattern.where(condition(clause.asText()));
        }
      }
      if (step.has("times_within") && !step.has("times")) {
        throw new MalformedPatternException("a window of times without times");
      }
      if (step.has("times")) {
        times(pattern, step.get("times").asText(), duration(step.get("times_within")));
      }
      // Before allow_combinations, as only then flink-cep accepts both.
      if (step.path("greedy").asBoolean()) {
        pattern.greedy();
      }
      if (step.path("consecutive").asBoolean()) {
        pattern.consecutive();
      }
      if (step.path("allow_combinations").asBoolean()) {
        pattern.allowCombinations();
      }
      if (step.path("optional").asBoolean()) {
        pattern.optional();
      }
      if (step.has("until")) {
        pattern.until(condition(step.get("until").asText()));
      }
      windows(pattern, step);
      return pattern;
    }

    private void times(Pattern<RowData, RowData> pattern, String times, Duration within) {
      if (times.endsWith("+")) {
        pattern.timesOrMore(Integer.parseInt(times.substring(0, times.length() - 1)), within);
      } else if (times.contains("..")) {
        String[] ends = times.split("\\.\\.");
        int from = Integer.parseInt(ends[0]);
        pattern.times(Math.max(from, 1), Integer.parseInt(ends[1]), within);
        if (from == 0) {
          // As times(0, n) does, but for its check: it overlooks that a greedy step comes before.
          pattern.optional();
        }
      } else {
        pattern.times(Integer.parseInt(times), within);
      }
    }

    private void windows(Pattern<RowData, ?> pattern, JsonNode node) {
      pattern.within(duration(node.get("within")));
      pattern.within(duration(node.get("within_previous")), WithinType.PREVIOUS_AND_CURRENT);
    }

    private Duration duration(JsonNode millis) {
      if (millis == null) {
        return null;
      }
      windows.add(millis.asLong());
      return Duration.ofMillis(millis.asLong());
    }

    private IterativeCondition<RowData> condition(String sql) {
      BitSet all = new BitSet();
      all.set(0, names.size());
      Condition condition = compiler.condition(sql, sql, all);
      diagnostics.throwIfAny();
      return new SqlCondition(condition, names, evaluations);
    }
  }

  /** One of our conditions on flink-cep's partial match. */
  private static final class SqlCondition extends IterativeCondition<RowData> {

    private final transient Condition condition;
    private final transient List<String> steps;
    private final transient int[] evaluations;

    SqlCondition(Condition condition, List<String> steps, int[] evaluations) {
      this.condition = condition;
      this.steps = steps;
      this.evaluations = evaluations;
    }

    @Override
    public boolean filter(RowData event, Context<RowData> context) throws Exception {
      if (++evaluations[0] > MAX_EVALUATIONS) {
        throw new NoResultException(null);
      }
      Evaluation evaluation = new Evaluation();
      evaluation.event = event;
      evaluation.timestamp = context.timestamp();
      if (condition.refersToTaken()) {
        for (int step = 0; step < steps.size(); step++) {
          for (RowData taken : context.getEventsForPattern(steps.get(step))) {
            evaluation.taken = new TakenEvent(step, taken, taken.getLong(6), evaluation.taken);
          }
        }
      }
      return condition.test(evaluation);
    }
  }

  private record TakenEvent(int step, RowData event, long timestamp, Taken previous)
      implements Taken {}
}
