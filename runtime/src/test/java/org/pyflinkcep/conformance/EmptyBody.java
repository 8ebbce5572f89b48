package org.pyflinkcep.conformance;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/** Groups that can be passed without an event: flink-cep passes them in several ways. */
public final class EmptyBody {

  private EmptyBody() {}

  public static boolean canBeEmpty(JsonNode steps) {
    for (JsonNode step : steps) {
      JsonNode target = step.elements().next();
      boolean absence = step.fieldNames().next().startsWith("not_");
      boolean optional = step.path("optional").asBoolean();
      if (!absence && !optional && !(target.isArray() && canBeEmpty(target))) {
        return false;
      }
    }
    return true;
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
      boolean several = step.has("times") || step.path("optional").asBoolean();
      if (target.isArray() && (repeats(target) || (several && canBeEmpty(target)))) {
        return true;
      }
    }
    return false;
  }
}
