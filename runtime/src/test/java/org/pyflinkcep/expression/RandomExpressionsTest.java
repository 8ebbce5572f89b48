package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.apache.flink.table.data.RowData;
import org.junit.jupiter.api.Test;

/**
 * Whatever is written, a check gives an expression or diagnostics, and an expression fails on an
 * event only for what is wrong with the event: {@code -Dexpressions.random=1000000} tries more.
 */
class RandomExpressionsTest {

  private static final int EXPRESSIONS = Integer.getInteger("expressions.random", 6_000);
  private static final long SEED = Long.getLong("expressions.seed", 1);

  private record Node(int step, RowData event, long timestamp, Taken previous) implements Taken {}

  @Test
  void nothing_but_diagnostics_comes_out_of_a_check_nor_internal_errors_out_of_an_evaluation() {
    RandomExpressions expressions = new RandomExpressions(new Random(SEED));
    List<RowData> rows = EdgeRows.rows();
    List<String> defects = new ArrayList<>();
    int accepted = 0;
    for (int i = 0; i < EXPRESSIONS; i++) {
      String sql = expressions.next();
      Diagnostics diagnostics = new Diagnostics();
      Expression expression = compile(sql, diagnostics, defects);
      if (expression != null) {
        accepted++;
        evaluate(sql, expression, rows, defects);
        expressions.accept(sql);
      } else if (diagnostics.list().isEmpty()) {
        defects.add(sql + ": neither an expression nor a diagnostic");
      }
      for (Diagnostic diagnostic : diagnostics.list()) {
        if (diagnostic.code().equals("internal-error") || diagnostic.message() == null) {
          defects.add(sql + ": " + diagnostic.message());
        }
      }
    }
    assertThat(defects).isEmpty();
    assertThat(accepted).isGreaterThan(EXPRESSIONS / 10);
  }

  private static Expression compile(String sql, Diagnostics diagnostics, List<String> defects) {
    BitSet visible = new BitSet();
    visible.set(0);
    try {
      return new ExpressionCompiler(
              EdgeRows.type(), List.of("a"), ZoneId.of("America/St_Johns"), diagnostics)
          .compile(sql, visible, false, new ExpressionErrors(sql, "expression", diagnostics));
    } catch (RuntimeException | Error e) {
      defects.add(sql + ": the check throws " + e);
      return null;
    }
  }

  private static void evaluate(
      String sql, Expression expression, List<RowData> rows, List<String> defects) {
    Evaluation evaluation = new Evaluation();
    for (RowData row : rows) {
      evaluation.event = row;
      evaluation.timestamp += 1000;
      evaluation.budget.reset();
      try {
        expression.value(evaluation);
        expression.canonical();
        expression.constraints(true);
      } catch (RuntimeException | Error e) {
        if (isDefect(e)) {
          defects.add(sql + ": " + e + " at " + e.getStackTrace()[0]);
          return;
        }
      }
      evaluation.taken = new Node(0, row, evaluation.timestamp, evaluation.taken);
    }
  }

  /** Whether a failure says that the code is wrong, and not the event. */
  private static boolean isDefect(Throwable e) {
    return e instanceof Error
        || e instanceof ClassCastException
        || e instanceof NullPointerException
        || e instanceof IndexOutOfBoundsException
        || e instanceof ArrayStoreException
        || e instanceof NegativeArraySizeException
        || e instanceof IllegalStateException
        || e instanceof UnsupportedOperationException;
  }
}
