package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pyflinkcep.flink.RulesStateTest.NARROW;
import static org.pyflinkcep.flink.RulesStateTest.NARROWER;
import static org.pyflinkcep.flink.RulesStateTest.ab;
import static org.pyflinkcep.flink.RulesStateTest.event;
import static org.pyflinkcep.flink.RulesStateTest.found;
import static org.pyflinkcep.flink.RulesStateTest.kinds;
import static org.pyflinkcep.flink.RulesStateTest.plan;
import static org.pyflinkcep.flink.RulesStateTest.watermark;

import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.junit.jupiter.api.Test;

/** What a job says of its rules that goes on from the state of one with other rules. */
class RestoredRulesTest {

  @Test
  void without_updates_the_status_says_what_became_of_restored_rules_too() throws Exception {
    RulesRun.Snapshot state;
    RulesPlan plan =
        plan(NARROW, false, ab("numbers", 2, "live"), kinds("kinds", 3), kinds("same", 1));
    try (RulesRun run = new RulesRun(plan, 1, 1, new HashMapStateBackend(), null)) {
      state = run.snapshot();
    }
    RulesPlan changed = plan(NARROWER, false, kinds("kinds", 2), kinds("same", 1), kinds("new", 1));
    RoutedEvents.Key key = new RoutedEvents.Key();
    for (int subtask = 0; subtask < 2; subtask++) {
      try (var matcher =
          new KeyedOneInputStreamOperatorTestHarness<>(
              new RuleOperator.Fixed(changed),
              key,
              key.getProducedType(),
              RulesRun.MAX_PARALLELISM,
              2,
              subtask)) {
        matcher.setup(new RowDataSerializer(AlertRows.TYPE));
        matcher.initializeState(
            AbstractStreamOperatorTestHarness.repartitionOperatorState(
                state.matchers(), RulesRun.MAX_PARALLELISM, 1, 2, subtask));
        matcher.open();
        matcher.setProcessingTime(1);
        var told = matcher.getSideOutput(StatusRows.OUTPUT);
        if (subtask > 0) {
          assertThat(told).isNull();
          continue;
        }
        assertThat(told.stream().map(row -> RulesRun.statusLine(row.getValue())))
            .containsExactly("kinds 2 rejected", "new 1 accepted", "numbers 2 left_out");
        List<String> messages =
            told.stream().map(row -> row.getValue().getString(3).toString()).toList();
        assertThat(messages.get(0))
            .isEqualTo(
                "planned:1:22: error[version-not-raised]: version 2 of `kinds` is not newer than version"
                    + " 3, which stays\n"
                    + "  1 | {id: kinds, version: 2, partition_by: id,\n"
                    + "    |                      ^\n\n"
                    + "hint: raise the version to 4");
        assertThat(messages.get(1)).isEqualTo("from planned, when the job was restored");
        assertThat(messages.get(2))
            .contains("error[unknown-field]: `number` is not a field", "Fields: `id`, `kind`");
      }
    }
  }

  @Test
  void the_status_says_once_with_which_rules_a_job_with_updates_begins() throws Exception {
    RulesPlan plan =
        plan(NARROW, false, ab("r", 1, "live"), ab("s", 2, "shadow"), ab("t", 3, "retired"));
    RulesRun.Snapshot state;
    try (RulesRun run = new RulesRun(plan, 1, 1, new HashMapStateBackend(), null)) {
      assertThat(run.begun()).containsExactly("r 1 accepted", "s 2 accepted", "t 3 retired");
      assertThat(run.status()).isEmpty();
      state = run.snapshot();
    }
    try (RulesRun run = new RulesRun(plan, 1, 1, new HashMapStateBackend(), state)) {
      assertThat(run.status()).isEmpty();
    }
  }

  @Test
  void the_status_says_once_with_which_rules_a_job_without_updates_begins() throws Exception {
    RulesPlan plan = plan(NARROW, false, ab("r", 1, "live"), ab("s", 2, "shadow"));
    OperatorSubtaskState untold;
    try (var matcher = fixed(plan, 0, null)) {
      untold = matcher.snapshot(1, 0);
    }
    // It failed before it had said anything: it says it now.
    OperatorSubtaskState told;
    try (var matcher = fixed(plan, 0, untold)) {
      matcher.setProcessingTime(1);
      assertThat(messages(matcher))
          .containsExactly(
              "r 1 accepted live, from planned, when the job was started",
              "s 2 accepted shadow, from planned, when the job was started");
      told = matcher.snapshot(2, 1);
    }
    try (var matcher = fixed(plan, 0, told)) {
      matcher.setProcessingTime(1);
      matcher.getOneInputOperator().finish();
      assertThat(messages(matcher)).isEmpty();
    }
    // Input that ends at once, before any timer.
    try (var matcher = fixed(plan, 0, null)) {
      matcher.getOneInputOperator().finish();
      matcher.setProcessingTime(1);
      assertThat(messages(matcher)).hasSize(2);
    }
    try (var matcher = fixed(plan, 1, null)) {
      matcher.setProcessingTime(1);
      matcher.getOneInputOperator().finish();
      assertThat(messages(matcher)).isEmpty();
    }
  }

