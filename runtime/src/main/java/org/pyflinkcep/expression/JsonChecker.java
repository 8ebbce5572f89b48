package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlDataTypeSpec;
import org.apache.calcite.sql.SqlJsonEmptyOrError;
import org.apache.calcite.sql.SqlJsonValueEmptyOrErrorBehavior;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.VarCharType;

/** Checks the JSON functions of SQL, whose clauses stand among their operands. */
final class JsonChecker {

  private static final LogicalType TEXTS = new ArrayType(VarCharType.STRING_TYPE);

  /** Where the type stands among the operands of JSON_QUERY. */
  private static final int RETURNING = 5;

  private final Checker checker;
  private final CastChecker casts;
  private final TypeCoercion coercion;
  private final ExpressionErrors errors;

  JsonChecker(Checker checker, CastChecker casts, TypeCoercion coercion, ExpressionErrors errors) {
    this.checker = checker;
    this.casts = casts;
    this.coercion = coercion;
    this.errors = errors;
  }

  /** IS JSON, IS NOT JSON ARRAY and so on. */
  Expression is(SqlCall call) {
    Expression text = checker.text(call.operand(0));
    return text == null ? null : Json.is(call.getOperator().getName(), text);
  }

  Expression value(SqlCall call) {
    Expression json = checker.text(call.operand(0));
    Expression path = path(call.operand(1));
    Json.Clauses clauses = new Json.Clauses();
    boolean valid = json != null && path != null;
    List<SqlNode> operands = call.getOperandList();
    for (int i = 2; i < operands.size(); i++) {
      if (operands.get(i) instanceof SqlDataTypeSpec spec) {
        Optional<LogicalType> type = casts.type(spec).filter(known -> canReturn(known, spec));
        valid &= type.isPresent();
        clauses.returning = type.orElse(clauses.returning);
      } else if (operands.get(i) instanceof SqlLiteral literal
          && literal.getValue() instanceof SqlJsonEmptyOrError when) {
        SqlNode before = operands.get(i - 1);
        Object behaviour = before instanceof SqlLiteral word ? word.getValue() : null;
        boolean isDefault = !(behaviour instanceof SqlJsonValueEmptyOrErrorBehavior);
        Expression value = isDefault ? checker.check(before) : null;
        valid &= !isDefault || value != null && isOfType(value, clauses.returning, before);
        clauses.on(when.name(), isDefault ? "DEFAULT" : behaviour.toString(), value);
      }
    }
    return valid ? Json.value(json, path, clauses, coercion) : null;
  }

  private boolean canReturn(LogicalType type, SqlNode node) {
    boolean can =
        switch (type.getTypeRoot()) {
          case VARCHAR, BOOLEAN, INTEGER, DOUBLE -> true;
          default -> false;
        };
    if (!can) {
      errors.add(
          "type-mismatch",
          node,
          "JSON_VALUE can't return " + type.asSummaryString(),
          "it returns STRING, BOOLEAN, INT or DOUBLE: CAST that");
    }
    return can;
  }

  private boolean isOfType(Expression value, LogicalType type, SqlNode node) {
    if (value.type().is(LogicalTypeRoot.NULL) || Casts.supported(value.type(), type)) {
      return true;
    }
    errors.add(
        "type-mismatch",
        node,
        "the default is " + value.sqlType() + ", and the value " + type.asSummaryString(),
        null);
    return false;
  }

  Expression query(SqlCall call) {
    Expression json = checker.text(call.operand(0));
    Expression path = path(call.operand(1));
    Optional<LogicalType> type = queried(call);
    if (json == null || path == null || type.isEmpty()) {
      return null;
    }
    return Json.query(
        json,
        path,
        type.get(),
        symbol(call.operand(2)).replace("WITH_", ""),
        symbol(call.operand(3)),
        symbol(call.operand(4)));
  }

