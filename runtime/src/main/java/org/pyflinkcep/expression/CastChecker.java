package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.sql.SqlBasicTypeNameSpec;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlCollectionTypeNameSpec;
import org.apache.calcite.sql.SqlDataTypeSpec;
import org.apache.calcite.sql.SqlIntervalQualifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlMapTypeNameSpec;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlTypeNameSpec;
import org.apache.calcite.sql.SqlUserDefinedTypeNameSpec;
import org.apache.flink.sql.parser.type.ExtendedSqlRowTypeNameSpec;
import org.apache.flink.table.api.TableException;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.TimeType;
import org.apache.flink.table.types.logical.VarBinaryType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;

/** Checks CAST and TRY_CAST, and reads the types that an expression names. */
final class CastChecker {

  private final Checker checker;
  private final Casts casts;
  private final ExpressionErrors errors;

  CastChecker(Checker checker, Casts casts, ExpressionErrors errors) {
    this.checker = checker;
    this.casts = casts;
    this.errors = errors;
  }

  Expression check(SqlCall call) {
    Expression operand = checker.check(call.operand(0));
    Optional<LogicalType> target = target(call.operand(1));
    if (operand == null || target.isEmpty()) {
      return null;
    }
    if (!operand.type().is(LogicalTypeRoot.NULL)
        && !Casts.supported(operand.type(), target.get())) {
      errors.add(
          "type-mismatch",
          call,
          "can't cast " + operand.sqlType() + " to " + target.get().asSummaryString(),
          hint(operand.type(), target.get()));
      return null;
    }
    return call.getKind() == SqlKind.CAST
        ? casts.cast(operand, target.get())
        : casts.tryCast(operand, target.get());
  }

  private static String hint(LogicalType source, LogicalType target) {
    if (Temporal.isPoint(target) && source.is(LogicalTypeFamily.NUMERIC)) {
      return "a time since 1970 is TO_TIMESTAMP_LTZ(number, 3) in milliseconds, and (number, 0) in"
          + " seconds";
    }
    return Temporal.isPoint(source) && target.is(LogicalTypeFamily.NUMERIC)
        ? "a part of it is EXTRACT(... FROM ...), the time between two TIMESTAMPDIFF, and that of an"
            + " event in milliseconds ROWTIME()"
        : null;
  }

  private Optional<LogicalType> target(SqlNode node) {
    if (!(node instanceof SqlIntervalQualifier interval)) {
      return type((SqlDataTypeSpec) node);
    }
    if (!interval.isSingleDatetimeField()) {
      errors.add(
          "unknown-type",
          node,
          "`INTERVAL " + interval + "` is not a type to cast to",
          "such as INTERVAL SECOND or INTERVAL MONTH");
      return Optional.empty();
    }
    return Optional.of(interval.isYearMonth() ? Temporal.YEAR_MONTH : Temporal.DAY_TIME);
  }

  /** The type that is written, or none after an error was reported. */
  Optional<LogicalType> type(SqlDataTypeSpec spec) {
    return type(spec.getTypeNameSpec());
  }

  private Optional<LogicalType> type(SqlTypeNameSpec spec) {
    if (spec instanceof ExtendedSqlRowTypeNameSpec row) {
      List<RowType.RowField> fields = new ArrayList<>();
      for (int i = 0; i < row.getFieldNames().size(); i++) {
        String name = row.getFieldNames().get(i).getSimple();
        type(row.getFieldTypes().get(i))
            .ifPresent(type -> fields.add(new RowType.RowField(name, type)));
      }
      return fields.size() == row.getFieldNames().size()
          ? Optional.of(new RowType(fields))
          : Optional.empty();
    }
    if (spec instanceof SqlMapTypeNameSpec map) {
      Optional<LogicalType> values = type(map.getValType());
      return type(map.getKeyType()).flatMap(key -> values.map(value -> new MapType(key, value)));
    }
    if (spec instanceof SqlCollectionTypeNameSpec array
        && array.getTypeName().getSimple().equals("ARRAY")) {
      return type(array.getElementTypeName()).map(ArrayType::new);
    }
    if (spec instanceof SqlUserDefinedTypeNameSpec || spec instanceof SqlCollectionTypeNameSpec) {
      errors.add(
          "unknown-type", spec.getParserPos(), "`" + spec.getTypeName() + "` is not a type", null);
      return Optional.empty();
    }
    if (spec instanceof SqlBasicTypeNameSpec basic && basic.getPrecision() < 0) {
      // The type parser takes their length for 1, and Flink SQL for the greatest.
      switch (basic.getTypeName().getSimple()) {
        case "VARCHAR" -> {
          return Optional.of(VarCharType.STRING_TYPE);
        }
        case "VARBINARY" -> {
          return Optional.of(new VarBinaryType(VarBinaryType.MAX_LENGTH));
        }
        default -> {}
      }
    }
    String sql = new SqlDataTypeSpec(spec, spec.getParserPos()).toString();
    try {
      LogicalType type = LogicalTypeParser.parse(sql, getClass().getClassLoader());
      if (type.is(LogicalTypeFamily.PREDEFINED) && !type.is(LogicalTypeRoot.NULL)) {
        return Optional.of(
            type instanceof TimeType time && time.getPrecision() > Temporal.TIME_PRECISION
                ? new TimeType(Temporal.TIME_PRECISION)
                : type);
      }
      errors.add("unknown-type", spec.getParserPos(), "no value can be cast to " + sql, null);
    } catch (ValidationException | TableException e) {
      String reason = e.getMessage() == null ? "" : e.getMessage().lines().findFirst().orElse("");
      errors.add(
          "unknown-type", spec.getParserPos(), "`" + sql + "` is not a type: " + reason, null);
    }
    return Optional.empty();
  }
}
