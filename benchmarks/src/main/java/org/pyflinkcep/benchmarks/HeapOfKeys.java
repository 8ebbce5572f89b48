package org.pyflinkcep.benchmarks;

import java.lang.ref.Reference;
import java.time.ZoneOffset;
import java.util.Locale;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.pyflinkcep.matcher.CompiledRule;
import org.pyflinkcep.matcher.KeyMatcher;
import org.pyflinkcep.matcher.KeyMatches;
import org.pyflinkcep.matcher.MatchListener;
import org.pyflinkcep.matcher.MatchPlan;
import org.pyflinkcep.matcher.TakenEvent;

/**
 * Measures the heap that a key takes which has partial matches: how much more is in use after a
 * full garbage collection once many keys are there. An event is kept as the operator keeps it, as a
 * binary row.
 *
 * <p>Argument: the workload.
 */
public final class HeapOfKeys {

  private static final int PARTIAL_MATCHES = 1_000_000;

  private HeapOfKeys() {}

  public static void main(String[] arguments) {
    Workload workload = Workload.named(arguments[0]);
    int open = Math.max(1, workload.payments(0).opening());
    // All payments are of the opening, and so each begins a partial match.
    Payments payments = new Payments(PARTIAL_MATCHES, 1, PARTIAL_MATCHES);
    RowDataSerializer serializer = new RowDataSerializer(Payments.ROW_TYPE);
    MatchPlan plan = MatchPlan.compile(workload.plan(), Payments.ROW_TYPE, ZoneOffset.UTC);
    KeyMatcher matcher = plan.matcher(0, new Unexpected());
    KeyMatches[] keys = new KeyMatches[PARTIAL_MATCHES / open];

    long before = heapInUse();
    for (int i = 0; i < PARTIAL_MATCHES; i++) {
      int key = i / open;
      if (keys[key] == null) {
        keys[key] = new KeyMatches(Payments.ROW_TYPE);
      }
      RowData row = serializer.toBinaryRow(payments.row(i)).copy();
      matcher.begin(row, payments.paidAt(i));
      matcher.processNow(keys[key], 0, row, payments.paidAt(i));
    }
    long after = heapInUse();
    Reference.reachabilityFence(keys);
    System.out.printf(
        Locale.ROOT,
        "{\"partial_matches_per_key\": %d, \"bytes_per_key\": %.0f}%n",
        open,
        (double) (after - before) / keys.length);
  }

  private static long heapInUse() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static final class Unexpected implements MatchListener {

    @Override
    public void onMatch(CompiledRule rule, TakenEvent newest, long timestamp) {
      throw new IllegalStateException("a match");
    }

    @Override
    public void onTimeout(CompiledRule rule, TakenEvent newest, long timestamp) {
      throw new IllegalStateException("a timeout");
    }

    @Override
    public void onFailure(
        CompiledRule rule, String expression, RowData event, RuntimeException failure) {
      throw failure;
    }

    @Override
    public void onOverload(CompiledRule rule) {
      throw new IllegalStateException("too many partial matches");
    }
  }
}
