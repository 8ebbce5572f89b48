package org.pyflinkcep.flink;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.data.RowData;
import org.pyflinkcep.expression.Reason;
import org.pyflinkcep.matcher.NearestMiss;
import org.pyflinkcep.matcher.StepCondition;
import org.pyflinkcep.matcher.Trace;

/** Writes traces as JSON, their events as places in the list that they came in. */
final class TraceJson {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ToIntFunction<RowData> places;

  TraceJson(ToIntFunction<RowData> places) {
    this.places = places;
  }

  ArrayNode write(List<Trace> traces) {
    ArrayNode keys = JSON.createArrayNode();
    for (Trace trace : traces) {
      ObjectNode key = keys.addObject();
      ArrayNode entries = key.putArray("entries");
      trace.entries().forEach(entry -> write(entry, entries.addObject()));
      key.set("nearest_miss", trace.nearestMiss() == null ? null : write(trace.nearestMiss()));
    }
    return keys;
  }

  private void write(Trace.Entry entry, ObjectNode node) {
    if (entry instanceof Trace.Matched matched) {
      node.put("kind", "event").put("place", places.applyAsInt(matched.event().row()));
      write(matched.tested(), node);
    } else if (entry instanceof Trace.TimedOut timeout) {
      node.put("kind", "timed_out").put("match", timeout.match()).put("at", timeout.at());
      node.put("window", name(timeout.window())).put("length", timeout.length());
    } else if (entry instanceof Trace.WindowPassed passed) {
      node.put("kind", "window_passed").put("match", passed.match()).put("at", passed.at());
      node.put("of", passed.of());
    } else if (entry instanceof Trace.HeldBack held) {
      node.put("kind", "held_back").put("match", held.match()).put("by", held.by());
    } else if (entry instanceof Trace.Given given) {
      node.put("kind", "given").put("match", given.match()).put("place", given.place());
    } else if (entry instanceof Trace.Skipped skipped) {
      node.put("kind", "skipped").put("match", skipped.match()).put("by", skipped.by());
    } else if (entry instanceof Trace.Dropped dropped) {
      node.put("kind", "dropped").put("match", dropped.match());
    }
  }

  /** What was asked of several partial matches alike is written once. */
  private static void write(List<Trace.Tested> all, ObjectNode node) {
    Map<List<Trace.Asked>, Integer> places = new IdentityHashMap<>();
    ArrayNode asked = node.putArray("asked");
    ArrayNode tested = node.putArray("tested");
    for (Trace.Tested each : all) {
      Integer place = places.putIfAbsent(each.asked(), asked.size());
      if (place == null) {
        ArrayNode questions = asked.addArray();
        each.asked().forEach(question -> write(question, questions.addObject()));
      }
      write(each, places.get(each.asked()), tested.addObject());
    }
  }

  private static void write(Trace.Asked asked, ObjectNode node) {
    StepCondition condition = asked.condition();
    condition.steps().forEach(node.putArray("steps")::add);
    node.put("role", name(condition.role())).put("sql", condition.sql());
    node.put("truth", asked.truth().name());
    write(asked.reasons(), node.putArray("reasons"));
  }

  private static void write(Trace.Tested tested, int asked, ObjectNode node) {
    node.put("match", tested.match()).put("fate", name(tested.fate())).put("stop", tested.stop());
    node.put("asked", asked);
    ArrayNode ways = node.putArray("ways");
    for (Trace.Way way : tested.ways()) {
      ObjectNode out = ways.addObject().put("step", way.step()).put("goes_on_as", way.goesOnAs());
      way.waitsFor().forEach(out.putArray("waits_for")::add);
      out.put("waits_for_window", way.waitsForWindow()).put("completes", way.completes());
    }
  }

  private static void write(List<Reason> reasons, ArrayNode nodes) {
    for (Reason reason : reasons) {
      ObjectNode node = nodes.addObject().put("sql", reason.sql());
      node.put("truth", reason.truth().name()).put("error", reason.error());
      ObjectNode values = node.putObject("values");
      reason.operands().forEach(operand -> values.put(operand.sql(), operand.value()));
    }
  }

  private ObjectNode write(NearestMiss miss) {
    ObjectNode node = JSON.createObjectNode();
    node.put("match", miss.match()).put("end", name(miss.end()));
    node.put("within_match", miss.withinMatch());
    ArrayNode progress = node.putArray("progress");
    for (NearestMiss.Progress step : miss.progress()) {
      progress
          .addObject()
          .put("step", step.step())
          .put("taken", step.taken())
          .put("needed", step.needed());
    }
    node.put("needed", miss.needed()).put("stop", miss.stop());
    if (miss.closest() != null) {
      ObjectNode closest = node.putObject("closest");
      closest.put("place", places.applyAsInt(miss.closest().event().row()));
      write(miss.closest().reasons(), closest.putArray("reasons"));
    }
    if (miss.tooLate() != null) {
      node.putObject("too_late")
          .put("place", places.applyAsInt(miss.tooLate().event().row()))
          .put("by", miss.tooLate().by());
    }
    miss.rank().forEach(node.putArray("rank")::add);
    return node;
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
