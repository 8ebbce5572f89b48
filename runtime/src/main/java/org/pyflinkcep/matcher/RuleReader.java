package org.pyflinkcep.matcher;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.MissingNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.Names;
import org.pyflinkcep.expression.TimeZones;

/**
 * Reads a rule document, and reports all that is wrong with it, each at its line and column of the
 * document.
 */
public final class RuleReader {

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final List<String> SEVERITIES =
      List.of("info", "low", "medium", "high", "critical");
  private static final List<String> STATUSES = List.of("live", "shadow", "paused", "retired");
  private static final List<String> TEST_KEYS =
      List.of("name", "events", "matches", "timeouts", "late", "time_field", "schema");

  private final SourceDocument source;
  private final JsonNode root;

  /** The paths of the steps, by what errors call them. */
  private final Map<String, String> stepPaths = new HashMap<>();

  private RuleReader(SourceDocument source) {
    this.source = source;
    this.root = source.root();
  }

  /**
   * A rule, and what it is compiled to.
   *
   * @param name what its document is called in errors
   * @param compiled null where there was no type to compile it for
   */
  public record Rule(String name, String text, RuleDocument document, CompiledRule compiled) {

    /** An error of the value at a path of the document, such as {@code version}. */
    public Diagnostic diagnostic(String path, String code, String message, String hint) {
      Diagnostics found = new Diagnostics();
      SourceDocument.read(name, text, found).report(path, code, message, hint);
      return found.list().get(found.list().size() - 1);
    }
  }

  /**
   * Reads and compiles a rule.
   *
   * @param name what the document is called in errors
   * @param eventType the columns of the events; null: they aren't known, and names are not resolved
   * @param zones the session's time zone, and that of the events' times
   * @return the rule, or null after errors were reported
   */
  public static Rule read(
      String name, String text, RowType eventType, TimeZones zones, Diagnostics diagnostics) {
    Diagnostics found = new Diagnostics();
    SourceDocument source = SourceDocument.read(name, text, found);
    Rule rule = source == null ? null : new RuleReader(source).read(eventType, zones);
    found.list().stream()
        .sorted(Comparator.comparingInt(Diagnostic::line).thenComparingInt(Diagnostic::column))
        .forEach(diagnostics::add);
    return found.list().isEmpty() ? rule : null;
  }

  /** Reads and compiles a rule for events whose times are instants. */
  public static Rule read(
      String name, String text, RowType eventType, ZoneId session, Diagnostics diagnostics) {
    return read(name, text, eventType, TimeZones.ofInstants(session), diagnostics);
  }

  /** What can be read of a document, as plain data, whatever is wrong with it. */
  public static JsonNode peek(String text) {
    try {
      SourceDocument source = SourceDocument.read("", text, new Diagnostics());
      return source == null ? MissingNode.getInstance() : source.root();
    } catch (OutOfMemoryError e) {
      throw e;
    } catch (RuntimeException | Error e) {
      return MissingNode.getInstance();
    }
  }

  private Rule read(RowType eventType, TimeZones zones) {
    if (!root.isObject()) {
      source.report(
          "",
          "wrong-type",
          "a rule is an object with `id`, `version` and `steps`",
          root.isArray() ? "a file has one rule: give each a file of its own" : null);
      return null;
    }
    root.fieldNames()
        .forEachRemaining(
            key -> {
              if (!RuleKey.NAMES.contains(key)) {
                source.reportKey(
                    key,
                    "unknown-key",
                    "`" + key + "` is not a key of a rule",
                    KeyHints.ofRule(key));
              }
            });
    String id = readId();
    long version = readVersion();
    List<String> partitionBy = readPartitionBy(eventType);
    readText("description");
    String severity = readChoice("severity", SEVERITIES, "medium");
    String status = readChoice("status", STATUSES, "live");
    double rollout = readRollout();
    Integer limit = readLimit();
    JsonNode measures = readMeasures();
    checkTests();
    ObjectNode pattern = JsonNodeFactory.instance.objectNode();
    for (String key : List.of("steps", "within", "within_previous", "skip")) {
      if (root.has(key)) {
        pattern.set(key, root.get(key));
      }
    }
    CompiledRule compiled = readPattern(pattern, measures, eventType, zones);
    return new Rule(
        source.name(),
        source.text(),
        new RuleDocument(
            id,
            version,
            partitionBy,
            pattern,
            measures,
            severity,
            RuleDocument.Status.valueOf(status.toUpperCase(Locale.ROOT)),
            rollout,
            limit,
            root),
        compiled);
  }

  private String readId() {
    JsonNode id = root.get("id");
    if (id == null) {
      source.report("", "missing-key", "a rule needs an `id`", "such as `id: card-testing`");
      return "";
    }
    if (!id.isTextual() || !ID.matcher(id.asText()).matches()) {
      source.report(
          "id",
          "invalid-id",
          "an id is made of letters, digits, `.`, `_` and `-`, 128 at most, and is text",
          "such as `card-testing`");
    }
    return id.asText();
  }

