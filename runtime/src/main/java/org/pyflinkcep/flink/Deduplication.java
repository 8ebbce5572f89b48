package org.pyflinkcep.flink;

import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.table.data.RowData;
import org.apache.flink.util.Collector;

/**
 * Lets the first event of a key pass, and none that follows within a time by the clock.
 *
 * <p>A key's state is that it was seen, and since when: Flink keeps that time with it, and removes
 * both.
 */
final class Deduplication extends KeyedProcessFunction<RowData, RowData, RowData> {

  private static final long serialVersionUID = 1L;

  private static final int CLEANED_AN_ACCESS = 10;
  private static final int CLOCK_READ_EACH = 1000;

  private final Duration ttl;

  private transient ValueState<Boolean> seen;
  private transient Counter duplicates;

  Deduplication(Duration ttl) {
    this.ttl = ttl;
  }

  @Override
  public void open(OpenContext context) {
    ValueStateDescriptor<Boolean> descriptor = new ValueStateDescriptor<>("seen", Types.BOOLEAN);
    descriptor.enableTimeToLive(
        StateTtlConfig.newBuilder(ttl)
            .setUpdateType(StateTtlConfig.UpdateType.OnCreateAndWrite)
            .setStateVisibility(StateTtlConfig.StateVisibility.NeverReturnExpired)
            .cleanupIncrementally(CLEANED_AN_ACCESS, false)
            .cleanupInRocksdbCompactFilter(CLOCK_READ_EACH)
            .build());
    seen = getRuntimeContext().getState(descriptor);
    duplicates = getRuntimeContext().getMetricGroup().counter("numDuplicates");
  }

  @Override
  public void processElement(RowData event, Context context, Collector<RowData> out)
      throws Exception {
    if (hasNull(context.getCurrentKey())) {
      // Of what has no key it can't be said whether it is the same.
      out.collect(event);
    } else if (seen.value() == null) {
      seen.update(true);
      out.collect(event);
    } else {
      duplicates.inc();
    }
  }

  private static boolean hasNull(RowData key) {
    for (int i = 0; i < key.getArity(); i++) {
      if (key.isNullAt(i)) {
        return true;
      }
    }
    return false;
  }
}
