package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.apache.flink.table.data.RowData;
import org.junit.jupiter.api.Test;

/** What could never have a value is refused, in each place and order of operands. */
class UnrelatedTypesTest {

  private static final List<List<String>> FAMILIES =
      List.of(
          List.of("ti", "si", "i", "l", "f", "d", "dc", "dh", "1", "1.5", "1e0"),
          List.of(
              "dt", "t", "ts", "ts9", "lt", "DATE '2024-02-29'", "TIMESTAMP '2024-02-29 10:00:00'"),
          List.of("iy", "INTERVAL '1' MONTH"),
          List.of("id", "INTERVAL '1' DAY"),
          List.of("b", "TRUE"),
          List.of("vb", "b4", "x'00'"),
          List.of("ai", "ad"),
          List.of("ats"),
          List.of("as1"),
          List.of("m"),
          List.of("mi"),
          List.of("r"));

  private static final List<String> PLACES =
      List.of(
          "%s = %s",
          "%s <> %s",
          "%s < %s",
          "%s >= %s",
          "%s IN (%s)",
          "%1$s NOT IN (%1$s, %2$s)",
          "%1$s BETWEEN %1$s AND %2$s",
          "%1$s BETWEEN %2$s AND %1$s",
          "%1$s NOT BETWEEN SYMMETRIC %2$s AND %1$s",
          "%s IS DISTINCT FROM %s",
          "%s IS NOT DISTINCT FROM %s",
          "COALESCE(%s, %s)",
          "CASE WHEN b THEN %s ELSE %s END",
          "CASE WHEN b THEN %s WHEN NOT b THEN %s END",
          "CASE %s WHEN %s THEN 1 END",
          "IF(b, %s, %s)",
          "GREATEST(%s, %s)",
          "LEAST(%s, %s)",
          "NULLIF(%s, %s)",
          "ARRAY[%s, %s]",
          "ARRAY[ARRAY[%s], ARRAY[%s]]",
          "MAP['a', %s, 'b', %s]",
          "MAP[%s, 1, %s, 2]",
          "ROW(%s) = ROW(%s)",
          "(1, %s) IN ((1, %s))",
          "ARRAY[%s] = ARRAY[%s]",
          "MAX(a.i) = 1 AND %s = %s");

  private static final List<String> TARGETS =
      List.of(
          "BOOLEAN",
          "TINYINT",
          "SMALLINT",
          "INT",
          "BIGINT",
          "FLOAT",
          "DOUBLE",
          "DECIMAL(38, 10)",
          "CHAR(5)",
          "VARCHAR(9)",
          "STRING",
          "BINARY(4)",
          "BYTES",
          "DATE",
          "TIME(3)",
          "TIMESTAMP(3)",
          "TIMESTAMP(9)",
          "TIMESTAMP_LTZ(3)",
          "INTERVAL DAY",
          "INTERVAL MONTH",
          "ARRAY<INT>",
          "ARRAY<STRING>",
          "ARRAY<DATE>",
          "MAP<STRING, INT>",
          "MAP<INT, STRING>",
          "MAP<STRING, ROW<a INT, b STRING>>",
          "ROW<x INT, y STRING, z ROW<w DOUBLE>>",
          "ROW<x INT>");

  @Test
  void values_of_unrelated_types_meet_nowhere() {
    List<String> accepted = new ArrayList<>();
    int tried = 0;
    for (List<String> lefts : FAMILIES) {
      for (List<String> rights : FAMILIES) {
        if (lefts == rights) {
          continue;
        }
        for (String left : lefts) {
          for (String right : rights) {
            for (String place : PLACES) {
              String sql = place.formatted(left, right);
              tried++;
              Diagnostics diagnostics = new Diagnostics();
              if (compile(sql, diagnostics) != null
                  || !List.of("type-mismatch", "wrong-arguments")
                      .contains(diagnostics.list().get(0).code())) {
                accepted.add(sql + " " + diagnostics.list());
              }
            }
          }
        }
      }
    }
    assertThat(accepted).isEmpty();
    assertThat(tried).isGreaterThan(10_000);
  }

  @Test
  void a_cast_that_is_let_through_has_a_value_on_some_event() {
    List<String> always = new ArrayList<>();
    List<RowData> rows = EdgeRows.rows();
    for (String column : EdgeRows.names()) {
      if (compile("UPPER(" + column + ")", new Diagnostics()) != null) {
        // A text of another form is what the event has wrong, and not the cast.
        continue;
      }
      for (String target : TARGETS) {
        String sql = "CAST(" + column + " AS " + target + ")";
        Expression cast = compile(sql, new Diagnostics());
        if (cast != null && rows.stream().noneMatch(row -> hasValue(cast, row))) {
          always.add(sql);
        }
      }
    }
    assertThat(always).isEmpty();
  }

  private static boolean hasValue(Expression cast, RowData row) {
    Evaluation evaluation = new Evaluation();
    evaluation.event = row;
    try {
      return cast.value(evaluation) != null;
    } catch (RuntimeException e) {
      return false;
    }
  }

  private static Expression compile(String sql, Diagnostics diagnostics) {
    BitSet visible = new BitSet();
    visible.set(0);
    return new ExpressionCompiler(EdgeRows.type(), List.of("a"), ZoneOffset.UTC, diagnostics)
        .compile(sql, visible, false, new ExpressionErrors(sql, "expression", diagnostics));
  }
}
