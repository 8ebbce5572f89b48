package org.pyflinkcep.matcher;

import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.pyflinkcep.expression.Names;

/** What a key of a rule document is called, where people write what other tools call it. */
final class KeyHints {

  private static final String STREAMS =
      "a rule sees one table: make one of several by UNION ALL, with a column that says the kind of"
          + " event, and ask for it in `where`, as the guide `Join streams before a match` does";

  private static final Map<String, String> OF_RULE = new HashMap<>();
  private static final Map<String, String> OF_STEP = new HashMap<>();

  static {
    put(
        OF_RULE,
        "did you mean `partition_by`?",
        "key",
        "keys",
        "group_by",
        "groupby",
        "by",
        "key_by");
    put(OF_RULE, "did you mean `steps`?", "sequence", "pattern", "patterns", "events", "detection");
    put(OF_RULE, "did you mean `severity`?", "level", "priority", "risk");
    put(OF_RULE, "did you mean `id`, or `description`?", "name", "title", "rule");
    put(
        OF_RULE,
        "did you mean `status: paused`, or `status: live`?",
        "enabled",
        "active",
        "disabled");
    put(OF_RULE, "did you mean `within`?", "window", "maxspan", "timeframe", "timespan", "timeout");
    put(OF_RULE, "did you mean `measures`?", "select", "output", "outputs", "fields", "define");
    put(OF_RULE, "did you mean `skip`?", "after_match", "after_match_skip", "skip_strategy");
    put(OF_RULE, "a file has one rule: give each a file of its own", "rules");
    put(OF_RULE, STREAMS, "stream", "streams", "from", "source", "sources", "topic", "table");
    put(OF_STEP, STREAMS, "on", "stream", "from", "source", "topic", "table");
    put(
        OF_STEP,
        "did you mean `where`?",
        "condition",
        "conditions",
        "if",
        "when",
        "filter",
        "query");
    put(OF_STEP, "did you mean `times`?", "count", "quantifier", "repeat", "occurs");
    put(OF_STEP, "write `times: 1+`", "one_or_more", "oneormore", "at_least_once");
    put(OF_STEP, "write `times: 3+`", "times_or_more", "timesormore", "at_least", "min");
    put(
        OF_STEP,
        "did you mean `next` (right after), or `followed_by`?",
        "then",
        "and_then",
        "after");
    put(OF_STEP, "did you mean `not_followed_by`?", "not", "absent", "absence", "without", "never");
    put(
        OF_STEP,
        "the step's name stands at its verb: `begin: NAME`",
        "name",
        "step",
        "id",
        "event");
    put(OF_STEP, "did you mean `within_previous`, or `times_within`?", "max_gap", "gap", "maxspan");
  }

  private KeyHints() {}

  private static void put(Map<String, String> hints, String hint, String... keys) {
    for (String key : keys) {
      hints.put(key, hint);
    }
  }

  /** A hint for a key that a rule doesn't have. */
  static String ofRule(String key) {
    return hint(OF_RULE, key, RuleKey.NAMES);
  }

  /** A hint for a key that a step doesn't have. */
  static String ofStep(String key, Collection<String> known) {
    return hint(OF_STEP, key, known);
  }

  private static String hint(Map<String, String> hints, String key, Collection<String> known) {
    // `partitionBy` and `followed by` are near enough.
    String plain =
        key.replaceAll("([a-z])([A-Z])", "$1_$2").replaceAll("[ -]", "_").toLowerCase(Locale.ROOT);
    String told = hints.get(plain);
    if (told == null) {
      return Names.hint(plain, "Keys", known);
    }
    return told.endsWith("?") ? told + " " + Names.hint("", "Keys", known) : told;
  }
}
