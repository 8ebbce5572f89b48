package org.pyflinkcep.flink.decoding;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
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
 * job, and none touches the next one.
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
    DataType columns =
        format.equals("raw")
            ? DataTypes.ROW(DataTypes.FIELD("id", DataTypes.STRING())).notNull()
            : COLUMNS;
    Decoding decoding = Decoding.of(columns, List.of("failure"), options);
    Supplier<byte[]> good = () -> record(format, random, false);
    Supplier<byte[]> strange = () -> record(format, random, random.nextInt(3) == 0);
    RandomRecords records = new RandomRecords(random, strange);
    byte[] known = record(format, new Random(7), false);
    List<List<Object>> expected = decoding.rows(known);
    assertThat(expected).isNotEmpty().allMatch(row -> row.get(row.size() - 1) == null);

    int failures = 0;
    for (int i = 0; i < RECORDS; i++) {
      byte[] record = records.next();
      List<List<Object>> rows = decoding.rows(record);
      int failed = (int) rows.stream().filter(row -> row.get(row.size() - 1) != null).count();
      assertThat(failed == 0 || rows.size() == 1).as(new String(record, UTF_8)).isTrue();
      // Formats of changes pass over statements that change no rows.
      assertThat(rows.isEmpty() && !isOfChanges(format)).isFalse();
      failures += failed;
      assertThat(decoding.rows(known)).isEqualTo(expected);
      assertThat(decoding.rows(good.get())).allMatch(row -> row.get(row.size() - 1) == null);
    }
    assertThat(decoding.count("numDecodingFailures")).isEqualTo(failures);
    // Text of UTF-8 is all that raw asks for.
    assertThat(failures).isBetween(RECORDS / 50, RECORDS - RECORDS / 10);
  }

  private static boolean isOfChanges(String format) {
    return format.contains("debezium")
        || List.of("canal-json", "maxwell-json", "ogg-json").contains(format);
  }

  private static byte[] record(String format, Random random, boolean isStrange) {
    return switch (format) {
      case "csv" -> csv(random, isStrange).getBytes(UTF_8);
      case "avro" -> avro(AVRO, row(random), null);
      case "avro-confluent" ->
          isStrange ? avro(OTHER, other(random), 2) : avro(AVRO, row(random), 1);
      case "debezium-avro-confluent" -> changes(random);
      case "debezium-json" ->
          "{\"before\": null, \"after\": %s, \"op\": \"c\"}"
              .formatted(json(random, isStrange))
              .getBytes(UTF_8);
      case "canal-json" ->
          "{\"data\": [%s], \"old\": null, \"type\": \"INSERT\"}"
              .formatted(json(random, isStrange))
              .getBytes(UTF_8);
      case "maxwell-json" ->
          "{\"data\": %s, \"type\": \"insert\"}".formatted(json(random, isStrange)).getBytes(UTF_8);
      case "ogg-json" ->
          "{\"after\": %s, \"op_type\": \"I\"}".formatted(json(random, isStrange)).getBytes(UTF_8);
      default -> json(random, isStrange).getBytes(UTF_8);
    };
  }

  private static String json(Random random, boolean isStrange) {
    List<String> members = new ArrayList<>();
    int strange = isStrange ? random.nextInt(NAMES.size()) : -1;
    for (int i = 0; i < NAMES.size(); i++) {
      String value =
          i == strange
              ? STRANGE_JSON[random.nextInt(STRANGE_JSON.length)]
              : switch (i) {
                case 0 -> "\"p" + random.nextInt(100) + "\"";
                case 1 -> String.valueOf(random.nextLong());
                case 2 -> random.nextInt(10_000) + ".5";
                case 3 -> String.valueOf(random.nextInt(100));
                case 4 -> String.valueOf(random.nextBoolean());
                case 5 -> "\"2025-03-03 10:00:%02d\"".formatted(random.nextInt(60));
                default -> String.valueOf(random.nextDouble());
              };
      members.add("\"" + NAMES.get(i) + "\": " + value);
      if (isStrange && random.nextInt(20) == 0) {
        members.add(members.get(0));
      }
    }
    return "{" + String.join(", ", members) + "}";
  }

  private static String csv(Random random, boolean isStrange) {
    List<String> fields = new ArrayList<>();
    fields.add(random.nextBoolean() ? "p1" : "\"p,\"\"1\"");
    fields.add(String.valueOf(random.nextLong()));
    fields.add(random.nextInt(10_000) + ".50");
    fields.add(String.valueOf(random.nextInt(100)));
    fields.add(String.valueOf(random.nextBoolean()));
    fields.add("2025-03-03 10:00:00");
    fields.add(String.valueOf(random.nextDouble()));
    if (isStrange) {
      String value = STRANGE_JSON[random.nextInt(STRANGE_JSON.length)].replace("\"", "");
      fields.set(random.nextInt(fields.size()), value);
      if (random.nextInt(4) == 0) {
        fields.add(value);
      }
    }
    return String.join(",", fields);
  }

  private static GenericData.Record row(Random random) {
    GenericData.Record row = new GenericData.Record(AVRO);
    row.put("id", "p" + random.nextInt(100));
    row.put("n", random.nextBoolean() ? null : random.nextLong());
    BigDecimal amount = BigDecimal.valueOf(random.nextInt(1_000_000), 2);
    row.put("amount", ByteBuffer.wrap(amount.unscaledValue().toByteArray()));
    row.put("small", random.nextInt(100));
    row.put("ok", random.nextBoolean());
    row.put("at", 1740996000000L + random.nextInt(1_000_000));
    row.put("ratio", random.nextDouble());
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

  private static byte[] changes(Random random) {
    Schema envelope =
        new Schema.Parser()
            .parse(
                "{\"type\":\"record\",\"name\":\"E\",\"fields\":[{\"name\":\"before\",\"type\":\"null\"},"
                    + "{\"name\":\"after\",\"type\":"
                    + AVRO
                    + "},{\"name\":\"op\",\"type\":\"string\"}]}");
    registry.put(3, envelope);
    GenericData.Record change = new GenericData.Record(envelope);
    change.put("after", row(random));
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
