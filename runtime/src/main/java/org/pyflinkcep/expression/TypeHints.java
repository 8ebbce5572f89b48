package org.pyflinkcep.expression;

import java.util.regex.Pattern;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;

/** What to write in place of what has the wrong type. */
final class TypeHints {

  private static final Pattern NUMBER = Pattern.compile("\\s*-?\\d+(\\.\\d+)?\\s*");
  private static final String DATE = "a date is a literal of its own: DATE '2024-12-31'";
  private static final String DIFFERENCE =
      "TIMESTAMPDIFF(SECOND, from, to) is a number of seconds, and later < earlier + INTERVAL '5'"
          + " SECOND compares times; ROWTIME() and ROWTIME(step) are in milliseconds";

  private TypeHints() {}

  /** A hint for two values that can't be compared. */
  static String compared(SqlNode node, Expression left, Expression right) {
    if (joinsConditions(node, left, right)) {
      return "`||` joins texts, before they are compared, and conditions are joined by OR";
    }
    String hint = ofPair(node, left, right);
    hint = hint == null ? ofPair(node, right, left) : hint;
    return hint == null ? "CAST one of them to the type of the other" : hint;
  }

  private static String ofPair(SqlNode node, Expression value, Expression other) {
    LogicalType type = value.type();
    if (type.is(LogicalTypeRoot.BOOLEAN)) {
      return isChain(node)
          ? "join two comparisons by AND: 1 < amount AND amount < 5"
          : "it is a condition already: write it alone, or NOT before it";
    }
    if (type instanceof ArrayType) {
      return "write ARRAY_CONTAINS(array, element)";
    }
    if (type instanceof RowType) {
      return "compare one of its fields, as in place.city = 'x'";
    }
    if (type.is(LogicalTypeFamily.DATETIME) && other.type().is(LogicalTypeFamily.NUMERIC)) {
      return isMadeOfNumbers(node)
          ? DATE
          : "ROWTIME(), and ROWTIME(step), are in milliseconds; a literal is such as TIMESTAMP"
              + " '2024-12-31 23:59:59'";
    }
    if (Temporal.isInterval(type) && other.type().is(LogicalTypeFamily.NUMERIC)) {
      return "a difference of ROWTIME()s is a number of milliseconds: compare it with one";
    }
    if (type.is(LogicalTypeFamily.NUMERIC)
        && other instanceof Constant text
        && text.type().is(LogicalTypeFamily.CHARACTER_STRING)) {
      return NUMBER.matcher(String.valueOf(text.value())).matches()
          ? "write the number without quotes"
          : "compare it with a number";
    }
    return null;
  }

  /** A hint for two values that there is no arithmetic for. */
  static String arithmetic(Arithmetic operator, Expression left, Expression right) {
    boolean time =
        left.type().is(LogicalTypeFamily.DATETIME) || right.type().is(LogicalTypeFamily.DATETIME);
    boolean text =
        left.type().is(LogicalTypeFamily.CHARACTER_STRING)
            || right.type().is(LogicalTypeFamily.CHARACTER_STRING);
    if (time) {
      return operator == Arithmetic.MINUS
          ? DIFFERENCE
          : "a time is moved by an interval: time + INTERVAL '5' SECOND";
    }
    return text && operator == Arithmetic.PLUS
        ? "texts are joined by `||`, and CAST makes a number of one"
        : text ? "CAST makes a number of a text: CAST(text AS DOUBLE)" : null;
  }

  /** A hint for what stands where a condition must. */
  static String condition(SqlNode node, Expression value) {
    return node instanceof SqlLiteral
        ? "repeat the comparison, or write a list: status = 404 OR status = 500, or status IN"
            + " (404, 500)"
        : condition(value);
  }

  /** A hint for what is no condition. */
  static String condition(Expression value) {
    return value.type().is(LogicalTypeFamily.NUMERIC)
        ? "compare it, such as `<> 0`"
        : "compare it, or write IS NOT NULL";
  }

  /** A hint for what stands where a text must. */
  static String text(Expression value) {
    if (value.type() instanceof ArrayType) {
      return "write ARRAY_CONTAINS(array, element)";
    }
    return value.type() instanceof RowType
        ? OtherLanguages.LIKE_ANY
        : "CAST makes a text of it: CAST(value AS STRING)";
  }

  /** A hint for a name behind a dot, where the value before it has no fields. */
  static String field(String value, LogicalType type, String name) {
    if (type instanceof MapType) {
      return "it is a map: write " + value + "['" + name + "']";
    }
    if (type instanceof ArrayType) {
      return "it is an array: its first element is " + value + "[1]";
    }
    String function = name.toUpperCase(java.util.Locale.ROOT);
    return Checker.functionNames().contains(function)
        ? "write " + function + "(" + value + ")"
        : null;
  }

  /** Whether {@code a < b < c} was written, which is {@code (a < b) < c}. */
  private static boolean isChain(SqlNode node) {
    return node instanceof SqlCall call
        && call.getOperandList().stream()
            .anyMatch(operand -> operand instanceof SqlCall inner && inner.isA(SqlKind.COMPARISON));
  }

  /** Whether a side is a number computed from literals, such as {@code 2024-01-01}. */
  private static boolean isMadeOfNumbers(SqlNode node) {
    return node instanceof SqlCall call
        && call.getOperandList().stream()
            .anyMatch(
                operand ->
                    operand instanceof SqlCall minus
                        && minus.getKind() == SqlKind.MINUS
                        && minus.operand(1) instanceof SqlLiteral);
  }

  /** Whether {@code a = 'x' || b = 'y'} was written, which is {@code (a = ('x' || b)) = 'y'}. */
  private static boolean joinsConditions(SqlNode node, Expression left, Expression right) {
    return (left.type().is(LogicalTypeRoot.BOOLEAN) || right.type().is(LogicalTypeRoot.BOOLEAN))
        && node instanceof SqlCall comparison
        && comparison.getOperandList().stream()
            .filter(operand -> operand instanceof SqlCall)
            .flatMap(operand -> ((SqlCall) operand).getOperandList().stream())
            .anyMatch(
                inner ->
                    inner instanceof SqlCall call && call.getOperator().getName().equals("||"));
  }
}
