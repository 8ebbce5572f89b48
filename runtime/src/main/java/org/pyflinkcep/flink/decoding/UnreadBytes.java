package org.pyflinkcep.flink.decoding;

import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import javax.annotation.Nullable;
import org.apache.flink.api.common.serialization.DeserializationSchema;

/**
 * What a record leaves unread in Flink's Avro formats.
 *
 * <p>Their decoder reads ahead, and goes on where it stopped: bytes that a record has left over,
 * since it is broken or was written with another schema than it says, are taken for the beginning
 * of the next one. Nothing public of those formats shows them or throws them away, so they are
 * reached for by reflection. The registry's schemas that the format has fetched stay.
 */
final class UnreadBytes {

  private static final String AVRO_SCHEMA = "AvroDeserializationSchema";
  private static final int DEPTH = 3;

  private final Object avro;
  private final Field reader;
  private final Field input;
  private final Field decoder;

  private UnreadBytes(Object avro, Class<?> type) throws NoSuchFieldException {
    this.avro = avro;
    reader = accessible(type.getDeclaredField("datumReader"));
    input = accessible(type.getDeclaredField("inputStream"));
    decoder = accessible(type.getDeclaredField("decoder"));
  }

  /** The unread bytes of a schema, or null where it isn't one of Avro as Flink 2.3 has it. */
  @Nullable
  static UnreadBytes of(DeserializationSchema<?> schema) {
    try {
      return find(schema, DEPTH);
    } catch (ReflectiveOperationException | RuntimeException e) {
      return null;
    }
  }

  @Nullable
  private static UnreadBytes find(@Nullable Object schema, int depth)
      throws ReflectiveOperationException {
    if (schema == null || depth == 0) {
      return null;
    }
    for (Class<?> type = schema.getClass(); type != Object.class; type = type.getSuperclass()) {
      if (type.getSimpleName().equals(AVRO_SCHEMA)) {
        return new UnreadBytes(schema, type);
      }
      for (Field field : type.getDeclaredFields()) {
        if (DeserializationSchema.class.isAssignableFrom(field.getType())
            && !Modifier.isStatic(field.getModifiers())) {
          UnreadBytes found = find(accessible(field).get(schema), depth - 1);
          if (found != null) {
            return found;
          }
        }
      }
    }
    return null;
  }

  /** Whether the last record has left any. */
  boolean isAny() throws ReflectiveOperationException, java.io.IOException {
    if (((InputStream) input.get(avro)).available() > 0) {
      return true;
    }
    Object current = decoder.get(avro);
    try {
      return !(boolean) current.getClass().getMethod("isEnd").invoke(current);
    } catch (NoSuchMethodException e) {
      // Avro's JSON, whose decoder begins anew with each record.
      return false;
    }
  }

  /** Has the format begin anew with the next record. */
  void clear() throws ReflectiveOperationException {
    reader.set(avro, null);
  }

  private static Field accessible(Field field) {
    field.setAccessible(true);
    return field;
  }
}
