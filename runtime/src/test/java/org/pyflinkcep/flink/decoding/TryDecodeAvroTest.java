package org.pyflinkcep.flink.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.avro.shaded.org.apache.avro.SchemaBuilder;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericData;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericDatumWriter;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericRecord;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericRecordBuilder;
import org.apache.flink.avro.shaded.org.apache.avro.io.BinaryEncoder;
import org.apache.flink.avro.shaded.org.apache.avro.io.EncoderFactory;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records of Avro: broken ones, those of unknown schemas, and a registry that fails. */
class TryDecodeAvroTest {

  private static final int ID = 7;
  private static final DataType PAYMENT =
      DataTypes.ROW(
              DataTypes.FIELD("id", DataTypes.STRING()),
              DataTypes.FIELD("amount", DataTypes.DOUBLE()))
          .notNull();
  private static final Schema SCHEMA =
      SchemaBuilder.record("payment")
          .fields()
          .requiredString("id")
          .requiredDouble("amount")
          .endRecord();

  private Registry registry;

  @BeforeEach
  void startRegistry() throws IOException {
    registry = new Registry();
    registry.put(ID, SCHEMA);
  }

  @AfterEach
  void stopRegistry() {
    registry.close();
  }

  private Decoding payments(String... options) throws Exception {
    Map<String, String> all = new HashMap<>();
    all.put("format", "avro-confluent");
    all.put("avro-confluent.url", registry.url());
    for (int i = 0; i < options.length; i += 2) {
      all.put(options[i], options[i + 1]);
    }
    return Decoding.of(PAYMENT, List.of("failure"), all);
  }

  private static GenericRecord payment(String id) {
    return new GenericRecordBuilder(SCHEMA).set("id", id).set("amount", 1.5).build();
  }

