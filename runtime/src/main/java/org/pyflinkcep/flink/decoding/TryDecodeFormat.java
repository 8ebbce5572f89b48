package org.pyflinkcep.flink.decoding;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.utils.DataTypeUtils;
import org.apache.flink.types.RowKind;

/**
 * Wraps the format that decodes.
 *
 * <p>It takes no projection, so that all columns are decoded always: else whether a record can be
 * decoded would depend on the columns that a query asks for, and the query of dead letters, which
 * asks for none, would miss what the other one failed at.
 */
final class TryDecodeFormat implements DecodingFormat<DeserializationSchema<RowData>> {

  /** Formats of Flink whose schemas begin anew with each record. */
  private static final Set<String> STATELESS =
      Set.of(
          "canal-json",
          "csv",
          "debezium-json",
          "json",
          "maxwell-json",
          "ogg-json",
          "protobuf",
          "raw");

  private final String identifier;
  private final DecodingFormat<DeserializationSchema<RowData>> wrapped;
  private final ReadableConfig options;
  private final Map<String, String> wrappedOptions;
  private List<String> keys = List.of();
  private List<String> wrappedKeys = List.of();

  TryDecodeFormat(
      String identifier,
      DecodingFormat<DeserializationSchema<RowData>> wrapped,
      ReadableConfig options,
      Map<String, String> wrappedOptions) {
    this.identifier = identifier;
    this.wrapped = wrapped;
    this.options = options;
    this.wrappedOptions = wrappedOptions;
  }

  @Override
  public DeserializationSchema<RowData> createRuntimeDecoder(
      DynamicTableSource.Context context, DataType physical) {
    checkNullable((RowType) physical.getLogicalType());
    DataType wrappedType = append(physical, wrappedKeys, wrapped.listReadableMetadata());
    DataType producedType = append(physical, keys, listReadableMetadata());
    return new TryDecodeSchema(
        wrapped.createRuntimeDecoder(context, physical),
        !STATELESS.contains(identifier),
        new RecordChecks(identifier, (RowType) physical.getLogicalType(), wrappedOptions),
        new DecodedColumns(
            (RowType) wrappedType.getLogicalType(),
            DataType.getFieldCount(physical),
            keys,
            wrappedKeys),
        context.createTypeInformation(producedType),
        !wrapped.getChangelogMode().containsOnly(RowKind.INSERT),
        options.get(TryDecodeOptions.MAX_SIZE).getBytes(),
        options.get(TryDecodeOptions.STACK_LENGTH),
        options.get(TryDecodeOptions.REGISTRY_TIMEOUT));
  }

  @Override
  public Map<String, DataType> listReadableMetadata() {
    Map<String, DataType> types = new LinkedHashMap<>(wrapped.listReadableMetadata());
    types.putAll(Metadata.types());
    return types;
  }

  @Override
  public void applyReadableMetadata(List<String> metadataKeys) {
    keys = List.copyOf(metadataKeys);
    wrappedKeys = keys.stream().filter(key -> Metadata.of(key) == null).toList();
    // A format without metadata refuses even an empty list.
    if (!wrapped.listReadableMetadata().isEmpty()) {
      wrapped.applyReadableMetadata(wrappedKeys);
    }
  }

  @Override
  public ChangelogMode getChangelogMode() {
    return wrapped.getChangelogMode();
  }

  /** All of them are NULL where decoding fails. */
  private static void checkNullable(RowType physical) {
    List<String> notNull =
        physical.getFields().stream()
            .filter(field -> !field.getType().isNullable())
            .map(field -> "`" + field.getName() + "`")
            .toList();
    if (!notNull.isEmpty()) {
      throw new ValidationException(
          "The columns of a record that can't be decoded are NULL, so that none of the format `"
              + TryDecodeFormatFactory.IDENTIFIER
              + "` can be NOT NULL, as "
              + String.join(", ", notNull)
              + " is. Leave NOT NULL out; in a table with a PRIMARY KEY, which says so of its"
              + " columns, set 'value.fields-include' = 'EXCEPT_KEY'.");
    }
  }

  private static DataType append(
      DataType physical, List<String> keys, Map<String, DataType> metadata) {
    List<DataTypes.Field> fields = new ArrayList<>();
    keys.forEach(key -> fields.add(DataTypes.FIELD(key, metadata.get(key))));
    return DataTypeUtils.appendRowFields(physical, fields);
  }
}
