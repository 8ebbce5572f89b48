package org.pyflinkcep.flink.decoding;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.annotation.Nullable;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.util.InterceptingOperatorMetricGroup;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.FactoryUtil.DefaultDynamicTableContext;
import org.apache.flink.table.runtime.connector.source.ScanRuntimeProviderContext;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.utils.DataTypeUtils;
import org.apache.flink.util.InstantiationUtil;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.apache.flink.util.UserCodeClassLoader;

/**
 * The format try-decode as a connector uses it: made of options, shipped, opened, and fed with
 * records.
 */
final class Decoding {

  private final DeserializationSchema<RowData> schema;
  private final InterceptingOperatorMetricGroup metrics = new InterceptingOperatorMetricGroup();
  private final List<RowData.FieldGetter> fields = new ArrayList<>();
  private final int failure;

  private Decoding(DeserializationSchema<RowData> schema, RowType type) throws Exception {
    this.schema = InstantiationUtil.clone(schema);
    for (int i = 0; i < type.getFieldCount(); i++) {
      fields.add(RowData.createFieldGetter(type.getTypeAt(i), i));
    }
    failure = type.getFieldIndex("failure");
    this.schema.open(new Context(metrics));
  }

  /**
   * @param options those of the format try-decode, by their names without its own
   */
  static Decoding of(DataType columns, List<String> metadata, Map<String, String> options)
      throws Exception {
    DecodingFormat<DeserializationSchema<RowData>> format = format(options);
    if (!metadata.isEmpty()) {
      format.applyReadableMetadata(metadata);
    }
    DeserializationSchema<RowData> schema =
        format.createRuntimeDecoder(ScanRuntimeProviderContext.INSTANCE, columns);
    List<DataTypes.Field> fields = new ArrayList<>();
    metadata.forEach(
        key -> fields.add(DataTypes.FIELD(key, format.listReadableMetadata().get(key))));
    DataType produced = DataTypeUtils.appendRowFields(columns, fields);
    return new Decoding(schema, (RowType) produced.getLogicalType());
  }

  static DecodingFormat<DeserializationSchema<RowData>> format(Map<String, String> options) {
    return new TryDecodeFormatFactory()
        .createDecodingFormat(
            new DefaultDynamicTableContext(
                null, null, Map.of(), new Configuration(), Decoding.class.getClassLoader(), false),
            Configuration.fromMap(new HashMap<>(options)));
  }

  /** The rows of a record: their kind, then their fields. */
  List<List<Object>> rows(@Nullable byte[] message) throws IOException {
    List<RowData> rows = new ArrayList<>();
    schema.deserialize(message, new ListCollector<>(rows));
    return rows.stream().map(this::values).toList();
  }

  /** A value as a text of printable characters. */
  static String printable(@Nullable Object value) {
    return String.valueOf(value).replaceAll("[^ -~]", "?");
  }

  /** What a test expects, as it is kept beside it. */
  static String resource(String name) throws IOException {
    try (InputStream text = Decoding.class.getResourceAsStream("/decoding/" + name)) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  DeserializationSchema<RowData> schema() {
    return schema;
  }

  /** What a counter of the operator has, by its name. */
  long count(String name) {
    return ((Counter) metrics.get(name)).getCount();
  }

  private List<Object> values(RowData row) {
    List<Object> values = new ArrayList<>();
    values.add(row.getRowKind().shortString());
    for (int i = 0; i < fields.size(); i++) {
      Object value = fields.get(i).getFieldOrNull(row);
      // Of a failure only the reason.
      boolean isFailure = i == failure && value != null;
      values.add(isFailure ? ((RowData) value).getString(0).toString() : readable(value));
    }
    return values;
  }

  private static Object readable(@Nullable Object value) {
    if (value == null || value instanceof Number) {
      return value;
    }
    if (value instanceof ArrayData array) {
      return Arrays.toString(array.toIntArray());
    }
    if (value instanceof MapData map) {
      return map.keyArray().getString(0) + ":" + map.valueArray().getInt(0);
    }
    return value instanceof byte[] bytes
        ? new String(bytes, StandardCharsets.ISO_8859_1)
        : value.toString();
  }

  /** The reasons have a group each, of which the operator's own shows none. */
  private record Context(MetricGroup metrics)
      implements DeserializationSchema.InitializationContext {

    @Override
    public MetricGroup getMetricGroup() {
      return metrics;
    }

    @Override
    public UserCodeClassLoader getUserCodeClassLoader() {
      return SimpleUserCodeClassLoader.create(Decoding.class.getClassLoader());
    }
  }
}
