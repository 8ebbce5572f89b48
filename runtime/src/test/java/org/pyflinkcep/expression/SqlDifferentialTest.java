package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.pyflinkcep.expression.SqlDifferential.Difference;

/**
 * Random expressions over columns of each type and edge values, here and by Flink's planner and the
 * code that it generates. {@code make differential-sql N=100000 SEED=1} runs as many as one asks
 * for.
 */
class SqlDifferentialTest {

  private static final int EXPRESSIONS = Integer.getInteger("differential.sql", 3_000);
  private static final long SEED = Long.getLong("differential.seed", 1);

  /** How many are evaluated over the same rows. */
  private static final int RUN = 1_000;

  private static final int MAX_REPORTS = 20;
  private static final Path PAGE =
      Path.of("..", "docs", "reference", "differences-from-flink-sql.md");

  @Test
  void expressions_have_the_types_and_values_of_flink_sql_but_for_what_is_known() {
    Map<String, Integer> outcomes = new TreeMap<>();
    Map<KnownDifference, Integer> known = new TreeMap<>();
    List<String> unknown = new ArrayList<>();
    for (int done = 0; done < EXPRESSIONS && unknown.size() < MAX_REPORTS; done += RUN) {
      SqlDifferential differential = new SqlDifferential(SEED + done / RUN);
      for (Difference difference : differential.run(Math.min(RUN, EXPRESSIONS - done))) {
        Optional<KnownDifference> kind = KnownDifference.of(difference);
        kind.ifPresentOrElse(
            found -> known.merge(found, 1, Integer::sum), () -> unknown.add(difference.toString()));
      }
      differential.outcomes().forEach((name, count) -> outcomes.merge(name, count, Integer::sum));
    }
    System.out.println(
        "Flink SQL from seed " + SEED + ": " + outcomes + ", of those that differ " + known);
    assertThat(unknown).isEmpty();
    assertThat(outcomes.get("same values"))
        .as("expressions that show something, by having values")
        .isGreaterThan(outcomes.get("all") / 2);
  }

  @Test
  void the_page_has_each_known_difference_and_no_other() throws IOException {
    List<String> named =
        Pattern.compile("^\\| `([a-z0-9-]+)` \\|", Pattern.MULTILINE)
            .matcher(Files.readString(PAGE))
            .results()
            .map(row -> row.group(1))
            .toList();
    assertThat(named)
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(KnownDifference.values())
                .map(kind -> kind.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .toList());
  }
}
