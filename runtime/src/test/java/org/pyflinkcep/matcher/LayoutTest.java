package org.pyflinkcep.matcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.TimeZones;

/** Which stored partial matches go on. */
class LayoutTest {

  private static final String AB = "[{begin: a, where: kind = 'a'}, {followed_by: b}]";

  private static Layout of(String steps, String window) throws Exception {
    String document = "{steps: %s, %s}".formatted(steps, window);
    Diagnostics diagnostics = new Diagnostics();
    CompiledRule rule =
        CompiledRule.compile(
            new ObjectMapper(new YAMLFactory()).readTree(document),
            null,
            RowType.of(new LogicalType[] {VarCharType.STRING_TYPE}, new String[] {"kind"}),
            TimeZones.ofInstants(ZoneOffset.UTC),
            diagnostics);
    assertThat(diagnostics.list()).isEmpty();
    return rule.layout();
  }

  @Test
  void partial_matches_go_on_where_events_lead_from_and_to_the_same_states() throws Exception {
    Layout layout = of(AB, "within: 10");
    assertThat(of(AB, "within: 10")).isEqualTo(layout);
    // The window and the conditions may be others: the layout is only asked for of equal patterns.
    assertThat(layout.fits(of(AB, "within: 20").stored())).isTrue();
    assertThat(layout.stored()).isNotEqualTo(of(AB, "within: 20").stored());
    assertThat(layout.fits(of("[{begin: a}, {next: b}]", "within: 10").stored())).isFalse();
    assertThat(
            layout.fits(
                of("[{begin: a}, {followed_by: b, optional: true}]", "skip: null").stored()))
        .isFalse();
    assertThat(layout.fits("")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[{begin: a}, {followed_by: b, times: 1+, times_within: 3}, {next: c, optional: true}]",
        "[{begin: a, times: 2..4}, {not_next: x}]",
        "[{begin: a}, {not_followed_by: x}]"
      })
  void state_without_a_layout_goes_on_where_states_kept_their_numbers(String steps)
      throws Exception {
    assertThat(of(steps, "within: 10").fits(null)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[{begin: a}, {followed_by: [{begin: b}, {followed_by: c}]}]",
        "[{begin: a}, {not_followed_by: x}, {followed_by: b}]",
        "[{begin: a, within: 10}, {followed_by: b}, {not_followed_by: x}]"
      })
  void state_without_a_layout_is_dropped_where_they_have_not(String steps) throws Exception {
    assertThat(of(steps, "skip: null").fits(null)).isFalse();
  }
}
