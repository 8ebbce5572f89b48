package org.pyflinkcep.flink.decoding;

import java.util.HashSet;
import java.util.Set;

/**
 * A record that is one message of Protobuf.
 *
 * <p>Its parser is lenient, since bytes tell fields by number alone: it takes two messages in a row
 * for one, cuts numbers to the bits of their field, and passes over a field whose bytes are of
 * another type. Fields of numbers that the message doesn't have are those of a newer schema.
 */
final class ProtobufCheck implements RecordCheck {

  static final int VARINT = 0;
  static final int FIXED_64 = 1;
  static final int LENGTH = 2;
  static final int GROUP = 3;
  private static final int END_OF_GROUP = 4;
  static final int FIXED_32 = 5;

  private static final String[] WIRE_TYPES = {
    "a varint", "8 bytes", "bytes with a length", "a group", "the end of a group", "4 bytes"
  };

  private final ProtobufMessage message;

  ProtobufCheck(ProtobufMessage message) {
    this.message = message;
  }

  @Override
  public void check(byte[] record) throws MisfitException {
    message(message, new Wire(record, 0, record.length), "", 0);
  }

  /**
   * @param group the number of the group that the fields are in; 0: none
   */
  private static void message(ProtobufMessage type, Wire wire, String path, int group)
      throws MisfitException {
    Set<Object> seen = new HashSet<>();
    while (wire.left() > 0) {
      int tag = wire.readTag();
      int number = tag >>> 3;
      int wireType = tag & 7;
      if (wireType == END_OF_GROUP && number == group) {
        return;
      }
      ProtobufMessage.Field field = type == null ? null : type.field(number);
      if (field == null || wireType == END_OF_GROUP || wireType > FIXED_32) {
        skip(wire, number, wireType);
        continue;
      }
      String name = path + field.name();
      if (!field.isRepeated() && !seen.add(number)) {
        throw MisfitException.unreadable(
            "`" + name + "` is there twice, as where a record has two messages");
      }
      if (field.oneof() != null && !seen.add(field.oneof())) {
        throw MisfitException.unreadable(
            "`" + name + "` is there beside another member of its oneof, which it would unset");
      }
      if (wireType == LENGTH && field.isPackable()) {
        Wire packed = wire.part();
        while (packed.left() > 0) {
          value(field, packed, name, number);
        }
      } else if (wireType == field.wireType()) {
        value(field, wire, name, number);
      } else {
        throw MisfitException.ofValue(name, field.type(), WIRE_TYPES[wireType]);
      }
    }
    if (group != 0) {
      throw MisfitException.truncated();
    }
  }

  private static void value(ProtobufMessage.Field field, Wire wire, String name, int number)
      throws MisfitException {
    switch (field.type()) {
      case "int32" -> within(Integer.MIN_VALUE, Integer.MAX_VALUE, wire.readVarint(), field, name);
      case "enum" -> symbol(wire.readVarint(), field, name);
      // Columns have no unsigned types: what is past theirs would be negative.
      case "uint32" -> within(0, Integer.MAX_VALUE, wire.readVarint(), field, name);
      case "uint64" -> within(0, Long.MAX_VALUE, wire.readVarint(), field, name);
      case "fixed32" -> within(0, Integer.MAX_VALUE, (int) wire.readFixed(4), field, name);
      case "fixed64" -> within(0, Long.MAX_VALUE, wire.readFixed(8), field, name);
      case "sint32" -> within(0, 0xffffffffL, wire.readVarint(), field, name);
      case "bool" -> within(0, 1, wire.readVarint(), field, name);
      case "string" -> wire.part().checkText(name);
      case "message" -> message(field.message(), wire.part(), name + ".", 0);
      case "group" -> message(field.message(), wire, name + ".", number);
      default -> skip(wire, number, field.wireType());
    }
  }

  private static void within(
      long least, long most, long value, ProtobufMessage.Field field, String name)
      throws MisfitException {
    if (value < least || value > most) {
      boolean isUnsigned = field.type().startsWith("uint") || field.type().startsWith("fixed");
      String type = isUnsigned ? field.type() + " that a column has the bits for" : field.type();
      String shown = isUnsigned ? unsigned(value, field) : String.valueOf(value);
      throw MisfitException.ofValue(name, type, shown);
    }
  }

  private static String unsigned(long value, ProtobufMessage.Field field) {
    return field.type().equals("fixed32")
        ? Integer.toUnsignedString((int) value)
        : Long.toUnsignedString(value);
  }

  private static void symbol(long value, ProtobufMessage.Field field, String name)
      throws MisfitException {
    if (value != (int) value || !field.symbols().contains((int) value)) {
      throw MisfitException.ofValue(name, "a number of its enum", String.valueOf(value));
    }
  }

  private static void skip(Wire wire, int number, int wireType) throws MisfitException {
    switch (wireType) {
      case VARINT -> wire.readVarint();
      case FIXED_64 -> wire.readFixed(8);
      case LENGTH -> wire.part();
      case GROUP -> message(null, wire, "", number);
      case FIXED_32 -> wire.readFixed(4);
      default -> throw MisfitException.unreadable("no field begins with the wire type " + wireType);
    }
  }

  /** A part of a record's bytes. */
  private static final class Wire {

    private final byte[] bytes;
    private int position;
    private final int end;

    Wire(byte[] bytes, int position, int end) {
      this.bytes = bytes;
      this.position = position;
      this.end = end;
    }

    int left() {
      return end - position;
    }

    int readTag() throws MisfitException {
      long tag = readVarint();
      if (tag >>> 3 == 0 || tag >>> 32 != 0) {
        throw MisfitException.unreadable("a field can't have the number " + (tag >>> 3));
      }
      return (int) tag;
    }

    long readVarint() throws MisfitException {
      long value = 0;
      for (int shift = 0; shift < 70; shift += 7) {
        if (position == end) {
          throw MisfitException.truncated();
        }
        int next = bytes[position++];
        value |= (next & 0x7fL) << shift;
        if (next >= 0) {
          return value;
        }
      }
      throw MisfitException.unreadable("a number has more than ten bytes");
    }

    /** A little-endian number. */
    long readFixed(int length) throws MisfitException {
      if (length > left()) {
        throw MisfitException.truncated();
      }
      long value = 0;
      for (int i = 0; i < length; i++) {
        value |= (bytes[position++] & 0xffL) << Byte.SIZE * i;
      }
      return value;
    }

    /** The bytes of a field that has its length before it. */
    Wire part() throws MisfitException {
      long length = readVarint();
      if (length < 0 || length > Integer.MAX_VALUE) {
        throw MisfitException.unreadable("a length can't be " + length);
      }
      if (length > left()) {
        throw MisfitException.truncated();
      }
      Wire part = new Wire(bytes, position, position + (int) length);
      position = part.end;
      return part;
    }

    void checkText(String name) throws MisfitException {
      if (!Utf8.isValid(bytes, position, end)) {
        throw MisfitException.unreadable("`" + name + "` has bytes that are no UTF-8");
      }
    }
  }
}
