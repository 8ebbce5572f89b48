package org.pyflinkcep.flink.decoding;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.formats.protobuf.shaded.com.google.protobuf.InvalidProtocolBufferException;
import org.apache.flink.formats.protobuf.shaded.com.google.protobuf.Timestamp;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Records of JSON, Protobuf and a changelog that can be decoded, and that can't. */
class TryDecodeTest {

  private static final DataType PAYMENT =
      DataTypes.ROW(
              DataTypes.FIELD("id", DataTypes.STRING()),
              DataTypes.FIELD("amount", DataTypes.DECIMAL(10, 2)),
              DataTypes.FIELD("paid_at", DataTypes.TIMESTAMP_LTZ(3)))
          .notNull();
  private static final List<String> ALL = List.of("payload", "size", "failure", "error");
  private static final Map<String, String> JSON =
      Map.of("format", "json", "json.timestamp-format.standard", "ISO-8601");

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static Map<String, String> with(Map<String, String> options, String... more) {
    Map<String, String> all = new HashMap<>(options);
    for (int i = 0; i < more.length; i += 2) {
      all.put(more[i], more[i + 1]);
    }
    return all;
  }

  @Test
  void a_record_that_can_be_decoded_gives_its_columns_and_its_bytes() throws Exception {
    Decoding payments = Decoding.of(PAYMENT, ALL, JSON);
    String json = "{\"id\": \"p1\", \"amount\": 1.5, \"paid_at\": \"2025-03-03T08:00:00Z\"}";

    assertThat(payments.rows(bytes(json)))
        .containsExactly(
            Arrays.asList("+I", "p1", "1.50", "2025-03-03T08:00", json, json.length(), null, null));
    assertThat(payments.count("numDecodingFailures")).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"id\": \"p1\", \"amo | truncated",
        "{\"id\": \"p1\" | truncated",
        "{\"id\": \"p | truncated",
        "{\"id\": \"p1\", \"amount\": 1 | truncated",
        "{id: 1} | unreadable",
        "payment 1 | unreadable",
        "{\"id\": \"p1\", \"amount\": \"much\"} | wrong-type",
        "{\"id\": \"p1\", \"amount\": {\"eur\": 1}} | wrong-type",
        "{\"id\": \"p1\", \"paid_at\": \"yesterday\"} | wrong-type",
        "{\"id\": \"p1\", \"paid_at\": \"2025-03-03T25:00:00Z\"} | wrong-type",
        "[1, 2] | wrong-type",
        "7 | wrong-type",
        "`` | empty",
        "`  ` | empty",
        "null | wrong-type",
      })
  void what_is_no_such_json_is_a_failure_with_its_bytes(String json, String reason)
      throws Exception {
    Decoding payments = Decoding.of(PAYMENT, List.of("failure", "payload"), JSON);

    assertThat(payments.rows(bytes(json)))
        .containsExactly(Arrays.asList("+I", null, null, null, reason, json));
    assertThat(payments.rows(bytes("{\"id\": \"p2\"}")))
        .containsExactly(Arrays.asList("+I", "p2", null, null, null, "{\"id\": \"p2\"}"));
    assertThat(payments.count("numDecodingFailures")).isEqualTo(1);
  }

  @Test
  void invalid_utf_8_is_unreadable() throws Exception {
    Decoding payments = Decoding.of(PAYMENT, List.of("failure"), JSON);
    byte[] message = bytes("{\"id\": \"p?\"}");
    message[9] = (byte) 0xff;

    assertThat(payments.rows(message))
        .containsExactly(Arrays.asList("+I", null, null, null, "unreadable"));
  }

  @Test
  void a_tombstone_is_a_failure_of_its_own_reason() throws Exception {
    Decoding payments = Decoding.of(PAYMENT, ALL, JSON);

    assertThat(payments.rows(null))
        .containsExactly(
            Arrays.asList(
                "+I", null, null, null, null, null, "tombstone", "the record has no value"));
  }

  @Test
  void a_record_that_is_too_large_is_not_decoded_and_its_bytes_are_not_kept() throws Exception {
    Decoding payments = Decoding.of(PAYMENT, ALL, with(JSON, "max-size", "12 bytes"));

    assertThat(payments.rows(bytes("{\"id\":\"p12\"}")))
        .hasSize(1)
        .first()
        .asList()
        .contains("p12");
    assertThat(payments.rows(bytes("{\"id\":\"p123\"}")))
        .containsExactly(
            Arrays.asList(
                "+I",
                null,
                null,
                null,
                null,
                13,
                "too-large",
                "the record has 13 bytes, and at most 12 are decoded"));
  }

  @Test
  void nested_deeper_than_a_parser_goes_is_unreadable() throws Exception {
    Decoding payments = Decoding.of(PAYMENT, List.of("failure"), JSON);

    assertThat(payments.rows(bytes("{\"id\": " + "[".repeat(100_000))))
        .containsExactly(Arrays.asList("+I", null, null, null, "unreadable"));
  }

  @Test
  void a_stack_is_cut_and_so_is_a_message_with_a_whole_record_in_it() {
    Failure failure =
        Failure.of(
            new IllegalStateException("x".repeat(100_000), new NumberFormatException("no\nnumber")),
            2000,
            Reason.UNREADABLE);
    assertThat(failure.stack()).hasSize(2000).startsWith("java.lang.IllegalStateException: xxx");
    assertThat(failure.stack()).contains("\nCaused by: java.lang.NumberFormatException: no\n");
    assertThat(failure.error()).isEqualTo("NumberFormatException: no");
    assertThat(Failure.of(new IllegalStateException("é😀é😀"), 36, Reason.UNREADABLE).stack())
        .isEqualTo("java.lang.IllegalStateException: é😀é".substring(0, 36));
  }

  @Test
  void a_query_that_asks_for_no_metadata_gets_rows_of_nulls() throws Exception {
    Decoding payments = Decoding.of(PAYMENT, List.of(), JSON);

    assertThat(payments.rows(bytes("{\"id\": \"p1\"}")))
        .containsExactly(Arrays.asList("+I", "p1", null, null));
    assertThat(payments.rows(bytes("{"))).containsExactly(Arrays.asList("+I", null, null, null));
  }

  @Test
  void protobuf_that_ends_too_early_is_truncated() throws Exception {
    byte[] message = Timestamp.newBuilder().setSeconds(300).setNanos(7).build().toByteArray();

    assertThat(failureOfProtobuf(Arrays.copyOf(message, 2))).isEqualTo(Reason.TRUNCATED);
    assertThat(failureOfProtobuf(new byte[] {0x0f})).isEqualTo(Reason.UNREADABLE);
  }

  /** The format itself compiles code for a class of messages, of which there is none here. */
  private static Reason failureOfProtobuf(byte[] message) {
    try {
      Timestamp.parseFrom(message);
    } catch (InvalidProtocolBufferException e) {
      return Failure.of(
              new IOException("Failed to deserialize PB object.", e), 100, Reason.UNREADABLE)
          .reason();
    }
    throw new AssertionError("it can be read");
  }

  @Test
  void a_changelog_keeps_its_kinds_its_tombstones_and_its_metadata() throws Exception {
    DataType type = DataTypes.ROW(DataTypes.FIELD("id", DataTypes.INT()));
    Decoding changes =
        Decoding.of(
            type,
            List.of("failure", "ingestion-timestamp", "payload"),
            Map.of("format", "debezium-json"));
    String update =
        "{\"before\": {\"id\": 1}, \"after\": {\"id\": 2}, \"op\": \"u\", \"ts_ms\": 1000}";

    assertThat(changes.rows(bytes(update)))
        .containsExactly(
            Arrays.asList("-U", 1, null, "1970-01-01T00:00:01", update),
            Arrays.asList("+U", 2, null, "1970-01-01T00:00:01", update));
    assertThat(changes.rows(null)).isEmpty();
    String broken = update.replace("\"u\"", "\"?\"");
    assertThat(changes.rows(bytes(broken)))
        .containsExactly(Arrays.asList("+I", null, "wrong-type", null, broken));
  }

  /** Of Debezium itself, and of its topics: heartbeats, transactions, and TRUNCATE. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"before\": null, \"after\": null, \"op\": \"t\", \"ts_ms\": 1000}",
        "{\"before\": null, \"after\": null, \"op\": \"m\", \"ts_ms\": 1000}",
        "{\"before\": null, \"after\": null, \"op\": \"u\", \"ts_ms\": 1000}",
        "{\"before\": null, \"after\": null, \"op\": \"c\", \"ts_ms\": 1000}",
        "{\"ts_ms\": 1000}",
        "{\"status\": \"BEGIN\", \"id\": \"571:53195829\", \"event_count\": null}",
      })
  void a_change_of_debezium_that_has_no_row_is_a_failure_and_the_next_one_is_read(String change)
      throws Exception {
    Decoding changes =
        Decoding.of(
            DataTypes.ROW(DataTypes.FIELD("id", DataTypes.INT())),
            List.of("failure"),
            Map.of("format", "debezium-json"));

    assertThat(changes.rows(bytes(change)))
        .containsExactly(Arrays.asList("+I", null, "wrong-type"));
    assertThat(changes.rows(bytes("{\"before\": null, \"after\": {\"id\": 2}, \"op\": \"c\"}")))
        .containsExactly(Arrays.asList("+I", 2, null));
  }

  @Test
  void changes_of_tables_that_are_not_asked_for_are_passed_over_whatever_they_hold()
      throws Exception {
    Decoding changes =
        Decoding.of(
            DataTypes.ROW(DataTypes.FIELD("id", DataTypes.INT())),
            List.of("failure"),
            Map.of(
                "format",
                "canal-json",
                "canal-json.database.include",
                "shop.*",
                "canal-json.table.include",
                "orders"));
    String change =
        "{\"data\": [{\"id\": %s}], \"type\": \"INSERT\", \"database\": \"%s\", \"table\": \"%s\"}";

    assertThat(changes.rows(bytes(change.formatted("1", "shop2", "orders"))))
        .containsExactly(Arrays.asList("+I", 1, null));
    assertThat(changes.rows(bytes(change.formatted("\"text\"", "shop2", "orders"))))
        .containsExactly(Arrays.asList("+I", null, "wrong-type"));
    assertThat(changes.rows(bytes(change.formatted("\"text\"", "shop2", "customers")))).isEmpty();
    assertThat(changes.rows(bytes(change.formatted("\"text\"", "other", "orders")))).isEmpty();
    assertThat(changes.rows(bytes(change.formatted("1", "shop2", "customers") + "x")))
        .containsExactly(Arrays.asList("+I", null, "unreadable"));
  }

  @Test
  void an_error_of_whoever_takes_a_row_is_none_of_decoding() throws Exception {
    Decoding payments = Decoding.of(PAYMENT, ALL, JSON);
    Collector<RowData> failing =
        new Collector<>() {
          @Override
          public void collect(RowData row) {
            throw new IllegalStateException("downstream");
          }

          @Override
          public void close() {}
        };

    assertThatThrownBy(() -> payments.schema().deserialize(bytes("{\"id\": \"1\"}"), failing))
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessage("downstream");
  }

  @Test
  void columns_that_may_not_be_null_are_refused() {
    DataType type = DataTypes.ROW(DataTypes.FIELD("id", DataTypes.STRING().notNull()));

    assertThatThrownBy(() -> Decoding.of(type, ALL, JSON))
        .isExactlyInstanceOf(ValidationException.class)
        .hasMessage(
            "The columns of a record that can't be decoded are NULL, so that none of the format"
                + " `try-decode` can be NOT NULL, as `id` is. Leave NOT NULL out; in a table with a"
                + " PRIMARY KEY, which says so of its columns, set"
                + " 'value.fields-include' = 'EXCEPT_KEY'.");
  }

  @Test
  void a_format_that_drops_what_it_cant_read_is_refused() {
    assertThatThrownBy(() -> Decoding.format(with(JSON, "json.ignore-parse-errors", "true")))
        .isExactlyInstanceOf(ValidationException.class)
        .hasMessage(
            "With 'ignore-parse-errors' the format `json` drops records that it can't read, so that"
                + " `try-decode` can't tell of them. Leave that option out.");
  }

  @Test
  void what_is_no_format_is_refused() {
    assertThatThrownBy(() -> Decoding.format(Map.of("format", "try-decode")))
        .hasMessage("The format `try-decode` can't wrap itself.");
    assertThatThrownBy(() -> Decoding.format(Map.of("format", "jason")))
        .isInstanceOf(ValidationException.class)
        .hasMessageContaining("Could not find any factory for identifier 'jason'");
    assertThatThrownBy(() -> Decoding.format(Collections.emptyMap()))
        .isInstanceOf(ValidationException.class)
        .hasMessageContaining("format");
  }
}
