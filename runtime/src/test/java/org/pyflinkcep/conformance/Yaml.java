package org.pyflinkcep.conformance;

import java.util.StringJoiner;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/** Writes YAML in one line. */
final class Yaml {

  private Yaml() {}

  static String flow(JsonNode node) {
    if (node.isObject()) {
      StringJoiner fields = new StringJoiner(", ", "{", "}");
      node.fields().forEachRemaining(f -> fields.add(f.getKey() + ": " + flow(f.getValue())));
      return fields.toString();
    }
    if (node.isArray()) {
      StringJoiner items = new StringJoiner(", ", "[", "]");
      node.forEach(item -> items.add(flow(item)));
      return items.toString();
    }
    String text = node.asText();
    return node.isTextual() && text.matches(".*[,\\[\\]{}:#`\"].*|^['!%&*].*")
        ? node.toString()
        : text;
  }
}
