package org.pyflinkcep.benchmarks;

import org.apache.flink.table.data.RowData;
import org.pyflinkcep.matcher.CompiledRule;
import org.pyflinkcep.matcher.MatchListener;
import org.pyflinkcep.matcher.TakenEvent;

/** Takes matches, and no failure: what fails or is dropped would not be work that is measured. */
abstract class OnlyMatches implements MatchListener {

  @Override
  public final void onTimeout(CompiledRule rule, TakenEvent newest, long timestamp) {}

  @Override
  public final void onFailure(
      CompiledRule rule, String expression, RowData event, RuntimeException failure) {
    throw failure;
  }

  @Override
  public final void onOverload(CompiledRule rule) {
    throw new IllegalStateException("too many partial matches");
  }
}
