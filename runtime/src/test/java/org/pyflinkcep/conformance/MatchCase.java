package org.pyflinkcep.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.Stream;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;

/**
 * A pattern and a stream of events: one entry of {@code tests/cases/matching}, whose README has the
 * format.
 *
 * @param expected what must come out; null where it isn't known
 * @param departs the name of the {@link Departures departure} by which flink-cep gives something
 *     else; null: none
 * @param finalWatermark where event time stops after the last event
 */
public record MatchCase(
    String name,
    JsonNode pattern,
    boolean processingTime,
    List<String> partitionBy,
    List<String> orderBy,
    List<Signal> stream,
    long finalWatermark,
    Outcome expected,
    String departs) {

  /** The events' columns. */
  public static final RowType SCHEMA =
      RowType.of(
          new LogicalType[] {
            VarCharType.STRING_TYPE,
            new IntType(),
            VarCharType.STRING_TYPE,
            new DoubleType(),
            VarCharType.STRING_TYPE,
            new DoubleType(),
            new BigIntType()
          },
          new String[] {"eid", "id", "name", "price", "type", "volume", "ts"});

  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  /** What reaches an operator, in order. */
  public sealed interface Signal {}

  /** The columns that the case leaves out are null, but for {@code type}. */
  public record Event(
      String eid, long ts, Integer id, String name, Double price, String type, Double volume)
      implements Signal {

    public RowData row() {
      return GenericRowData.of(
          StringData.fromString(eid),
          id,
          StringData.fromString(name),
          price,
          StringData.fromString(type),
          volume,
          ts);
    }

    @Override
    public String toString() {
      StringJoiner fields = new StringJoiner(", ", "{", "}");
      fields.add("eid: " + eid).add("ts: " + ts);
      if (id != null) {
        fields.add("id: " + id);
      }
      if (name != null) {
        fields.add("name: " + name);
      }
      if (price != null) {
        fields.add("price: " + price);
      }
      return fields.toString();
    }
  }

  public record Watermark(long time) implements Signal {
    @Override
    public String toString() {
      return "{watermark: " + time + "}";
    }
  }

  /** The processing-time clock moves without an event. */
  public record Clock(long time) implements Signal {
    @Override
    public String toString() {
      return "{clock: " + time + "}";
    }
  }

  /** The cases of all files in {@code tests/cases/matching}. */
  public static List<MatchCase> all() {
    try (Stream<Path> files = Files.list(Path.of("..", "tests", "cases", "matching"))) {
      List<MatchCase> cases = new ArrayList<>();
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList()) {
        YAML.readTree(file.toFile()).forEach(node -> cases.add(fromYaml(node)));
      }
      return cases;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static MatchCase fromYaml(JsonNode node) {
    List<Signal> stream = new ArrayList<>();
    for (JsonNode item : node.get("events")) {
      if (item.has("watermark")) {
        stream.add(new Watermark(item.get("watermark").asLong()));
      } else if (item.has("clock")) {
        stream.add(new Clock(item.get("clock").asLong()));
      } else {
        stream.add(
            new Event(
                item.get("eid").asText(),
                item.get("ts").asLong(),
                item.has("id") ? item.get("id").asInt() : null,
                item.has("name") ? item.get("name").asText() : null,
                item.has("price") ? item.get("price").asDouble() : null,
                item.path("type").asText("Event"),
                item.has("volume") ? item.get("volume").asDouble() : null));
      }
    }
    return new MatchCase(
        node.get("name").asText(),
        node.get("pattern"),
        node.path("time").asText().equals("processing"),
        texts(node.path("partition_by")),
        texts(node.path("order_by")),
        stream,
        node.path("final_watermark").asLong(Long.MAX_VALUE),
        Outcome.fromYaml(node),
        node.path("departs").textValue());
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(item -> texts.add(item.asText()));
    return texts;
  }

  public MatchCase withPattern(JsonNode other) {
    return new MatchCase(
        name,
        other,
        processingTime,
        partitionBy,
        orderBy,
        stream,
        finalWatermark,
        expected,
        departs);
  }

  public MatchCase withStream(List<Signal> other) {
    return new MatchCase(
        name,
        pattern,
        processingTime,
        partitionBy,
        orderBy,
        other,
        finalWatermark,
        expected,
        departs);
  }

  public List<Event> events() {
    return stream.stream().filter(Event.class::isInstance).map(Event.class::cast).toList();
  }

  /**
   * Where time stops. In processing time that is past the last event, so that events of that time
   * are sorted and matched.
   */
  public long end() {
    if (!processingTime) {
      return finalWatermark;
    }
    return stream.stream()
            .mapToLong(
                signal ->
                    signal instanceof Event event
                        ? event.ts()
                        : signal instanceof Clock clock ? clock.time() : 0)
            .max()
            .orElse(0)
        + 1;
  }

  /** The order of the events of one time; null where it is that in which they come. */
  public Comparator<RowData> order() {
    Comparator<RowData> order = null;
    for (String column : orderBy) {
      Comparator<RowData> next = Comparator.comparing(row -> field(row, column));
      order = order == null ? next : order.thenComparing(next);
    }
    return order;
  }

  /** The values of the columns to partition by, as text. */
  public static String key(RowData row, List<String> partitionBy) {
    return partitionBy.stream().map(column -> field(row, column)).toList().toString();
  }

  @SuppressWarnings("unchecked")
  private static Comparable<Object> field(RowData row, String column) {
    int index = SCHEMA.getFieldIndex(column);
    return (Comparable<Object>)
        RowData.createFieldGetter(SCHEMA.getTypeAt(index), index).getFieldOrNull(row);
  }

  /** The case in the form of {@code tests/cases/matching}, with what came out. */
  public String toYaml(Outcome outcome) {
    StringBuilder text = new StringBuilder("- name: " + name + "\n");
    if (processingTime) {
      text.append("  time: processing\n");
    }
    if (!partitionBy.isEmpty()) {
      text.append("  partition_by: ").append(partitionBy).append('\n');
    }
    if (!orderBy.isEmpty()) {
      text.append("  order_by: ").append(orderBy).append('\n');
    }
    text.append("  pattern:\n");
    pattern
        .fields()
        .forEachRemaining(
            field -> {
              if (!field.getKey().equals("steps")) {
                text.append("    " + field.getKey() + ": " + Yaml.flow(field.getValue()) + "\n");
              }
            });
    text.append("    steps:\n");
    pattern.get("steps").forEach(step -> text.append("      - " + Yaml.flow(step) + "\n"));
    text.append("  events:\n");
    stream.forEach(signal -> text.append("    - " + signal + "\n"));
    if (finalWatermark != Long.MAX_VALUE) {
      text.append("  final_watermark: ").append(finalWatermark).append('\n');
    }
    return text.append(outcome).toString();
  }
}
