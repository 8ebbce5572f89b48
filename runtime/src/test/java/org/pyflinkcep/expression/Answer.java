package org.pyflinkcep.expression;

import java.util.List;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.conversion.DataStructureConverter;
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

    String text(Object internal) {
      try {
        return ExpressionCases.text(converter.toExternalOrNull(internal));
      } catch (RuntimeException e) {
        return "UNREADABLE " + internal;
      }
    }
  }
}
