package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Evaluation;
import org.pyflinkcep.expression.Measure;

/** What is told of a match: named expressions over the events that it took. */
public final class Measures {

  private final CompiledRule rule;
  private final List<String> names;
  private final Measure[] measures;
  private final Evaluation evaluation = new Evaluation();

  /** The measures of a rule that has some. */
  public Measures(CompiledRule rule) {
    this.rule = rule;
    this.names = List.copyOf(rule.measures().keySet());
    this.measures = rule.measures().values().toArray(new Measure[0]);
  }

  /** What a measure is called where it has failed. */
  public static String location(String name) {
    return "measure `" + name + "`";
  }

  /** The columns: the measures by name. */
  public RowType type() {
    List<RowType.RowField> fields = new ArrayList<>();
    for (int i = 0; i < measures.length; i++) {
      fields.add(new RowType.RowField(names.get(i), measures[i].type()));
    }
    return new RowType(false, fields);
  }

  /**
   * The measures of a match. One that can't be evaluated is NULL, and the listener is told.
   *
   * @param newest the match's last event
   */
  public RowData evaluate(TakenEvent newest, MatchListener listener) {
    evaluation.taken = newest;
    evaluation.timestamp = newest.timestamp();
    GenericRowData row = new GenericRowData(measures.length);
    for (int column = 0; column < measures.length; column++) {
      try {
        row.setField(column, measures[column].evaluate(evaluation));
      } catch (RuntimeException failure) {
        listener.onFailure(rule, location(names.get(column)), newest.event(), failure);
      }
    }
    evaluation.taken = null;
    return row;
  }
}
