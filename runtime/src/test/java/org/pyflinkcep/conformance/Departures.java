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

  /** A last absence with a window at an earlier step alone: flink-cep passes the absence over. */
  public static final String WINDOW_BEFORE_LAST = "window before a last absence";

  private final Set<String> found = new TreeSet<>();

  private Departures() {}

  /** The names of all departures that a pattern meets. */
  public static Set<String> of(JsonNode pattern) {
    Departures departures = new Departures();
    JsonNode steps = pattern.get("steps");
    departures.find(steps, false, true, null);
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

  /** The pattern without the windows by which it departs. */
  public static ObjectNode withoutWindows(JsonNode pattern) {
    ObjectNode rest = pattern.deepCopy();
    Set<String> names = of(pattern);
    if (names.contains(WITHIN_PREVIOUS)) {
      remove(rest, "within_previous");
    }
    if (names.contains(TIMES_WITHIN)) {
      remove(rest, "times_within");
    }
    return rest;
  }

  private static void remove(JsonNode node, String key) {
    if (node instanceof ObjectNode object
        && (object.has("steps") || key.equals("within_previous") || object.has("times"))) {
      object.remove(key);
    }
    node.forEach(inner -> remove(inner, key));
  }

  /**
   * @param afterFixed whether it is settled when the event before the first step has come
   * @param last whether the pattern ends with these steps
   * @param group the group of the steps; null: none
   */
  private void find(JsonNode steps, boolean afterFixed, boolean last, JsonNode group) {
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
      JsonNode body = body(step);
      if (group != null && i == 0 && body.isArray()) {
        found.add(GROUP_AT_HEAD);
      }
      if (group != null && i == 0 && step.has("times") && !inner(step).equals(inner(group))) {
        found.add(LOOP_AT_HEAD);
      }
      if (body.isArray()) {
        boolean once = !step.has("times") && !EmptyBody.isOptional(step);
        find(body, once && isFixedBefore(steps, i, afterFixed), isLast, step);
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
    // A group that may be left out: flink-cep looks after its first step by halves.
    for (int i = next; i < steps.size(); i++) {
      if (!EmptyBody.isOptional(steps.get(i))) {
        break;
      }
      if (body(steps.get(i)).isArray()) {
        return true;
      }
    }
    return false;
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
