package org.pyflinkcep.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Where patterns mean what they say and flink-cep passes it over: decision 0012. Such patterns have
 * nothing to be compared with.
 */
public final class Departures {

  /** The window between the events of a loop: flink-cep's exempts the last gap, not the first. */
  public static final String TIMES_WITHIN = "times_within";

  /** The window to the event before, where flink-cep's does not hold. */
  public static final String WITHIN_PREVIOUS = "within_previous";

  /** A group that begins with a group: in flink-cep it follows the step before as `next`. */
  public static final String GROUP_AT_HEAD = "group at a group's head";

  /** A loop that begins a group: in flink-cep it has the inner contiguity of the group. */
  public static final String LOOP_AT_HEAD = "loop at a group's head";

  /** An absence that ends a group, or stands before another one: flink-cep passes it over. */
  public static final String ABSENCE = "absence";

  /** The window of a group's last step: flink-cep passes it over. */
  public static final String WINDOW_OF_LAST = "window of a group's last step";

  /** A last absence behind what may end in several ways: flink-cep waits for one event more. */
  public static final String LAST_ABSENCE = "last absence";

  /** An absence before what may be left out up to the end: flink-cep asks it of the wrong event. */
  public static final String ABSENCE_BEFORE_OPTIONAL = "absence before a last optional step";

  /** A {@code not_next} behind what may go on: flink-cep ends all that is under way. */
  public static final String NEXT_BEHIND_LOOP = "not_next behind a loop";

  /** An absence behind a loop of several lengths: flink-cep lets it come between, at times. */
  public static final String ABSENCE_BEHIND_TIMES = "not_followed_by behind several lengths";

  /** A greedy step before a group that can begin without its first step is refused. */
  public static final String GREEDY_BEFORE_OPTIONAL = "greedy before an optional beginning";

  /** A last absence with a window at an earlier step alone: flink-cep passes the absence over. */
  public static final String WINDOW_BEFORE_LAST = "window before a last absence";

  private final Set<String> found = new TreeSet<>();

  private Departures() {}

  /** The names of all departures that a pattern meets. */
  public static Set<String> of(JsonNode pattern) {
    Departures departures = new Departures();
    JsonNode steps = pattern.get("steps");
    departures.find(steps, false, true, false, null);
    JsonNode last = steps.get(steps.size() - 1);
    if (pattern.has("within_previous") && !isHeeded(steps, steps.size() - 1, false, true)) {
      departures.found.add(WITHIN_PREVIOUS);
    }
    if (deepLast(last).has("not_followed_by") && !isFixedBefore(steps)) {
      departures.found.add(LAST_ABSENCE);
    }
    if (body(last).isArray() && deepLast(last).has("not_followed_by") && !hasWindow(pattern)) {
      departures.found.add(ABSENCE);
    }
    if (deepLast(last).has("not_followed_by") && hasWindow(pattern) && !hasWindowAtEnd(pattern)) {
      departures.found.add(WINDOW_BEFORE_LAST);
    }
    return departures.found;
  }

  /**
   * The case without the clauses by which it departs, where there is something left to compare:
   * windows, and how the events of a loop follow each other.
   */
  public static MatchCase comparable(MatchCase matchCase) {
    ObjectNode rest = matchCase.pattern().deepCopy();
    if (of(rest).contains(WITHIN_PREVIOUS)) {
      remove(rest, "within_previous");
    }
    adjust(rest.get("steps"), null, false, matchCase);
    return matchCase.withPattern(rest);
  }

  private static void remove(JsonNode node, String key) {
    if (node instanceof ObjectNode object) {
      object.remove(key);
    }
    node.forEach(inner -> remove(inner, key));
  }

