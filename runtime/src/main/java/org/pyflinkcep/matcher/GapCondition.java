package org.pyflinkcep.matcher;

import java.util.List;
import org.pyflinkcep.expression.Condition;
import org.pyflinkcep.expression.Evaluation;
import org.pyflinkcep.expression.Shortfall;
import org.pyflinkcep.expression.Taken;
import org.pyflinkcep.expression.Truth;
import org.pyflinkcep.expression.Verdict;

/** Whether the tested event comes soon enough after the last that was taken. */
record GapCondition(Gap gap) implements Condition {

  static final Verdict IN_TIME = new Verdict(Truth.TRUE, List.of(), Shortfall.NONE);

  @Override
  public boolean test(Evaluation evaluation) {
    Taken last = evaluation.taken;
    if (last == null) {
      return true;
    }
    long tooLate = last.timestamp() + gap.after(last.step());
    return tooLate < last.timestamp() || evaluation.timestamp < tooLate;
  }

  @Override
  public Verdict explain(Evaluation evaluation) {
    return test(evaluation) ? IN_TIME : new Verdict(Truth.FALSE, List.of(), new Shortfall(1, 1));
  }

  @Override
  public boolean refersToTaken() {
    return true;
  }

  @Override
  public List<Condition> parts() {
    return List.of(this);
  }

  @Override
  public String canonical() {
    return gap.toString();
  }
}
