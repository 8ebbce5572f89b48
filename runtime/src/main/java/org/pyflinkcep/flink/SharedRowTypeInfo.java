package org.pyflinkcep.flink;

import java.util.Objects;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.RowType;

/**
 * The type of rows that the operators of one task share. Flink copies a row for each operator that
 * it is passed to, as that might change or keep it. {@link EventFilter}, the only one that reads
 * these rows, does neither, and a copy was a seventh of what an event cost.
 */
final class SharedRowTypeInfo extends TypeInformation<RowData> {

  private static final long serialVersionUID = 1L;

  private final RowType rowType;

  SharedRowTypeInfo(RowType rowType) {
    this.rowType = rowType;
  }

  @Override
  public TypeSerializer<RowData> createSerializer(SerializerConfig config) {
    return new SharedRowSerializer(rowType);
  }

  @Override
  public Class<RowData> getTypeClass() {
    return RowData.class;
  }

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return rowType.getFieldCount();
  }

  @Override
  public int getTotalFields() {
    return getArity();
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public String toString() {
    return "shared " + rowType.asSummaryString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SharedRowTypeInfo info && rowType.equals(info.rowType);
  }

  @Override
  public int hashCode() {
    return Objects.hash(SharedRowTypeInfo.class, rowType);
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof SharedRowTypeInfo;
  }

  private static final class SharedRowSerializer extends RowDataSerializer {

    private static final long serialVersionUID = 1L;

    private final RowType rowType;

    SharedRowSerializer(RowType rowType) {
      super(rowType);
      this.rowType = rowType;
    }

    @Override
    public TypeSerializer<RowData> duplicate() {
      return new SharedRowSerializer(rowType);
    }

    @Override
    public RowData copy(RowData from) {
      return from;
    }

    @Override
    public RowData copy(RowData from, RowData reuse) {
      return from;
    }
  }
}