  private long readVersion() {
    JsonNode version = root.get("version");
    if (version == null) {
      source.report("", "missing-key", "a rule needs a `version`", "the first one is 1");
      return 1;
    }
    if (!version.isIntegralNumber() || !version.canConvertToLong() || version.asLong() < 1) {
      source.report("version", "wrong-type", "a version is a whole number from 1 on", null);
    }
    return version.asLong();
  }

  private List<String> readPartitionBy(RowType eventType) {
    JsonNode value = root.get("partition_by");
    List<String> columns = new ArrayList<>();
    if (value == null || value.isNull()) {
      return columns;
    }
    boolean list = value.isArray();
    for (int i = 0; i < (list ? value.size() : 1); i++) {
      String path = list ? "partition_by[" + i + "]" : "partition_by";
      JsonNode column = list ? value.get(i) : value;
      if (!column.isTextual()) {
        source.report(path, "wrong-type", "expected a column's name, or a list of names", null);
        continue;
      }
      if (columns.contains(column.asText())) {
        source.report(
            path, "duplicate-column", "`" + column.asText() + "` is in the key already", null);
      }
      if (eventType != null) {
        checkKeyColumn(path, column.asText(), eventType);
      }
      columns.add(column.asText());
    }
    return columns;
  }

  private void checkKeyColumn(String path, String column, RowType eventType) {
    int position = eventType.getFieldIndex(column);
    if (position < 0) {
      source.report(
          path, "unknown-column", "`" + column + "` is not a column", keyHint(column, eventType));
    } else if (!eventType.getTypeAt(position).is(LogicalTypeFamily.PREDEFINED)) {
      source.report(
          path,
          "unsupported-type",
          "`"
              + column
              + "` is a "
              + eventType.getTypeAt(position).asSummaryString()
              + ", which can't be a key",
          "select the part of it that identifies the key into a column of its own");
    }
  }

  private static String keyHint(String column, RowType eventType) {
    String name = column.replaceAll("[^A-Za-z0-9]+", "_").replaceAll("^_|_$", "");
    if (column.contains(",") && !column.contains("(")) {
      return "several columns are a list: partition_by: [" + column + "]";
    }
    return column.matches("\\w+")
        ? Names.hint(column, "Columns", eventType.getFieldNames())
        : "a key is a column of the table: select `"
            + column
            + " AS "
            + name
            + "` before the match, and write partition_by: "
            + name;
  }

  private void readText(String key) {
    JsonNode value = root.get(key);
    if (value != null && !value.isTextual() && !value.isNull()) {
      source.report(key, "wrong-type", "`" + key + "` is text", null);
    }
  }

  private String readChoice(String key, List<String> choices, String absent) {
    JsonNode value = root.get(key);
    if (value == null) {
      return absent;
    }
    if (!value.isTextual() || !choices.contains(value.asText())) {
      source.report(
          key,
          "invalid-choice",
          "`" + value.asText() + "` is not a " + key,
          Names.hint(value.asText(), "One of", choices));
      return absent;
    }
    return value.asText();
  }

  private double readRollout() {
    JsonNode rollout = root.get("rollout");
    if (rollout == null) {
      return 100;
    }
    if (!rollout.isNumber() || !(rollout.asDouble() >= 0 && rollout.asDouble() <= 100)) {
      source.report("rollout", "wrong-type", "a rollout is a number of percent, 0 to 100", null);
    }
    return rollout.asDouble();
  }

  private Integer readLimit() {
    JsonNode limit = root.get("max_partial_matches");
    if (limit == null) {
      return null;
    }
    if (!limit.isIntegralNumber() || !limit.canConvertToInt() || limit.asInt() < 1) {
      source.report(
          "max_partial_matches", "wrong-type", "the limit is a whole number from 1 on", null);
    }
    return limit.asInt();
  }

  private JsonNode readMeasures() {
    JsonNode measures = root.get("measures");
    if (measures == null || measures.isNull()) {
      return null;
    }
    if (!measures.isObject() || measures.isEmpty()) {
      source.report(
          "measures",
          "wrong-type",
          "expected names with SQL expressions",
          "such as `measures: {spent: spend.amount}`");
      return null;
    }
    Iterator<Map.Entry<String, JsonNode>> fields = measures.fields();
    boolean valid = true;
    while (fields.hasNext()) {
      Map.Entry<String, JsonNode> measure = fields.next();
      String path = "measures." + measure.getKey();
      if (measure.getKey().isBlank()) {
        source.reportKey(path, "invalid-name", "a measure needs a name", null);
        valid = false;
      }
      if (!measure.getValue().isTextual()) {
        source.report(
            path, "wrong-type", "a measure is a SQL expression, as text", "put it in quotes");
        valid = false;
      }
    }
    return valid ? measures : null;
  }

