package org.pyflinkcep.flink;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.TimeZones;
import org.pyflinkcep.matcher.Documents;
import org.pyflinkcep.matcher.EventOrder;
import org.pyflinkcep.matcher.MatchPlan;
import org.pyflinkcep.matcher.RuleReader;

/**
 * All that one call of {@code match_rules} asks for, as its operators take it with them.
 *
 * @param json the plan, as Python sends it
 * @param eventType the columns of the events as they are kept: any may be NULL
 * @param zones the session's time zone, and that of the events' times
 * @param updateZones the same of the updates' times; null where they have none, and an update acts
 *     on what comes after it
 */
record RulesPlan(String json, RowType eventType, TimeZones zones, TimeZones updateZones)
    implements Serializable {

  /** Whether an update acts from a time on. */
  boolean updatesHaveTime() {
    return updateZones != null;
  }

  /** The time of an update as the events count it. */
  long timeOfUpdate(long time) {
    return zones.equals(updateZones) ? time : zones.time(updateZones.instant(time));
  }

  /** The rules that the job is started with; errors are reported, all at once. */
  List<RuleReader.Rule> rules(Diagnostics diagnostics) {
    List<RuleReader.Rule> rules = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (JsonNode source : document().path("rules")) {
      RuleReader.Rule rule =
          read(source.get("name").asText(), source.get("text").asText(), diagnostics);
      if (rule == null) {
        continue;
      }
      if (!ids.add(rule.document().id())) {
        diagnostics.add(
            rule.diagnostic(
                "id",
                "duplicate-rule",
                "the rule `" + rule.document().id() + "` is there already",
                "keep one version of a rule, or give this one an id of its own"));
      }
      rules.add(rule);
    }
    return rules;
  }

  /** Reads a rule, also for what alerts need of it. */
  RuleReader.Rule read(String name, String text, Diagnostics diagnostics) {
    try {
      RuleReader.Rule rule = RuleReader.read(name, text, eventType, zones, diagnostics);
      return rule != null && AlertRows.check(rule, diagnostics) ? rule : null;
    } catch (OutOfMemoryError e) {
      throw e;
    } catch (RuntimeException | Error e) {
      // No document may end a running job, whatever it finds that was not thought of.
      diagnostics.add(
          new Diagnostic(
              "internal-error",
              name,
              null,
              0,
              0,
              0,
              "the document can't be read: " + e,
              "this is a defect of pyflink-cep: please report it, with the document"));
      return null;
    }
  }

  EventOrder order(Diagnostics diagnostics) {
    List<String> columns = new ArrayList<>();
    document().path("order_by").forEach(column -> columns.add(column.asText()));
    return EventOrder.by(columns, eventType, diagnostics);
  }

  long allowedLateness() {
    return document().path("allowed_lateness").asLong(0);
  }

  int maxPartialMatches() {
    return document().path("max_partial_matches").asInt(MatchPlan.DEFAULT_MAX_PARTIAL_MATCHES);
  }

  /** Tells the plan, and the columns of the events, from others. */
  String fingerprint() {
    byte[] all = (json + eventType.asSerializableString()).getBytes(StandardCharsets.UTF_8);
    return UUID.nameUUIDFromBytes(all).toString();
  }

  /** The name that the call gives its operators, or null. */
  String name() {
    return document().path("name").textValue();
  }

  private JsonNode document() {
    return Documents.parse(json);
  }
}
