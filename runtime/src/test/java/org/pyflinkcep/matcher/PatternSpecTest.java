package org.pyflinkcep.matcher;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.pyflinkcep.expression.Diagnostics;

class PatternSpecTest {

  @Test
  void a_fingerprint_is_of_the_pattern_and_not_of_how_it_was_written() throws Exception {
    String fingerprint =
        fingerprint(
            """
            {"skip": {"to_last": "b"},
             "steps": [{"begin": "a", "where": "x = 'it''s \\"1\\"'"},
                       {"followed_by": [{"begin": "b", "times": "2..3", "times_within": "1 second",
                                         "consecutive": true}], "times": "1+", "until": "x = 2"},
                       {"next": "c", "where": ["y = 1", {"or": "y = 2"}], "optional": true}],
             "within": "1 minute"}""");
    assertThat(fingerprint)
        .isEqualTo(
            "skip TO_LAST \"b\" (begin \"a\" where \"x = 'it''s \\\"1\\\"'\" followed_by (begin \"b\" times"
                + " 2..3 times_within 1000 CONSECUTIVE) times 1.. until \"x = 2\" next \"c\" where"
                + " \"y = 1\" or \"y = 2\" optional within 60000)");
    assertThat(
            fingerprint(
                """
                {"within": 60000, "skip": {"throw_on_miss": false, "to_last": "b"},
                 "steps": [{"where": ["x = 'it''s \\"1\\"'"], "begin": "a", "greedy": false},
                           {"followed_by": [{"begin": "b", "times": "2..3", "times_within": 1000,
                                             "consecutive": true}], "until": "x = 2", "times": "1+"},
                           {"next": "c", "optional": true, "where": ["y = 1", {"or": "y = 2"}]}]}"""))
        .isEqualTo(fingerprint);
  }

  private static String fingerprint(String document) throws Exception {
    return PatternSpec.fromJson(new ObjectMapper().readTree(document), new Diagnostics())
        .fingerprint();
  }
}
