package org.pyflinkcep.differential;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.pyflinkcep.conformance.*;

class ScratchTest {
  @Test
  void run() throws Exception {
    var d = new Differential(new OwnMatcher(), UnaryOperator.identity());
    for (long s = 5000001; s < 5100001; s++) {
      MatchCase c = RandomCases.of(s);
      if (!EmptyBody.repeats(c.pattern().get("steps"))) continue;
      if (d.run(c) == Differential.Verdict.REPEATS_LESS) {
        System.out.println(
            c.toYaml(new FlinkCep().run(c)) + "but found\n" + new OwnMatcher().run(c));
      }
    }
    System.out.println(d.counts());
  }
}
