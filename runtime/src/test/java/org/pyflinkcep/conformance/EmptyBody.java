package org.pyflinkcep.conformance;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/** Groups that can be passed without an event: flink-cep passes them in several ways. */
public final class EmptyBody {

  private EmptyBody() {}

  public static boolean canBeEmpty(JsonNode steps) {
    for (JsonNode step : steps) {
      JsonNode target = step.elements().next();
      boolean absence = step.fieldNames().next().startsWith("not_");
      if (!absence && !isOptional(step) && !(target.isArray() && canBeEmpty(target))) {
        return false;
      }
    }
    return true;
  }

  public static boolean isOptional(JsonNode step) {
    return step.path("optional").asBoolean()
        || step.path("times").asText().matches("0+([.][.].*|[+])");
  }

  /** Whether a step may be left out, or what a group begins with. */
  public static boolean canBeginLater(JsonNode step) {
    JsonNode body = step.elements().next();
    return isOptional(step) || body.isArray() && canBeginLater(body.get(0));
  }

  /** Whether flink-cep, once the first event fits, never returns. */
  public static boolean loops(JsonNode steps) {
    for (JsonNode step : steps) {
      JsonNode target = step.elements().next();
      if (target.isArray()
          && (loops(target) || (step.path("times").asText().endsWith("+") && canBeEmpty(target)))) {
        return true;
      }
    }
    return false;
  }

  /** Whether flink-cep gives the same match more than once. */
  public static boolean repeats(JsonNode steps) {
    for (JsonNode step : steps) {
      JsonNode target = step.elements().next();
      boolean several = step.has("times") || isOptional(step);
      if (target.isArray() && (repeats(target) || (several && canBeEmpty(target)))) {
        return true;
      }
    }
    return false;
  }
}
