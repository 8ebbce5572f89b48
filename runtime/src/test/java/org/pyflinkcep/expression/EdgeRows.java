package org.pyflinkcep.expression;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;

/** Events with a column of each type, and with the values at the edges of each. */
public final class EdgeRows {

  private static final Map<String, LogicalType> TYPES = new LinkedHashMap<>();
  private static final List<Object[]> COLUMNS = new ArrayList<>();

  /** How many events there are; the last has nothing but NULL. */
  static final int COUNT = 6;

  static {
    column("b", "BOOLEAN", true, false, true, false, null);
    column("ti", "TINYINT", (byte) 1, (byte) 0, Byte.MAX_VALUE, Byte.MIN_VALUE, (byte) -1);
    column("si", "SMALLINT", (short) 2, (short) 0, Short.MAX_VALUE, Short.MIN_VALUE, (short) -1);
    column("i", "INT", 3, 0, Integer.MAX_VALUE, Integer.MIN_VALUE, -1);
    column("l", "BIGINT", 4L, 0L, Long.MAX_VALUE, Long.MIN_VALUE, -1L);
    column("f", "FLOAT", 1.5f, -0.0f, Float.MAX_VALUE, Float.NaN, Float.NEGATIVE_INFINITY);
    column("d", "DOUBLE", 2.5, -0.0, Double.MAX_VALUE, Double.NaN, Double.POSITIVE_INFINITY);
    column(
        "dc",
        "DECIMAL(10, 2)",
        decimal("12.34", 10, 2),
        decimal("0.00", 10, 2),
        null,
        decimal("-99999999.99", 10, 2),
        decimal("1.00", 10, 2));
    column(
        "dh",
        "DECIMAL(38, 0)",
        decimal("7", 38, 0),
        decimal("0", 38, 0),
        decimal("9".repeat(38), 38, 0),
        decimal("-" + "9".repeat(38), 38, 0),
        null);
    column(
        "dl",
        "DECIMAL(38, 38)",
        decimal("0.5", 38, 38),
        decimal("0", 38, 38),
        decimal("0." + "9".repeat(38), 38, 38),
        decimal("-0." + "9".repeat(38), 38, 38),
        null);
    column(
        "s",
        "STRING",
        text("abc"),
        text(""),
        text("12"),
        text("2024-02-29 10:15:30"),
        text("Straße 😀, a=1,b=2"));
    column(
        "js",
        "STRING",
        text("{\"a\": [1, null, \"x\"], \"b\": {\"c\": 1.5}}"),
        text("[]"),
        text("{"),
        text("null"),
        text("1e400"));
    column("v3", "VARCHAR(3)", text("a"), text(""), text("ab "), text("1"), text("%_\\"));
    column("c3", "CHAR(3)", text("a  "), text("   "), text("abc"), text("1.5"), null);
    column(
        "vb",
        "BYTES",
        new byte[] {1, 2},
        new byte[0],
        new byte[] {-1, -128},
        "abc".getBytes(),
        null);
    column(
        "b4",
        "BINARY(4)",
        new byte[] {1, 2, 3, 4},
        new byte[4],
        new byte[] {-1, -1, -1, -1},
        null,
        new byte[] {0, 0, 0, 1});
    column("dt", "DATE", 19782, 0, 2932896, -719162, -1);
    column("t", "TIME(3)", 36930123, 0, 86399999, 1, null);
    column(
        "ts",
        "TIMESTAMP(3)",
        time(1709201730123L, 0),
        time(0, 0),
        time(253402300799999L, 0),
        time(-62135596800000L, 0),
        time(-1, 0));
    column(
        "ts9",
        "TIMESTAMP(9)",
        time(1709201730123L, 456789),
        time(0, 999999),
        null,
        time(-62135596800000L, 1),
        time(-1, 1));
    column(
        "lt",
        "TIMESTAMP_LTZ(3)",
        time(1709201730123L, 0),
        time(0, 0),
        time(253402300799999L, 0),
        time(-62135596800000L, 0),
        time(-1, 0));
    column("iy", "INTERVAL YEAR TO MONTH", 13, 0, 119999, -119999, -1);
    column("id", "INTERVAL DAY TO SECOND(3)", 90061001L, 0L, 8639999999999L, -8639999999999L, -1L);
    column(
        "ai",
        "ARRAY<INT>",
        array(1, 2, 3),
        array(),
        array(1, null),
        array(new Object[] {null}),
        null);
    column(
        "as1",
        "ARRAY<STRING>",
        array(text("a"), text("b")),
        array(),
        array(text("a"), null),
        array(text("1")),
        null);
    column(
        "ad",
        "ARRAY<DOUBLE>",
        array(1.5, Double.NaN),
        array(),
        array(-0.0, 0.0),
        array(1.0, null),
        null);
    column(
        "aa",
        "ARRAY<ARRAY<INT>>",
        array(array(1), array()),
        array(),
        array(array(1, null), null),
        null,
        array(array(2)));
    column(
        "ats",
        "ARRAY<TIMESTAMP(3)>",
        array(time(0, 0)),
        array(),
        array(time(-1, 0), null),
        null,
        array());
    column(
        "ar",
        "ARRAY<ROW<x INT, y STRING>>",
        array(row(1, text("a"))),
        array(),
        array(row(null, null), null),
        null,
        array());
    column(
        "m",
        "MAP<STRING, INT>",
        map(text("a"), 1),
        map(),
        map(text("b"), null),
        map(text(""), -1),
        null);
    column(
        "mi", "MAP<INT, STRING>", map(1, text("a")), map(), map(2, null), null, map(0, text("")));
    column(
        "mr",
        "MAP<STRING, ROW<x INT, y ARRAY<INT>>>",
        map(text("a"), row(1, array(1))),
        map(),
        map(text("a"), null),
        map(text("a"), row(null, null)),
        null);
    column(
        "r",
        "ROW<x INT, y STRING, z ROW<w DOUBLE>>",
        row(1, text("a"), row(1.5)),
        row(null, null, null),
        row(2, text(""), row(Double.NaN)),
        null,
        row(3, null, row((Object) null)));
  }