  /**
   * @param group the group of the steps; null: none
   * @param hasBefore whether there can be an event before the first step
   */
  private static void adjust(
      JsonNode steps, ObjectNode group, boolean hasBefore, MatchCase matchCase) {
    for (int i = 0; i < steps.size(); i++) {
      ObjectNode step = (ObjectNode) steps.get(i);
      boolean repeats = step.has("times") && !step.get("times").asText().matches("(0..)?1");
      boolean bounds = hasBefore || i > 0 || repeats;
      if (step.has("times") && bounds && span(matchCase) >= step.path("times_within").asLong()) {
        step.remove("times_within");
      }
      if (isLoopAtHead(step, i, group)) {
        step.remove(List.of("consecutive", "allow_combinations"));
        group.remove(List.of("consecutive", "allow_combinations"));
      }
      if (body(step).isArray()) {
        adjust(body(step), step, bounds, matchCase);
      }
    }
  }

  /** The longest time for which it can be waited for an event. */
  private static long span(MatchCase matchCase) {
    return matchCase.end()
        - matchCase.events().stream().mapToLong(MatchCase.Event::ts).min().orElse(0);
  }

  private static boolean isLoopAtHead(JsonNode step, int place, JsonNode group) {
    return group != null && place == 0 && step.has("times") && !inner(step).equals(inner(group));
  }

  /**
   * @param afterFixed whether it is settled when the event before the first step has come
   * @param last whether the pattern ends with these steps
   * @param canEnd whether the pattern can end with these steps, and go on as well
   * @param group the group of the steps; null: none
   */
  private void find(
      JsonNode steps, boolean afterFixed, boolean last, boolean canEnd, JsonNode group) {
    for (int i = 0; i < steps.size(); i++) {
      JsonNode step = steps.get(i);
      boolean isLast = last && i == steps.size() - 1;
      if (step.has("times_within") && step.has("times")) {
        found.add(TIMES_WITHIN);
      }
      if (step.has("within_previous") && !isHeeded(steps, i, afterFixed, last)) {
        found.add(WITHIN_PREVIOUS);
      }
      if (group != null && i == steps.size() - 1 && step.has("within")) {
        found.add(WINDOW_OF_LAST);
      }
      if (isAbsence(step)
          && (isOpenAbsence(steps, i) && !isLast || isAtRepeatedEnd(group, steps, i))) {
        found.add(ABSENCE);
      }
      if (isAbsence(step)
          && canEndBehind(steps, i)
          && (i < steps.size() - 1 || step.has("not_next") && canEnd)) {
        found.add(ABSENCE_BEFORE_OPTIONAL);
      }
      if (step.has("not_next") && !isFixedBefore(steps, i, afterFixed)) {
        found.add(NEXT_BEHIND_LOOP);
      }
      if (step.has("not_followed_by") && isBehindTimes(steps, i)) {
        found.add(ABSENCE_BEHIND_TIMES);
      }
      if (i > 0 && steps.get(i - 1).has("greedy") && EmptyBody.canBeginLater(step)) {
        found.add(GREEDY_BEFORE_OPTIONAL);
      }
      JsonNode body = body(step);
      if (group != null && i == 0 && body.isArray()) {
        found.add(GROUP_AT_HEAD);
      }
      if (isLoopAtHead(step, i, group)) {
        found.add(LOOP_AT_HEAD);
      }
      if (body.isArray()) {
        boolean once = !step.has("times") && !EmptyBody.isOptional(step);
        boolean several = !isFixed(step) || canEnd || !isLast;
        find(
            body,
            once && isFixedBefore(steps, i, afterFixed),
            isLast,
            canEndBehind(steps, i) && several,
            step);
      }
    }
  }

  private static boolean hasWindow(JsonNode node) {
    return node.has("within")
        || StreamSupport.stream(node.spliterator(), false).anyMatch(Departures::hasWindow);
  }

  /** Whether there is a window of the pattern itself, or of the last step that it comes to. */
  private static boolean hasWindowAtEnd(JsonNode node) {
    if (node.has("within") || node.has("within_previous")) {
      return true;
    }
    JsonNode steps = node.has("steps") ? node.get("steps") : body(node);
    return steps.isArray() && hasWindowAtEnd(steps.get(steps.size() - 1));
  }

  private static String inner(JsonNode step) {
    return step.path("consecutive").asBoolean()
        ? "consecutive"
        : step.path("allow_combinations").asBoolean() ? "combinations" : "relaxed";
  }

