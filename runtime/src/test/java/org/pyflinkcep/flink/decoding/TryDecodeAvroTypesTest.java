package org.pyflinkcep.flink.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericData;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericDatumWriter;
import org.apache.flink.avro.shaded.org.apache.avro.io.BinaryEncoder;
import org.apache.flink.avro.shaded.org.apache.avro.io.EncoderFactory;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each type that Avro is written with, read by a column of each type. */
class TryDecodeAvroTypesTest {

  private static final List<DataType> COLUMNS =
      List.of(
          DataTypes.BOOLEAN(),
          DataTypes.TINYINT(),
          DataTypes.SMALLINT(),
          DataTypes.INT(),
          DataTypes.BIGINT(),
          DataTypes.FLOAT(),
          DataTypes.DOUBLE(),
          DataTypes.STRING(),
          DataTypes.VARCHAR(2),
          DataTypes.BYTES(),
          DataTypes.DECIMAL(6, 2),
          DataTypes.DECIMAL(12, 4),
          DataTypes.DATE(),
          DataTypes.TIME(3),
          DataTypes.TIMESTAMP(3),
          DataTypes.ARRAY(DataTypes.INT()),
          DataTypes.MAP(DataTypes.STRING(), DataTypes.INT()),
          DataTypes.ROW(DataTypes.FIELD("a", DataTypes.DECIMAL(6, 2))));

  private Registry registry;

  @BeforeEach
  void startRegistry() throws Exception {
    registry = new Registry();
  }

  @AfterEach
  void stopRegistry() {
    registry.close();
  }

  /** Schemas with a value each, as Avro's own library takes it. */
  private static Map<String, Object> written() {
    Map<String, Object> written = new LinkedHashMap<>();
    written.put("\"boolean\"", true);
    written.put("\"int\"", 200);
    written.put("\"long\"", 1740996000000L);
    written.put("\"float\"", 1.5f);
    written.put("\"double\"", 1.25);
    written.put("\"string\"", "1.50");
    written.put("\"bytes\"", ByteBuffer.wrap("hi".getBytes(StandardCharsets.UTF_8)));
    written.put(logical("string", "uuid", ""), "aGk");
    written.put(logical("bytes", "decimal", ",\"precision\":6,\"scale\":2"), unscaled(150));
    written.put(logical("bytes", "decimal", ",\"precision\":12,\"scale\":4"), unscaled(15000));
    written.put(logical("bytes", "decimal", ",\"precision\":20,\"scale\":2"), unscaled(99999999L));
    written.put(logical("int", "date", ""), 20150);
    written.put(logical("int", "time-millis", ""), 36000000);
    written.put(logical("long", "time-micros", ""), 36000000000L);
    written.put(logical("long", "timestamp-millis", ""), 1740996000000L);
    written.put(logical("long", "timestamp-micros", ""), 1740996000000000L);
    written.put(logical("long", "local-timestamp-millis", ""), 1740996000000L);
    written.put(logical("long", "local-timestamp-micros", ""), 1740996000000000L);
    written.put("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}", "B");
    written.put("{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}", "hi");
    written.put("{\"type\":\"array\",\"items\":\"int\"}", List.of(1, 2));
    written.put("{\"type\":\"array\",\"items\":\"string\"}", List.of("1"));
    written.put("{\"type\":\"map\",\"values\":\"int\"}", Map.of("k", 1));
    written.put("{\"type\":\"map\",\"values\":\"long\"}", Map.of("k", 1L));
    written.put(row("\"string\""), List.of("1.50"));
    written.put(
        row(logical("bytes", "decimal", ",\"precision\":6,\"scale\":2")), List.of(unscaled(150)));
    written.put("[\"null\",\"string\",\"long\"]", 7L);
    written.put("[\"long\",\"null\",\"string\"]", "7");
    written.put("[\"string\",\"null\"]", null);
    return written;
  }

  private static String logical(String type, String logicalType, String more) {
    return "{\"type\":\"" + type + "\",\"logicalType\":\"" + logicalType + "\"" + more + "}";
  }

  private static String row(String type) {
    return "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":"
        + type
        + "}]}";
  }

  private static ByteBuffer unscaled(long value) {
    return ByteBuffer.wrap(BigInteger.valueOf(value).toByteArray());
  }

