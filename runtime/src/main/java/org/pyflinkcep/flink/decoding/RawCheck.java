package org.pyflinkcep.flink.decoding;

import java.io.Serializable;
import java.nio.charset.Charset;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/** A record that is a single value: text by its character set, a truth value of 0 or 1. */
final class RawCheck implements RecordCheck, Serializable {

  private static final long serialVersionUID = 1L;

  private final LogicalType column;
  private final String charset;

  RawCheck(LogicalType column, String charset) {
    this.column = column;
    this.charset = charset;
  }

  @Override
  public void check(byte[] message) throws MisfitException {
    if (column.is(LogicalTypeRoot.CHAR) || column.is(LogicalTypeRoot.VARCHAR)) {
      if (!Utf8.isValid(message, 0, message.length, Charset.forName(charset))) {
        throw MisfitException.unreadable("the record has bytes that are no " + charset);
      }
    } else if (column.is(LogicalTypeRoot.BOOLEAN) && message.length == 1) {
      if (message[0] < 0 || message[0] > 1) {
        throw MisfitException.unreadable("the record's byte is neither 0 nor 1");
      }
    }
  }
}
