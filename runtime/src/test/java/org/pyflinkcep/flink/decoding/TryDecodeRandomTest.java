package org.pyflinkcep.flink.decoding;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericData;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericDatumWriter;
import org.apache.flink.avro.shaded.org.apache.avro.io.BinaryEncoder;
import org.apache.flink.avro.shaded.org.apache.avro.io.EncoderFactory;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random records of each format, broken in random ways: each is a row or a failure, none ends the
 * job, and none touches the next one. A good one is the row that was written.
 *
 * <p>{@code -Ddecoding.records=10000} for as many of each format, {@code -Ddecoding.seed} for
 * others.
 */
class TryDecodeRandomTest {

  private static final int RECORDS = Integer.getInteger("decoding.records", 400);
  private static final long SEED = Long.getLong("decoding.seed", 1);

  private static final DataType COLUMNS =
      DataTypes.ROW(
              DataTypes.FIELD("id", DataTypes.STRING()),
              DataTypes.FIELD("n", DataTypes.BIGINT()),
              DataTypes.FIELD("amount", DataTypes.DECIMAL(10, 2)),
              DataTypes.FIELD("small", DataTypes.TINYINT()),
              DataTypes.FIELD("ok", DataTypes.BOOLEAN()),
              DataTypes.FIELD("at", DataTypes.TIMESTAMP(3)),
              DataTypes.FIELD("ratio", DataTypes.DOUBLE()))
          .notNull();
  private static final List<String> NAMES =
      List.of("id", "n", "amount", "small", "ok", "at", "ratio");

  private static final String[] STRANGE_JSON = {
    "null",
    "true",
    "\"\"",
    "\"yes\"",
    "1e999999999",
    "-1e-999999999",
    "9223372036854775808",
    "99999999.999",
    "3.7",
    "\"12abc\"",
    "\"2025-02-30 10:00:00\"",
    "[]",
    "[null]",
    "{}",
    "{\"a\":{}}",
    "\"\\ud800\"",
    "\"\u0001\"",
    "NaN",
    "0x10",
    "128",
    "1.5",
    "\"é😀\"",
  };