  /** A record as Confluent's serializer writes it. */
  private static byte[] message(int schemaId, GenericRecord value) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream header = new DataOutputStream(bytes);
    header.writeByte(0);
    header.writeInt(schemaId);
    bytes.write(avro(value));
    return bytes.toByteArray();
  }

  private static byte[] avro(GenericRecord value) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    new GenericDatumWriter<GenericRecord>(value.getSchema()).write(value, encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  private static List<List<Object>> read(String id) {
    return List.of(Arrays.asList("+I", id, 1.5, null));
  }

  private static List<List<Object>> failed(String reason) {
    return List.of(Arrays.asList("+I", null, null, reason));
  }

  @Test
  void a_truncated_record_is_a_failure_wherever_it_ends_and_leaves_nothing_to_the_next()
      throws Exception {
    Decoding payments = payments();
    byte[] whole = message(ID, payment("p1"));

    for (int length = 0; length < whole.length; length++) {
      assertThat(payments.rows(Arrays.copyOf(whole, length))).isEqualTo(failed("truncated"));
      assertThat(payments.rows(whole)).isEqualTo(read("p1"));
    }
    assertThat(payments.count("numDecodingFailures")).isEqualTo(whole.length);
    // What was fetched stays, however many records are broken.
    assertThat(registry.requests()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 20, 10_000})
  void bytes_behind_a_record_are_a_failure_and_not_the_beginning_of_the_next(int count)
      throws Exception {
    Decoding payments = payments();
    byte[] whole = message(ID, payment("p1"));

    assertThat(payments.rows(Arrays.copyOf(whole, whole.length + count)))
        .isEqualTo(failed("unreadable"));
    assertThat(payments.rows(whole)).isEqualTo(read("p1"));
  }

  @Test
  void avro_without_a_registry_begins_anew_with_each_record_too() throws Exception {
    Decoding payments = Decoding.of(PAYMENT, List.of("failure"), Map.of("format", "avro"));
    Schema nullable =
        SchemaBuilder.record("payment")
            .fields()
            .optionalString("id")
            .optionalDouble("amount")
            .endRecord();
    byte[] whole =
        avro(new GenericRecordBuilder(nullable).set("id", "p1").set("amount", 1.5).build());

    assertThat(payments.rows(whole)).isEqualTo(read("p1"));
    assertThat(payments.rows(Arrays.copyOf(whole, whole.length - 1)))
        .isEqualTo(failed("truncated"));
    assertThat(payments.rows(Arrays.copyOf(whole, whole.length + 3)))
        .isEqualTo(failed("unreadable"));
    assertThat(payments.rows(whole)).isEqualTo(read("p1"));
  }

  @Test
  void long_records_are_read_to_their_end() throws Exception {
    Decoding payments = payments();
    for (int length : new int[] {8_170, 8_192, 20_000, 3, 100_000}) {
      String id = "p".repeat(length);
      assertThat(payments.rows(message(ID, payment(id)))).isEqualTo(read(id));
    }
  }

  @Test
  void a_length_that_no_heap_has_room_for_is_unreadable() throws Exception {
    Decoding payments = payments();
    byte[] message = {0, 0, 0, 0, ID, (byte) 0xea, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f};

    assertThat(payments.rows(message)).isEqualTo(failed("unreadable"));
    assertThat(payments.rows(message(ID, payment("p1")))).isEqualTo(read("p1"));
  }

  @Test
  void a_negative_length_is_unreadable() throws Exception {
    byte[] message = {0, 0, 0, 0, ID, 0x01, 0x00};

    assertThat(payments().rows(message)).isEqualTo(failed("unreadable"));
  }

  @Test
  void what_does_not_begin_as_the_registrys_records_do_is_unreadable() throws Exception {
    byte[] message = message(ID, payment("p1"));
    message[0] = '{';

    assertThat(payments().rows(message)).isEqualTo(failed("unreadable"));
  }

  @Test
  void an_unknown_schema_is_the_records_fault() throws Exception {
    Decoding payments = payments("registry-timeout", "1 min");

    assertThat(payments.rows(message(99, payment("p1")))).isEqualTo(failed("unknown-schema"));
    assertThat(payments.rows(message(ID, payment("p1")))).isEqualTo(read("p1"));
  }

  @Test
  void a_schema_that_is_none_of_avro_is_the_records_fault() throws Exception {
    registry.put(8, "syntax = \"proto3\"; message Payment {}", "PROTOBUF");
    registry.put(9, "{\"type\": \"payment\"}", "AVRO");

    assertThat(payments().rows(message(8, payment("p1")))).isEqualTo(failed("unknown-schema"));
    assertThat(payments().rows(message(9, payment("p1")))).isEqualTo(failed("unknown-schema"));
  }

  @Test
  void a_schema_whose_fields_are_others_is_a_wrong_type() throws Exception {
    Schema other =
        SchemaBuilder.record("payment")
            .fields()
            .requiredString("id")
            .requiredString("amount")
            .endRecord();
    registry.put(8, other);
    GenericData.Record value =
        new GenericRecordBuilder(other).set("id", "p1").set("amount", "much").build();

    assertThat(payments().rows(message(8, value))).isEqualTo(failed("wrong-type"));
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 503, 429, 401})
  void a_registry_that_fails_for_a_while_is_asked_again(int status) throws Exception {
    Decoding payments = payments("registry-timeout", "1 min");
    registry.fail(2, status);

    assertThat(payments.rows(message(ID, payment("p1")))).isEqualTo(read("p1"));
    assertThat(payments.count("numDecodingFailures")).isZero();
  }

  @Test
  void a_registry_that_is_down_for_a_while_is_asked_again() throws Exception {
    Decoding payments = payments("registry-timeout", "1 min");
    registry.close();
    CompletableFuture<List<List<Object>>> rows =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return payments.rows(message(ID, payment("p1")));
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    assertThatThrownBy(() -> rows.get(500, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    registry.start();

    assertThat(rows.get(1, TimeUnit.MINUTES)).isEqualTo(read("p1"));
  }

  @Test
  void a_registry_that_stays_down_fails_the_job_and_not_the_record() throws Exception {
    Decoding payments = payments("registry-timeout", "300 ms");
    registry.close();

    assertThatThrownBy(() -> payments.rows(message(ID, payment("p1"))))
        .isInstanceOf(IOException.class)
        .hasMessage("the schema registry has failed for 300 ms");
    assertThat(payments.count("numDecodingFailures")).isZero();

    // The job restarts, and reads the same record again.
    registry.start();
    assertThat(payments("registry-timeout", "300 ms").rows(message(ID, payment("p1"))))
        .isEqualTo(read("p1"));
  }

  @Test
  void a_task_that_is_cancelled_waits_for_no_registry() throws Exception {
    Decoding payments = payments("registry-timeout", "10 min");
    registry.close();
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> payments.rows(message(ID, payment("p1"))))
        .isInstanceOf(IOException.class)
        .hasMessage("the task ends while the schema registry fails");
    assertThat(Thread.interrupted()).isTrue();
  }
}
