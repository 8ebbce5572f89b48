package org.pyflinkcep.flink.decoding;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import org.apache.flink.table.types.logical.LogicalType;

/**
 * A value in the bytes of a record of Avro: it reads them, and looks whether its column holds it.
 */
@FunctionalInterface
interface AvroValue {

  AvroValue NOTHING = bytes -> {};
  AvroValue INT = AvroBytes::readInt;
  AvroValue LONG = AvroBytes::readLong;
  AvroValue BYTES = bytes -> bytes.skip(bytes.readLength());

  AvroValue BOOLEAN =
      bytes -> {
        int value = bytes.readByte();
        if (value != 0 && value != 1) {
          throw MisfitException.unreadable("a boolean's byte is neither 0 nor 1");
        }
      };

  void read(AvroBytes bytes) throws MisfitException;

  /** Bytes of a size that the schema tells. */
  static AvroValue fixed(int size) {
    return bytes -> bytes.skip(size);
  }

  static AvroValue symbol(int symbols) {
    return bytes -> {
      int symbol = bytes.readInt();
      if (symbol < 0 || symbol >= symbols) {
        throw MisfitException.unreadable("an enum has no symbol " + symbol);
      }
    };
  }

  static AvroValue union(List<AvroValue> branches) {
    return bytes -> {
      long branch = bytes.readLong();
      if (branch < 0 || branch >= branches.size()) {
        throw MisfitException.unreadable("a union has no branch " + branch);
      }
      branches.get((int) branch).read(bytes);
    };
  }

  static AvroValue array(AvroValue element) {
    return bytes -> {
      for (long count = bytes.readCount(); count != 0; count = bytes.readCount()) {
        for (long i = 0; i < count; i++) {
          element.read(bytes);
        }
      }
    };
  }

  static AvroValue map(AvroValue key, AvroValue value) {
    return array(
        bytes -> {
          key.read(bytes);
          value.read(bytes);
        });
  }

  static AvroValue record(List<AvroValue> fields) {
    return bytes -> {
      for (AvroValue field : fields) {
        field.read(bytes);
      }
    };
  }

  /** An int in a column of fewer bits. */
  static AvroValue small(int least, int most, String path, LogicalType column) {
    return bytes -> {
      int value = bytes.readInt();
      if (value < least || value > most) {
        throw MisfitException.ofValue(path, column.asSummaryString(), String.valueOf(value));
      }
    };
  }

  static AvroValue text(int length, String path, LogicalType column) {
    return bytes -> {
      int size = bytes.readLength();
      int end = bytes.position() + size;
      if (!Utf8.isValid(bytes.bytes(), bytes.position(), end)) {
        throw MisfitException.unreadable("`" + path + "` has bytes that are no UTF-8");
      }
      if (size > length && Utf8.length(bytes.bytes(), bytes.position(), end) > length) {
        throw MisfitException.ofValue(path, column.asSummaryString(), "a longer text");
      }
      bytes.skip(size);
    };
  }

  static AvroValue bytes(int length, String path, LogicalType column) {
    return bytes -> {
      int size = bytes.readLength();
      if (size > length) {
        throw MisfitException.ofValue(path, column.asSummaryString(), size + " bytes");
      }
      bytes.skip(size);
    };
  }

  /**
   * An unscaled decimal.
   *
   * @param size of a fixed type; -1 where the value tells
   */
  static AvroValue decimal(int size, int precision, int scale, String path, LogicalType column) {
    BigInteger bound = BigInteger.TEN.pow(precision);
    int surelyFits = (bound.bitLength() - 1) / Byte.SIZE;
    return bytes -> {
      int length = size < 0 ? bytes.readLength() : size;
      if (length == 0 || length > bytes.left()) {
        throw length == 0
            ? MisfitException.unreadable("`" + path + "` is a decimal without a digit")
            : MisfitException.truncated();
      }
      if (length > surelyFits) {
        BigInteger unscaled = bytes.integer(length);
        if (unscaled.abs().compareTo(bound) >= 0) {
          throw MisfitException.ofValue(
              path,
              column.asSummaryString(),
              length > 2 * precision
                  ? "a longer number"
                  : new BigDecimal(unscaled, scale).toPlainString());
        }
      }
      bytes.skip(length);
    };
  }

  /** A value of another type than the column's, wherever a record has one. */
  static AvroValue misfit(String path, LogicalType column, AvroSchema writer) {
    return bytes -> {
      throw new MisfitException(
          Reason.WRONG_TYPE,
          "`"
              + path
              + "`: the column's type is "
              + column.asSummaryString()
              + ", the writer's "
              + writer);
    };
  }
}