  private static final Schema AVRO =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "P", "fields": [
                {"name": "id", "type": ["null", "string"]},
                {"name": "n", "type": ["null", "long"]},
                {"name": "amount", "type": ["null",
                  {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}]},
                {"name": "small", "type": ["null", "int"]},
                {"name": "ok", "type": ["null", "boolean"]},
                {"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]},
                {"name": "ratio", "type": ["null", "double"]}]}
              """);
  private static final Schema OTHER =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "P", "fields": [
                {"name": "more", "type": {"type": "array", "items":
                  {"type": "record", "name": "Q", "fields": [
                    {"name": "p", "type": ["null", "Q"]}, {"name": "m", "type":
                      {"type": "map", "values": {"type": "fixed", "name": "F", "size": 2}}}]}}},
                {"name": "amount", "type": ["string", "int",
                  {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 2}]},
                {"name": "n", "type": "int"},
                {"name": "small", "type": ["int", "null"]}]}
              """);

  private static Registry registry;

  @BeforeAll
  static void startRegistry() throws Exception {
    registry = new Registry();
    registry.put(1, AVRO);
    registry.put(2, OTHER);
  }

  @AfterAll
  static void stopRegistry() {
    registry.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "json",
        "csv",
        "avro",
        "avro-confluent",
        "raw",
        "debezium-json",
        "canal-json",
        "maxwell-json",
        "ogg-json",
        "debezium-avro-confluent",
      })
  void each_record_is_a_row_or_a_failure(String format) throws Exception {
    Random random = new Random(SEED);
    Map<String, String> options = new HashMap<>(Map.of("format", format));
    options.put(format + ".url", registry.url());
    if (!format.contains("confluent")) {
      options.remove(format + ".url");
    }
    if (format.equals("csv")) {
      options.put("csv.null-literal", "");
    }
    DataType columns =
        format.equals("raw")
            ? DataTypes.ROW(DataTypes.FIELD("id", DataTypes.STRING())).notNull()
            : COLUMNS;
    Decoding decoding = Decoding.of(columns, List.of("failure"), options);
    Supplier<byte[]> strange = () -> record(format, random, random.nextInt(3) == 0).bytes();
    RandomRecords records = new RandomRecords(random, strange);
    Written known = record(format, new Random(7), false);

    int failures = 0;
    for (int i = 0; i < RECORDS; i++) {
      byte[] record = records.next();
      List<List<Object>> rows = decoding.rows(record);
      int failed = (int) rows.stream().filter(row -> row.get(row.size() - 1) != null).count();
      assertThat(failed == 0 || rows.size() == 1).as(new String(record, UTF_8)).isTrue();
      // Formats of changes pass over statements that change no rows.
      assertThat(rows.isEmpty() && !isOfChanges(format)).isFalse();
      failures += failed;
      assertThat(decoding.rows(known.bytes())).containsExactly(known.row());
      Written good = record(format, random, false);
      assertThat(decoding.rows(good.bytes())).containsExactly(good.row());
    }
    assertThat(decoding.count("numDecodingFailures")).isEqualTo(failures);
    // Text of UTF-8 is all that raw asks for.
    assertThat(failures).isBetween(RECORDS / 50, RECORDS - RECORDS / 10);
  }

  private static boolean isOfChanges(String format) {
    return format.contains("debezium")
        || List.of("canal-json", "maxwell-json", "ogg-json").contains(format);
  }

  /**
   * A record, and the values that it has where it is a good one, as {@link Decoding} shows them.
   */
  private record Written(byte[] bytes, List<Object> values) {

    static Written of(String text, List<Object> values) {
      return new Written(text.getBytes(UTF_8), values);
    }

    /** The kind of the change, the values, and no failure. */
    List<Object> row() {
      List<Object> row = new ArrayList<>(List.of("+I"));
      row.addAll(values);
      row.add(null);
      return row;
    }
  }

  private static Written record(String format, Random random, boolean isStrange) {
    List<Object> values = values(random);
    return switch (format) {
      case "csv" -> Written.of(csv(values, random, isStrange), values);
      case "avro" -> new Written(avro(AVRO, row(values), null), values);
      case "avro-confluent" ->
          isStrange
              ? new Written(avro(OTHER, other(random), 2), List.of())
              : new Written(avro(AVRO, row(values), 1), values);
      case "debezium-avro-confluent" -> new Written(changes(row(values)), values);
      case "raw" -> {
        String text = json(values, random, isStrange);
        yield Written.of(text, List.of(text));
      }
      default -> Written.of(change(format).formatted(json(values, random, isStrange)), values);
    };
  }

  /** How a format says that a row is new. */
  private static String change(String format) {
    return switch (format) {
      case "debezium-json" -> "{\"before\": null, \"after\": %s, \"op\": \"c\"}";
      case "canal-json" -> "{\"data\": [%s], \"old\": null, \"type\": \"INSERT\"}";
      case "maxwell-json" -> "{\"data\": %s, \"type\": \"insert\"}";
      case "ogg-json" -> "{\"after\": %s, \"op_type\": \"I\"}";
      default -> "%s";
    };
  }

  /** One of each column, some of them NULL. */
  private static List<Object> values(Random random) {
    List<Object> values = new ArrayList<>();
    values.add(random.nextBoolean() ? "p" + random.nextInt(100) : "p,\"1é😀");
    values.add(random.nextLong());
    values.add(BigDecimal.valueOf(random.nextLong(-9_999_999_999L, 10_000_000_000L), 2).toString());
    values.add((byte) random.nextInt(-128, 128));
    values.add(String.valueOf(random.nextBoolean()));
    values.add(
        LocalDateTime.of(2025, 3, 3, 10, 0).plusSeconds(random.nextInt(1_000_000)).toString());
    values.add(random.nextGaussian() * Math.pow(10, random.nextInt(-20, 20)));
    if (random.nextInt(3) == 0) {
      values.set(1 + random.nextInt(values.size() - 1), null);
    }
    return values;
  }

  /** A time as formats of text write it. */
  private static String time(Object value) {
    return LocalDateTime.parse((String) value)
        .format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss"));
  }

  private static String json(List<Object> values, Random random, boolean isStrange) {
    List<String> members = new ArrayList<>();
    int strange = isStrange ? random.nextInt(NAMES.size()) : -1;
    for (int i = 0; i < NAMES.size(); i++) {
      Object value = values.get(i);
      String text =
          i == strange
              ? STRANGE_JSON[random.nextInt(STRANGE_JSON.length)]
              : i == 0
                  ? "\"" + ((String) value).replace("\"", "\\\"") + "\""
                  : i == 5 && value != null ? "\"" + time(value) + "\"" : String.valueOf(value);
      members.add("\"" + NAMES.get(i) + "\": " + text);
      if (isStrange && random.nextInt(20) == 0) {
        members.add(members.get(0));
      }
    }
    return "{" + String.join(", ", members) + "}";
  }

  private static String csv(List<Object> values, Random random, boolean isStrange) {
    List<String> fields = new ArrayList<>();
    fields.add("\"" + ((String) values.get(0)).replace("\"", "\"\"") + "\"");
    for (int i = 1; i < NAMES.size(); i++) {
      Object value = values.get(i);
      fields.add(value == null ? "" : i == 5 ? time(value) : value.toString());
    }
    if (isStrange) {
      String value = STRANGE_JSON[random.nextInt(STRANGE_JSON.length)].replace("\"", "");
      fields.set(random.nextInt(fields.size()), value);
      if (random.nextInt(4) == 0) {
        fields.add(value);
      }
    }
    return String.join(",", fields);
  }

  private static GenericData.Record row(List<Object> values) {
    GenericData.Record row = new GenericData.Record(AVRO);
    for (int i = 0; i < NAMES.size(); i++) {
      Object value = values.get(i);
      if (value != null) {
        row.put(
            NAMES.get(i),
            switch (i) {
              case 2 ->
                  ByteBuffer.wrap(new BigDecimal((String) value).unscaledValue().toByteArray());
              case 3 -> ((Byte) value).intValue();
              case 4 -> Boolean.valueOf((String) value);
              case 5 ->
                  LocalDateTime.parse((String) value).toInstant(ZoneOffset.UTC).toEpochMilli();
              default -> value;
            });
      }
    }
    return row;
  }

  private static GenericData.Record other(Random random) {
    GenericData.Record row = new GenericData.Record(OTHER);
    row.put("more", List.of());
    long large = random.nextBoolean() ? 150 : 99_999_999_999_999L;
    row.put(
        "amount",
        switch (random.nextInt(3)) {
          case 0 -> "1.50";
          case 1 -> 7;
          default -> ByteBuffer.wrap(BigDecimal.valueOf(large).toBigInteger().toByteArray());
        });
    row.put("n", random.nextInt());
    row.put("small", random.nextBoolean() ? null : random.nextInt(200));
    return row;
  }

  private static byte[] changes(GenericData.Record row) {
    Schema envelope =
        new Schema.Parser()
            .parse(
                "{\"type\":\"record\",\"name\":\"E\",\"fields\":[{\"name\":\"before\",\"type\":\"null\"},"
                    + "{\"name\":\"after\",\"type\":"
                    + AVRO
                    + "},{\"name\":\"op\",\"type\":\"string\"}]}");
    registry.put(3, envelope);
    GenericData.Record change = new GenericData.Record(envelope);
    change.put("after", row);
    change.put("op", "c");
    return avro(envelope, change, 3);
  }

  private static byte[] avro(Schema schema, GenericData.Record row, Integer id) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      if (id != null) {
        DataOutputStream header = new DataOutputStream(bytes);
        header.writeByte(0);
        header.writeInt(id);
      }
      BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
      new GenericDatumWriter<>(schema).write(row, encoder);
      encoder.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
