package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Evaluation;
import org.pyflinkcep.expression.Measure;

/** What is told of a match: named expressions over the events that it took. */
public final class Measures {

  private final CompiledRule rule;
  private final RowType type;
  private final Measure[] measures;
  private final Evaluation evaluation = new Evaluation();

  /** The measures of a rule that has some. */
  public Measures(CompiledRule rule) {
    this.rule = rule;
    List<RowType.RowField> fields = new ArrayList<>();
    for (Map.Entry<String, Measure> measure : rule.measures().entrySet()) {
      fields.add(new RowType.RowField(measure.getKey(), measure.getValue().type()));
    }
    this.type = new RowType(false, fields);
    this.measures = rule.measures().values().toArray(new Measure[0]);
  }

  public RowType type() {
    return type;
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
        listener.onFailure(rule, "measure `" + type.getFieldNames().get(column) + "`", failure);
      }
    }
    evaluation.taken = null;
    return row;
  }
}
