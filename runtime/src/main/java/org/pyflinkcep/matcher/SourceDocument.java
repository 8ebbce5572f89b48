package org.pyflinkcep.matcher;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.MissingNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * A text in YAML, of which JSON is a part, that knows where each of its values stands. Plain
 * scalars are what the core schema of YAML 1.2 has them as.
 *
 * <p>A value is known by its path, such as {@code steps[1].where}; the whole document's is empty.
 */
public final class SourceDocument {

  /** The longest text that is read, in characters. */
  public static final int MAX_LENGTH = 256 * 1024;

  private static final int MAX_DEPTH = 64;
  private static final String TOO_DEEP =
      "the document is nested more than " + MAX_DEPTH + " levels deep";
  private static final int MAX_VALUES = 100_000;
  private static final JsonNodeFactory JSON = JsonNodeFactory.withExactBigDecimals(true);

  private final String name;
  private final String text;
  private final Diagnostics diagnostics;
  private final Map<String, Node> values = new HashMap<>();
  private final Map<String, JsonNode> data = new HashMap<>();
  private final Map<String, Node> keys = new HashMap<>();
  private JsonNode root;
  private int valueCount;

  private SourceDocument(String name, String text, Diagnostics diagnostics) {
    this.name = name;
    this.text = text;
    this.diagnostics = diagnostics;
  }

  /**
   * Reads a document.
   *
   * @param name what the document is called in errors: the path of its file
   * @return the document, or null where errors were reported that leave nothing to read
   */
  public static SourceDocument read(String name, String text, Diagnostics diagnostics) {
    SourceDocument document = new SourceDocument(name, text, diagnostics);
    document.read();
    return document.root == null ? null : document;
  }

  /** The plain data of a document that was read before without an error. */
  static JsonNode read(String text) {
    return read("", text, new Diagnostics()).root();
  }

  private void read() {
    if (text.length() > MAX_LENGTH) {
      diagnostics.add(
          new Diagnostic(
              "too-large",
              name,
              null,
              0,
              0,
              0,
              "the document has " + text.length() + " characters, and may have " + MAX_LENGTH,
              "make it several rules"));
      return;
    }
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(name)
            .setUseMarks(true)
            .setSchema(new CoreSchema())
            .setMaxAliasesForCollections(MAX_VALUES)
            .build();
    try {
      if (isTooDeep(settings)) {
        return;
      }
      Node node = new Compose(settings).composeString(text).orElse(null);
      if (node == null || node.getTag().equals(Tag.NULL)) {
        report("empty-document", 1, 1, 1, "there is nothing in it", null);
        return;
      }
      root = convert(node, "", 0);
    } catch (TooManyValuesException e) {
      report("too-large", 1, 1, 1, "the document has more than " + MAX_VALUES + " values", null);
    } catch (CutException e) {
      // What follows it is no key of anyone's, and is not told.
      root = null;
    } catch (TooDeepException e) {
      report("too-deep", 1, 1, 1, TOO_DEEP, null);
    } catch (MarkedYamlEngineException e) {
      Mark mark = e.getProblemMark().orElse(null);
      report(
          "syntax",
          mark == null ? 1 : mark.getLine() + 1,
          mark == null ? 1 : mark.getColumn() + 1,
          1,
          "this is not YAML: " + e.getProblem().replaceFirst("^but ", ""),
          YamlHints.of(e.getProblem()));
    } catch (YamlEngineException e) {
      report("syntax", 1, 1, 1, "this is not YAML: " + e.getMessage(), null);
    }
  }

  /** Looks at the events of the parser, which needs no stack, before anything that does. */
  private boolean isTooDeep(LoadSettings settings) {
    int depth = 0;
    for (Event event : new Parse(settings).parseString(text)) {
      if (event instanceof CollectionStartEvent && ++depth > MAX_DEPTH) {
        Mark mark = event.getStartMark().orElseThrow();
        report("too-deep", mark.getLine() + 1, mark.getColumn() + 1, 1, TOO_DEEP, null);
        return true;
      }
      if (event instanceof CollectionEndEvent) {
        depth--;
      }
    }
    return false;
  }

  /** Aliases are written out, which is what the count of values bounds. */
  private JsonNode convert(Node node, String path, int depth) {
    if (depth > MAX_DEPTH) {
      throw new TooDeepException();
    }
    if (++valueCount > MAX_VALUES) {
      throw new TooManyValuesException();
    }
    values.put(path, node);
    JsonNode value = convertInside(node, path, depth);
    data.put(path, value);
    return value;
  }

