package org.pyflinkcep.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;

class FieldsJsonTest {

  /** Levels that are too many for a small stack, and few for a large one. */
  private static final int LEVELS = 5_000;

  private static final int SMALL = 256 << 10;
  private static final int LARGE = 256 << 20;

  private static <T> T withStackOf(int bytes, Callable<T> work) throws Exception {
    FutureTask<T> task = new FutureTask<>(work);
    new Thread(null, task, "stack of " + bytes, bytes).start();
    return task.get();
  }

  @Test
  void a_value_that_is_nested_too_deeply_is_null_and_told_and_the_others_are_written()
      throws Exception {
    LogicalType type = new IntType();
    Object value = 1;
    for (int level = 0; level < LEVELS; level++) {
      type = new ArrayType(type);
      value = new GenericArrayData(new Object[] {value});
    }
    RowType columns =
        RowType.of(new LogicalType[] {type, new IntType()}, new String[] {"deep", "n"});
    RowData row = GenericRowData.of(value, 7);
    FieldsJson fields = withStackOf(LARGE, () -> new FieldsJson(columns));

    List<String> told = new ArrayList<>();
    String json =
        withStackOf(
            SMALL,
            () ->
                fields.write(row, (name, e) -> told.add(name + ": " + e.getMessage())).toString());

    assertThat(json).isEqualTo("{\"deep\":null,\"n\":7}");
    assertThat(told).containsExactly("deep: a value of the event is nested too deeply");
    withStackOf(LARGE, () -> fields.write(row, (name, e) -> told.add(name)));
    assertThat(told).as("with room for it").hasSize(1);
  }

  @Test
  void a_value_that_takes_the_memory_away_ends_the_task() {
    OutOfMemoryError noMemory = new OutOfMemoryError("Java heap space");
    RowData row =
        (RowData)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {RowData.class},
                (proxy, method, arguments) -> {
                  throw noMemory;
                });
    FieldsJson fields = new FieldsJson(RowType.of(new IntType()));

    assertThatThrownBy(() -> fields.write(row, (name, e) -> {})).isSameAs(noMemory);
  }
}
