package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.junit.jupiter.api.Test;
import org.pyflinkcep.flink.OperatorRun.Event;

/** The times of what the operator gives. */
class MatchTimeTest {

  /** Any event but x puts a partial match into a loop, whose window may have passed before it. */
  private static final String PLAN =
      """
      {"pattern": {"steps": [{"begin": "a", "where": "kind = 'a'"},
                             {"not_next": "x", "where": "kind = 'x'"},
                             {"followed_by_any": "b", "where": "kind = 'b'", "times": "1+",
                              "times_within": 2}]},
       "measures": {"first": "a.number", "bs": "COUNT(b)"}}""";

  @Test
  void nothing_is_given_behind_the_watermark() throws Exception {
    Random random = new Random(1);
    int given = 0;
    for (int run = 0; run < 50; run++) {
      try (OperatorRun operator =
          new OperatorRun(PLAN, OperatorRun.EVENT_TYPE, new HashMapStateBackend(), 1)) {
        long watermark = 0;
        for (int i = 0; i < 60; i++) {
          long time = watermark + 1 + random.nextInt(6);
          String kind = String.valueOf("aabbcx".charAt(random.nextInt(6)));
          operator.feed(new Event(1, kind, i, time));
          if (random.nextInt(3) == 0) {
            List<String> before = operator.results();
            long mark = time + random.nextInt(5);
            operator.watermark(mark);
            List<String> now = new ArrayList<>(operator.results());
            before.forEach(now::remove);
            long passed = watermark;
            assertThat(now)
                .allMatch(line -> Long.parseLong(line.substring(line.indexOf('@') + 1)) > passed);
            given += now.size();
            watermark = mark;
          }
        }
      }
    }
    assertThat(given).isGreaterThan(100);
  }
}
