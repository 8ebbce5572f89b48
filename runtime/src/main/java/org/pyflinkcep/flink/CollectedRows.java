package org.pyflinkcep.flink;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.table.api.ExplainDetail;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.internal.TableResultInternal;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.CloseableIterator;
import org.pyflinkcep.expression.Diagnostic;
import org.pyflinkcep.expression.PatternException;

/** {@code collect}: the rows of a table for Python, as JSON that loses nothing. */
public final class CollectedRows implements AutoCloseable {

  /** As much as is made ready at once: rows, and their characters. */
  private static final int ROWS = 10_000;

  private static final int CHARACTERS = 4_000_000;

  /** What the planner says of the changes that the query itself makes: its first operator. */
  private static final Pattern CHANGES = Pattern.compile("changelogMode=\\[([^]]*)]");

  private final RowJson json;
  private final CloseableIterator<RowData> rows;

  private CollectedRows(RowJson json, CloseableIterator<RowData> rows) {
    this.json = json;
    this.rows = rows;
  }

  /**
   * Starts a job that reads a table.
   *
   * @param updates whether rows may be updated and deleted
   * @throws PatternException with all columns of types that Python doesn't have, or where rows are
   *     updated that must not be
   */
  static CollectedRows of(Table table, boolean updates) {
    RowType type = (RowType) table.getResolvedSchema().toSourceRowDataType().getLogicalType();
    RowJson json = new RowJson(type);
    if (!updates) {
      checkInsertsOnly(table);
    }
    return new CollectedRows(json, ((TableResultInternal) table.execute()).collectInternal());
  }

  private static void checkInsertsOnly(Table table) {
    Matcher changes = CHANGES.matcher(table.explain(ExplainDetail.CHANGELOG_MODE));
    if (changes.find() && !changes.group(1).equals("I")) {
      throw new PatternException(
          List.of(
              new Diagnostic(
                  "updating-table",
                  "limit",
                  null,
                  0,
                  0,
                  0,
                  "the query updates or deletes rows: its first rows are not those that it ends with",
                  "leave `limit` away, so that the query runs to its end, or collect the rows before"
                      + " they are aggregated, joined or deduplicated")));
    }
  }

  /** The columns: their names and types. */
  public String type() {
    return json.describeType();
  }

  /**
   * Waits for rows.
   *
   * @param most how many at most
   * @return a line for each, which begins with + where it is added, and with - where one that was
   *     added is taken away; fewer than asked for where that would be much at once, none at the end
   */
  public String next(int most) {
    StringBuilder lines = new StringBuilder();
    int count = 0;
    while (count < Math.min(most, ROWS) && lines.length() < CHARACTERS && rows.hasNext()) {
      RowData row = rows.next();
      boolean added =
          row.getRowKind() == RowKind.INSERT || row.getRowKind() == RowKind.UPDATE_AFTER;
      lines.append(added ? '+' : '-');
      json.write(row, lines);
      lines.append('\n');
      count++;
    }
    return lines.toString();
  }

  /** Ends the job if it still runs. */
  @Override
  public void close() throws Exception {
    rows.close();
  }
}
