package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;

/** Checks what makes arrays, maps and rows, and what takes them apart. */
final class CompositeChecker {

  private final Checker checker;
  private final Scope scope;
  private final TypeCoercion coercion;
  private final ExpressionErrors errors;

  CompositeChecker(Checker checker, Scope scope, TypeCoercion coercion, ExpressionErrors errors) {
    this.checker = checker;
    this.scope = scope;
    this.coercion = coercion;
    this.errors = errors;
  }

  /** Whether a value may be a key: a date is none of texts, though the two can be compared. */
  private static boolean isKey(LogicalType value, LogicalType key) {
    return TypeCoercion.comparisonType(key, value).isPresent()
        && value.is(LogicalTypeFamily.CHARACTER_STRING)
            == key.is(LogicalTypeFamily.CHARACTER_STRING);
  }

  Expression item(SqlCall call) {
    if (scope.isStep(call.operand(0))) {
      return scope.stepAsArray(call.operand(0), null);
    }
    Expression collection = checker.check(call.operand(0));
    Expression key = checker.check(call.operand(1));
    if (collection == null || key == null) {
      return null;
    }
    if (collection.type() instanceof ArrayType type
        && key.type().is(LogicalTypeFamily.INTEGER_NUMERIC)) {
      if (key instanceof Constant place
          && place.value() != null
          && ((Number) place.value()).longValue() < 1) {
        errors.add(
            "wrong-arguments",
            call.operand(1),
            "an array has no place " + place.value(),
            "the first place of an array is 1");
        return null;
      }
      return Composite.element(type, collection, key);
    }
    if (collection.type() instanceof MapType type && isKey(key.type(), type.getKeyType())) {
      // What is longer or finer than the keys' type must not be cut to one of them.
      boolean comparable =
          key.type().is(LogicalTypeFamily.CHARACTER_STRING)
              || Temporal.isPoint(key.type()) && key.type().is(type.getKeyType().getTypeRoot());
      return Composite.lookup(
          type, collection, comparable ? key : coercion.coerce(key, type.getKeyType()));
    }
    errors.add(
        "type-mismatch",
        call,
        "can't look up " + key.sqlType() + " in " + collection.sqlType(),
        hintOfItem(call.operand(0), collection.type()));
    return null;
  }

  private String hintOfItem(SqlNode node, LogicalType collection) {
    String ofEvents =
        node instanceof SqlIdentifier path && path.names.size() == 2
            ? scope.hintOfEvents(path.names.get(0), path.names.get(1))
            : null;
    if (collection instanceof RowType) {
      return "a field of a row is written with a dot, as in place.city";
    }
    return ofEvents == null || collection instanceof ArrayType || collection instanceof MapType
        ? "an array has places from 1, and a map has keys"
        : ofEvents;
  }

  /** A field of what an expression gives, such as an element of an array or a row that is cast. */
  Expression field(SqlCall call) {
    String name = ((SqlIdentifier) call.operand(1)).getSimple();
    if (call.operand(0) instanceof SqlCall item
        && item.getKind() == SqlKind.ITEM
        && scope.isStep(item.operand(0))) {
      return scope.stepAsArray(item.operand(0), name);
    }
    Expression row = checker.check(call.operand(0));
    if (row == null) {
      return null;
    }
    if (!(row.type() instanceof RowType type)) {
      errors.add(
          "unknown-field", call, "this is of type " + row.sqlType() + ", and has no fields", null);
      return null;
    }
    int index = type.getFieldIndex(name);
    if (index < 0) {
      errors.add(
          "unknown-field",
          call.operand(1),
          "`" + name + "` is not a field",
          Names.hint(name, "Fields", type.getFieldNames()));
      return null;
    }
    return Composite.field(row, name, index, type.getTypeAt(index));
  }

  Expression array(SqlCall call) {
    List<Expression> elements = checker.checkAll(call.getOperandList());
    if (elements == null) {
      return null;
    }
    Optional<LogicalType> type =
        elements.isEmpty() ? Optional.empty() : TypeCoercion.commonType(elements);
    if (type.isEmpty()) {
      errors.add("type-mismatch", call, "the elements of an array must be of one type", null);
      return null;
    }
    if (type.get().is(LogicalTypeRoot.NULL)) {
      return untyped(call);
    }
    return Composite.array(
        type.get(),
        elements.stream()
            .map(element -> coercion.coerce(element, type.get()))
            .toArray(Expression[]::new));
  }

  Expression map(SqlCall call) {
    List<Expression> entries = checker.checkAll(call.getOperandList());
    if (entries == null) {
      return null;
    }
    if (entries.size() % 2 != 0) {
      errors.add(
          "wrong-arguments", call, "a map has a value for each key", "such as MAP['a', 1, 'b', 2]");
      return null;
    }
    Optional<LogicalType> keys = entries.isEmpty() ? Optional.empty() : everySecond(entries, 0);
    Optional<LogicalType> values = entries.isEmpty() ? Optional.empty() : everySecond(entries, 1);
    if (keys.isEmpty() || values.isEmpty()) {
      errors.add("type-mismatch", call, "keys must be of one type, and values too", null);
      return null;
    }
    if (keys.get().is(LogicalTypeRoot.NULL) || values.get().is(LogicalTypeRoot.NULL)) {
      return untyped(call);
    }
    Expression[] coerced = new Expression[entries.size()];
    for (int i = 0; i < coerced.length; i++) {
      coerced[i] = coercion.coerce(entries.get(i), i % 2 == 0 ? keys.get() : values.get());
    }
    return Composite.map(keys.get(), values.get(), coerced);
  }

  private static Optional<LogicalType> everySecond(List<Expression> entries, int from) {
    List<Expression> chosen = new ArrayList<>();
    for (int i = from; i < entries.size(); i += 2) {
      chosen.add(entries.get(i));
    }
    return TypeCoercion.commonType(chosen);
  }

  Expression row(SqlCall call) {
    List<Expression> fields = checker.checkAll(call.getOperandList());
    if (fields == null) {
      return null;
    }
    return fields.stream().anyMatch(field -> field.type().is(LogicalTypeRoot.NULL))
        ? untyped(call)
        : Composite.row(fields.toArray(new Expression[0]));
  }

  private Expression untyped(SqlCall call) {
    errors.add(
        "type-mismatch",
        call,
        "a NULL in it has no type",
        "say its type, such as CAST(NULL AS STRING)");
    return null;
  }

  Expression cardinality(SqlCall call, List<Expression> arguments) {
    return arguments.size() == 1 && isCollection(arguments.get(0))
        ? Composite.cardinality(arguments.get(0))
        : errors.wrongArguments(call, "CARDINALITY", "CARDINALITY(array or map)", arguments);
  }

  Expression onlyElement(SqlCall call, List<Expression> arguments) {
    return arguments.size() == 1 && arguments.get(0).type() instanceof ArrayType type
        ? Composite.onlyElement(type, arguments.get(0))
        : errors.wrongArguments(call, "ELEMENT", "ELEMENT(array)", arguments);
  }

  private static boolean isCollection(Expression expression) {
    return expression.type() instanceof ArrayType || expression.type() instanceof MapType;
  }
}