  /** What a query gives: a text, or the texts of an array, or none after an error was reported. */
  private Optional<LogicalType> queried(SqlCall call) {
    if (call.operandCount() <= RETURNING
        || !(call.operand(RETURNING) instanceof SqlDataTypeSpec spec)) {
      return Optional.of(VarCharType.STRING_TYPE);
    }
    Optional<LogicalType> type = casts.type(spec);
    if (type.isEmpty() || type.get().equals(VarCharType.STRING_TYPE) || type.get().equals(TEXTS)) {
      return type;
    }
    errors.add(
        "type-mismatch",
        call,
        "JSON_QUERY can't return " + type.get().asSummaryString(),
        "it returns STRING or ARRAY<STRING>: CAST its elements");
    return Optional.empty();
  }

  Expression exists(SqlCall call) {
    Expression json = checker.text(call.operand(0));
    Expression path = path(call.operand(1));
    if (json == null || path == null) {
      return null;
    }
    return Json.exists(json, path, call.operandCount() > 2 ? symbol(call.operand(2)) : "FALSE");
  }

  Expression string(SqlCall call) {
    if (call.operandCount() != 1) {
      return errors.wrongArguments(call, "JSON_STRING", "JSON_STRING(value)", List.of());
    }
    SqlNode value = call.operand(0);
    Expression text = json(value);
    return text != null && text.type().is(LogicalTypeRoot.NULL)
        ? new Constant("JSON_STRING(NULL)", VarCharType.STRING_TYPE, null)
        : text;
  }

  /**
   * A value as JSON, or NULL without a type. What JSON_OBJECT and JSON_ARRAY make is JSON already.
   */
  Expression json(SqlNode node) {
    Expression operand = isConstructor(node) ? constructed((SqlCall) node) : checker.check(node);
    if (operand == null || !isJson(operand, node)) {
      return null;
    }
    return operand.type().is(LogicalTypeRoot.NULL) ? operand : JsonConstructors.string(operand);
  }

  /** JSON_OBJECT and JSON_ARRAY; JSON stands inside them alone. */
  Expression constructed(SqlCall call) {
    if (Checker.name(call).equals("JSON")) {
      errors.add(
          "wrong-place",
          call,
          "JSON(text) stands inside JSON_OBJECT and JSON_ARRAY alone",
          "such as JSON_OBJECT(KEY 'payment' VALUE JSON(text))");
      return null;
    }
    boolean object = Checker.name(call).equals("JSON_OBJECT");
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    boolean valid = true;
    for (int i = 1; i < call.operandCount(); i++) {
      if (object) {
        Expression key = checker.text(call.operand(i++));
        keys.add(key);
        valid &= key != null;
      }
      Expression value = element(call.operand(i));
      values.add(value);
      valid &= value != null && isJson(value, call.operand(i));
    }
    boolean nulls = symbol(call.operand(0)).equals("NULL_ON_NULL");
    return valid ? JsonConstructors.of(object ? keys : null, values, nulls) : null;
  }

  /** A value inside a constructor: what is JSON stays JSON there. */
  private Expression element(SqlNode node) {
    if (isConstructor(node)) {
      return constructed((SqlCall) node);
    }
    if (!(node instanceof SqlCall call && Checker.name(call).equals("JSON"))) {
      return checker.check(node);
    }
    if (call.operandCount() != 1) {
      return errors.wrongArguments(call, "JSON", "JSON(text)", List.of());
    }
    Expression text = checker.text(call.operand(0));
    return text == null ? null : JsonConstructors.json(text);
  }

  private static boolean isConstructor(SqlNode node) {
    return node instanceof SqlCall call
        && (Checker.name(call).equals("JSON_OBJECT") || Checker.name(call).equals("JSON_ARRAY"));
  }

  private boolean isJson(Expression value, SqlNode node) {
    if (value.type().is(LogicalTypeRoot.NULL) || JsonConstructors.supports(value.type())) {
      return true;
    }
    errors.add(
        "type-mismatch",
        node,
        "JSON has no " + value.sqlType(),
        "CAST it to STRING; the keys of a map must be texts");
    return false;
  }

  private Expression path(SqlNode node) {
    Expression path = checker.text(node);
    if (path instanceof Constant constant && constant.value() != null) {
      try {
        Json.path(constant.value());
      } catch (EvaluationLimitException e) {
        errors.add("bad-pattern", node, e.getMessage(), null);
        return null;
      }
    }
    return path;
  }

  private static String symbol(SqlNode node) {
    return ((Enum<?>) ((SqlLiteral) node).getValue()).name();
  }
}
