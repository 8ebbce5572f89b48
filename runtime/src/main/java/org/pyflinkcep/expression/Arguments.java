package org.pyflinkcep.expression;

import java.util.TimeZone;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;

/**
 * The arguments of one call of a function.
 *
 * @param zone the session time zone
 * @param regexes for each argument the regular expression that it was last
 */
record Arguments(Object[] values, TimeZone zone, Budget budget, Regex.Cache[] regexes) {

  Object get(int index) {
    return values[index];
  }

  int count() {
    return values.length;
  }

  BinaryStringData text(int index) {
    return (BinaryStringData) values[index];
  }

  /** The argument as a Java string, or null. */
  String string(int index) {
    return values[index] == null ? null : values[index].toString();
  }

  /** The argument as a regular expression, or null where it is none. */
  Regex regex(int index) {
    return regexes[index].get(string(index));
  }

  int integer(int index) {
    return (Integer) values[index];
  }

  long bigint(int index) {
    return ((Number) values[index]).longValue();
  }

  double real(int index) {
    return ((Number) values[index]).doubleValue();
  }

  DecimalData decimal(int index) {
    return (DecimalData) values[index];
  }

  byte[] bytes(int index) {
    return (byte[]) values[index];
  }

  TimestampData timestamp(int index) {
    return (TimestampData) values[index];
  }
}
