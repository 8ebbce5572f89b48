package org.pyflinkcep.expression;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;

/**
 * Random expressions and rows over the table of {@code tests/cases/expressions/random.yaml}. One
 * seed always gives the same.
 */
public final class TypedExpressions {

  private static final JsonNode DOCUMENT =
      ExpressionCases.yaml(ExpressionCases.FOLDER.resolve("random.yaml"));
  private static final Pattern PLACE = Pattern.compile("\\{(\\w+)}");
  private static final String ANY = "any";

  /** The kinds that the letter K stands for, each throughout one template. */
  private static final List<String> KINDS =
      Stream.of("B N N N I T T Y D M S Z Q U A G H O R".split(" ")).toList();

  /** One operand of so many is of any kind, whether that fits or not. */
  private static final int WRONG = 60;

  static final ZoneId ZONE = ZoneId.of(DOCUMENT.get("time_zone").asText());
  static final RowType TYPE = type();

  /**
   * An expression, and those that it is made of.
   *
   * @param texts what stands around the operands
   */
  record Tree(String template, List<String> texts, List<Tree> operands) {

    String sql() {
      StringBuilder sql = new StringBuilder(texts.get(0));
      for (int i = 0; i < operands.size(); i++) {
        Tree operand = operands.get(i);
        boolean leaf = operand.operands.isEmpty();
        sql.append(leaf ? operand.sql() : "(" + operand.sql() + ")").append(texts.get(i + 1));
      }
      return sql.toString();
    }
  }

  private final Random random;

  public TypedExpressions(long seed) {
    this.random = new Random(seed * 0x9E3779B97F4A7C15L);
  }

  private static RowType type() {
    List<RowType.RowField> fields = new ArrayList<>();
    DOCUMENT
        .get("columns")
        .fields()
        .forEachRemaining(
            column ->
                fields.add(
                    new RowType.RowField(
                        column.getKey(),
                        LogicalTypeParser.parse(
                            column.getValue().get("type").asText(),
                            TypedExpressions.class.getClassLoader()))));
    return new RowType(fields);
  }

  /** Rows of edge values: each column has the next of its values, from a random one on. */
  List<RowData> rows(int count) {
    List<GenericRowData> rows =
        IntStream.range(0, count).mapToObj(i -> new GenericRowData(TYPE.getFieldCount())).toList();
    for (int column = 0; column < TYPE.getFieldCount(); column++) {
      LogicalType type = TYPE.getTypeAt(column);
      JsonNode values = DOCUMENT.get("columns").get(TYPE.getFieldNames().get(column)).get("values");
      int first = random.nextInt(values.size());
      int step = 1 + random.nextInt(values.size() - 1);
      for (int i = 0; i < count; i++) {
        // The second half takes them at random: equal values meet there.
        int place = i < count / 2 ? first + i * step : random.nextInt(values.size());
        rows.get(i).setField(column, internal(values.get(place % values.size()), type));
      }
    }
    return List.copyOf(rows);
  }

  private static Object internal(JsonNode value, LogicalType type) {
    return generic(
        ExpressionCases.converter(type).toInternalOrNull(ExpressionCases.external(value, type)),
        type);
  }

  /** A value as sources give it, where a conversion has put arrays into their binary form. */
  private static Object generic(Object value, LogicalType type) {
    if (!(value instanceof ArrayData array)) {
      return value;
    }
    LogicalType element = ((ArrayType) type).getElementType();
    ArrayData.ElementGetter getter = ArrayData.createElementGetter(element);
    return new GenericArrayData(
        IntStream.range(0, array.size())
            .mapToObj(i -> generic(getter.getElementOrNull(array, i), element))
            .toArray());
  }

  /** The text of an expression. */
  public String nextText() {
    return next().sql();
  }

  Tree next() {
    return tree(KINDS.get(random.nextInt(KINDS.size())), 1 + random.nextInt(3));
  }

  private Tree tree(String kind, int depth) {
    JsonNode node = DOCUMENT.get("kinds").get(kind);
    boolean calls = depth > 0 && random.nextInt(5) > 0;
    if (!calls) {
      return new Tree(kind, List.of(any(node.get("leaves"))), List.of());
    }
    JsonNode templates = random.nextInt(6) == 0 ? DOCUMENT.get("kinds").get(ANY) : node;
    String template = any(templates.get("calls"));
    Map<String, String> bound = new HashMap<>();
    bound.put("K", templates == node ? KINDS.get(random.nextInt(KINDS.size())) : kind);
    List<String> texts = new ArrayList<>();
    List<Tree> operands = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    Matcher place = PLACE.matcher(template);
    int end = 0;
    while (place.find()) {
      text.append(template, end, place.start());
      end = place.end();
      String name = place.group(1);
      if (DOCUMENT.get("choices").has(name)) {
        text.append(any(DOCUMENT.get("choices").get(name)));
      } else {
        texts.add(text.toString());
        text.setLength(0);
        operands.add(tree(kind(bound.getOrDefault(name, name)), depth - 1));
      }
    }
    texts.add(text.append(template.substring(end)).toString());
    return new Tree(template, texts, operands);
  }

  private String kind(String name) {
    if (random.nextInt(WRONG) == 0) {
      return KINDS.get(random.nextInt(KINDS.size()));
    }
    return switch (name) {
      case "X" -> KINDS.get(random.nextInt(KINDS.size()));
      case "P" -> List.of("D", "M", "S", "Z").get(random.nextInt(4));
      default -> name;
    };
  }

  private String any(JsonNode texts) {
    return texts.get(random.nextInt(texts.size())).asText();
  }
}
