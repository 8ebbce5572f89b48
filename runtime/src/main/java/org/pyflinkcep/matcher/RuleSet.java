package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * All versions of the rules of a job that still matter, and when each acts.
 *
 * <p>One place decides what becomes of an update, by {@link #update}. The others follow by {@link
 * #apply}, to which it doesn't matter if a change comes twice.
 */
public final class RuleSet {

  /** How many ended versions of a rule are kept, so that what is under way can be finished. */
  private static final int MAX_ENDED = 20;

  /**
   * The same where updates have a time: many may have come while the events before them are still
   * to come, as in a replay.
   */
  private static final int MAX_ENDED_WITH_TIME = 1_000;

  /**
   * A version of a rule.
   *
   * @param number what keys know it by
   * @param partition the number of its {@link #partitions() partition}; -1: it matches nothing
   * @param name what its document is called in errors
   * @param text its document
   */
  public record Version(
      int number,
      String id,
      long version,
      int partition,
      String name,
      String text,
      Lifetime lifetime) {

    boolean matches() {
      return partition >= 0;
    }

    private Version with(Lifetime changed) {
      return new Version(number, id, version, partition, name, text, changed);
    }
  }

  /** What becomes of an update. */
  public enum Outcome {
    ACCEPTED,
    REPLACED,
    RETIRED,
    UNCHANGED,
    REJECTED;

    public String key() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** By number, in the order in which they came. */
  private final Map<Integer, Version> versions = new LinkedHashMap<>();

  private final List<List<String>> partitions = new ArrayList<>();
  private int epoch;
  private int nextNumber;

  public Iterable<Version> versions() {
    return versions.values();
  }

  /** The sets of columns that rules are matched by; a partition's number is its place. */
  public List<List<String>> partitions() {
    return partitions;
  }

  /** How many changes there have been. */
  public int epoch() {
    return epoch;
  }

  public boolean isEmpty() {
    return versions.isEmpty();
  }

  /** The version that keys know by a number; null once it is forgotten. */
  public Version get(int number) {
    return versions.get(number);
  }

  /** The newest version of a rule, ended or not; null where there is none. */
  public Version newest(String id) {
    return versions.values().stream()
        .filter(version -> version.id().equals(id))
        .max(Comparator.comparingInt(Version::number))
        .orElse(null);
  }

  /** Whether the newest version of a rule took it away. */
  public boolean isRetired(String id) {
    Version newest = newest(id);
    return newest == null
        || !newest.matches()
            && RuleReader.peek(newest.text())
                .path("status")
                .asText()
                .equals(RuleDocument.Status.RETIRED.key());
  }

  /** What would become of a document. */
  public Outcome judge(RuleDocument document) {
    Version newest = newest(document.id());
    if (newest != null && document.version() <= newest.version()) {
      boolean same =
          document.version() == newest.version()
              && matched(document.json()).equals(matched(SourceDocument.read(newest.text())));
      return same ? Outcome.UNCHANGED : Outcome.REJECTED;
    }
    if (document.status() == RuleDocument.Status.RETIRED) {
      return Outcome.RETIRED;
    }
    return newest == null ? Outcome.ACCEPTED : Outcome.REPLACED;
  }

  /**
   * A document without what a job has no use for: the rule's own tests, which are not published.
   */
  private static JsonNode matched(JsonNode document) {
    ObjectNode matched = document.deepCopy();
    matched.remove("tests");
    return matched;
  }

  /** Puts in the rules that a job is started with. They are there from the beginning. */
  public void begin(List<RuleReader.Rule> rules) {
    for (RuleReader.Rule rule : rules) {
      add(rule.document(), rule.name(), rule.text(), Lifetime.ALWAYS);
    }
  }

  /**
   * Puts in a new version of a rule, which {@link #judge} has let pass.
   *
   * @param time from when it acts, in milliseconds; the beginning of time where the update has none
   * @return the change, for {@link #apply}
   */
  public String update(RuleReader.Rule rule, long time) {
    epoch++;
    RuleDocument document = rule.document();
    Lifetime.Change begins = new Lifetime.Change(epoch, time);
    ObjectNode change = JsonNodeFactory.instance.objectNode();
    ArrayNode changed = change.putArray("versions");
    ArrayNode removed = change.putArray("removed");
    List<Version> earlier =
        versions.values().stream().filter(v -> v.id().equals(document.id())).toList();
    long matching = earlier.stream().filter(Version::matches).count();
    int maxEnded = time == Long.MIN_VALUE ? MAX_ENDED : MAX_ENDED_WITH_TIME;
    for (Version version : earlier) {
      if (!version.matches() || matching > maxEnded) {
        matching -= version.matches() ? 1 : 0;
        versions.remove(version.number());
        removed.add(version.number());
        continue;
      }
      Lifetime ended = version.lifetime().until(begins, !document.status().matches());
      if (!ended.equals(version.lifetime())) {
        versions.put(version.number(), version.with(ended));
        changed.add(write(version.with(ended)));
      }
    }
    changed.add(write(add(document, rule.name(), rule.text(), Lifetime.from(begins))));
    return finish(change);
  }

  private Version add(RuleDocument document, String name, String text, Lifetime lifetime) {
    Version version =
        new Version(
            nextNumber++,
            document.id(),
            document.version(),
            document.status().matches() ? partitionOf(document.partitionBy()) : -1,
            name,
            text,
            lifetime);
    versions.put(version.number(), version);
    return version;
  }

  private int partitionOf(List<String> columns) {
    int partition = partitions.indexOf(columns);
    if (partition < 0) {
      partition = partitions.size();
      partitions.add(List.copyOf(columns));
    }
    return partition;
  }

  // ---- changes and state, as JSON -----------------------------------------------------------

  /** The whole set, for {@link #apply}. */
  public String toJson() {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    ArrayNode written = all.putArray("versions");
    versions.values().forEach(version -> written.add(write(version)));
    return finish(all);
  }

  /**
   * The whole set, as that which those who follow must have too.
   *
   * @see #differenceFromBeginning
   */
  public String beginning() {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    ArrayNode written = all.putArray("beginning");
    versions.values().forEach(version -> written.add(write(version)));
    all.putArray("versions");
    return finish(all);
  }

  /**
   * How this set differs from that which a change says all begin with.
   *
   * @param json what {@link #beginning} or {@link #update} gave
   * @return null where it doesn't, or the change says nothing of it
   */
  public String differenceFromBeginning(String json) {
    JsonNode change = Documents.parse(json);
    if (!change.has("beginning")) {
      return null;
    }
    Map<Integer, Version> begun = new LinkedHashMap<>();
    change.get("beginning").forEach(node -> begun.put(node.get("number").asInt(), read(node)));
    for (Version version : versions.values()) {
      Version other = begun.remove(version.number());
      if (other == null
          || !other.id().equals(version.id())
          || other.version() != version.version()
          || other.partition() != version.partition()) {
        return "the savepoint has version " + version.version() + " of `" + version.id() + "`";
      }
    }
    for (Version version : begun.values()) {
      return "the savepoint has no version " + version.version() + " of `" + version.id() + "`";
    }
    return epoch == change.get("epoch").asInt()
        ? null
        : "others were added, or the rules of the savepoint had been changed before";
  }

  private String finish(ObjectNode change) {
    ArrayNode columns = change.putArray("partitions");
    partitions.forEach(partition -> partition.forEach(columns.addArray()::add));
    return change.put("epoch", epoch).put("next_number", nextNumber).toString();
  }

  private static JsonNode write(Version version) {
    Lifetime lifetime = version.lifetime();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("number", version.number())
        .put("id", version.id())
        .put("version", version.version())
        .put("partition", version.partition())
        .put("name", version.name())
        .put("text", version.text())
        .set("born", write(lifetime.born()));
    node.set("ended", write(lifetime.ended()));
    node.set("over", write(lifetime.over()));
    return node;
  }

  private static JsonNode write(List<Lifetime.Change> changes) {
    ArrayNode written = JsonNodeFactory.instance.arrayNode();
    changes.forEach(change -> written.add(write(change)));
    return written;
  }

  private static JsonNode write(Lifetime.Change change) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("epoch", change.epoch())
        .put("time", change.time());
  }

  private static Version read(JsonNode node) {
    return new Version(
        node.get("number").asInt(),
        node.get("id").asText(),
        node.get("version").asLong(),
        node.get("partition").asInt(),
        node.get("name").asText(),
        node.get("text").asText(),
        new Lifetime(
            readChange(node.get("born")),
            readChanges(node.get("ended")),
            readChanges(node.get("over"))));
  }

  private static List<Lifetime.Change> readChanges(JsonNode changes) {
    List<Lifetime.Change> read = new ArrayList<>();
    changes.forEach(change -> read.add(readChange(change)));
    return List.copyOf(read);
  }

  private static Lifetime.Change readChange(JsonNode change) {
    return new Lifetime.Change(change.get("epoch").asInt(), change.get("time").asLong());
  }

  /** What a change has changed. */
  public record Changes(List<Version> added, List<Version> ended, List<Integer> removed) {}

  /**
   * Follows a change that was decided elsewhere.
   *
   * @param json what {@link #update} or {@link #toJson} gave
   * @return what is new; nothing where the change was followed before
   */
  public Changes apply(String json) {
    JsonNode change = Documents.parse(json);
    Changes changes = new Changes(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    if (change.get("epoch").asInt() <= epoch && !isEmpty()) {
      return changes;
    }
    epoch = change.get("epoch").asInt();
    nextNumber = change.get("next_number").asInt();
    for (JsonNode columns : change.get("partitions")) {
      List<String> partition = new ArrayList<>();
      columns.forEach(column -> partition.add(column.asText()));
      partitionOf(partition);
    }
    for (JsonNode node : change.get("versions")) {
      Version version = read(node);
      Version known = versions.put(version.number(), version);
      if (known == null) {
        changes.added().add(version);
      } else if (!known.lifetime().equals(version.lifetime())) {
        changes.ended().add(version);
      }
    }
    for (JsonNode node : change.path("removed")) {
      if (versions.remove(node.asInt()) != null) {
        changes.removed().add(node.asInt());
      }
    }
    return changes;
  }
}
