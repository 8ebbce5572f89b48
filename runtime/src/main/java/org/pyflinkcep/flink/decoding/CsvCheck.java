package org.pyflinkcep.flink.decoding;

import java.io.IOException;
import java.lang.reflect.Field;
import java.util.List;
import javax.annotation.Nullable;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.MappingIterator;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectReader;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/**
 * A record that is one line of CSV.
 *
 * <p>The format's own reader is used, which knows its separators and quotes. Nothing public gives
 * it, so it is reached for by reflection.
 */
final class CsvCheck implements RecordCheck {

  private final RowType columns;
  private final ObjectReader reader;
  private final TextValues values = new TextValues(TimeTexts.CSV);

  /**
   * @param opened the format, whose reader is there since it was opened
   */
  CsvCheck(RowType columns, DeserializationSchema<?> opened) throws ReflectiveOperationException {
    this.columns = columns;
    Field field = opened.getClass().getDeclaredField("objectReader");
    field.setAccessible(true);
    reader = (ObjectReader) field.get(opened);
  }

  @Override
  public void check(byte[] message) throws IOException {
    Utf8.check(message);
    try (MappingIterator<JsonNode> lines = reader.readValues(message)) {
      if (!lines.hasNextValue()) {
        throw new MisfitException(Reason.EMPTY, "the record has no content");
      }
      JsonNode line = lines.nextValue();
      if (lines.hasNextValue()) {
        throw MisfitException.unreadable("a second line follows the first");
      }
      if (line.size() != columns.getFieldCount()) {
        throw new MisfitException(
            Reason.WRONG_TYPE,
            "expected " + columns.getFieldCount() + " columns, found " + line.size());
      }
      for (RowType.RowField field : columns.getFields()) {
        value(field.getType(), field.getName(), line.get(field.getName()));
      }
    }
  }

  private void value(LogicalType type, String path, @Nullable JsonNode value)
      throws MisfitException {
    if (value == null || value.isNull()) {
      return;
    }
    if (!value.isArray()) {
      if (!values.fits(type, value.asText(), false)) {
        throw MisfitException.ofValue(path, type.asSummaryString(), value.asText());
      }
    } else if (type instanceof ArrayType array) {
      for (int i = 0; i < value.size(); i++) {
        value(array.getElementType(), path + "[" + i + "]", value.get(i));
      }
    } else if (type instanceof RowType row) {
      List<RowType.RowField> fields = row.getFields();
      for (int i = 0; i < Math.min(fields.size(), value.size()); i++) {
        value(fields.get(i).getType(), path + "." + fields.get(i).getName(), value.get(i));
      }
    }
  }
}
