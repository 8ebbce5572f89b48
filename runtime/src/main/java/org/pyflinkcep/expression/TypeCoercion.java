package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;
import org.apache.flink.table.types.logical.utils.LogicalTypeMerging;

/** Brings operands of different types to one, as Flink SQL does it where no CAST is written. */
final class TypeCoercion {

  private final Casts casts;
  private final Evaluation constants = new Evaluation();

  TypeCoercion(Casts casts) {
    this.casts = casts;
  }

  /**
   * The expression, or its value where it is over constants.
   *
   * @throws RuntimeException where it fails on each event
   */
  Expression fold(Expression expression) {
    return Constant.fold(expression, constants);
  }

  /** The operand converted to the type: at once where it is a constant that can be converted. */
  Expression coerce(Expression operand, LogicalType type) {
    Expression converted = casts.cast(operand, type);
    try {
      return fold(converted);
    } catch (RuntimeException e) {
      return converted;
    }
  }

  /** The same, but NULL where a value can't be converted. */
  Expression tryCoerce(Expression operand, LogicalType type) {
    return fold(casts.tryCast(operand, type));
  }

  /** An exact number as the DECIMAL that holds all values of its type. */
  Expression decimal(Expression number) {
    int precision =
        switch (number.type().getTypeRoot()) {
          case TINYINT -> 3;
          case SMALLINT -> 5;
          case INTEGER -> 10;
          case BIGINT -> 19;
          default -> 0;
        };
    return precision == 0 ? number : coerce(number, new DecimalType(precision, 0));
  }

  /** The type in which numbers that are no DECIMALs are ordered. */
  static LogicalType orderedType(LogicalType left, LogicalType right) {
    return left.is(LogicalTypeRoot.DOUBLE) || right.is(LogicalTypeRoot.DOUBLE)
        ? new DoubleType()
        : commonType(left, right).orElseThrow();
  }

  /**
   * The type that holds the values of both, if there is one. Of FLOAT and DOUBLE it is the one that
   * stands first, as in Calcite.
   */
  static Optional<LogicalType> commonType(LogicalType left, LogicalType right) {
    if (left.is(LogicalTypeRoot.NULL)) {
      return Optional.of(right);
    }
    if (right.is(LogicalTypeRoot.NULL)) {
      return Optional.of(left);
    }
    if (areOfDifferentTimes(left, right)) {
      // Calcite takes the first of a TIMESTAMP and a TIMESTAMP_LTZ, and mixes no others.
      return left.is(LogicalTypeFamily.TIMESTAMP) && right.is(LogicalTypeFamily.TIMESTAMP)
          ? Optional.of(left)
          : Optional.empty();
    }
    boolean decimal = left.is(LogicalTypeRoot.DECIMAL) || right.is(LogicalTypeRoot.DECIMAL);
    boolean approximate =
        left.is(LogicalTypeFamily.APPROXIMATE_NUMERIC)
            || right.is(LogicalTypeFamily.APPROXIMATE_NUMERIC);
    if (decimal
        && approximate
        && left.is(LogicalTypeFamily.NUMERIC)
        && right.is(LogicalTypeFamily.NUMERIC)) {
      return Optional.of(new DoubleType());
    }
    if (left.is(LogicalTypeFamily.APPROXIMATE_NUMERIC)
        && right.is(LogicalTypeFamily.APPROXIMATE_NUMERIC)) {
      return Optional.of(left);
    }
    if (left instanceof ArrayType a && right instanceof ArrayType b) {
      return commonType(a.getElementType(), b.getElementType()).map(ArrayType::new);
    }
    if (left instanceof MapType a && right instanceof MapType b) {
      Optional<LogicalType> values = commonType(a.getValueType(), b.getValueType());
      return commonType(a.getKeyType(), b.getKeyType())
          .flatMap(key -> values.map(value -> new MapType(key, value)));
    }
    if (left instanceof RowType a
        && right instanceof RowType b
        && a.getFieldCount() == b.getFieldCount()) {
      return commonRow(a, b);
    }
    return related(left, right)
        ? LogicalTypeMerging.findCommonType(List.of(left, right))
        : Optional.empty();
  }

