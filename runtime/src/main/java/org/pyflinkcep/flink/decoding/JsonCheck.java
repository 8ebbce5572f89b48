package org.pyflinkcep.flink.decoding;

import java.io.IOException;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.json.JsonReadFeature;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.DeserializationFeature;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

/**
 * A record of JSON: one object of columns, or an array of them, to its last byte.
 *
 * <p>Formats of changes have their rows within an object of their own.
 */
final class JsonCheck implements RecordCheck, Serializable {

  private static final long serialVersionUID = 1L;

  /** As Flink's formats read JSON. */
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS).build();

  /** The members that the formats of changes have rows in, and those that say what they are. */
  private static final Set<String> ROWS = Set.of("after", "before", "data", "old");

  private static final Set<String> OTHERS = Set.of("op", "op_type", "payload", "type");

  /** Writes JSON for a column of text as Flink's formats do. */
  private static final ObjectMapper TREES =
      new ObjectMapper(JSON).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final RowType columns;
  private final boolean isOfChanges;
  private final Map<String, Pattern> included;
  private final boolean isTree;
  private final TextValues values;

  /** The record that is checked. */
  private byte[] record;

  /** Where the fields of each row are, by the row itself: to compare types takes long. */
  private final Map<RowType, Map<String, Integer>> positions = new IdentityHashMap<>();

  /**
   * @param isOfChanges whether the columns are within an object that says how they have changed
   * @param included members of that object, each with what it must be: other records are of other
   *     tables, and the format passes over them
   * @param isTree whether the format makes a tree of the record first, in which numbers are DOUBLE
   */
  JsonCheck(
      RowType columns,
      boolean isOfChanges,
      Map<String, Pattern> included,
      boolean isTree,
      TimeTexts times) {
    this.columns = columns;
    this.isOfChanges = isOfChanges;
    this.included = included;
    this.isTree = isTree;
    values = new TextValues(times);
  }

  @Override
  public void check(byte[] message) throws IOException {
    Utf8.check(message);
    if (!included.isEmpty() && isOfAnotherTable(message)) {
      return;
    }
    record = message;
    try (JsonParser parser = JSON.createParser(message)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw new MisfitException(Reason.EMPTY, "the record has no content");
      }
      if (isOfChanges) {
        expect(first, JsonToken.START_OBJECT, "", "an object", parser);
        changes(parser);
      } else if (first == JsonToken.START_ARRAY) {
        for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
          row(columns, "[" + i + "]", parser);
        }
      } else {
        row(columns, "", parser);
      }
      if (parser.nextToken() != null) {
        throw MisfitException.unreadable(
            "a second value follows the first, at byte "
                + parser.currentTokenLocation().getByteOffset());
      }
    }
  }

  private boolean isOfAnotherTable(byte[] message) {
    JsonNode change;
    try {
      change = TREES.readTree(message);
    } catch (IOException e) {
      // The check says what is wrong with it.
      return false;
    }
    return included.entrySet().stream()
        .anyMatch(
            member ->
                change.path(member.getKey()).isTextual()
                    && !member.getValue().matcher(change.get(member.getKey()).asText()).matches());
  }

  private void changes(JsonParser parser) throws IOException {
    Set<String> seen = new HashSet<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      JsonToken token = parser.nextToken();
      boolean hasRows = ROWS.contains(name);
      if ((hasRows || OTHERS.contains(name)) && !seen.add(name)) {
        throw twice(name);
      }
      if (hasRows && token == JsonToken.START_ARRAY) {
        for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
          row(columns, name + "[" + i + "]", parser);
        }
      } else if (hasRows && token == JsonToken.START_OBJECT) {
        row(columns, name, parser);
      } else if (name.equals("payload") && token == JsonToken.START_OBJECT) {
        changes(parser);
      } else {
        parser.skipChildren();
      }
    }
  }

  private void row(RowType type, String path, JsonParser parser) throws IOException {
    expect(parser.currentToken(), JsonToken.START_OBJECT, path, "an object", parser);
    Map<String, Integer> fields = positions.computeIfAbsent(type, JsonCheck::positionsOf);
    BitSet seen = new BitSet(fields.size());
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      Integer position = fields.get(name);
      if (position == null) {
        parser.skipChildren();
        continue;
      }
      if (seen.get(position)) {
        throw twice(inside(path, name));
      }
      seen.set(position);
      value(type.getTypeAt(position), path, name, parser);
    }
  }

  private void value(LogicalType type, String within, String name, JsonParser parser)
      throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.VALUE_NULL || isSurely(type, token)) {
      return;
    }
    switch (type.getTypeRoot()) {
      case ROW -> row((RowType) type, inside(within, name), parser);
      case ARRAY -> array(((ArrayType) type).getElementType(), inside(within, name), parser);
      case MAP -> map(((MapType) type).getValueType(), inside(within, name), parser);
      case MULTISET -> map(new IntType(), inside(within, name), parser);
      default -> {
        if (token.isScalarValue() && mayBe(type, parser)) {
          String text = parser.getText();
          if (!values.fits(type, text, token.isNumeric())) {
            throw MisfitException.ofValue(inside(within, name), type.asSummaryString(), text);
          }
        } else if (type.is(LogicalTypeFamily.CHARACTER_STRING) && !token.isScalarValue()) {
          textOf(type, inside(within, name), parser);
        } else {
          throw MisfitException.ofValue(
              inside(within, name), type.asSummaryString(), shown(parser));
        }
      }
    }
  }

  private static boolean isSurely(LogicalType type, JsonToken token) {
    return type.is(LogicalTypeRoot.BOOLEAN)
        && (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE);
  }

  /** What a tree of Flink's takes without a word: no bytes, and a number that is no DOUBLE. */
  private boolean mayBe(LogicalType type, JsonParser parser) throws IOException {
    if (type.is(LogicalTypeFamily.BINARY_STRING)) {
      return parser.currentToken() == JsonToken.VALUE_STRING;
    }
    return !isTree
        || !type.is(LogicalTypeFamily.CHARACTER_STRING)
        || parser.currentToken() != JsonToken.VALUE_NUMBER_FLOAT
        || isOfDouble(parser);
  }

  private void array(LogicalType element, String path, JsonParser parser) throws IOException {
    expect(parser.currentToken(), JsonToken.START_ARRAY, path, "an array", parser);
    for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
      value(element, path, "[" + i + "]", parser);
    }
  }

  private void map(LogicalType value, String path, JsonParser parser) throws IOException {
    expect(parser.currentToken(), JsonToken.START_OBJECT, path, "an object", parser);
    Set<String> keys = new HashSet<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      if (!keys.add(key)) {
        throw twice(inside(path, key));
      }
      if (!Utf8.isWhole(key)) {
        throw MisfitException.ofValue(path, "text as key", key);
      }
      parser.nextToken();
      value(value, path, key, parser);
    }
  }

  private void textOf(LogicalType type, String path, JsonParser parser) throws IOException {
    int start = (int) parser.currentTokenLocation().getByteOffset();
    text(path, parser);
    if (LogicalTypeChecks.getLength(type) < VarCharType.MAX_LENGTH) {
      int length = (int) parser.currentLocation().getByteOffset() - start;
      String text = TREES.readTree(record, start, length).toString();
      if (!values.fits(type, text, false)) {
        throw MisfitException.ofValue(path, type.asSummaryString(), text);
      }
    }
  }

  /**
   * JSON that a column of text takes as it is. Formats write it anew: a member that comes twice
   * would be lost, and digits that a DOUBLE has no room for.
   */
  private static void text(String path, JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      Set<String> names = new HashSet<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        if (!names.add(name)) {
          throw twice(inside(path, name));
        }
        parser.nextToken();
        text(inside(path, name), parser);
      }
    } else if (parser.currentToken() == JsonToken.START_ARRAY) {
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        text(path, parser);
      }
    } else if (parser.currentToken() == JsonToken.VALUE_NUMBER_FLOAT && !isOfDouble(parser)) {
      throw MisfitException.ofValue(path, "a number as long as a DOUBLE", parser.getText());
    } else if (parser.currentToken() == JsonToken.VALUE_STRING && !Utf8.isWhole(parser.getText())) {
      throw MisfitException.ofValue(path, "text", parser.getText());
    }
  }

  private static boolean isOfDouble(JsonParser parser) throws IOException {
    double number = parser.getDoubleValue();
    return Double.isFinite(number)
        && BigDecimal.valueOf(number).compareTo(new BigDecimal(parser.getText())) == 0;
  }

  private static Map<String, Integer> positionsOf(RowType type) {
    Map<String, Integer> positions = new HashMap<>();
    List<String> names = type.getFieldNames();
    for (int i = 0; i < names.size(); i++) {
      positions.put(names.get(i), i);
    }
    return positions;
  }

  private static void expect(
      JsonToken found, JsonToken expected, String path, String words, JsonParser parser)
      throws IOException {
    if (found != expected) {
      String value = shown(parser);
      throw path.isEmpty()
          ? new MisfitException(Reason.WRONG_TYPE, "expected " + words + ", found " + value)
          : MisfitException.ofValue(path, words, value);
    }
  }

  private static String shown(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token.isScalarValue()) {
      return parser.getText();
    }
    return token == JsonToken.START_ARRAY ? "an array" : "an object";
  }

  private static MisfitException twice(String path) {
    return MisfitException.unreadable("`" + path + "` is there twice");
  }

  private static String inside(String path, String name) {
    return path.isEmpty() || name.startsWith("[") ? path + name : path + "." + name;
  }
}
