package org.pyflinkcep.flink;

import java.util.List;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.util.OutputTag;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.PatternException;
import org.pyflinkcep.matcher.RuleReader;

/**
 * The rows of the status output: the rules that a job begins with, what became of an update, or
 * went wrong with a rule.
 */
final class StatusRows {

  /** The columns of the status output; {@code at} is the time by the clock. */
  static final RowType TYPE =
      RowType.of(
          false,
          new LogicalType[] {
            new VarCharType(VarCharType.MAX_LENGTH),
            new BigIntType(),
            new VarCharType(false, VarCharType.MAX_LENGTH),
            new VarCharType(VarCharType.MAX_LENGTH),
            new VarCharType(VarCharType.MAX_LENGTH),
            new LocalZonedTimestampType(false, 3)
          },
          new String[] {"rule_id", "rule_version", "outcome", "message", "errors", "at"});

  static final OutputTag<RowData> OUTPUT = new OutputTag<>("status", InternalTypeInfo.of(TYPE));

  private StatusRows() {}

  static RowData of(String id, Long version, String outcome, String message) {
    return row(id, version, outcome, message, null);
  }

  /** Of an update that was refused, with its errors. */
  static RowData rejected(String id, Long version, List<Diagnostic> errors) {
    return withErrors(id, version, "rejected", errors);
  }

  /** Of an update whose version is not higher than the one that stays. */
  static RowData notRaised(RuleReader.Rule rule, long present) {
    String id = rule.document().id();
    long version = rule.document().version();
    return rejected(
        id,
        version,
        List.of(
            rule.diagnostic(
                "version",
                "version-not-raised",
                "version %d of `%s` is not newer than version %d, which stays"
                    .formatted(version, id, present),
                "raise the version to " + (present + 1))));
  }

  /** Of a rule of a restored job that the events have no columns for any more. */
  static RowData leftOut(String id, long version, List<Diagnostic> errors) {
    return withErrors(id, version, "left_out", errors);
  }

  private static RowData withErrors(
      String id, Long version, String outcome, List<Diagnostic> errors) {
    PatternException exception = new PatternException(errors);
    return row(id, version, outcome, exception.getMessage(), exception.toJson());
  }

  private static RowData row(
      String id, Long version, String outcome, String message, String errors) {
    return GenericRowData.of(
        StringData.fromString(id),
        version,
        StringData.fromString(outcome),
        StringData.fromString(message),
        StringData.fromString(errors),
        TimestampData.fromEpochMillis(System.currentTimeMillis()));
  }
}