  private static byte[] message(int id, Schema schema, Object given) throws Exception {
    Schema type = schema.getField("v").schema();
    Object value = given;
    if (type.getType() == Schema.Type.ENUM) {
      value = new GenericData.EnumSymbol(type, given);
    } else if (type.getType() == Schema.Type.FIXED) {
      value = new GenericData.Fixed(type, given.toString().getBytes(StandardCharsets.UTF_8));
    } else if (type.getType() == Schema.Type.RECORD) {
      GenericData.Record inner = new GenericData.Record(type);
      inner.put("a", ((List<?>) given).get(0));
      value = inner;
    }
    GenericData.Record record = new GenericData.Record(schema);
    record.put("other", "text");
    record.put("v", value);
    record.put("w", 7);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream header = new DataOutputStream(bytes);
    header.writeByte(0);
    header.writeInt(id);
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    new GenericDatumWriter<>(schema).write(record, encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  @Test
  void a_column_holds_what_was_written_or_the_record_is_a_failure() throws Exception {
    Map<String, Object> written = written();
    List<byte[]> messages = new ArrayList<>();
    int id = 0;
    for (Map.Entry<String, Object> value : written.entrySet()) {
      String fields =
          "{\"name\":\"other\",\"type\":\"string\"},{\"name\":\"v\",\"type\":"
              + value.getKey()
              + "},{\"name\":\"w\",\"type\":\"int\"}";
      Schema schema =
          new Schema.Parser()
              .parse("{\"type\":\"record\",\"name\":\"P\",\"fields\":[" + fields + "]}");
      registry.put(++id, schema);
      messages.add(message(id, schema, value.getValue()));
    }

    StringBuilder found = new StringBuilder();
    for (DataType column : COLUMNS) {
      Decoding decoding =
          Decoding.of(
              DataTypes.ROW(DataTypes.FIELD("v", column), DataTypes.FIELD("w", DataTypes.INT()))
                  .notNull(),
              List.of("failure", "error"),
              Map.of("format", "avro-confluent", "avro-confluent.url", registry.url()));
      found.append(column).append(":\n");
      int i = 0;
      for (String schema : written.keySet()) {
        List<Object> row = decoding.rows(messages.get(i++)).get(0);
        if (row.get(3) == null) {
          assertThat(row.get(2)).isEqualTo(7);
          found.append("  ").append(schema.replace("\"", "")).append(" = ");
          found.append(Decoding.printable(row.get(1))).append('\n');
        } else {
          assertThat(row).as(schema).startsWith("+I", null, null, "wrong-type");
          assertThat(row.get(4).toString()).startsWith("`v");
        }
      }
    }
    assertThat(found).hasToString(Decoding.resource("avro-types.txt"));
  }

  @Test
  void microseconds_which_flink_takes_for_milliseconds_are_a_failure() throws Exception {
    Map<DataType, String> types = new LinkedHashMap<>();
    types.put(DataTypes.TIMESTAMP(3), "local-timestamp-millis");
    types.put(DataTypes.TIMESTAMP_LTZ(3), "timestamp-millis");
    types.put(DataTypes.TIMESTAMP(6), "local-timestamp-micros");
    types.put(DataTypes.TIMESTAMP_LTZ(6), "timestamp-micros");
    List<Object> found = new ArrayList<>();
    for (Map.Entry<DataType, String> type : types.entrySet()) {
      Decoding decoding =
          Decoding.of(
              DataTypes.ROW(DataTypes.FIELD("v", type.getKey())).notNull(),
              List.of("error"),
              Map.of("format", "avro", "avro.timestamp_mapping.legacy", "false"));
      Schema schema =
          new Schema.Parser().parse(row("[\"null\"," + logical("long", type.getValue(), "") + "]"));
      GenericData.Record record = new GenericData.Record(schema);
      record.put("a", 1740996000000L);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
      new GenericDatumWriter<>(schema).write(record, encoder);
      encoder.flush();
      found.add(decoding.rows(bytes.toByteArray()).get(0));
    }
    assertThat(found)
        .containsExactly(
            Arrays.asList("+I", "2025-03-03T10:00", null),
            Arrays.asList("+I", "2025-03-03T10:00", null),
            Arrays.asList(
                "+I",
                null,
                "`v`: the column's type is TIMESTAMP(6), the writer's long"
                    + " (local-timestamp-micros)"),
            Arrays.asList(
                "+I",
                null,
                "`v`: the column's type is TIMESTAMP_LTZ(6), the writer's long"
                    + " (timestamp-micros)"));
  }
}
