package org.pyflinkcep.flink.decoding;

import java.util.LinkedHashMap;
import java.util.Map;
import javax.annotation.Nullable;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.types.DataType;

/** What the format tells of a record besides its columns. */
enum Metadata {
  PAYLOAD("payload", DataTypes.BYTES()) {
    @Override
    Object value(@Nullable Failure failure, @Nullable byte[] payload, @Nullable byte[] message) {
      return payload;
    }
  },

  SIZE("size", DataTypes.INT()) {
    @Override
    Object value(@Nullable Failure failure, @Nullable byte[] payload, @Nullable byte[] message) {
      return message == null ? null : message.length;
    }
  },

  FAILURE(
      "failure",
      DataTypes.ROW(
          DataTypes.FIELD("reason", DataTypes.STRING()),
          DataTypes.FIELD("stack", DataTypes.STRING()))) {
    @Override
    Object value(@Nullable Failure failure, @Nullable byte[] payload, @Nullable byte[] message) {
      return failure == null
          ? null
          : GenericRowData.of(
              DecodedColumns.text(failure.reason().toString()),
              DecodedColumns.text(failure.stack()));
    }
  },

  ERROR("error", DataTypes.STRING()) {
    @Override
    Object value(@Nullable Failure failure, @Nullable byte[] payload, @Nullable byte[] message) {
      return failure == null ? null : DecodedColumns.text(failure.error());
    }
  };

  private final String key;
  private final DataType type;

  Metadata(String key, DataType type) {
    this.key = key;
    this.type = type;
  }

  /**
   * @param failure null where the record could be decoded
   * @param payload what is kept of the record
   */
  @Nullable
  abstract Object value(
      @Nullable Failure failure, @Nullable byte[] payload, @Nullable byte[] message);

  /** That of a key, or null where it is one of the wrapped format. */
  @Nullable
  static Metadata of(String key) {
    for (Metadata metadata : values()) {
      if (metadata.key.equals(key)) {
        return metadata;
      }
    }
    return null;
  }

  static Map<String, DataType> types() {
    Map<String, DataType> types = new LinkedHashMap<>();
    for (Metadata metadata : values()) {
      types.put(metadata.key, metadata.type);
    }
    return types;
  }
}