  private static KeyedOneInputStreamOperatorTestHarness<RowData, RowData, RowData> fixed(
      RulesPlan plan, int subtask, OperatorSubtaskState state) throws Exception {
    RoutedEvents.Key key = new RoutedEvents.Key();
    var matcher =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new RuleOperator.Fixed(plan),
            key,
            key.getProducedType(),
            RulesRun.MAX_PARALLELISM,
            2,
            subtask);
    matcher.setup(new RowDataSerializer(AlertRows.TYPE));
    if (state != null) {
      matcher.initializeState(
          AbstractStreamOperatorTestHarness.repartitionOperatorState(
              state, RulesRun.MAX_PARALLELISM, 1, 2, subtask));
    }
    matcher.open();
    return matcher;
  }

  private static List<String> messages(
      KeyedOneInputStreamOperatorTestHarness<RowData, RowData, RowData> matcher) {
    var told = matcher.getSideOutput(StatusRows.OUTPUT);
    return told == null
        ? List.of()
        : told.stream()
            .map(row -> RulesRun.statusLine(row.getValue()) + " " + row.getValue().getString(3))
            .toList();
  }

  @Test
  void a_job_that_fails_and_goes_on_says_nothing_of_the_rules_that_it_was_started_with()
      throws Exception {
    RulesPlan plan = plan(NARROW, false, ab("r", 1, "live"));
    RulesRun.Snapshot state;
    try (RulesRun run = new RulesRun(plan, 1, 1, new HashMapStateBackend(), null)) {
      run.update(ab("r", 2, "live"), 0);
      state = run.snapshot();
    }
    try (RulesRun run = new RulesRun(plan, 1, 1, new HashMapStateBackend(), state)) {
      assertThat(run.status()).isEmpty();
    }
    RulesPlan other = plan(NARROW, false, ab("r", 1, "live"), ab("s", 1, "live"));
    try (RulesRun run = new RulesRun(other, 1, 1, new HashMapStateBackend(), state)) {
      assertThat(run.status()).containsExactly("r 1 rejected", "s 1 accepted");
    }
  }

  /** The state of a job without updates, which has no operator for them. */
  private static RulesRun.Snapshot withoutUpdates(RulesPlan plan, RulesRun.Snapshot before)
      throws Exception {
    try (RulesRun run = new RulesRun(plan, 1, 1, new HashMapStateBackend(), before)) {
      event(run, NARROW, 1, "a", 10);
      watermark(run, 20);
      RulesRun.Snapshot all = run.snapshot();
      return new RulesRun.Snapshot(
          OperatorSubtaskState.builder().build(), all.routers(), all.matchers(), 1, 1, 0);
    }
  }

  @Test
  void updates_can_be_added_to_a_job_whose_rules_stay() throws Exception {
    RulesPlan plan = plan(NARROW, false, ab("r", 1, "live"), ab("s", 1, "live"));
    RulesRun.Snapshot state = withoutUpdates(plan, null);
    try (RulesRun run = new RulesRun(plan, 1, 1, new HashMapStateBackend(), state)) {
      run.deliverAll();
      run.update(ab("r", 2, "live"), 0);
      run.deliverAll();
      // The operator of the updates is new, and says with what it begins.
      assertThat(run.status()).containsExactly("r 1 accepted", "s 1 accepted", "r 2 replaced");
      event(run, NARROW, 1, "a", 30);
      event(run, NARROW, 1, "b", 40);
      watermark(run, 50);
      assertThat(found(run))
          .containsExactly("r 1: 10..40", "r 2: 30..40", "s 1: 10..40", "s 1: 30..40");
    }
  }

  @Test
  void updates_can_not_be_added_to_a_job_together_with_a_change_of_its_rules() throws Exception {
    RulesPlan plan = plan(NARROW, false, ab("r", 1, "live"), ab("s", 1, "live"));
    RulesRun.Snapshot state = withoutUpdates(plan, null);
    for (RulesPlan other :
        List.of(
            plan(NARROW, false, ab("r", 2, "live"), ab("s", 1, "live")),
            plan(NARROW, false, ab("s", 1, "live"), ab("r", 1, "live")),
            plan(NARROW, false, ab("r", 1, "live")),
            plan(NARROW, false, ab("r", 1, "live"), ab("s", 1, "live"), ab("t", 1, "live")))) {
      try (RulesRun run = new RulesRun(other, 1, 1, new HashMapStateBackend(), state)) {
        assertThatThrownBy(run::deliverAll)
            .isInstanceOf(SuppressRestartsException.class)
            .rootCause()
            .hasMessageStartingWith(
                "This job goes on from one that had no updates=, and whose rules are not those that"
                    + " it is started with now: ");
      }
    }
  }
}
