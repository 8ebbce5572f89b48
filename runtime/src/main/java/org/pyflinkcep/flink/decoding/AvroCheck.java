package org.pyflinkcep.flink.decoding;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.IdentityHashMap;
import java.util.Map;
import org.apache.flink.table.types.logical.RowType;

/**
 * A record of Avro in its binary encoding: all of it is read by the schema that it was written
 * with.
 */
final class AvroCheck implements RecordCheck {

  /** A registry gives the same object for the same id. Where one doesn't, memory still ends. */
  private static final int MOST_SCHEMAS = 10_000;

  private final AvroFormat format;
  private final AvroSchema reader;
  private final RowType columns;
  private final Map<Object, AvroValue> byWriter = new IdentityHashMap<>();

  /**
   * @param columns those that the format reads, which of changes are within a row for each state
   */
  AvroCheck(AvroFormat format, RowType columns) throws IOException {
    this.format = format;
    this.columns = columns;
    reader = AvroSchema.parse(format.readerSchema());
  }

  @Override
  public void check(byte[] message) throws Exception {
    int start = 0;
    Object writer = reader;
    if (format.hasWriterSchemas()) {
      ByteArrayInputStream record = new ByteArrayInputStream(message);
      writer = format.writerSchema(record);
      start = message.length - record.available();
    }
    AvroBytes bytes = new AvroBytes(message, start);
    value(writer).read(bytes);
    if (bytes.left() > 0) {
      throw MisfitException.leftOver(bytes.left());
    }
  }

  private AvroValue value(Object writer) throws IOException {
    AvroValue known = byWriter.get(writer);
    if (known == null) {
      if (byWriter.size() == MOST_SCHEMAS) {
        byWriter.clear();
      }
      AvroSchema schema = writer == reader ? reader : AvroSchema.parse(writer.toString());
      known = AvroValues.of(schema, reader, columns);
      byWriter.put(writer, known);
    }
    return known;
  }
}
