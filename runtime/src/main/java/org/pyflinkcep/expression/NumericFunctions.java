package org.pyflinkcep.expression;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.runtime.functions.SqlFunctionUtils;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.utils.LogicalTypeMerging;

/**
 * The functions that give a number of the type of their argument: ABS, SIGN, CEIL, FLOOR, ROUND and
 * TRUNCATE.
 */
final class NumericFunctions {

  private static final int MAX_PLACES = 400;

  private static final double MAX_TRUNCATED = 1e19;

  private NumericFunctions() {}

  /**
   * The type of ROUND and TRUNCATE, which follows from the number of places where that is known.
   */
  static LogicalType roundedType(List<Expression> arguments) {
    if (!(arguments.get(0).type() instanceof DecimalType type)) {
      return arguments.get(0).type();
    }
    int places = 0;
    if (arguments.size() > 1) {
      if (!(arguments.get(1) instanceof Constant constant) || constant.value() == null) {
        return type;
      }
      places = (Integer) constant.value();
    }
    return LogicalTypeMerging.findRoundDecimalType(type.getPrecision(), type.getScale(), places);
  }

  /** The type of ABS and SIGN. */
  static LogicalType sameType(List<Expression> arguments) {
    return arguments.get(0).type();
  }

  /** The type of CEIL and FLOOR. */
  static LogicalType integralType(List<Expression> arguments) {
    return arguments.get(0).type() instanceof DecimalType type
        ? new DecimalType(type.getPrecision(), 0)
        : arguments.get(0).type();
  }

  static Object abs(Object x) {
    if (x instanceof DecimalData decimal) {
      return SqlFunctionUtils.abs(decimal);
    }
    if (x instanceof Double real) {
      return Math.abs(real);
    }
    if (x instanceof Float real) {
      return Math.abs(real);
    }
    return whole(Math.abs(((Number) x).longValue()), x);
  }

  static Object sign(Object x) {
    if (x instanceof DecimalData decimal) {
      return SqlFunctionUtils.sign(decimal);
    }
    if (x instanceof Double real) {
      return Math.signum(real);
    }
    if (x instanceof Float real) {
      return Math.signum(real);
    }
    return whole(Long.signum(((Number) x).longValue()), x);
  }

  static Object ceil(Object x) {
    if (x instanceof DecimalData decimal) {
      return SqlFunctionUtils.ceil(decimal);
    }
    if (x instanceof Double real) {
      return Math.ceil(real);
    }
    return x instanceof Float real ? (Object) (float) Math.ceil(real) : x;
  }

  static Object floor(Object x) {
    if (x instanceof DecimalData decimal) {
      return SqlFunctionUtils.floor(decimal);
    }
    if (x instanceof Double real) {
      return Math.floor(real);
    }
    return x instanceof Float real ? (Object) (float) Math.floor(real) : x;
  }

  static Object round(Object x, int digits) {
    int places = places(digits);
    if (x instanceof DecimalData decimal) {
      return SqlFunctionUtils.sround(decimal, places);
    }
    if (x instanceof Double real) {
      return SqlFunctionUtils.sround((double) real, places);
    }
    if (x instanceof Float real) {
      return SqlFunctionUtils.sround((float) real, places);
    }
    return x instanceof Integer number
        ? (Object) SqlFunctionUtils.sround((int) number, places)
        : whole(SqlFunctionUtils.sround(((Number) x).longValue(), places), x);
  }

  static Object truncate(Object x, int digits) {
    int places = places(digits);
    if (x instanceof DecimalData decimal) {
      return SqlFunctionUtils.struncate(decimal, places);
    }
    if (x instanceof Double real) {
      return truncated(real, places);
    }
    if (x instanceof Float real) {
      return Math.abs(real) < MAX_TRUNCATED
          ? (Object) SqlFunctionUtils.struncate((float) real, places)
          : (Object) (float) truncated(real, places);
    }
    return x instanceof Integer number
        ? (Object) SqlFunctionUtils.struncate((int) number, places)
        : whole(SqlFunctionUtils.struncate(((Number) x).longValue(), places), x);
  }

  /** Flink's function fails on a number that is too large for the DECIMAL that it makes of it. */
  private static double truncated(double number, int places) {
    return Double.isFinite(number) && Math.abs(number) >= MAX_TRUNCATED
        ? new BigDecimal(number).setScale(places, RoundingMode.DOWN).doubleValue()
        : SqlFunctionUtils.struncate(number, places);
  }

  /**
   * A number of places that is as good as the given one: no number has more before or behind its
   * point, and Flink writes out as many as it is told.
   */
  private static int places(int digits) {
    return Math.max(-MAX_PLACES, Math.min(digits, MAX_PLACES));
  }

  /** A whole number as an object of the class that another one has. */
  private static Object whole(long value, Object like) {
    if (like instanceof Long) {
      return value;
    }
    if (like instanceof Integer) {
      return (int) value;
    }
    return like instanceof Short ? (Object) (short) value : (Object) (byte) value;
  }
}
