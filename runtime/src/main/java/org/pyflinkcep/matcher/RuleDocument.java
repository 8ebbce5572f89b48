package org.pyflinkcep.matcher;

import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;

/**
 * A rule as it was written.
 *
 * @param id the rule's name: a document with the same id is a version of the rule
 * @param version rises with each change
 * @param partitionBy the columns of its key; none where all events are of one key
 * @param pattern the steps, windows and skip strategy, as {@link PatternSpec} reads them
 * @param measures SQL by name, or null
 * @param rollout the share of the keys that it looks at, in percent
 * @param maxPartialMatches how many partial matches a key may have; null: the job's limit
 * @param json the whole document
 */
public record RuleDocument(
    String id,
    long version,
    List<String> partitionBy,
    JsonNode pattern,
    JsonNode measures,
    String severity,
    Status status,
    double rollout,
    Integer maxPartialMatches,
    JsonNode json) {

  /** Whether a rule takes part. */
  public enum Status {
    LIVE,
    SHADOW,
    PAUSED,
    RETIRED;

    /** As it is written. */
    public String key() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }

    /** Whether the rule matches events. */
    public boolean matches() {
      return this == LIVE || this == SHADOW;
    }
  }
}
