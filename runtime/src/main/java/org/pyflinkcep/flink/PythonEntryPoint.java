package org.pyflinkcep.flink;

import java.time.ZoneOffset;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.PatternException;
import org.pyflinkcep.matcher.Documents;
import org.pyflinkcep.matcher.RuleReader;
import org.pyflinkcep.matcher.RuleSchema;
import org.pyflinkcep.matcher.SourceDocument;

/** All that Python calls: one static call each, with JSON documents across. */
public final class PythonEntryPoint {

  private PythonEntryPoint() {}

  /** The version of this jar, which must be that of the Python package. */
  public static String version() {
    return PythonEntryPoint.class.getPackage().getImplementationVersion();
  }

  /** Matches the rows of a table. */
  public static Matched<Table> match(TableEnvironment environment, Table events, String planJson) {
    return TableMatching.match(environment, events, planJson);
  }

  /** Matches the named rows of a stream. */
  public static Matched<DataStream<Row>> match(DataStream<?> events, String planJson) {
    return StreamMatching.match(events, planJson);
  }

  /**
   * Matches the rows of a table against rules.
   *
   * @param updates the documents of new versions, or null
   */
  public static Alerts<Table> matchRules(
      TableEnvironment environment, Table events, Table updates, String planJson) {
    return TableRules.match(environment, events, updates, planJson);
  }

  /** Lets the first event of each key pass; see {@link TableDeduplication}. */
  public static Table deduplicate(TableEnvironment environment, Table events, String planJson) {
    return TableDeduplication.deduplicate(environment, events, planJson);
  }

  /** The rows of a table, read once for all its readers; see {@link TableReadOnce}. */
  public static Table readOnce(TableEnvironment environment, Table rows, boolean stayActive) {
    return TableReadOnce.readOnce(environment, rows, stayActive);
  }

  /** Starts a job that reads a table; see {@link CollectedRows}. */
  public static CollectedRows collect(Table table, boolean updates) {
    return CollectedRows.of(table, updates);
  }

  /** Matches a list of events without a job; see {@link FindMatches}. */
  public static String findMatches(String planJson, String schemaJson, String elementsJson) {
    EventsJson events = new EventsJson(Documents.parse(schemaJson));
    MatchCall call = check(planJson, events);
    return FindMatches.run(call, events, Documents.parse(elementsJson)).toString();
  }

  /** Says how the matches in a list of events come about; see {@link FindMatches#explain}. */
  public static String explain(String planJson, String schemaJson, String elementsJson) {
    EventsJson events = new EventsJson(Documents.parse(schemaJson));
    MatchCall call = check(planJson, events);
    return FindMatches.explain(call, events, Documents.parse(elementsJson)).toString();
  }

  /**
   * Checks a plan against a schema.
   *
   * @return the types of the columns of a match, as {@link #describeTypes} gives them
   */
  public static String check(String planJson, String schemaJson) {
    return TypeJson.describe(
            check(planJson, new EventsJson(Documents.parse(schemaJson))).matchType())
        .toString();
  }

  /**
   * Describes the SQL types of columns, each of which events can have.
   *
   * @return the row of the columns, as {@link TypeJson} describes it
   * @throws PatternException with all types that can't be used
   */
  public static String describeTypes(String schemaJson) {
    return TypeJson.describe(new EventsJson(Documents.parse(schemaJson)).eventType()).toString();
  }

  /**
   * Reads rule documents.
   *
   * @param sourcesJson a list of {@code {"name": ..., "text": ...}}
   * @param schemaJson SQL types by column, or null where the columns aren't known
   * @return the {@code rules}, in the order of the sources: of each that can be read at all its
   *     {@code document} as plain data, and the {@code places} of its values; and the {@code
   *     errors}, all that is wrong with any of them
   */
  public static String readRules(String sourcesJson, String schemaJson) {
    RowType eventType =
        schemaJson == null ? null : new EventsJson(Documents.parse(schemaJson)).eventType();
    Diagnostics diagnostics = new Diagnostics();
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    ArrayNode rules = result.putArray("rules");
    for (JsonNode source : Documents.parse(sourcesJson)) {
      String name = source.get("name").asText();
      String text = source.get("text").asText();
      RuleReader.Rule read = RuleReader.read(name, text, eventType, ZoneOffset.UTC, diagnostics);
      if (read != null) {
        AlertRows.check(read, diagnostics);
      }
      SourceDocument document = SourceDocument.read(name, text, new Diagnostics());
      if (document == null) {
        rules.addNull();
      } else {
        ObjectNode rule = rules.addObject();
        rule.set("document", document.root());
        rule.set("places", document.places());
      }
    }
    result.set("errors", Documents.parse(PatternException.toJson(diagnostics.list())));
    return Documents.write(result);
  }

  /**
   * Reads a document in YAML or JSON.
   *
   * @return the {@code document} as plain data and the {@code places} of its values, null where it
   *     can't be read at all; and the {@code errors}
   */
  public static String readDocument(String name, String text) {
    Diagnostics diagnostics = new Diagnostics();
    SourceDocument document = SourceDocument.read(name, text, diagnostics);
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    result.set("document", document == null ? null : document.root());
    result.set("places", document == null ? null : document.places());
    result.set("errors", Documents.parse(PatternException.toJson(diagnostics.list())));
    return Documents.write(result);
  }

  /** The JSON Schema of rule documents. */
  public static String ruleSchema() {
    return RuleSchema.json().toString();
  }

  private static MatchCall check(String planJson, EventsJson events) {
    return MatchCall.check(planJson, InputColumns.ofStream(events.eventType()), ZoneOffset.UTC);
  }
}
