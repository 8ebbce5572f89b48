package org.pyflinkcep.flink;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;

/** Keeps lines, and gives out those that a checkpoint that is complete has seen. */
final class Committed extends RichMapFunction<String, String>
    implements CheckpointedFunction, CheckpointListener {

  private static final long serialVersionUID = 1L;
  private static final Map<String, List<String>> BY_RUN = new ConcurrentHashMap<>();

  private final String run;
  private transient ListState<String> state;
  private transient List<String> lines;
  private transient Map<Long, List<String>> pending;

  Committed(String run) {
    this.run = run;
  }

  /** All lines so far that count, in order. */
  static List<String> lines(String run) {
    return BY_RUN.getOrDefault(run, List.of()).stream().sorted().toList();
  }

  @Override
  public String map(String line) {
    lines.add(line);
    return line;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    state =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>("lines", Types.STRING));
    lines = new ArrayList<>();
    state.get().forEach(lines::add);
    pending = new ConcurrentHashMap<>();
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    state.update(lines);
    pending.put(context.getCheckpointId(), List.copyOf(lines));
  }

  @Override
  public void notifyCheckpointComplete(long id) {
    List<String> complete = pending.remove(id);
    if (complete != null) {
      BY_RUN.put(run, complete);
    }
  }
}