  private static JsonNode body(JsonNode step) {
    return step.elements().next();
  }

  private static boolean isAbsence(JsonNode step) {
    return step.fieldNames().next().startsWith("not_");
  }

  private static JsonNode deepLast(JsonNode step) {
    JsonNode body = body(step);
    return body.isArray() ? deepLast(body.get(body.size() - 1)) : step;
  }

  // ---- absences -----------------------------------------------------------------------------

  /** An absence that no step right behind it in its sequence looks after. */
  private static boolean isOpenAbsence(JsonNode steps, int index) {
    if (steps.get(index).has("not_next")) {
      return false;
    }
    int next = index + 1;
    while (next < steps.size() && steps.get(next).has("not_followed_by")) {
      next++;
    }
    if (next == steps.size() || isAbsence(steps.get(next))) {
      return true;
    }
    // A group that can begin with several steps: flink-cep looks after its first step by halves.
    for (int i = next; i < steps.size(); i++) {
      if (body(steps.get(i)).isArray() && EmptyBody.canBeginLater(steps.get(i))) {
        return true;
      }
      if (!EmptyBody.isOptional(steps.get(i))) {
        break;
      }
    }
    return false;
  }

  /** Whether all behind a step in its sequence may be left out. */
  private static boolean canEndBehind(JsonNode steps, int index) {
    for (int i = index + 1; i < steps.size(); i++) {
      JsonNode body = body(steps.get(i));
      if (!EmptyBody.isOptional(steps.get(i)) && !(body.isArray() && EmptyBody.canBeEmpty(body))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isBehindTimes(JsonNode steps, int index) {
    return index > 0 && steps.get(index - 1).path("times").asText().contains("..");
  }

  private static boolean isAtRepeatedEnd(JsonNode group, JsonNode steps, int index) {
    return group != null
        && steps.get(index).has("not_followed_by")
        && index == steps.size() - 1
        && group.has("times");
  }

  // ---- the window to the event before -------------------------------------------------------

  private static boolean isHeeded(JsonNode steps, int index, boolean afterFixed, boolean last) {
    JsonNode step = steps.get(index);
    boolean isLast = last && index == steps.size() - 1;
    return isFixedBefore(steps, index, afterFixed)
        && !body(step).isArray()
        && !step.has("times")
        && !EmptyBody.isOptional(step)
        && !step.has("not_next")
        && (!step.has("not_followed_by") || isLast && !isBehindLoop(steps, index));
  }

  /** flink-cep bounds the gaps of a loop by the window of the absence behind it, too. */
  private static boolean isBehindLoop(JsonNode steps, int index) {
    int before = index - 1;
    while (before >= 0 && steps.get(before).has("not_followed_by")) {
      before--;
    }
    return before >= 0 && steps.get(before).has("times");
  }

  private static boolean isFixedBefore(JsonNode steps) {
    List<JsonNode> flat = new ArrayList<>();
    steps.forEach(flat::add);
    JsonNode last = flat.get(flat.size() - 1);
    if (body(last).isArray()) {
      return !last.has("times") && !EmptyBody.isOptional(last) && isFixedBefore(body(last));
    }
    return isFixedBefore(steps, steps.size() - 1, true);
  }

  /** Whether what comes before a step ends with its last event. */
  private static boolean isFixedBefore(JsonNode steps, int index, boolean afterFixed) {
    int before = index - 1;
    while (before >= 0 && steps.get(before).has("not_followed_by")) {
      before--;
    }
    return before < 0 ? afterFixed : isFixed(steps.get(before));
  }

  private static boolean isFixed(JsonNode step) {
    String times = step.path("times").asText();
    return !step.has("not_next")
        && !EmptyBody.isOptional(step)
        && !times.endsWith("+")
        && !(times.contains("..") && !times.matches("(\\d+)\\.\\.\\1"))
        && (!body(step).isArray() || isFixedBefore(body(step), body(step).size(), false));
  }
}
