package org.pyflinkcep.matcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.Evaluation;
import org.pyflinkcep.expression.TimeZones;

class RulesByNumberTest {

  private static final RowType EVENT = RowType.of(new IntType());

  private final RulesByNumber rules = new RulesByNumber();

  @Test
  void numbers_that_rise_without_end_take_no_more_room() {
    RuleMatcher first = rule(0);
    rules.put(first);
    for (int number = 1; number <= 100_000; number++) {
      rules.put(rule(number));
      if (number > 20) {
        assertThat(rules.remove(number - 20).number()).isEqualTo(number - 20);
      }
    }
    assertThat(rules.get(0)).isSameAs(first);
    assertThat(rules.get(99_980)).isNull();
    assertThat(rules.get(99_981).number()).isEqualTo(99_981);
    assertThat(rules.get(1_000_000)).isNull();
    assertThat(rules.capacity()).isLessThanOrEqualTo(3 * 1024);
  }

  private static RuleMatcher rule(int number) {
    CompiledRule compiled =
        CompiledRule.compile(
            Documents.parse("{\"steps\": [{\"begin\": \"a\"}]}"),
            null,
            EVENT,
            TimeZones.ofInstants(ZoneOffset.UTC),
            new Diagnostics());
    return new RuleMatcher(
        number,
        compiled,
        Lifetime.ALWAYS,
        1,
        new KeyPlace(),
        new OpenMatches(),
        new Conditions(),
        new Evaluation(),
        null,
        1);
  }
}
