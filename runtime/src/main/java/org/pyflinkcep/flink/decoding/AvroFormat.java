package org.pyflinkcep.flink.decoding;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import javax.annotation.Nullable;
import org.apache.flink.api.common.serialization.DeserializationSchema;

/**
 * What is inside Flink's Avro formats: the schema that they read with, the registry that gives the
 * writer's, and bytes that a broken record has left.
 *
 * <p>Their decoder reads ahead, and goes on where it stopped, so that a record that it fails at
 * spoils the next one. Nothing public shows any of this, so it is reached for by reflection. The
 * registry's schemas that the format has fetched stay.
 */
final class AvroFormat {

  private static final String AVRO_SCHEMA = "AvroDeserializationSchema";
  private static final int DEPTH = 3;

  private final Object avro;
  private final Field reader;
  private final Method initialize;
  private final String schema;
  private final boolean isBinary;

  /** The registry, where the format has one. */
  @Nullable private final Field coder;

  /** How it reads a schema, once it is there. */
  @Nullable private Method readSchema;

  private AvroFormat(Object avro, Class<?> type) throws ReflectiveOperationException {
    this.avro = avro;
    reader = accessible(type.getDeclaredField("datumReader"));
    initialize = type.getDeclaredMethod("checkAvroInitialized");
    initialize.setAccessible(true);
    schema = (String) accessible(type.getDeclaredField("schemaString")).get(avro);
    isBinary =
        String.valueOf(accessible(type.getDeclaredField("encoding")).get(avro))
            .equalsIgnoreCase("binary");
    coder = coderOf(avro.getClass());
  }

  /**
   * The inside of a schema, or null where it isn't one of Avro.
   *
   * @throws ReflectiveOperationException it isn't as Flink 2.3 has it
   */
  @Nullable
  static AvroFormat of(DeserializationSchema<?> schema) throws ReflectiveOperationException {
    return find(schema, DEPTH);
  }

  @Nullable
  private static Field coderOf(Class<?> avro) {
    for (Class<?> type = avro; type != Object.class; type = type.getSuperclass()) {
      for (Field field : type.getDeclaredFields()) {
        if (field.getName().equals("schemaCoder")) {
          return accessible(field);
        }
      }
    }
    return null;
  }

  @Nullable
  private static AvroFormat find(@Nullable Object schema, int depth)
      throws ReflectiveOperationException {
    if (schema == null || depth == 0) {
      return null;
    }
    for (Class<?> type = schema.getClass(); type != Object.class; type = type.getSuperclass()) {
      if (type.getSimpleName().equals(AVRO_SCHEMA)) {
        return new AvroFormat(schema, type);
      }
      for (Field field : type.getDeclaredFields()) {
        if (DeserializationSchema.class.isAssignableFrom(field.getType())
            && !Modifier.isStatic(field.getModifiers())) {
          AvroFormat found = find(accessible(field).get(schema), depth - 1);
          if (found != null) {
            return found;
          }
        }
      }
    }
    return null;
  }

  /** Whether records are in Avro's binary encoding. */
  boolean isBinary() {
    return isBinary;
  }

  /** The schema that the format reads with, as JSON. */
  String readerSchema() {
    return schema;
  }

  /** Whether a record says which schema it was written with. */
  boolean hasWriterSchemas() {
    return coder != null;
  }

  /**
   * The schema that a record says it was written with.
   *
   * @param record is read up to where its fields begin
   */
  Object writerSchema(InputStream record) throws Exception {
    try {
      initialize.invoke(avro);
      Object registry = coder.get(avro);
      if (readSchema == null) {
        readSchema = registry.getClass().getMethod("readSchema", InputStream.class);
        readSchema.setAccessible(true);
      }
      return readSchema.invoke(registry, record);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw new IOException("the schema of a record can't be read", e.getCause());
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
