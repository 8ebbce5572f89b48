package org.pyflinkcep.flink;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.table.data.RowData;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.matcher.RuleReader;
import org.pyflinkcep.matcher.RuleSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rules of a running job, as one of its operators has them: those that the job was started
 * with, and the changes since. State holds them all, so that a restored job goes on with them.
 */
final class LiveRules {

  private static final Logger LOG = LoggerFactory.getLogger(LiveRules.class);

  private final RulesPlan plan;
  private final RuleSet rules = new RuleSet();

  /** What is to be said, on the status output, of the rules that a job begins or goes on with. */
  private final List<RowData> news = new ArrayList<>();

  /** The rules of the plan by their texts, until all have been told of. */
  private final Map<String, RuleReader.Rule> compiled = new HashMap<>();

  private ListState<String> state;

  /**
   * What the job was started with when the state was written: a job that fails is no news. Empty
   * until its rules have been told of.
   */
  private ListState<String> startedWith;

  private boolean isGoingOn;
  private boolean isBeginningToldOf;
  private boolean isNewInRestoredJob;
  private boolean isTold;

  /** Told of the versions of rules that come and go. */
  interface Follower {

    void onAdded(RuleSet.Version version, RuleReader.Rule rule);

    void onEnded(RuleSet.Version version);

    void onRemoved(int number);
  }

  LiveRules(RulesPlan plan) {
    this.plan = plan;
  }

  RuleSet set() {
    return rules;
  }

  /**
   * Takes the rules from state. A rule of the plan counts as an update where the state doesn't have
   * its version yet; each operator comes to the same rules by itself.
   */
  void initialize(StateInitializationContext context) throws Exception {
    state =
        context
            .getOperatorStateStore()
            .getUnionListState(new ListStateDescriptor<>("rules", Types.STRING));
    startedWith =
        context
            .getOperatorStateStore()
            .getUnionListState(new ListStateDescriptor<>("started-with", Types.STRING));
    if (context.isRestored()) {
      for (String json : state.get()) {
        rules.apply(json);
      }
      isNewInRestoredJob = rules.isEmpty();
      for (String fingerprint : startedWith.get()) {
        isBeginningToldOf = true;
        isGoingOn |= fingerprint.equals(plan.fingerprint());
      }
    }
    List<RuleReader.Rule> planned = plan.rules(new Diagnostics());
    planned.forEach(rule -> compiled.put(rule.text(), rule));
    if (rules.isEmpty()) {
      planned.forEach(this::tellOfBeginning);
      rules.begin(planned);
    } else {
      planned.forEach(this::updateFromPlan);
    }
  }

  private void tellOfBeginning(RuleReader.Rule rule) {
    news.add(
        StatusRows.of(
            rule.document().id(),
            rule.document().version(),
            new RuleSet().judge(rule.document()).key(),
            rule.document().status().key()
                + ", from "
                + rule.name()
                + ", when the job was started"));
  }

  private void updateFromPlan(RuleReader.Rule rule) {
    String id = rule.document().id();
    long version = rule.document().version();
    RuleSet.Outcome outcome = rules.judge(rule.document());
    switch (outcome) {
      case ACCEPTED, REPLACED, RETIRED -> {
        rules.update(rule, Long.MIN_VALUE);
        news.add(
            StatusRows.of(
                id, version, outcome.key(), "from " + rule.name() + ", when the job was restored"));
      }
      case UNCHANGED -> {
        if (!isBeginningToldOf) {
          tellOfBeginning(rule);
        }
      }
      case REJECTED -> {
        if (!isGoingOn) {
          news.add(StatusRows.notRaised(rule, rules.newest(id).version()));
        }
      }
    }
  }

  /**
   * What is to be said, on the status output, of the rules that a job begins or goes on with, once
   * all have been told of: the first time that it is asked. One task says it.
   */
  List<RowData> news() {
    List<RowData> untold = isTold ? List.of() : news;
    isTold = true;
    return untold;
  }

  /**
   * Whether the job was restored, and this operator had no state in it: it was not there before.
   */
  boolean isNewInRestoredJob() {
    return isNewInRestoredJob;
  }

  /** Writes the rules to state; one task does for all. */
  void snapshot(boolean first) throws Exception {
    state.update(first ? List.of(rules.toJson()) : List.of());
    startedWith.update(
        first && (isTold || news.isEmpty()) ? List.of(plan.fingerprint()) : List.of());
  }

  /** Tells of all rules that match events. */
  void tellAll(Follower follower) {
    rules.versions().forEach(version -> tell(version, follower));
    compiled.clear();
  }

  /**
   * Follows a change, and tells of it.
   *
   * @throws SuppressRestartsException where those who decide on changes begin with other rules
   */
  void apply(String json, Follower follower) {
    String difference = rules.differenceFromBeginning(json);
    if (difference != null) {
      // To start once more from the same state would come to the same.
      throw new SuppressRestartsException(
          new IllegalStateException(
              "This job goes on from one that had no updates=, and whose rules are not those that"
                  + " it is started with now: "
                  + difference
                  + ". So it can't be told which updates are newer. Start it with updates= and the"
                  + " rules that the job had from its first start on, and publish the changes then."
                  + " Or leave the state of the rules behind, with what is under way: give"
                  + " match_rules another name=, and start with --allowNonRestoredState."));
    }
    RuleSet.Changes changes = rules.apply(json);
    changes.ended().forEach(follower::onEnded);
    changes.added().forEach(version -> tell(version, follower));
    changes.removed().forEach(follower::onRemoved);
  }

  private void tell(RuleSet.Version version, Follower follower) {
    if (version.partition() < 0) {
      return;
    }
    RuleReader.Rule known = compiled.remove(version.text());
    Diagnostics diagnostics = new Diagnostics();
    RuleReader.Rule rule =
        known == null ? plan.read(version.name(), version.text(), diagnostics) : known;
    if (rule == null) {
      LOG.error(
          "The rule {} of version {} can't be used any more, and is left out: {}",
          version.id(),
          version.version(),
          diagnostics.list());
      // Told at each start: the library may be another one than the state was written by.
      if (!version.lifetime().isEnded()) {
        news.add(StatusRows.leftOut(version.id(), version.version(), diagnostics.list()));
      }
    } else {
      follower.onAdded(version, rule);
      if (version.lifetime().isEnded()) {
        follower.onEnded(version);
      }
    }
  }
}
