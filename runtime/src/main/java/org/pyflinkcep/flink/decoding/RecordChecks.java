package org.pyflinkcep.flink.decoding;

import java.io.IOException;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.annotation.Nullable;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;

/** Makes the check of a format, for its columns and its options. */
final class RecordChecks implements Serializable {

  private static final long serialVersionUID = 1L;

  private final String format;
  private final RowType columns;
  private final Map<String, String> options;

  /**
   * @param options those of the format, without its name
   */
  RecordChecks(String format, RowType columns, Map<String, String> options) {
    this.format = format;
    this.columns = columns;
    this.options = options;
  }

  /**
   * The check of the records that a schema decodes, which is open; null for formats of others.
   *
   * @param avro the inside of the schema, where it is one of Avro
   */
  @Nullable
  RecordCheck of(DeserializationSchema<?> opened, @Nullable AvroFormat avro) throws IOException {
    if (avro != null && avro.isBinary()) {
      return new AvroCheck(avro, format.startsWith("debezium") ? ofChanges() : columns);
    }
    try {
      return switch (format) {
        case "json" -> new JsonCheck(columns, false, Map.of(), isTree(), times());
        case "debezium-json", "canal-json", "maxwell-json", "ogg-json" ->
            new JsonCheck(columns, true, included(), true, times());
        // Avro in JSON has its own rules for values.
        case "avro", "avro-confluent" ->
            new JsonCheck(RowType.of(), false, Map.of(), false, TimeTexts.SQL);
        case "csv" -> new CsvCheck(columns, opened);
        case "protobuf" ->
            new ProtobufCheck(
                ProtobufMessage.of(
                    Class.forName(
                        options.get("message-class-name"),
                        true,
                        Thread.currentThread().getContextClassLoader())));
        case "raw" -> new RawCheck(columns.getTypeAt(0), options.getOrDefault("charset", "UTF-8"));
        default -> null;
      };
    } catch (ReflectiveOperationException e) {
      throw new IOException(
          "the format `" + format + "` is another than that of Flink 2.3, and can't be checked", e);
    }
  }

  /** The databases and tables that the format is told to take: only that of Canal can be. */
  private Map<String, Pattern> included() {
    Map<String, Pattern> included = new HashMap<>();
    for (String member : List.of("database", "table")) {
      String pattern = options.get(member + ".include");
      if (pattern != null) {
        included.put(member, Pattern.compile(pattern));
      }
    }
    return included;
  }

  private boolean isTree() {
    return options.getOrDefault("decode.json-parser.enabled", "true").equals("false");
  }

  private TimeTexts times() {
    return options.getOrDefault("timestamp-format.standard", "SQL").equals("ISO-8601")
        ? TimeTexts.ISO_8601
        : TimeTexts.SQL;
  }

  /** The row of a changelog: what was before, what is after, and what has happened. */
  private RowType ofChanges() {
    LogicalType text = new VarCharType(VarCharType.MAX_LENGTH);
    LogicalType row = columns.copy(true);
    return RowType.of(
        new LogicalType[] {row, row, text},
        List.of("before", "after", "op").toArray(String[]::new));
  }
}