  private void checkTests() {
    JsonNode tests = root.get("tests");
    if (tests == null || tests.isNull()) {
      return;
    }
    if (!tests.isArray()) {
      source.report("tests", "wrong-type", "`tests` is a list", null);
      return;
    }
    for (int i = 0; i < tests.size(); i++) {
      JsonNode test = tests.get(i);
      String path = "tests[" + i + "]";
      if (!test.isObject()) {
        source.report(path, "wrong-type", "a test has `name`, `events`, and what is found", null);
        continue;
      }
      test.fieldNames()
          .forEachRemaining(
              key -> {
                if (!TEST_KEYS.contains(key)) {
                  source.reportKey(
                      path + "." + key,
                      "unknown-key",
                      "`" + key + "` is not a key of a test",
                      Names.hint(key, "Keys", TEST_KEYS));
                }
              });
      if (!test.path("name").isTextual()) {
        source.report(path + ".name", "missing-key", "a test needs a `name`", null);
      }
      if (!test.path("events").isArray()) {
        source.report(path + ".events", "missing-key", "a test needs `events`, a list", null);
      }
    }
  }

  private CompiledRule readPattern(
      JsonNode pattern, JsonNode measures, RowType eventType, TimeZones zones) {
    findSteps(root.path("steps"), "steps", "steps");
    if (root.has("within")) {
      refuseWindows(root.path("steps"), "steps");
    }
    Diagnostics found = new Diagnostics();
    CompiledRule compiled = CompiledRule.compile(pattern, measures, eventType, zones, found);
    PatternSpec spec = PatternSpec.fromJson(pattern, new Diagnostics());
    if (spec != null) {
      new VainWindows(found).check(spec);
    }
    found.list().forEach(this::report);
    return compiled;
  }

  /**
   * Finds where each step is, by the names that errors have for it.
   *
   * @param known what {@link PatternReader} calls the place of the steps
   */
  private void findSteps(JsonNode steps, String known, String path) {
    for (int i = 0; steps.isArray() && i < steps.size(); i++) {
      String knownStep = known + "[" + i + "]";
      String stepPath = path + "[" + i + "]";
      stepPaths.put(knownStep, stepPath);
      stepPaths.put("group at " + knownStep, stepPath);
      for (Contiguity contiguity : Contiguity.values()) {
        JsonNode target = steps.get(i).path(contiguity.verb());
        if (target.isTextual()) {
          stepPaths.putIfAbsent("step `" + target.asText() + "`", stepPath);
        } else if (target.isArray()) {
          stepPaths.putIfAbsent("group", stepPath);
          stepPaths.putIfAbsent("a group", stepPath);
          findSteps(target, knownStep, stepPath + "." + contiguity.verb());
        }
      }
    }
  }

  /** A match has one window, the shortest that is given: a second one would change the first. */
  private void refuseWindows(JsonNode steps, String path) {
    for (int i = 0; steps.isArray() && i < steps.size(); i++) {
      String step = path + "[" + i + "]";
      if (steps.get(i).has("within")) {
        source.reportKey(
            step + ".within",
            "window-twice",
            "`within` is the window of the whole match, wherever it stands, and the rule has one",
            "bound the time between the events of a loop by `times_within`, and to the event before by"
                + " `within_previous`; or say it in a condition, such as ROWTIME() - FIRST(ROWTIME(step)) < 300000");
      }
      for (Contiguity contiguity : Contiguity.values()) {
        refuseWindows(steps.get(i).path(contiguity.verb()), step + "." + contiguity.verb());
      }
    }
  }

  /** Puts an error of the pattern at its place in the document. */
  private void report(Diagnostic diagnostic) {
    String path = pathOf(diagnostic.location());
    if (diagnostic.source() != null) {
      source.reportInExpression(clausePath(path, diagnostic.source()), diagnostic);
    } else if (diagnostic.code().equals("unknown-key")) {
      String key = diagnostic.message().split("`")[1];
      source.reportKey(
          path + "." + key, diagnostic.code(), diagnostic.message(), diagnostic.hint());
    } else {
      source.report(path, diagnostic.code(), diagnostic.message(), diagnostic.hint());
    }
  }

  private String pathOf(String location) {
    int of = location.indexOf(" of ");
    if (of > 0 && stepPaths.containsKey(location.substring(of + 4))) {
      String key = location.substring(0, of);
      String ofStep = stepPaths.get(location.substring(of + 4)) + "." + key;
      // The last step has the rule's own window, too.
      return source.value(ofStep).isMissingNode() && root.has(key) ? key : ofStep;
    }
    if (location.startsWith("measure `")) {
      return "measures." + location.substring(9, location.length() - 1);
    }
    return stepPaths.getOrDefault(location, location.equals("pattern") ? "steps" : location);
  }

  /** Of several conditions of a step, the one with a text. */
  private String clausePath(String path, String sql) {
    JsonNode value = source.value(path);
    for (int i = 0; value.isArray() && i < value.size(); i++) {
      if (value.get(i).asText().equals(sql)) {
        return path + "[" + i + "]";
      }
      if (value.get(i).path("or").asText().equals(sql)) {
        return path + "[" + i + "].or";
      }
    }
    return path;
  }
}
