package org.pyflinkcep.conformance;

import static java.util.Collections.frequency;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.data.RowData;

/**
 * What comes out of a stream: three multisets, as sorted lists.
 *
 * @param matches each as {@code {step: [eid, ...]}}
 * @param timeouts each as {@code {at: time, taken: {step: [eid, ...]}}}
 * @param late the ids of the events that came too late
 */
public record Outcome(
    Result result, List<String> matches, List<String> timeouts, List<String> late) {

  /** How a run ends. */
  public enum Result {
    DONE,
    /** The pattern is not accepted. */
    REFUSED,
    /** An event makes it fail. */
    FAILED
  }

  public static final Outcome REFUSED =
      new Outcome(Result.REFUSED, List.of(), List.of(), List.of());
  public static final Outcome FAILED = new Outcome(Result.FAILED, List.of(), List.of(), List.of());

  public Outcome(List<String> matches, List<String> timeouts, List<String> late) {
    this(Result.DONE, sorted(matches), sorted(timeouts), sorted(late));
  }

  static Outcome fromYaml(JsonNode node) {
    if (node.has("refused")) {
      return REFUSED;
    }
    if (node.has("fails")) {
      return FAILED;
    }
    List<String> matches = new ArrayList<>();
    node.path("matches").forEach(match -> matches.add(steps(match)));
    List<String> timeouts = new ArrayList<>();
    node.path("timeouts")
        .forEach(
            timeout ->
                timeouts.add(timeout(timeout.get("at").asLong(), steps(timeout.get("taken")))));
    List<String> late = new ArrayList<>();
    node.path("late").forEach(eid -> late.add(eid.asText()));
    return new Outcome(matches, timeouts, late);
  }

  private static String steps(JsonNode node) {
    Map<String, List<String>> eids = new TreeMap<>();
    node.fields()
        .forEachRemaining(
            step -> {
              List<String> events = new ArrayList<>();
              step.getValue().forEach(eid -> events.add(eid.asText()));
              eids.put(step.getKey(), events);
            });
    return text(eids);
  }

  /** The text of a match, or of what a partial match has taken. */
  public static String taken(Map<String, List<RowData>> steps) {
    Map<String, List<String>> eids = new TreeMap<>();
    steps.forEach(
        (step, events) -> {
          if (!events.isEmpty()) {
            eids.put(step, events.stream().map(e -> e.getString(0).toString()).toList());
          }
        });
    return text(eids);
  }

  public static String timeout(long at, String taken) {
    return "{at: " + at + ", taken: " + taken + "}";
  }

  private static String text(Map<String, List<String>> eids) {
    return eids.toString().replace("=", ": ");
  }

  private static List<String> sorted(List<String> texts) {
    return texts.stream().sorted().toList();
  }

  /** Without repeated matches and timeouts. */
  public Outcome distinct() {
    return new Outcome(
        result, matches.stream().distinct().toList(), timeouts.stream().distinct().toList(), late);
  }

  /** Without repeated timeouts. */
  public Outcome withDistinctTimeouts() {
    return new Outcome(result, matches, timeouts.stream().distinct().toList(), late);
  }

  /** Whether the same is found as in another outcome, nothing of it more often than there. */
  public boolean repeatsLessThan(Outcome other) {
    return distinct().equals(other.distinct())
        && matches.stream().allMatch(m -> frequency(matches, m) <= frequency(other.matches, m))
        && timeouts.stream().allMatch(t -> frequency(timeouts, t) <= frequency(other.timeouts, t));
  }

  /** Without the times of timeouts. */
  public Outcome withoutTimes() {
    return new Outcome(
        result,
        matches,
        sorted(
            timeouts.stream()
                .map(timeout -> timeout.replaceFirst("at: -?\\d+", "at: any"))
                .toList()),
        late);
  }

  /** As it stands in a case. */
  @Override
  public String toString() {
    return switch (result) {
      case REFUSED -> "  refused: true\n";
      case FAILED -> "  fails: true\n";
      case DONE ->
          list("matches", matches)
              + (timeouts.isEmpty() ? "" : list("timeouts", timeouts))
              + (late.isEmpty() ? "" : "  late: " + late + "\n");
    };
  }

  private static String list(String name, List<String> items) {
    if (items.isEmpty()) {
      return "  " + name + ": []\n";
    }
    return "  " + name + ":\n    - " + String.join("\n    - ", items) + "\n";
  }
}
