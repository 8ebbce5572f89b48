package org.pyflinkcep.flink.decoding;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.junit.jupiter.api.Test;

/**
 * Each of many texts in a column of each type: what the column holds of it, where that is what was
 * written; all others are failures.
 */
class TryDecodeValuesTest {

  /** Members of JSON; those in quotes, without them, are fields of CSV, too. */
  private static final List<String> TEXTS =
      List.of(
          "1",
          "-0",
          "3.0",
          "3.7",
          "1e2",
          "1e400",
          "1e-400",
          "1e999999999",
          "127",
          "128",
          "32768",
          "2147483648",
          "9223372036854775807",
          "9223372036854775808",
          "123.45",
          "123.456",
          "1234567.5",
          "123456789012345678901234567890.5",
          "NaN",
          "true",
          "{}",
          "[]",
          "{\"a\":1.5}",
          "\"\"",
          "\"1\"",
          "\" 1 \"",
          "\"3.0\"",
          "\"128\"",
          "\"123.45\"",
          "\"123.456\"",
          "\"1234567.5\"",
          "\"12abc\"",
          "\"0x1p3\"",
          "\"1d\"",
          "\"NaN\"",
          "\"Infinity\"",
          "\"1e400\"",
          "\"true\"",
          "\"FALSE\"",
          "\"yes\"",
          "\"abcde\"",
          "\"abcdef\"",
          "\"aGk=\"",
          "\"aGl=\"",
          "\"aGk\"",
          "\"2024-02-29\"",
          "\"2025-02-30\"",
          "\"2025-3-1\"",
          "\"1582-10-10\"",
          "\"24:00:00\"",
          "\"10:00:00\"",
          "\"2025-03-03 10:00:00\"",
          "\"2025-03-03T10:00:00\"",
          "\"2025-02-30 10:00:00\"",
          "\"2025-03-03 24:00:00\"",
          "\"2025-03-03 25:00:00\"",
          "\"2025-03-03 10:00:00Z\"",
          "\"2025-02-30 10:00:00Z\"",
          "\"\\ud800\"");

  private static final Map<String, DataType> TYPES = new TreeMap<>();

  static {
    TYPES.put("BOOLEAN", DataTypes.BOOLEAN());
    TYPES.put("TINYINT", DataTypes.TINYINT());
    TYPES.put("SMALLINT", DataTypes.SMALLINT());
    TYPES.put("INT", DataTypes.INT());
    TYPES.put("BIGINT", DataTypes.BIGINT());
    TYPES.put("FLOAT", DataTypes.FLOAT());
    TYPES.put("DOUBLE", DataTypes.DOUBLE());
    TYPES.put("DECIMAL(6, 2)", DataTypes.DECIMAL(6, 2));
    TYPES.put("VARCHAR(5)", DataTypes.VARCHAR(5));
    TYPES.put("BINARY", DataTypes.VARBINARY(8));
    TYPES.put("DATE", DataTypes.DATE());
    TYPES.put("TIME", DataTypes.TIME(3));
    TYPES.put("TIMESTAMP", DataTypes.TIMESTAMP(3));
    TYPES.put("TIMESTAMP_LTZ", DataTypes.TIMESTAMP_LTZ(3));
  }

  private static DataType table(DataType type) {
    return DataTypes.ROW(DataTypes.FIELD("v", type), DataTypes.FIELD("w", DataTypes.INT()))
        .notNull();
  }

  /** What a column holds of each text that it takes, as {@code text=value}. */
  private static List<String> taken(Decoding decoding, List<String> texts, String record)
      throws Exception {
    List<String> taken = new ArrayList<>();
    for (String text : texts) {
      List<List<Object>> rows = decoding.rows(record.formatted(text).getBytes(UTF_8));
      assertThat(rows).as(text).hasSize(1);
      List<Object> row = rows.get(0);
      if (row.get(3) == null) {
        assertThat(row.get(2)).as(text).isEqualTo(7);
        taken.add(text + "=" + Decoding.printable(row.get(1)));
      } else {
        assertThat(row.subList(0, 3)).as(text).isEqualTo(Arrays.asList("+I", null, null));
        assertThat(row.get(3)).as(text).isIn("wrong-type", "unreadable");
      }
    }
    return taken;
  }

  @Test
  void json_is_a_row_of_what_was_written_or_a_failure() throws Exception {
    StringBuilder found = new StringBuilder();
    for (Map.Entry<String, DataType> type : TYPES.entrySet()) {
      for (String parser : List.of("true", "false")) {
        Decoding decoding =
            Decoding.of(
                table(type.getValue()),
                List.of("failure"),
                Map.of("format", "json", "json.decode.json-parser.enabled", parser));
        String taken =
            String.join(" ", taken(decoding, TEXTS, "{\"v\":%s,\"w\":7}")).replace("\"", "'");
        found.append(type.getKey()).append(' ').append(parser).append(' ');
        found.append(taken).append('\n');
      }
    }
    assertThat(found).hasToString(Decoding.resource("json-values.txt"));
  }

  @Test
  void csv_is_a_row_of_what_was_written_or_a_failure() throws Exception {
    StringBuilder found = new StringBuilder();
    List<String> texts =
        TEXTS.stream()
            .filter(text -> text.startsWith("\"") && !text.contains("\\"))
            .map(text -> text.substring(1, text.length() - 1))
            .toList();
    for (Map.Entry<String, DataType> type : TYPES.entrySet()) {
      Decoding decoding =
          Decoding.of(table(type.getValue()), List.of("failure"), Map.of("format", "csv"));
      found.append(type.getKey()).append(' ');
      found.append(String.join(" ", taken(decoding, texts, "%s,7"))).append('\n');
    }
    assertThat(found).hasToString(Decoding.resource("csv-values.txt"));
  }
}
