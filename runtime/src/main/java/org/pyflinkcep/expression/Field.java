package org.pyflinkcep.expression;

import java.util.List;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;

/** A top-level field of the event. The fields that are numbers or booleans are read unboxed. */
final class Field {

  private Field() {}

  /**
   * @param canonical how the field is written in a canonical expression
   */
  static Expression of(String canonical, int index, LogicalType type) {
    return switch (type.getTypeRoot()) {
      case BOOLEAN -> new BooleanField(canonical, index);
      case TINYINT ->
          new LongField(canonical, type, index) {
            @Override
            long read(RowData row, int index) {
              return row.getByte(index);
            }
          };
      case SMALLINT ->
          new LongField(canonical, type, index) {
            @Override
            long read(RowData row, int index) {
              return row.getShort(index);
            }
          };
      case INTEGER, DATE, TIME_WITHOUT_TIME_ZONE, INTERVAL_YEAR_MONTH ->
          new LongField(canonical, type, index) {
            @Override
            long read(RowData row, int index) {
              return row.getInt(index);
            }
          };
      case BIGINT, INTERVAL_DAY_TIME ->
          new LongField(canonical, type, index) {
            @Override
            long read(RowData row, int index) {
              return row.getLong(index);
            }
          };
      case FLOAT ->
          new DoubleField(canonical, type, index) {
            @Override
            double read(RowData row, int index) {
              return row.getFloat(index);
            }
          };
      case DOUBLE ->
          new DoubleField(canonical, type, index) {
            @Override
            double read(RowData row, int index) {
              return row.getDouble(index);
            }
          };
      default -> new ObjectField(canonical, type, index);
    };
  }

  private static final class BooleanField extends BooleanExpression {
    private final int index;

    BooleanField(String canonical, int index) {
      super(canonical);
      this.index = index;
    }

    @Override
    int truth(Evaluation evaluation) {
      RowData row = evaluation.event;
      return row.isNullAt(index) ? UNKNOWN : row.getBoolean(index) ? TRUE : FALSE;
    }

    @Override
    List<Constraint> constraints(boolean truth) {
      return List.of(new Constraint(index, Comparison.EQUAL, truth));
    }

    @Override
    int field() {
      return index;
    }

    @Override
    String canonical() {
      return name();
    }
  }

  private abstract static class LongField extends LongExpression {
    private final int index;

    LongField(String canonical, LogicalType type, int index) {
      super(canonical, type);
      this.index = index;
    }

    abstract long read(RowData row, int index);

    @Override
    final long longValue(Evaluation evaluation) {
      RowData row = evaluation.event;
      boolean isNull = row.isNullAt(index);
      evaluation.isNull = isNull;
      return isNull ? 0 : read(row, index);
    }

    @Override
    int field() {
      return index;
    }

    @Override
    String canonical() {
      return name();
    }
  }

  private abstract static class DoubleField extends DoubleExpression {
    private final int index;

    DoubleField(String canonical, LogicalType type, int index) {
      super(canonical, type);
      this.index = index;
    }

    abstract double read(RowData row, int index);

    @Override
    final double compute(Evaluation evaluation) {
      RowData row = evaluation.event;
      boolean isNull = row.isNullAt(index);
      evaluation.isNull = isNull;
      return isNull ? 0 : read(row, index);
    }

    @Override
    int field() {
      return index;
    }

    @Override
    String canonical() {
      return name();
    }
  }

  private static final class ObjectField extends Expression {
    private final int index;
    private final RowData.FieldGetter getter;

    ObjectField(String canonical, LogicalType type, int index) {
      super(canonical, type);
      this.index = index;
      this.getter = RowData.createFieldGetter(type.copy(true), index);
    }

    @Override
    Object value(Evaluation evaluation) {
      return getter.getFieldOrNull(evaluation.event);
    }

    @Override
    int field() {
      return index;
    }

    @Override
    String canonical() {
      return name();
    }
  }
}