  private EdgeRows() {}

  private static void column(String name, String type, Object... values) {
    TYPES.put(name, LogicalTypeParser.parse(type, EdgeRows.class.getClassLoader()));
    COLUMNS.add(values);
  }

  public static RowType type() {
    return RowType.of(
        TYPES.values().toArray(new LogicalType[0]), TYPES.keySet().toArray(new String[0]));
  }

  static List<String> names() {
    return List.copyOf(TYPES.keySet());
  }

  public static List<RowData> rows() {
    List<RowData> rows = new ArrayList<>();
    for (int place = 0; place < COUNT; place++) {
      GenericRowData row = new GenericRowData(COLUMNS.size());
      for (int column = 0; column < COLUMNS.size(); column++) {
        row.setField(column, place < COUNT - 1 ? COLUMNS.get(column)[place] : null);
      }
      rows.add(row);
    }
    return rows;
  }

  private static BinaryStringData text(String text) {
    return BinaryStringData.fromString(text);
  }

  private static TimestampData time(long millis, int nanos) {
    return TimestampData.fromEpochMillis(millis, nanos);
  }

  private static DecimalData decimal(String number, int precision, int scale) {
    return DecimalData.fromBigDecimal(new BigDecimal(number), precision, scale);
  }

  private static GenericArrayData array(Object... elements) {
    return new GenericArrayData(Arrays.copyOf(elements, elements.length, Object[].class));
  }

  private static GenericRowData row(Object... fields) {
    return GenericRowData.of(fields);
  }

  private static GenericMapData map(Object... entry) {
    Map<Object, Object> map = new LinkedHashMap<>();
    if (entry.length > 0) {
      map.put(entry[0], entry[1]);
    }
    return new GenericMapData(map);
  }
}