  private JsonNode convertInside(Node node, String path, int depth) {
    if (node instanceof MappingNode mapping) {
      ObjectNode object = JSON.objectNode();
      reportCut(
          mapping.getFlowStyle(),
          mapping.getValue().stream()
              .flatMap(tuple -> Stream.of(tuple.getKeyNode(), tuple.getValueNode()))
              .toList());
      for (NodeTuple tuple : mapping.getValue()) {
        if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
          reportAt(tuple.getKeyNode(), "wrong-type", "a key must be text", null);
          continue;
        }
        String member = path.isEmpty() ? key.getValue() : path + "." + key.getValue();
        if (object.has(key.getValue())) {
          reportAt(key, "duplicate-key", "`" + key.getValue() + "` is there twice", null);
        }
        keys.put(member, key);
        object.set(key.getValue(), convert(tuple.getValueNode(), member, depth + 1));
      }
      return object;
    }
    if (node instanceof SequenceNode sequence) {
      ArrayNode array = JSON.arrayNode();
      List<Node> items = sequence.getValue();
      reportCut(sequence.getFlowStyle(), items);
      for (int i = 0; i < items.size(); i++) {
        array.add(convert(items.get(i), path + "[" + i + "]", depth + 1));
      }
      return array;
    }
    return convert((ScalarNode) node);
  }

  /**
   * Reports that a comma ends a value within braces or brackets, which is a part of an expression.
   */
  private void reportCut(FlowStyle style, List<Node> nodes) {
    for (int i = 0; style == FlowStyle.FLOW && i < nodes.size() - 1; i++) {
      if (nodes.get(i) instanceof ScalarNode scalar && YamlHints.isCut(scalar)) {
        report(
            "cut-value",
            lineOf(scalar),
            columnOf(scalar),
            lengthOf(scalar),
            "within { } and [ ] a comma ends the value: `" + scalar.getValue() + "` is all of it",
            "put the whole expression in double quotes, or write it without braces on a line of"
                + " its own");
        throw new CutException();
      }
    }
  }

  private static int lineOf(Node node) {
    return node.getStartMark().orElseThrow().getLine() + 1;
  }

  private static int columnOf(Node node) {
    return node.getStartMark().orElseThrow().getColumn() + 1;
  }

  private static JsonNode convert(ScalarNode node) {
    String value = node.getValue();
    Tag tag = node.getTag();
    if (tag.equals(Tag.NULL)) {
      return JSON.nullNode();
    }
    if (tag.equals(Tag.BOOL)) {
      return JSON.booleanNode(Boolean.parseBoolean(value));
    }
    try {
      if (tag.equals(Tag.INT)) {
        BigInteger number = integer(value);
        return number.bitLength() < 64
            ? JSON.numberNode(number.longValue())
            : JSON.numberNode(number);
      }
      if (tag.equals(Tag.FLOAT)) {
        return switch (value.toLowerCase(Locale.ROOT)) {
          case ".inf", "+.inf" -> JSON.numberNode(Double.POSITIVE_INFINITY);
          case "-.inf" -> JSON.numberNode(Double.NEGATIVE_INFINITY);
          case ".nan" -> JSON.numberNode(Double.NaN);
          default -> decimal(value);
        };
      }
    } catch (NumberFormatException e) {
      return JSON.textNode(value);
    }
    return JSON.textNode(value);
  }

  private static BigInteger integer(String text) {
    if (text.startsWith("0x")) {
      return new BigInteger(text.substring(2), 16);
    }
    return text.startsWith("0o") ? new BigInteger(text.substring(2), 8) : new BigInteger(text);
  }

  /** A number with a point, also where that is its last character. */
  private static JsonNode decimal(String text) {
    BigDecimal number = new BigDecimal(text);
    if (number.signum() == 0 && text.startsWith("-")) {
      return JSON.numberNode(-0.0);
    }
    return JSON.numberNode(number.scale() == 0 ? number.setScale(1) : number);
  }

  /** The document as plain data. */
  public JsonNode root() {
    return root;
  }

  /** The value at a path, as plain data. */
  JsonNode value(String path) {
    return data.getOrDefault(path, MissingNode.getInstance());
  }

  /**
   * Where the values, and the keys of objects, stand: {@code [line, column, length]} by their
   * paths.
   */
  public ObjectNode places() {
    ObjectNode places = JSON.objectNode();
    putPlaces(places.putObject("values"), values);
    putPlaces(places.putObject("keys"), keys);
    return places;
  }

  private void putPlaces(ObjectNode places, Map<String, Node> nodes) {
    nodes.forEach(
        (path, node) ->
            places.putArray(path).add(lineOf(node)).add(columnOf(node)).add(lengthOf(node)));
  }

  public String name() {
    return name;
  }

  public String text() {
    return text;
  }

  /** Reports an error of the value at a path. */
  public void report(String path, String code, String message, String hint) {
    reportAt(values.getOrDefault(nearest(path), values.get("")), code, message, hint);
  }

  /** Reports an error of a key. */
  public void reportKey(String path, String code, String message, String hint) {
    Node key = keys.get(path);
    if (key == null) {
      report(path, code, message, hint);
    } else {
      reportAt(key, code, message, hint);
    }
  }

  /**
   * Reports an error of the expression at a path, at the place in this document that it stands at.
   */
  public void reportInExpression(String path, Diagnostic diagnostic) {
    Node node = values.get(path);
    if (!(node instanceof ScalarNode scalar) || diagnostic.source() == null) {
      report(path, diagnostic.code(), diagnostic.message(), diagnostic.hint());
      return;
    }
    int index = indexOf(scalar, offset(diagnostic));
    String before = text.substring(0, index);
    int line = (int) before.chars().filter(c -> c == '\n').count() + 1;
    int column = text.codePointCount(before.lastIndexOf('\n') + 1, index) + 1;
    int end = text.indexOf('\n', index);
    int length = Math.min(diagnostic.length(), (end < 0 ? text.length() : end) - index);
    report(diagnostic.code(), line, column, length, diagnostic.message(), diagnostic.hint());
  }

  /** How many characters that aren't white space stand before the error. */
  private static int offset(Diagnostic diagnostic) {
    String[] lines = diagnostic.source().split("\\R", -1);
    int count = 0;
    for (int i = 0; i < diagnostic.line(); i++) {
      int end = i < diagnostic.line() - 1 ? lines[i].length() : diagnostic.column() - 1;
      count +=
          (int) lines[i].substring(0, end).chars().filter(c -> !Character.isWhitespace(c)).count();
    }
    return count;
  }

  /**
   * Where a scalar's text has its nth character that isn't white space. However a scalar is quoted,
   * folded or indented, only white space is added to it, but for the quotes and what they escape.
   */
  private int indexOf(ScalarNode scalar, int count) {
    int index = indexOf(scalar.getStartMark().orElseThrow());
    int end = indexOf(scalar.getEndMark().orElseThrow());
    ScalarStyle style = scalar.getScalarStyle();
    if (style == ScalarStyle.LITERAL || style == ScalarStyle.FOLDED) {
      index = text.indexOf('\n', index) + 1;
    } else if (style != ScalarStyle.PLAIN) {
      index++;
    }
    int seen = 0;
    while (index < end) {
      char c = text.charAt(index);
      if (!Character.isWhitespace(c)) {
        if (seen == count) {
          return index;
        }
        boolean escaped =
            style == ScalarStyle.SINGLE_QUOTED && c == '\'' && text.startsWith("''", index)
                || style == ScalarStyle.DOUBLE_QUOTED && c == '\\';
        index += escaped ? 1 : 0;
        seen++;
      }
      index++;
    }
    return indexOf(scalar.getStartMark().orElseThrow());
  }

  /** Marks count characters, and a text has two places for some of them. */
  private int indexOf(Mark mark) {
    return text.offsetByCodePoints(0, mark.getIndex());
  }

  /** The path itself, or that of the value that it would be in. */
  private String nearest(String path) {
    String near = path;
    while (!near.isEmpty() && !values.containsKey(near)) {
      near = near.substring(0, Math.max(0, Math.max(near.lastIndexOf('.'), near.lastIndexOf('['))));
    }
    return near;
  }

  private void reportAt(Node node, String code, String message, String hint) {
    Mark start = node.getStartMark().orElseThrow();
    report(code, start.getLine() + 1, start.getColumn() + 1, lengthOf(node), message, hint);
  }

  /** How many characters a value has on its first line. */
  private int lengthOf(Node node) {
    int first = indexOf(node.getStartMark().orElseThrow());
    int lineEnd = text.indexOf('\n', first);
    int last =
        Math.min(indexOf(node.getEndMark().orElseThrow()), lineEnd < 0 ? text.length() : lineEnd);
    return text.substring(first, last).stripTrailing().length();
  }

  private void report(String code, int line, int column, int length, String message, String hint) {
    diagnostics.add(
        new Diagnostic(code, name, text, line, column, Math.max(1, length), message, hint));
  }

  /** By aliases, one of which may stand within what it stands for. */
  private static final class TooDeepException extends RuntimeException {
    TooDeepException() {
      super(null, null, false, false);
    }
  }

  private static final class CutException extends RuntimeException {
    CutException() {
      super(null, null, false, false);
    }
  }

  private static final class TooManyValuesException extends RuntimeException {
    TooManyValuesException() {
      super(null, null, false, false);
    }
  }
}
