package org.pyflinkcep.expression;

import java.util.List;

/** A boolean SQL expression over the event under test and the events taken before it. */
public interface Condition {

  /**
   * Whether the expression is TRUE: neither FALSE nor NULL.
   *
   * @throws RuntimeException where the expression can't be evaluated on this event, such as a cast
   *     of text that is no number, or a division by zero
   */
  boolean test(Evaluation evaluation);

  /** The value of the expression, and which of its parts decided it. Fails on no event. */
  Verdict explain(Evaluation evaluation);

  /** Whether the result depends on the events taken before, and not on the tested event alone. */
  boolean refersToTaken();

  /**
   * Conditions of which all hold exactly where this one does: what the tested event alone decides
   * comes first.
   */
  List<Condition> parts();

  /** The expression in one canonical spelling: equal texts mean equal conditions. */
  String canonical();

  /**
   * What the fields of the tested event must be for the condition to be TRUE: all of it. It follows
   * from comparisons of fields with constants, IN, BETWEEN, LIKE with a prefix and the like, as the
   * condition joins them by AND, OR and NOT.
   */
  default List<Constraint> constraints() {
    return List.of();
  }
}
