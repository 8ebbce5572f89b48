package org.pyflinkcep.flink;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.pyflinkcep.expression.EvaluationLimitException;
import org.pyflinkcep.matcher.CompiledRule;
import org.pyflinkcep.matcher.StepCondition;

/** What conditions and measures failed on which events of a list. */
final class EvaluationErrors {

  private record Kind(String location, String expression, String code) {}

  /** Why it failed at first, and all events that it failed on. */
  private record Failed(String message, Set<Integer> events) {}

  private final Map<Kind, Failed> failed = new LinkedHashMap<>();

  /**
   * @param event the place of the event in the list
   */
  void add(CompiledRule rule, String expression, int event, RuntimeException failure) {
    List<StepCondition> written = rule.writtenWith(expression);
    Kind kind =
        written.isEmpty()
            ? new Kind(expression, null, code(failure))
            : new Kind(location(written.get(0)), written.get(0).sql(), code(failure));
    failed
        .computeIfAbsent(kind, first -> new Failed(message(failure), new TreeSet<>()))
        .events()
        .add(event);
  }

  private static String location(StepCondition written) {
    String steps =
        written.steps().stream().map(step -> "`" + step + "`").collect(Collectors.joining(", "));
    return written.role().name().toLowerCase(Locale.ROOT) + " of step " + steps;
  }

  private static String code(RuntimeException failure) {
    if (failure instanceof EvaluationLimitException) {
      return "evaluation-limit";
    }
    return failure instanceof ArithmeticException ? "arithmetic" : "invalid-value";
  }

  private static String message(RuntimeException failure) {
    return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
  }

  /** The errors, in the order in which they were met. */
  JsonNode json() {
    ArrayNode errors = JsonNodeFactory.instance.arrayNode();
    failed.forEach(
        (kind, of) ->
            errors
                .addObject()
                .put("location", kind.location())
                .put("expression", kind.expression())
                .put("code", kind.code())
                .put("message", of.message())
                .put("count", of.events().size())
                .put("event", of.events().iterator().next()));
    return errors;
  }
}
