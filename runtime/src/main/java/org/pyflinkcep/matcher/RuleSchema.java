package org.pyflinkcep.matcher;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;

/** The JSON Schema of rule documents, for editors: made of the keys that the reader knows. */
public final class RuleSchema {

  private static final String DURATION =
      """
      {"description": "such as `10 minutes`, `1 hour 30 minutes` or `500 ms`; a number is in milliseconds",
       "anyOf": [{"type": "integer", "exclusiveMinimum": 0}, {"type": "string", "pattern": "[0-9]"}]}""";

  private static final String SKIP =
      """
      {"anyOf": [
        {"enum": ["none", "to_next", "past_last_event"]},
        {"type": "object", "required": ["to_first"], "additionalProperties": false,
         "properties": {"to_first": {"type": "string"}, "throw_on_miss": {"type": "boolean"}}},
        {"type": "object", "required": ["to_last"], "additionalProperties": false,
         "properties": {"to_last": {"type": "string"}, "throw_on_miss": {"type": "boolean"}}}]}""";

  private static final String STEPS =
      """
      {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}}""";

  private static final String TEST =
      """
      {"type": "object", "required": ["name", "events"], "additionalProperties": false,
       "anyOf": [{"required": ["matches"]}, {"required": ["timeouts"]}, {"required": ["late"]}],
       "properties": {
         "name": {"type": "string"},
         "events": {"type": "array", "items": {"type": "object"},
                    "description": "events in order of arrival, and {watermark: TIME} between them"},
         "matches": {"description": "how many, or what they are: {measures: …, steps: …} or measures",
                     "anyOf": [{"type": "integer", "minimum": 0}, {"type": "array", "items": {"type": "object"}}]},
         "timeouts": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "array", "items": {"type": "object"}}]},
         "late": {"type": "integer", "minimum": 0},
         "time_field": {"type": "string", "description": "the field that holds the time; `ts` without it"},
         "schema": {"type": "object", "additionalProperties": {"type": "string"},
                    "description": "the SQL type of each field, where it can't be seen from the events"}}}""";

  private RuleSchema() {}

  /** The schema, as JSON. */
  public static JsonNode json() {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    schema.put("title", "A rule of pyflink-cep");
    schema.put("type", "object");
    schema.putArray("required").add("id").add("version").add("steps");
    schema.put("additionalProperties", false);
    ObjectNode properties = schema.putObject("properties");
    for (RuleKey key : RuleKey.values()) {
      ObjectNode property = properties.putObject(key.key());
      property.put("description", key.description());
      property.setAll((ObjectNode) Documents.parse(key.schema()));
    }
    ObjectNode definitions = schema.putObject("$defs");
    definitions.set("duration", Documents.parse(DURATION));
    definitions.set("skip", Documents.parse(SKIP));
    definitions.set("steps", Documents.parse(STEPS));
    definitions.set("step", step());
    definitions.set("test", Documents.parse(TEST));
    return schema;
  }

  /** A step has one verb, whose value is a name or, for a group, a list of steps. */
  private static JsonNode step() {
    ObjectNode step = JsonNodeFactory.instance.objectNode();
    step.put("type", "object");
    step.put("additionalProperties", false);
    ObjectNode properties = step.putObject("properties");
    ArrayNode verbs = step.putArray("oneOf");
    for (Contiguity contiguity : Contiguity.values()) {
      properties.set(
          contiguity.verb(),
          Documents.parse(
              contiguity.isNegative()
                  ? "{\"type\": \"string\"}"
                  : "{\"anyOf\": [{\"type\": \"string\"}, {\"$ref\": \"#/$defs/steps\"}]}"));
      verbs.addObject().putArray("required").add(contiguity.verb());
    }
    PatternReader.STEP_KEYS.forEach((key, schema) -> properties.set(key, Documents.parse(schema)));
    return step;
  }
}
