package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.junit.jupiter.api.Test;
import org.pyflinkcep.expression.TimeZones;
import org.pyflinkcep.flink.RandomRules.Event;
import org.pyflinkcep.flink.RandomRules.Update;

/**
 * Rules that change at random, against {@link RuleOracle}: through all operators, at some
 * parallelism, with all that is on its way between them delayed at random.
 *
 * <p>{@code -Drules.cases=1000 -Drules.seed=1} runs as many as one asks for.
 */
class ChangingRulesTest {

  static final TimeZones ZONES = TimeZones.ofInstants(ZoneOffset.UTC);

  private static final int CASES = Integer.getInteger("rules.cases", 40);
  private static final long SEED = Long.getLong("rules.seed", 1);
  private static final int UPDATES = 200;
  private static final int EVENTS = 600;
  private static final int SPLITS = 3;
  private static final int BOUND = 12;
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void updates_with_a_time_act_from_it_on_however_they_and_the_events_come() throws Exception {
    for (long seed = SEED; seed < SEED + CASES; seed++) {
      compare(seed, true, false, new HashMapStateBackend());
    }
  }

  @Test
  void updates_without_a_time_act_on_what_comes_after_them() throws Exception {
    for (long seed = SEED; seed < SEED + CASES; seed++) {
      compare(seed, false, false, new HashMapStateBackend());
    }
  }

  @Test
  void nothing_is_lost_by_failures_amid_updates_with_a_time() throws Exception {
    for (long seed = SEED; seed < SEED + CASES; seed++) {
      compare(seed, true, true, backend(seed));
    }
  }

  @Test
  void nothing_is_lost_by_failures_amid_updates_without_a_time() throws Exception {
    for (long seed = SEED; seed < SEED + CASES; seed++) {
      compare(seed, false, true, backend(seed));
    }
  }

  private static StateBackend backend(long seed) {
    return seed % 8 == 0 ? new EmbeddedRocksDBStateBackend() : new HashMapStateBackend();
  }

  private static void compare(long seed, boolean timed, boolean fails, StateBackend backend)
      throws Exception {
    Case run = new Case(seed, timed, fails, backend);
    run.run();
    RuleOracle oracle = run.oracle();
    assertThat(run.status).as("status, seed %s", seed).containsExactlyElementsOf(oracle.status());
    List<String> expected = oracle.alerts(run.placed());
    assertThat(expected).as("alerts, seed %s", seed).hasSizeGreaterThan(EVENTS / 10);
    List<String> missing = without(expected, run.alerts);
    List<String> unexpected = without(run.alerts, expected);
    assertThat(missing).as("missing, beside %s, seed %s", unexpected, seed).isEmpty();
    assertThat(unexpected).as("unexpected, seed %s", seed).isEmpty();
  }

  private static List<String> without(List<String> lines, List<String> others) {
    List<String> rest = new ArrayList<>(lines);
    others.forEach(rest::remove);
    return rest;
  }

  /** One run; where it fails, it goes on from the last snapshot. */
  private static final class Case {

    private final Random random;
    private final boolean timed;
    private final boolean fails;
    private final StateBackend backend;
    private final List<String> planned;
    private final List<List<Event>> splits = new ArrayList<>();
    private final List<Update> updates;
    private final RulesPlan plan;

    /** Under how many changes each event was routed last. */
    private final TreeMap<Integer, Integer> epochs = new TreeMap<>();

    private final List<Event> events;

    private RulesRun run;
    private int[] next = new int[SPLITS];
    private long[] latest = new long[SPLITS];
    private int nextUpdate;
    private long updatesWatermark = Long.MIN_VALUE;
    private double[] weights;
    private List<String> alerts = new ArrayList<>();
    private List<String> status = new ArrayList<>();

    Case(long seed, boolean timed, boolean fails, StateBackend backend) throws Exception {
      random = new Random(seed);
      this.timed = timed;
      this.fails = fails;
      this.backend = backend;
      RandomRules rules = new RandomRules(seed, 20, !timed);
      planned = rules.planned(8);
      updates = rules.updates(UPDATES, 2L * EVENTS, BOUND);
      events = rules.events(EVENTS, BOUND);
      for (int i = 0; i < SPLITS; i++) {
        splits.add(new ArrayList<>());
      }
      events.forEach(event -> splits.get(random.nextInt(SPLITS)).add(event));
      plan = plan(planned, timed);
      Arrays.fill(latest, Long.MIN_VALUE);
    }

    RuleOracle oracle() {
      RuleOracle oracle = new RuleOracle(RandomRules.EVENT_TYPE, timed, planned);
      for (Update update : updates) {
        oracle.update(update.text(), update.timestamp(), update.watermark());
      }
      return oracle;
    }

    List<RuleOracle.Placed> placed() {
      return events.stream()
          .map(
              event ->
                  new RuleOracle.Placed(
                      event.row(),
                      event.timestamp(),
                      timed ? event.timestamp() : epochs.get(event.number())))
          .toList();
    }

