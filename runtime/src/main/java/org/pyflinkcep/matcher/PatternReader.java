package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.matcher.SkipStrategy.Kind;
import org.pyflinkcep.matcher.StepSpec.Clause;
import org.pyflinkcep.matcher.StepSpec.Inner;
import org.pyflinkcep.matcher.StepSpec.Times;

/** Reads the pattern part of a document: JSON, or YAML once it was parsed. */
final class PatternReader {

  /** The keys of a step beside its verb, each with its JSON Schema. */
  static final Map<String, String> STEP_KEYS =
      new TreeMap<>(
          Map.of(
              "where",
              """
              {"description": "the step's condition, as SQL; of a list all must hold, or one that is {or: SQL}",
               "anyOf": [{"type": "string"},
                         {"type": "array", "items": {"anyOf": [{"type": "string"},
                           {"type": "object", "required": ["or"], "additionalProperties": false,
                            "properties": {"or": {"type": "string"}}}]}}]}""",
              "until",
              """
              {"description": "ends a loop: an event for which it holds is not taken", "type": "string"}""",
              "times",
              """
              {"description": "how often: 3, 2..5, 3+ or 1+; 0..2 and 0+ may be left out as well",
               "anyOf": [{"type": "integer", "minimum": 1},
                         {"type": "string", "pattern": "^[0-9]+([+]|[.][.][0-9]+)?$"}]}""",
              "times_within",
              """
              {"description": "the longest time between two events of the loop", "$ref": "#/$defs/duration"}""",
              "consecutive",
              """
              {"description": "no other event between those of the loop", "type": "boolean"}""",
              "allow_combinations",
              """
              {"description": "an event that fits may be left out, for all combinations", "type": "boolean"}""",
              "optional",
              """
              {"description": "may be left out", "type": "boolean"}""",
              "greedy",
              """
              {"description": "takes an event that the next step could take as well", "type": "boolean"}""",
              "within",
              """
              {"description": "the longest time from the match's first event to its last; of several the shortest counts", "$ref": "#/$defs/duration"}""",
              "within_previous",
              """
              {"description": "the longest time from the match's event before", "$ref": "#/$defs/duration"}"""));

  private static final List<String> ALL_KEYS =
      Stream.concat(
              Arrays.stream(Contiguity.values()).map(Contiguity::verb), STEP_KEYS.keySet().stream())
          .toList();

  private static final String TIMES_HINT =
      "`3` is three times, `2..5` two to five times, `3+` three times or more";

  private static final Pattern TIMES = Pattern.compile("(\\d+)(?:(\\+)|\\.\\.(\\d+))?");
  private static final Pattern ZERO_OR_MORE = Pattern.compile("0+(\\+|\\.\\.\\d+)");

  private final Diagnostics diagnostics;

  PatternReader(Diagnostics diagnostics) {
    this.diagnostics = diagnostics;
  }

  PatternSpec read(JsonNode document) {
    JsonNode steps = document.path("steps");
    if (!steps.isArray() || steps.isEmpty()) {
      error("invalid-document", "steps", "`steps` must be a list with at least one step", null);
      return null;
    }
    List<StepSpec> read = readSteps(steps, "steps");
    if (read.isEmpty()) {
      return null;
    }
    Long within = duration(document.get("within"), "within");
    Long withinPrevious = duration(document.get("within_previous"), "within_previous");
    if (within != null || withinPrevious != null) {
      StepSpec last = read.get(read.size() - 1);
      refuseSecond("within", within, last.within());
      refuseSecond("within_previous", withinPrevious, last.withinPrevious());
      read.set(read.size() - 1, withWindows(last, within, withinPrevious));
    }
    return new PatternSpec(List.copyOf(read), readSkip(document.get("skip")));
  }

  private void refuseSecond(String key, Long ofPattern, Long ofLastStep) {
    if (ofPattern != null && ofLastStep != null) {
      error("window-twice", "pattern", "`" + key + "` is set here and at the last step", null);
    }
  }

