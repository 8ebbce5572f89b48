package org.pyflinkcep.flink;

import static org.apache.flink.table.types.logical.utils.LogicalTypeChecks.getPrecision;
import static org.apache.flink.table.types.logical.utils.LogicalTypeChecks.isRowtimeAttribute;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeUtils;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.Diagnostics;
import org.pyflinkcep.expression.Names;
import org.pyflinkcep.expression.TimeZones;

/**
 * The columns of the events, and the type of the time that their matches get.
 *
 * @param eventType the columns, without the mark of a time attribute
 * @param rowtimeType the type of the matches' {@code rowtime}: that of a table's own, and
 *     milliseconds in a stream
 * @param rowtimes the columns that are rowtime attributes
 * @param timeIsColumn whether the time of an event is one of its columns, as in a table
 */
record InputColumns(
    RowType eventType, LogicalType rowtimeType, List<String> rowtimes, boolean timeIsColumn) {

  private static final LogicalType DEFAULT_ROWTIME = new LocalZonedTimestampType(false, 3);

  /** Of a stream, whose time is not among its columns. */
  static InputColumns ofStream(RowType eventType) {
    return new InputColumns(eventType, new BigIntType(false), List.of(), false);
  }

  /** Of a table. */
  static InputColumns ofTable(ResolvedSchema schema) {
    List<RowType.RowField> fields = new ArrayList<>();
    List<String> rowtimes = new ArrayList<>();
    LogicalType rowtimeType = DEFAULT_ROWTIME;
    for (Column column : schema.getColumns()) {
      LogicalType declared = column.getDataType().getLogicalType();
      LogicalType type = LogicalTypeUtils.removeTimeAttributes(declared);
      fields.add(new RowType.RowField(column.getName(), type));
      if (isRowtimeAttribute(declared)) {
        rowtimes.add(column.getName());
        rowtimeType = type.copy(false);
      }
    }
    return new InputColumns(new RowType(false, fields), rowtimeType, rowtimes, true);
  }

  /**
   * The time zones of the events in a session.
   *
   * @param session the session's time zone
   */
  TimeZones zones(ZoneId session) {
    return rowtimeType.is(LogicalTypeRoot.TIMESTAMP_WITHOUT_TIME_ZONE)
        ? TimeZones.ofClock(session)
        : TimeZones.ofInstants(session);
  }

  /**
   * Reports a table whose rowtime attribute is missing, not the only one, or of another precision.
   */
  void checkRowtime(boolean eventTime, Diagnostics diagnostics) {
    if (rowtimes.size() > 1) {
      report(
          diagnostics,
          "several-rowtimes",
          "events",
          "the table has several rowtime attributes: `" + String.join("`, `", rowtimes) + "`",
          "keep one, and cast the others: CAST(`" + rowtimes.get(1) + "` AS TIMESTAMP_LTZ(3))");
    } else if (!timeIsColumn || !eventTime) {
      return;
    } else if (rowtimes.isEmpty()) {
      report(
          diagnostics,
          "no-rowtime",
          "events",
          "the table has no rowtime attribute, which time=\"event\" asks for",
          "declare a watermark on its time column, a TIMESTAMP(3) or TIMESTAMP_LTZ(3) (TO_TIMESTAMP"
              + " makes one of text), such as WATERMARK FOR ts AS ts - INTERVAL '5' SECOND, or pass"
              + " time=\"processing\"; a query that casts the column, or updates its rows, loses the"
              + " attribute");
    } else if (getPrecision(rowtimeType) != 3) {
      // Flink's way to a DataStream loses the time of such a row.
      report(
          diagnostics,
          "unsupported-type",
          "events",
          "the rowtime attribute `"
              + rowtimes.get(0)
              + "` is a "
              + rowtimeType.copy(true).asSummaryString()
              + ", not in milliseconds",
          "declare the watermark on a column that is cast to TIMESTAMP(3) or TIMESTAMP_LTZ(3)");
    }
  }

  /** Reports columns that can't be a key. */
  void checkKey(List<String> partitionBy, Diagnostics diagnostics) {
    checkKey("partition_by", partitionBy, diagnostics);
  }

  /**
   * Reports columns that can't be a key.
   *
   * @param location the argument that names them
   */
  void checkKey(String location, List<String> key, Diagnostics diagnostics) {
    Set<String> seen = new HashSet<>();
    for (String column : key) {
      if (!seen.add(column)) {
        report(
            diagnostics,
            "duplicate-column",
            location,
            "`" + column + "` is in the key already",
            "name each column once");
        continue;
      }
      int position = eventType.getFieldIndex(column);
      if (position < 0) {
        report(
            diagnostics,
            "unknown-column",
            location,
            "`" + column + "` is not a column",
            Names.hint(column, "Columns", eventType.getFieldNames()));
      } else if (!eventType.getTypeAt(position).is(LogicalTypeFamily.PREDEFINED)) {
        report(
            diagnostics,
            "unsupported-type",
            location,
            "`"
                + column
                + "` is a "
                + eventType.getTypeAt(position).asSummaryString()
                + ", which can't be a key",
            "select the part of it that identifies the key into a column of its own");
      }
    }
  }

  private static void report(
      Diagnostics diagnostics, String code, String location, String message, String hint) {
    diagnostics.add(new Diagnostic(code, location, null, 0, 0, 0, message, hint));
  }
}