    void run() throws Exception {
      run = start(null);
      RulesRun.Snapshot snapshot = null;
      int[] nextThen = next.clone();
      int nextUpdateThen = 0;
      List<String> alertsThen = List.of();
      List<String> statusThen = List.of();
      int steps = 0;
      while (step()) {
        steps++;
        if (random.nextInt(1000) == 0) {
          run.settle(100_000);
        }
        if (fails && random.nextInt(500) == 0) {
          run.settle(100_000);
          checkOpen();
          snapshot = run.snapshot();
          take();
          nextThen = next.clone();
          nextUpdateThen = nextUpdate;
          alertsThen = List.copyOf(alerts);
          statusThen = List.copyOf(status);
        }
        if (fails && random.nextInt(800) == 0) {
          run.close();
          for (int split = 0; split < SPLITS; split++) {
            // Its end is told again.
            next[split] = Math.min(nextThen[split], splits.get(split).size());
          }
          nextUpdate = Math.min(nextUpdateThen, updates.size());
          alerts = new ArrayList<>(alertsThen);
          status = new ArrayList<>(statusThen);
          Arrays.fill(latest, Long.MIN_VALUE);
          updatesWatermark = Long.MIN_VALUE;
          run = start(snapshot);
        }
      }
      run.deliverAll();
      checkOpen();
      take();
      assertThat(run.late()).isEmpty();
      run.close();
    }

    /** The metric tells what the state holds, after restores too. */
    private void checkOpen() throws Exception {
      for (MatcherHarness matcher : run.matchers()) {
        Map<String, Long> open = matcher.partialMatches(RandomRules.EVENT_TYPE);
        for (String rule : matcher.rules()) {
          assertThat(matcher.metric("rule." + rule + ".numPartialMatches"))
              .as("open for %s", rule)
              .isEqualTo(open.getOrDefault(rule, 0L));
        }
        assertThat(matcher.rules()).containsAll(open.keySet());
      }
    }

    private RulesRun start(RulesRun.Snapshot snapshot) throws Exception {
      RulesRun started =
          new RulesRun(plan, 1 + random.nextInt(SPLITS), 1 + random.nextInt(3), backend, snapshot);
      weights = new double[SPLITS + 1 + started.channels()];
      weigh();
      return started;
    }

    private void weigh() {
      for (int i = 0; i < weights.length; i++) {
        weights[i] = Math.pow(10, 2 * random.nextDouble());
      }
      weights[SPLITS] /= 2;
    }

    private void take() {
      alerts.addAll(run.alerts());
      run.alerts().clear();
      status.addAll(run.status());
      run.status().clear();
    }

    /** Lets one thing happen: something comes, or arrives that was on its way. */
    private boolean step() throws Exception {
      if (random.nextInt(100) == 0) {
        weigh();
      }
      double sum = 0;
      for (int i = 0; i < weights.length; i++) {
        sum += canHappen(i) ? weights[i] : 0;
      }
      if (sum == 0) {
        return false;
      }
      double left = random.nextDouble() * sum;
      for (int i = 0; i < weights.length; i++) {
        left -= canHappen(i) ? weights[i] : 0;
        if (left < 0) {
          happen(i);
          break;
        }
      }
      take();
      return true;
    }

    private boolean canHappen(int what) {
      return what < SPLITS
          ? next[what] <= splits.get(what).size()
          : what == SPLITS ? nextUpdate <= updates.size() : !run.isEmpty(what - SPLITS - 1);
    }

    private void happen(int what) throws Exception {
      if (what < SPLITS) {
        event(what);
      } else if (what == SPLITS) {
        update();
      } else {
        run.deliver(what - SPLITS - 1);
      }
    }

    private void event(int split) throws Exception {
      int router = split % run.routerCount();
      long before = time(router);
      if (next[split] == splits.get(split).size()) {
        latest[split] = Long.MAX_VALUE;
      } else {
        Event event = splits.get(split).get(next[split]);
        epochs.put(event.number(), run.epoch(router));
        run.event(router, event.row(), event.timestamp());
        latest[split] = Math.max(latest[split], event.timestamp() - BOUND - 1);
      }
      next[split]++;
      if (time(router) > before && (random.nextInt(3) == 0 || time(router) == Long.MAX_VALUE)) {
        run.watermark(router, time(router));
      }
    }

    private long time(int router) {
      long time = Long.MAX_VALUE;
      for (int split = router; split < SPLITS; split += run.routerCount()) {
        time = Math.min(time, latest[split]);
      }
      return time;
    }

    private void update() throws Exception {
      if (nextUpdate == updates.size()) {
        run.updatesWatermark(Long.MAX_VALUE);
      } else {
        Update update = updates.get(nextUpdate);
        if (timed && update.watermark() > updatesWatermark) {
          updatesWatermark = update.watermark();
          run.updatesWatermark(updatesWatermark);
        }
        run.update(update.text(), update.timestamp());
      }
      nextUpdate++;
    }
  }

  static RulesPlan plan(List<String> rules, boolean timed) {
    ObjectNode plan = JSON.createObjectNode();
    for (String text : rules) {
      plan.withArray("rules").addObject().put("name", "planned").put("text", text);
    }
    return new RulesPlan(plan.toString(), RandomRules.EVENT_TYPE, ZONES, timed ? ZONES : null);
  }
}