  /** Whether both are numbers, or both texts, and so on: only such types have one in common. */
  private static boolean related(LogicalType left, LogicalType right) {
    for (LogicalTypeFamily family :
        List.of(
            LogicalTypeFamily.NUMERIC,
            LogicalTypeFamily.CHARACTER_STRING,
            LogicalTypeFamily.BINARY_STRING,
            LogicalTypeFamily.DATETIME)) {
      if (left.is(family) || right.is(family)) {
        return left.is(family) && right.is(family);
      }
    }
    List<LogicalType> parts = left.getChildren();
    return left.is(right.getTypeRoot())
        && parts.size() == right.getChildren().size()
        && IntStream.range(0, parts.size())
            .allMatch(i -> related(parts.get(i), right.getChildren().get(i)));
  }

  private static Optional<LogicalType> commonRow(RowType left, RowType right) {
    List<RowType.RowField> fields = new ArrayList<>();
    for (int i = 0; i < left.getFieldCount(); i++) {
      String name = left.getFieldNames().get(i);
      commonType(left.getTypeAt(i), right.getTypeAt(i))
          .ifPresent(type -> fields.add(new RowType.RowField(name, type)));
    }
    return fields.size() == left.getFieldCount()
        ? Optional.of(new RowType(fields))
        : Optional.empty();
  }

  static Optional<LogicalType> commonType(List<Expression> expressions) {
    Optional<LogicalType> common = Optional.of(expressions.get(0).type());
    for (Expression expression : expressions) {
      common = common.flatMap(type -> commonType(type, expression.type()));
    }
    return common;
  }

  /** The same for COALESCE, GREATEST and LEAST, which Flink types without Calcite. */
  static Optional<LogicalType> commonTypeOfArguments(List<Expression> arguments) {
    List<LogicalType> types =
        arguments.stream()
            .map(Expression::type)
            .filter(type -> !type.is(LogicalTypeRoot.NULL))
            .toList();
    if (types.isEmpty()) {
      return Optional.of(arguments.get(0).type());
    }
    return types.stream().allMatch(type -> related(types.get(0), type))
        ? LogicalTypeMerging.findCommonType(types)
        : Optional.empty();
  }

  /** Whether one is a point in time or an interval, and the other isn't of that kind. */
  private static boolean areOfDifferentTimes(LogicalType left, LogicalType right) {
    return (left.isAnyOf(LogicalTypeFamily.DATETIME, LogicalTypeFamily.INTERVAL)
            || right.isAnyOf(LogicalTypeFamily.DATETIME, LogicalTypeFamily.INTERVAL))
        && !left.is(right.getTypeRoot());
  }

  /** The type in which values of the two types are compared. */
  static Optional<LogicalType> comparisonType(LogicalType left, LogicalType right) {
    if (Temporal.isPoint(left) && right.is(LogicalTypeFamily.CHARACTER_STRING)) {
      return Optional.of(left);
    }
    if (Temporal.isPoint(right) && left.is(LogicalTypeFamily.CHARACTER_STRING)) {
      return Optional.of(right);
    }
    if (left.is(LogicalTypeFamily.TIMESTAMP)
        && right.is(LogicalTypeFamily.TIMESTAMP)
        && !left.is(right.getTypeRoot())) {
      boolean leftIsFiner =
          LogicalTypeChecks.getPrecision(left) > LogicalTypeChecks.getPrecision(right);
      return Optional.of(leftIsFiner ? left : right);
    }
    if ((Temporal.isPoint(left) || Temporal.isPoint(right)) && !left.is(right.getTypeRoot())) {
      return Optional.empty();
    }
    return commonType(left, right);
  }
}
