package org.pyflinkcep.expression;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.conversion.DataStructureConverter;
import org.apache.flink.table.runtime.typeutils.ArrayDataSerializer;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;

/**
 * What became of an expression: it was refused, or it has a type and a value for each event.
 *
 * @param type the type; null where it was refused
 * @param values the values as text: null for NULL, and {@code FAILED} and why where there is none
 * @param refusal why it was refused, or null
 */
record Answer(LogicalType type, List<String> values, String refusal) {

  private static final String FAILED = "FAILED ";

  static Answer refused(Throwable reason) {
    return new Answer(null, List.of(), message(reason));
  }

  static String failure(Throwable reason) {
    return FAILED + message(reason);
  }

  static boolean isFailure(String value) {
    return value != null && value.startsWith(FAILED);
  }

  boolean isRefused() {
    return refusal != null;
  }

  private static String message(Throwable reason) {
    Throwable innermost = reason;
    while (innermost.getCause() != null) {
      innermost = innermost.getCause();
    }
    return innermost.getClass().getSimpleName()
        + ": "
        + String.valueOf(innermost.getMessage()).lines().findFirst().orElse("");
  }

  /** A text as it is in UTF-8, which has no halves of a character. */
  private static String stored(String text) {
    return text == null
        ? null
        : new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  /** Reads the values of a column as text. */
  static final class Reader {
    private final LogicalType type;
    private final DataStructureConverter<Object, Object> converter;

    Reader(LogicalType type) {
      this.type = type;
      this.converter = ExpressionCases.converter(type);
    }

    String text(RowData row, int place) {
      return text(RowData.createFieldGetter(type.copy(true), place).getFieldOrNull(row));
    }

    private Object binary(ArrayData array) {
      LogicalType element = ((ArrayType) type).getElementType();
      return new ArrayDataSerializer(element).toBinaryArray(array);
    }

    String text(Object internal) {
      try {
        return stored(ExpressionCases.text(converter.toExternalOrNull(internal)));
      } catch (ArrayStoreException e) {
        // Flink can't convert an array of arrays that holds objects, but its binary form.
        return ExpressionCases.text(converter.toExternalOrNull(binary((ArrayData) internal)));
      } catch (RuntimeException e) {
        return "UNREADABLE " + internal;
      }
    }
  }
}
