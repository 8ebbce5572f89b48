package org.pyflinkcep.expression;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.DecimalDataUtils;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/**
 * Finds the constraints that an expression puts on fields where it is TRUE, or where it is FALSE.
 */
final class Constraints {

  private Constraints() {}

  /**
   * Where a constant lies among the values of a field's type.
   *
   * @param least the least value that the field's condition takes for equal to the constant, or
   *     else the greatest value below it: null where all values are above
   * @param greatest the greatest such value; another one than the least for the zeros of a DOUBLE
   * @param exact whether they are equal to the constant, and not below it
   */
  private record Place(Object least, Object greatest, boolean exact) {

    static Place at(Object value) {
      return new Place(value, value, true);
    }

    static Place above(Object value) {
      return new Place(value, value, false);
    }
  }

  /** What a comparison with a constant demands where it has the given truth. */
  static List<Constraint> comparison(
      Comparison operator, Expression left, Expression right, boolean truth) {
    Expression field = left.field() >= 0 ? left : left.castOperand();
    if (field == null
        || field.field() < 0
        || !(right instanceof Constant constant)
        || constant.value() == null
        || left != field && !widens(field.type(), left.type())) {
      return List.of();
    }
    LogicalType type = field.type();
    return switch (type.getTypeRoot()) {
      case TINYINT, SMALLINT, INTEGER, BIGINT, DECIMAL -> {
        BigDecimal exact = exact(constant.value());
        boolean rounded =
            type.is(LogicalTypeRoot.DECIMAL)
                && constant.type().is(LogicalTypeFamily.APPROXIMATE_NUMERIC);
        yield exact == null || rounded
            ? List.of()
            : List.of(
                constraint(
                    field.field(), truth ? operator : operator.negated(), place(exact, type)));
      }
      case FLOAT, DOUBLE ->
          List.of(
              constant.value() instanceof DecimalData decimal
                  ? constraint(
                      field.field(),
                      truth ? operator : operator.negated(),
                      approximatePlace(DecimalDataUtils.doubleValue(decimal), type, true))
                  : approximate(
                      field.field(),
                      operator,
                      ((Number) constant.value()).doubleValue(),
                      type,
                      truth));
      case BOOLEAN,
          CHAR,
          VARCHAR,
          DATE,
          TIME_WITHOUT_TIME_ZONE,
          TIMESTAMP_WITHOUT_TIME_ZONE,
          TIMESTAMP_WITH_LOCAL_TIME_ZONE,
          INTERVAL_YEAR_MONTH,
          INTERVAL_DAY_TIME ->
          List.of(
              constraint(
                  field.field(),
                  truth ? operator : operator.negated(),
                  Place.at(constant.value())));
      default -> List.of();
    };
  }

  /** That a field, if the expression is one, is not NULL. */
  static List<Constraint> notNull(Expression expression) {
    return expression.field() < 0 ? List.of() : List.of(notNull(expression.field()));
  }

  /** That a field, if the expression is one, is the given text. */
  static List<Constraint> equal(Expression expression, BinaryStringData text) {
    return expression.field() < 0
        ? List.of()
        : List.of(new Constraint(expression.field(), Comparison.EQUAL, text));
  }

  /** That a field, if the expression is one, is one of some values of its type. */
  static List<Constraint> oneOf(Expression expression, Set<Object> values) {
    return expression.field() < 0
        ? List.of()
        : List.of(new Constraint(expression.field(), Comparison.EQUAL, values));
  }

  /** That a field, if the expression is one, is a text that begins in the given way. */
  static List<Constraint> prefix(Expression expression, byte[] prefix) {
    if (expression.field() < 0 || prefix.length == 0) {
      return notNull(expression);
    }
    byte[] to = prefix.clone();
    // No byte of UTF-8 is the greatest one, so that the next is the end of all with the prefix.
    to[to.length - 1]++;
    return List.of(
        new Constraint(
            expression.field(), Comparison.GREATER_OR_EQUAL, BinaryStringData.fromBytes(prefix)),
        new Constraint(expression.field(), Comparison.LESS, BinaryStringData.fromBytes(to)));
  }

  /** What all of some expressions demand that all have the given truth. */
  static List<Constraint> all(Expression[] expressions, boolean truth) {
    return Arrays.stream(expressions)
        .flatMap(expression -> expression.constraints(truth).stream())
        .toList();
  }

  /** What some expressions demand one of which has the given truth: the values that a field has. */
  static List<Constraint> any(Expression[] expressions, boolean truth) {
    Map<Integer, Set<Object>> values = null;
    for (Expression expression : expressions) {
      if (expression instanceof Constant constant
          && !Boolean.valueOf(truth).equals(constant.value())) {
        continue;
      }
      Map<Integer, Set<Object>> others = values(expression.constraints(truth));
      if (values == null) {
        values = others;
      } else {
        values.keySet().retainAll(others.keySet());
        values.forEach((field, constants) -> constants.addAll(others.get(field)));
      }
    }
    List<Constraint> constraints = new ArrayList<>();
    if (values != null) {
      values.forEach(
          (field, constants) ->
              constraints.add(new Constraint(field, Comparison.EQUAL, constants)));
    }
    return constraints;
  }

  private static Map<Integer, Set<Object>> values(List<Constraint> constraints) {
    Map<Integer, Set<Object>> values = new LinkedHashMap<>();
    for (Constraint constraint : constraints) {
      if (constraint.comparison() == Comparison.EQUAL) {
        values.putIfAbsent(constraint.field(), new LinkedHashSet<>(constraint.constants()));
      }
    }
    return values;
  }

  private static Constraint notNull(int field) {
    return new Constraint(field, Comparison.NOT_EQUAL);
  }