  private static StepSpec withWindows(StepSpec s, Long within, Long withinPrevious) {
    return new StepSpec(
        s.contiguity(),
        s.name(),
        s.group(),
        s.where(),
        s.until(),
        s.times(),
        s.inner(),
        s.optional(),
        s.greedy(),
        within != null ? within : s.within(),
        withinPrevious != null ? withinPrevious : s.withinPrevious());
  }

  private List<StepSpec> readSteps(JsonNode steps, String path) {
    List<StepSpec> read = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      StepSpec step = readStep(steps.get(i), path + "[" + i + "]", i == 0);
      if (step != null) {
        read.add(step);
      }
    }
    return read;
  }

  private StepSpec readStep(JsonNode step, String path, boolean first) {
    Contiguity contiguity = null;
    JsonNode target = null;
    boolean known = true;
    Iterator<String> fields = step.fieldNames();
    while (fields.hasNext()) {
      String field = fields.next();
      Contiguity verb = verb(field);
      if (verb != null && contiguity != null) {
        error("invalid-verb", path, "a step has one verb, found two", null);
      } else if (verb != null) {
        contiguity = verb;
        target = step.get(field);
      } else if (!STEP_KEYS.containsKey(field)) {
        known = false;
        error(
            "unknown-key",
            path,
            "`" + field + "` is not a key of a step",
            KeyHints.ofStep(field, ALL_KEYS));
      }
    }
    if (contiguity == null && (known || step.isEmpty())) {
      error(
          "invalid-verb",
          path,
          "a step needs a verb: one of " + Contiguity.verbs(),
          step.isTextual() ? "such as {begin: " + step.asText() + "}" : null);
    }
    if (contiguity == null) {
      return null;
    }
    if (first != (contiguity == Contiguity.BEGIN)) {
      error("invalid-verb", path, "the first step, and no other, is a `begin`", null);
      return null;
    }
    String name = null;
    List<StepSpec> group = null;
    if (target.isArray() && !target.isEmpty()) {
      group = List.copyOf(readSteps(target, path));
      if (group.isEmpty()) {
        return null;
      }
    } else if (target.isTextual()
        && !target.asText().equals(target.asText().replaceAll("[\\n\\r]", ""))) {
      error("invalid-step-name", path, "a step's name stands on one line", null);
      return null;
    } else if (target.isTextual() && !target.asText().isBlank()) {
      name = target.asText();
    } else {
      error(
          target.isTextual()
              ? "invalid-step-name"
              : target.isArray() ? "invalid-document" : "wrong-type",
          path,
          "`" + contiguity.verb() + "` needs a step's name, or a list of steps",
          null);
      return null;
    }
    String where = group == null ? "step `" + name + "`" : "group at " + path;
    Long timesWithin = duration(step.get("times_within"), "times_within of " + where);
    boolean zeroTimes = ZERO_OR_MORE.matcher(step.path("times").asText("")).matches();
    boolean optional = flag(step.get("optional"), "optional of " + where);
    if (zeroTimes && optional) {
      error("optional-twice", where, "it is optional already: it may occur 0 times", null);
    }
    return new StepSpec(
        contiguity,
        name,
        group,
        readClauses(step.get("where"), where),
        text(step.get("until"), "until of " + where),
        readTimes(step.get("times"), timesWithin, where),
        readInner(step, where),
        zeroTimes || optional,
        flag(step.get("greedy"), "greedy of " + where),
        duration(step.get("within"), "within of " + where),
        duration(step.get("within_previous"), "within_previous of " + where));
  }

  private static Contiguity verb(String field) {
    for (Contiguity contiguity : Contiguity.values()) {
      if (contiguity.verb().equals(field)) {
        return contiguity;
      }
    }
    return null;
  }

  private List<Clause> readClauses(JsonNode where, String step) {
    List<Clause> clauses = new ArrayList<>();
    if (where == null || where.isNull()) {
      return clauses;
    }
    for (JsonNode clause : where.isArray() ? where : List.of(where)) {
      if (clause.isObject() && clause.size() == 1 && clause.path("or").isTextual()) {
        clauses.add(new Clause(clause.get("or").asText(), true));
      } else if (clause.isTextual()) {
        clauses.add(new Clause(clause.asText(), false));
      } else {
        error(
            "wrong-type",
            "where of " + step,
            "expected SQL text, or a list of SQL text and {or: SQL}",
            null);
      }
    }
    return List.copyOf(clauses);
  }

  private Times readTimes(JsonNode times, Long within, String step) {
    String location = "times of " + step;
    if (times == null || times.isNull()) {
      if (within != null) {
        error("missing-quantifier", location, "`times_within` needs `times`", null);
      }
      return null;
    }
    Matcher parts = TIMES.matcher(times.asText());
    if (!parts.matches()) {
      error(
          "invalid-times",
          location,
          "`" + written(times) + "` is not `3`, `2..5` or `3+`",
          TIMES_HINT);
      return null;
    }
    try {
      int min = Integer.parseInt(parts.group(1));
      Integer max =
          parts.group(2) != null
              ? null
              : parts.group(3) != null ? Integer.valueOf(parts.group(3)) : Integer.valueOf(min);
      if (ZERO_OR_MORE.matcher(times.asText()).matches()) {
        min = 1;
      }
      if (min < 1 || (max != null && max < min)) {
        error(
            "invalid-times",
            location,
            "`" + times.asText() + "` must be at least 1, and ascending",
            null);
        return null;
      }
      return new Times(min, max, within);
    } catch (NumberFormatException e) {
      error("invalid-times", location, "`" + times.asText() + "` is too large", null);
      return null;
    }
  }

  private Inner readInner(JsonNode step, String where) {
    boolean consecutive = flag(step.get("consecutive"), "consecutive of " + where);
    boolean combinations = flag(step.get("allow_combinations"), "allow_combinations of " + where);
    if (consecutive && combinations) {
      error(
          "contiguity-twice",
          where,
          "`consecutive` and `allow_combinations` exclude each other",
          null);
    }
    return consecutive ? Inner.CONSECUTIVE : combinations ? Inner.COMBINATIONS : Inner.RELAXED;
  }

  private SkipStrategy readSkip(JsonNode skip) {
    if (skip == null || skip.isNull()) {
      return SkipStrategy.NONE;
    }
    if (skip.isTextual()) {
      switch (skip.asText()) {
        case "none":
          return SkipStrategy.NONE;
        case "to_next":
          return new SkipStrategy(Kind.TO_NEXT, null, false);
        case "past_last_event":
          return new SkipStrategy(Kind.PAST_LAST_EVENT, null, false);
        default:
      }
    } else if (skip.path("to_first").isTextual() != skip.path("to_last").isTextual()) {
      boolean first = skip.has("to_first");
      return new SkipStrategy(
          first ? Kind.TO_FIRST : Kind.TO_LAST,
          skip.get(first ? "to_first" : "to_last").asText(),
          flag(skip.get("throw_on_miss"), "throw_on_miss"));
    }
    error(
        "invalid-skip",
        "skip",
        "`" + (skip.isTextual() ? skip.asText() : skip.toString()) + "` is not a skip strategy",
        "expected `none`, `to_next`, `past_last_event`, {to_first: STEP} or {to_last: STEP}");
    return SkipStrategy.NONE;
  }

  private Long duration(JsonNode value, String location) {
    if (value == null || value.isNull()) {
      return null;
    }
    try {
      long millis =
          value.isIntegralNumber() ? value.asLong() : Durations.parseMillis(written(value));
      if (millis > 0) {
        return millis;
      }
      error("invalid-duration", location, "a window must be longer than 0 ms", null);
    } catch (IllegalArgumentException e) {
      error("invalid-duration", location, e.getMessage(), null);
    }
    return null;
  }

  private static String written(JsonNode value) {
    return value.isValueNode() ? value.asText() : value.toString();
  }

  private boolean flag(JsonNode value, String location) {
    if (value != null && !value.isBoolean() && !value.isNull()) {
      error("wrong-type", location, "expected true or false, found `" + value.asText() + "`", null);
    }
    return value != null && value.asBoolean();
  }

  private String text(JsonNode value, String location) {
    if (value == null || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      error("wrong-type", location, "expected SQL text", null);
      return null;
    }
    return value.asText();
  }

  private void error(String code, String location, String message, String hint) {
    diagnostics.add(new Diagnostic(code, location, null, 0, 0, 0, message, hint));
  }
}
