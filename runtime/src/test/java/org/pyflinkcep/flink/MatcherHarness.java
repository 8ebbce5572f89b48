package org.pyflinkcep.flink;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.metrics.MetricRegistry;
import org.apache.flink.runtime.metrics.groups.GenericMetricGroup;
import org.apache.flink.runtime.metrics.groups.InternalOperatorMetricGroup;
import org.apache.flink.runtime.metrics.util.InterceptingOperatorMetricGroup;
import org.apache.flink.runtime.metrics.util.InterceptingTaskMetricGroup;
import org.apache.flink.runtime.metrics.util.TestingMetricRegistry;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.matcher.KeyMatches;
import org.pyflinkcep.matcher.RuleMatches;

/** One subtask of the operator that matches rules, with its metrics. */
final class MatcherHarness extends AbstractStreamOperatorTestHarness<RowData> {

  private final RuleOperator.Changing operator;
  private final MockEnvironment environment;
  private final Metrics metrics;

  MatcherHarness(RuleOperator.Changing operator, int parallelism, int subtask) throws Exception {
    this(operator, new Metrics(), parallelism, subtask);
  }

  private MatcherHarness(
      RuleOperator.Changing operator, Metrics metrics, int parallelism, int subtask)
      throws Exception {
    this(operator, metrics, environment(metrics, parallelism, subtask));
  }

  private MatcherHarness(
      RuleOperator.Changing operator, Metrics metrics, MockEnvironment environment)
      throws Exception {
    super(operator, environment);
    this.operator = operator;
    this.metrics = metrics;
    this.environment = environment;
    RoutedEvents.Key key = new RoutedEvents.Key();
    config.setStatePartitioner(0, key);
    config.setStateKeySerializer(
        key.getProducedType().createSerializer(executionConfig.getSerializerConfig()));
    config.serializeAllConfigs();
  }

  private static MockEnvironment environment(Metrics metrics, int parallelism, int subtask) {
    return new MockEnvironmentBuilder()
        .setMaxParallelism(RulesRun.MAX_PARALLELISM)
        .setParallelism(parallelism)
        .setSubtaskIndex(subtask)
        .setMetricGroup(
            new InterceptingTaskMetricGroup() {
              @Override
              public InternalOperatorMetricGroup getOrAddOperator(
                  OperatorID id, String name, Map<String, String> variables) {
                return metrics;
              }
            })
        .build();
  }

  RuleOperator.Changing operator() {
    return operator;
  }

  void processElement1(StreamRecord<RowData> routed) throws Exception {
    operator.setKeyContextElement1(routed);
    operator.processElement1(routed);
  }

  /** A metric of a rule, by its path such as {@code rule.a.numMatches}. */
  Object metric(String path) {
    Metric metric = metrics.metrics.get(path);
    if (metric instanceof Counter counter) {
      return counter.getCount();
    }
    return metric instanceof Gauge<?> gauge ? gauge.getValue() : metric;
  }

  /** What a counter of the operator itself has come to. */
  long count(String counter) {
    return ((Counter) metrics.get(counter)).getCount();
  }

  /** The rules that there are metrics of. */
  Set<String> rules() {
    return metrics.metrics.keySet().stream()
        .filter(path -> path.endsWith(".numMatches"))
        .map(path -> path.substring("rule.".length(), path.length() - ".numMatches".length()))
        .collect(Collectors.toSet());
  }

  /** How many partial matches the state holds, by the rule's id; of rules not forgotten yet. */
  Map<String, Long> partialMatches(RowType eventType) throws Exception {
    KeyedStateBackend<RowData> backend = operator.getKeyedStateBackend();
    List<RowData> keys;
    try (Stream<RowData> all = backend.getKeys("key-matches", VoidNamespace.INSTANCE)) {
      keys = all.toList();
    }
    ValueState<KeyMatches> state =
        backend.getPartitionedState(
            VoidNamespace.INSTANCE,
            VoidNamespaceSerializer.INSTANCE,
            new ValueStateDescriptor<>(
                "key-matches", new KeyMatchesSerializer(List.of(eventType))));
    Map<String, Long> open = new HashMap<>();
    for (RowData key : keys) {
      backend.setCurrentKey(key);
      for (RuleMatches matches : state.value().rules()) {
        String id = operator.idOf(matches.rule);
        if (id != null) {
          open.merge(id, (long) matches.partial.size(), Long::sum);
        }
      }
    }
    return open;
  }

  @Override
  public void close() throws Exception {
    super.close();
    environment.close();
  }

  /** Keeps the metrics of the groups that an operator adds. */
  private static final class Metrics extends InterceptingOperatorMetricGroup {

    private final Map<String, Metric> metrics = new TreeMap<>();

    @Override
    public MetricGroup addGroup(String key, String value) {
      String prefix = key + "." + value + ".";
      MetricRegistry registry =
          TestingMetricRegistry.builder()
              .setRegisterConsumer((metric, name, group) -> metrics.put(prefix + name, metric))
              .setUnregisterConsumer((metric, name, group) -> metrics.remove(prefix + name, metric))
              .build();
      return new GenericMetricGroup(registry, null, prefix);
    }
  }
}
