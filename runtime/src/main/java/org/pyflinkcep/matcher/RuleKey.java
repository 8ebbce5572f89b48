package org.pyflinkcep.matcher;

import java.util.Arrays;
import java.util.List;

/** The keys of a rule document, with the JSON Schema of each and what it means. */
enum RuleKey {
  ID(
      "id",
      """
      {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"}""",
      "The rule's name: letters, digits, `.`, `_` and `-`. A rule with the id of another is a version of it."),
  VERSION(
      "version",
      """
      {"type": "integer", "minimum": 1}""",
      "The version, which rises with each change."),
  DESCRIPTION(
      "description",
      """
      {"type": "string"}""",
      "What the rule catches, and what it lets through."),
  PARTITION_BY(
      "partition_by",
      """
      {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "uniqueItems": true}]}""",
      "The columns of the key: events of different keys never meet in a match. Without it all events are of one key."),
  STEPS(
      "steps",
      """
      {"$ref": "#/$defs/steps"}""",
      "What to look for, in order."),
  WITHIN(
      "within",
      """
      {"$ref": "#/$defs/duration"}""",
      "The longest time from a match's first event to its last, which is just too late."),
  WITHIN_PREVIOUS(
      "within_previous",
      """
      {"$ref": "#/$defs/duration"}""",
      "The longest time from the event before to the last step's."),
  SKIP(
      "skip",
      """
      {"$ref": "#/$defs/skip"}""",
      "What a match does to others that began before its end."),
  MEASURES(
      "measures",
      """
      {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}""",
      "What is told of a match: names to SQL expressions over its steps."),
  SEVERITY(
      "severity",
      """
      {"enum": ["info", "low", "medium", "high", "critical"]}""",
      "How bad a match is; `medium` without it."),
  STATUS(
      "status",
      """
      {"enum": ["live", "shadow", "paused", "retired"]}""",
      "`live`; `shadow`: its matches are marked, for consumers to leave out; `paused`: matches nothing; `retired`: is taken away."),
  ROLLOUT(
      "rollout",
      """
      {"type": "number", "minimum": 0, "maximum": 100}""",
      "The share of the keys that the rule looks at, in percent, by a stable hash of the key; 100 without it."),
  MAX_PARTIAL_MATCHES(
      "max_partial_matches",
      """
      {"type": "integer", "minimum": 1, "maximum": 2147483647}""",
      "How many partial matches a key may have: past that the oldest is dropped. The job's limit without it."),
  TESTS(
      "tests",
      """
      {"type": "array", "items": {"$ref": "#/$defs/test"}}""",
      "What the rule must find in given events, for `pyflink-cep test`.");

  static final List<String> NAMES = Arrays.stream(values()).map(RuleKey::key).toList();

  private final String key;
  private final String schema;
  private final String description;

  RuleKey(String key, String schema, String description) {
    this.key = key;
    this.schema = schema;
    this.description = description;
  }

  String key() {
    return key;
  }

  String schema() {
    return schema;
  }

  String description() {
    return description;
  }
}
