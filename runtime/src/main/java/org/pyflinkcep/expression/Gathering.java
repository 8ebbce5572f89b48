package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.VarCharType;
import org.pyflinkcep.expression.Aggregate.Accumulator;
import org.pyflinkcep.expression.Aggregate.Events;

/** Aggregates that put values together: LISTAGG and ARRAY_AGG. */
final class Gathering {

  private Gathering() {}

  /** The texts that are not NULL, with a separator between them: NULL where there are none. */
  static Expression text(Events events, Expression text, String separator) {
    return new Aggregate(
        "LISTAGG",
        VarCharType.STRING_TYPE,
        events,
        budget ->
            new Accumulator() {
              private StringBuilder all;

              @Override
              public void add(Object[] values) {
                if (values[0] == null) {
                  return;
                }
                String next = values[0].toString();
                budget.read("LISTAGG", values[0]);
                if (all == null) {
                  all = new StringBuilder();
                } else {
                  all.append(separator);
                }
                Budget.limit("LISTAGG", (long) all.length() + next.length());
                all.append(next);
              }

              @Override
              public Object result() {
                return all == null ? null : BinaryStringData.fromString(all.toString());
              }
            },
        text);
  }

  /** The values as an array, NULLs among them: NULL where there are no events. */
  static Expression array(Events events, Expression value) {
    return new Aggregate(
        "ARRAY_AGG",
        new ArrayType(value.type()),
        events,
        budget ->
            new Accumulator() {
              private final List<Object> all = new ArrayList<>();

              @Override
              public void add(Object[] values) {
                budget.read("ARRAY_AGG", values[0]);
                all.add(values[0]);
                Budget.limit("ARRAY_AGG", (long) all.size() * Budget.CHARACTERS_OF_ELEMENT);
              }

              @Override
              public Object result() {
                return all.isEmpty() ? null : new GenericArrayData(all.toArray());
              }
            },
        value);
  }
}