  private static Constraint never(int field) {
    return new Constraint(field, Comparison.EQUAL);
  }

  private static Constraint constraint(int field, Comparison operator, Place place) {
    return switch (operator) {
      case EQUAL -> place.exact ? values(field, operator, place) : never(field);
      case NOT_EQUAL -> place.exact ? values(field, operator, place) : notNull(field);
      case GREATER ->
          place.least == null ? notNull(field) : new Constraint(field, operator, place.greatest);
      case GREATER_OR_EQUAL ->
          place.exact
              ? new Constraint(field, operator, place.least)
              : constraint(field, Comparison.GREATER, place);
      case LESS ->
          place.exact
              ? new Constraint(field, operator, place.least)
              : constraint(field, Comparison.LESS_OR_EQUAL, place);
      case LESS_OR_EQUAL ->
          place.least == null ? never(field) : new Constraint(field, operator, place.greatest);
    };
  }

  private static Constraint values(int field, Comparison operator, Place place) {
    Set<Object> values = new LinkedHashSet<>();
    values.add(place.least);
    values.add(place.greatest);
    return new Constraint(field, operator, values);
  }

  /**
   * Whether the conversion keeps the order of the values, and never makes two of them the same, as
   * that of BIGINT to DOUBLE would. It may be NULL for some: then no comparison is TRUE or FALSE.
   */
  private static boolean widens(LogicalType source, LogicalType target) {
    return switch (source.getTypeRoot()) {
      case TINYINT, SMALLINT, INTEGER, BIGINT ->
          target.is(LogicalTypeRoot.DECIMAL)
              || target.is(LogicalTypeRoot.DOUBLE) && !source.is(LogicalTypeRoot.BIGINT)
              || target.is(LogicalTypeFamily.INTEGER_NUMERIC)
                  && limit(source).compareTo(limit(target)) <= 0;
      case FLOAT -> target.is(LogicalTypeRoot.DOUBLE);
      case DECIMAL ->
          target instanceof DecimalType decimal
              && decimal.getScale() >= ((DecimalType) source).getScale();
      default -> false;
    };
  }

  // ---------------------------------------------------------------------------------------------
  // Numbers
  // ---------------------------------------------------------------------------------------------

  private static BigDecimal exact(Object number) {
    if (number instanceof DecimalData decimal) {
      return decimal.toBigDecimal();
    }
    if (number instanceof Double real) {
      return Double.isFinite(real) ? new BigDecimal(real) : null;
    }
    return BigDecimal.valueOf(((Number) number).longValue());
  }

  private static Place place(BigDecimal number, LogicalType type) {
    int scale = type instanceof DecimalType decimal ? decimal.getScale() : 0;
    BigInteger limit = limit(type);
    BigInteger floor = number.setScale(scale, RoundingMode.FLOOR).unscaledValue();
    boolean decimal = type.is(LogicalTypeRoot.DECIMAL);
    BigInteger least = decimal ? limit.negate().add(BigInteger.ONE) : limit.negate();
    BigInteger greatest = limit.subtract(BigInteger.ONE);
    if (floor.compareTo(least) < 0) {
      return Place.above(null);
    }
    if (floor.compareTo(greatest) > 0) {
      return Place.above(internal(greatest, type));
    }
    Object value = internal(floor, type);
    return new BigDecimal(floor, scale).compareTo(number) == 0
        ? Place.at(value)
        : Place.above(value);
  }

  /** The least whole number, without a scale, that is too large for the type. */
  private static BigInteger limit(LogicalType type) {
    return switch (type.getTypeRoot()) {
      case TINYINT -> BigInteger.TWO.pow(Byte.SIZE - 1);
      case SMALLINT -> BigInteger.TWO.pow(Short.SIZE - 1);
      case INTEGER -> BigInteger.TWO.pow(Integer.SIZE - 1);
      case BIGINT -> BigInteger.TWO.pow(Long.SIZE - 1);
      default -> BigInteger.TEN.pow(((DecimalType) type).getPrecision());
    };
  }

  private static Object internal(BigInteger unscaled, LogicalType type) {
    return type instanceof DecimalType decimal
        ? DecimalData.fromBigDecimal(
            new BigDecimal(unscaled, decimal.getScale()),
            decimal.getPrecision(),
            decimal.getScale())
        : LongExpression.box(unscaled.longValue(), type);
  }

  private static Constraint approximate(
      int field, Comparison operator, double constant, LogicalType type, boolean truth) {
    if (Double.isNaN(constant)) {
      return (operator == Comparison.NOT_EQUAL) == truth ? notNull(field) : never(field);
    }
    if (!truth && operator.isOrder()) {
      // NaN is neither above nor below, so that more than the other side of the bound passes.
      return notNull(field);
    }
    return constraint(
        field, truth ? operator : operator.negated(), approximatePlace(constant, type, false));
  }

  /**
   * The place of a number among those of a FLOAT or DOUBLE.
   *
   * @param zerosDiffer whether -0.0 is below 0.0, as it is where a DECIMAL is compared
   */
  private static Place approximatePlace(double constant, LogicalType type, boolean zerosDiffer) {
    if (type.is(LogicalTypeRoot.DOUBLE)) {
      return constant == 0 && !zerosDiffer ? new Place(-0.0, 0.0, true) : Place.at(constant);
    }
    if (constant == 0 && !zerosDiffer) {
      return new Place(-0.0f, 0.0f, true);
    }
    float nearest = (float) constant;
    if (nearest == constant) {
      return Place.at(nearest);
    }
    return Place.above(nearest > constant ? Math.nextDown(nearest) : nearest);
  }
}
