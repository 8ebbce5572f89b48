package org.pyflinkcep.flink.decoding;

import java.math.BigInteger;

/** The bytes of a record of Avro, from where its fields begin. */
final class AvroBytes {

  /** Elements that take no bytes, of which a record may have some. */
  private static final int EMPTY_ELEMENTS = 1 << 16;

  /** No record of Kafka is as long. */
  private static final int MOST_BYTES = 1 << 30;

  private final byte[] bytes;
  private int position;
  private long elements;

  AvroBytes(byte[] bytes, int position) {
    this.bytes = bytes;
    this.position = position;
    elements = (long) bytes.length + EMPTY_ELEMENTS;
  }

  int left() {
    return bytes.length - position;
  }

  byte[] bytes() {
    return bytes;
  }

  int position() {
    return position;
  }

  long readLong() throws MisfitException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = readByte();
      value |= (next & 0x7fL) << shift;
      if ((next & 0x80) == 0) {
        return value >>> 1 ^ -(value & 1);
      }
    }
    throw MisfitException.unreadable("a number has more than ten bytes");
  }

  int readInt() throws MisfitException {
    long value = readLong();
    if (value != (int) value) {
      throw MisfitException.unreadable("an int has more than 32 bits");
    }
    return (int) value;
  }

  int readByte() throws MisfitException {
    if (position == bytes.length) {
      throw MisfitException.truncated();
    }
    return bytes[position++];
  }

  /** The length of a text or of bytes, of which the record has enough. */
  int readLength() throws MisfitException {
    long length = readLong();
    if (length < 0 || length > MOST_BYTES) {
      throw MisfitException.unreadable("a length can't be " + length);
    }
    if (length > left()) {
      throw MisfitException.truncated();
    }
    return (int) length;
  }

  void skip(int length) throws MisfitException {
    if (length > left()) {
      throw MisfitException.truncated();
    }
    position += length;
  }

  /** How many elements the next block of an array or a map has; 0 at its end. */
  long readCount() throws MisfitException {
    long count = readLong();
    if (count < 0) {
      count = -count;
      // The size in bytes, for who skips the block.
      readLong();
    }
    elements -= count;
    if (count < 0 || elements < 0) {
      throw MisfitException.unreadable("a block can't have " + count + " elements");
    }
    return count;
  }

  /** Big-endian two's complement, as unscaled decimals are. */
  BigInteger integer(int length) {
    return new BigInteger(bytes, position, length);
  }
}
