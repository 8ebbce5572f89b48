package org.pyflinkcep.flink.decoding;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.annotation.Nullable;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/**
 * A schema of Avro. The library's own class is in jars of formats, each of which has it under
 * another name: so it is read from its JSON.
 */
final class AvroSchema {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> NAMED = Set.of("record", "error", "enum", "fixed");

  private final String type;
  private final JsonNode node;
  private final List<Field> fields = new ArrayList<>();
  private final List<AvroSchema> parts = new ArrayList<>();

  private AvroSchema(String type, JsonNode node) {
    this.type = type;
    this.node = node;
  }

  /** A field of a record. */
  record Field(String name, List<String> aliases, AvroSchema schema) {}

  static AvroSchema parse(String json) throws IOException {
    return parse(JSON.readTree(json), "", new HashMap<>());
  }

  private static AvroSchema parse(JsonNode node, String namespace, Map<String, AvroSchema> named) {
    if (node.isArray()) {
      AvroSchema union = new AvroSchema("union", node);
      node.forEach(branch -> union.parts.add(parse(branch, namespace, named)));
      return union;
    }
    if (node.isTextual()) {
      AvroSchema known = named.get(fullName(node.asText(), namespace));
      return known != null
          ? known
          : named.getOrDefault(node.asText(), new AvroSchema(node.asText(), node));
    }
    JsonNode type = node.get("type");
    if (!type.isTextual()) {
      return parse(type, namespace, named);
    }
    AvroSchema schema = new AvroSchema(type.asText(), node);
    String within = namespace;
    if (NAMED.contains(schema.type)) {
      String name = fullName(node.path("name").asText(), node.path("namespace").asText(namespace));
      within = name.substring(0, Math.max(0, name.lastIndexOf('.')));
      named.put(name, schema);
    }
    for (JsonNode field : node.path("fields")) {
      List<String> aliases = new ArrayList<>();
      field.path("aliases").forEach(alias -> aliases.add(alias.asText()));
      AvroSchema ofField = parse(field.get("type"), within, named);
      schema.fields.add(new Field(field.get("name").asText(), aliases, ofField));
    }
    for (String part : List.of("items", "values")) {
      if (node.has(part)) {
        schema.parts.add(parse(node.get(part), within, named));
      }
    }
    return schema;
  }

  private static String fullName(String name, String namespace) {
    return name.contains(".") || namespace.isEmpty() ? name : namespace + "." + name;
  }

  String type() {
    return type;
  }

  boolean is(String type, String logicalType) {
    return this.type.equals(type) && logicalType().equals(logicalType);
  }

  /** What the values stand for, or an empty text. */
  String logicalType() {
    return node.path("logicalType").asText();
  }

  int precision() {
    return node.path("precision").asInt();
  }

  int scale() {
    return node.path("scale").asInt();
  }

  /** How many bytes a value of a fixed type has. */
  int size() {
    return node.path("size").asInt();
  }

  int symbols() {
    return node.path("symbols").size();
  }

  List<Field> fields() {
    return fields;
  }

  @Nullable
  Field field(String name) {
    return fields.stream().filter(field -> field.name().equals(name)).findFirst().orElse(null);
  }

  /** The branches of a union. */
  List<AvroSchema> branches() {
    return parts;
  }

  /** What an array or a map holds. */
  AvroSchema element() {
    return parts.get(0);
  }

  /** The schema itself, or the branch of a union that isn't null, where there is one. */
  @Nullable
  AvroSchema notNull() {
    if (!type.equals("union")) {
      return this;
    }
    List<AvroSchema> others = parts.stream().filter(part -> !part.type.equals("null")).toList();
    return others.size() == 1 ? others.get(0) : null;
  }

  /** The type in words, such as {@code bytes (decimal(10, 4))}. */
  @Override
  public String toString() {
    String logical = logicalType();
    if (logical.equals("decimal")) {
      logical += "(" + precision() + ", " + scale() + ")";
    }
    return logical.isEmpty() ? type : type + " (" + logical + ")";
  }
}
