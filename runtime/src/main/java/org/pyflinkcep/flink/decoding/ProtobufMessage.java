package org.pyflinkcep.flink.decoding;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.annotation.Nullable;

/**
 * The fields of a message of Protobuf, by their numbers. The library's own classes are in jars of
 * formats under other names, so that its descriptors are asked by reflection.
 */
final class ProtobufMessage {

  private final Map<Integer, Field> fields = new HashMap<>();

  private ProtobufMessage() {}

  /**
   * A field.
   *
   * @param type as a schema writes it, such as {@code int32}
   * @param oneof of whose members at most one is set; null: it is a member of none
   * @param symbols the numbers of an enum
   */
  record Field(
      String name,
      String type,
      boolean isRepeated,
      @Nullable Object oneof,
      Set<Integer> symbols,
      @Nullable ProtobufMessage message) {

    /** How a single value of the type is on the wire. */
    int wireType() {
      return switch (type) {
        case "double", "fixed64", "sfixed64" -> ProtobufCheck.FIXED_64;
        case "float", "fixed32", "sfixed32" -> ProtobufCheck.FIXED_32;
        case "string", "bytes", "message" -> ProtobufCheck.LENGTH;
        case "group" -> ProtobufCheck.GROUP;
        default -> ProtobufCheck.VARINT;
      };
    }

    boolean isPackable() {
      return isRepeated && wireType() != ProtobufCheck.LENGTH && wireType() != ProtobufCheck.GROUP;
    }
  }

  /**
   * The message of a generated class.
   *
   * @throws ReflectiveOperationException there is no such class
   */
  static ProtobufMessage of(Class<?> generated) throws ReflectiveOperationException {
    return of(generated.getMethod("getDescriptor").invoke(null), new HashMap<>());
  }

  private static ProtobufMessage of(Object descriptor, Map<Object, ProtobufMessage> known)
      throws ReflectiveOperationException {
    ProtobufMessage message = known.get(descriptor);
    if (message == null) {
      message = new ProtobufMessage();
      known.put(descriptor, message);
      for (Object field : (List<?>) get(descriptor, "getFields")) {
        String type = get(field, "getType").toString().toLowerCase(java.util.Locale.ROOT);
        boolean isMessage = type.equals("message") || type.equals("group");
        message.fields.put(
            (Integer) get(field, "getNumber"),
            new Field(
                (String) get(field, "getName"),
                type,
                (boolean) get(field, "isRepeated"),
                get(field, "getContainingOneof"),
                type.equals("enum") ? symbols(get(field, "getEnumType")) : Set.of(),
                isMessage ? of(get(field, "getMessageType"), known) : null));
      }
    }
    return message;
  }

  private static Set<Integer> symbols(Object type) throws ReflectiveOperationException {
    Set<Integer> symbols = new HashSet<>();
    for (Object symbol : (List<?>) get(type, "getValues")) {
      symbols.add((Integer) get(symbol, "getNumber"));
    }
    return symbols;
  }

  private static Object get(Object of, String getter) throws ReflectiveOperationException {
    return of.getClass().getMethod(getter).invoke(of);
  }

  /** The field of a number; null where the message has none. */
  @Nullable
  Field field(int number) {
    return fields.get(number);
  }
}
