package org.pyflinkcep.matcher;

import org.pyflinkcep.matcher.StepSpec.Clause;

/** What must hold for an event to be taken by a step, or to be passed over. */
final class StepGuards {

  private final ConditionNumbers conditionNumbers;

  StepGuards(ConditionNumbers conditionNumbers) {
    this.conditionNumbers = conditionNumbers;
  }

  Guard take(Place place) {
    return take(place.step(), place.group());
  }

  Guard take(StepSpec step, StepSpec group) {
    return unless(step(step), group == null ? null : until(group));
  }

  private Guard step(StepSpec step) {
    Guard guard = null;
    for (Clause clause : step.where()) {
      Guard holds = holds(step, clause.sql());
      guard =
          guard == null
              ? holds
              : clause.alternative() ? Guard.or(guard, holds) : Guard.and(guard, holds);
    }
    return guard == null ? Guard.ALWAYS : guard;
  }

  Guard until(StepSpec step) {
    return step.until() == null ? null : holds(step, step.until());
  }

  /** All parts of a condition. */
  private Guard holds(StepSpec step, String sql) {
    Guard guard = Guard.ALWAYS;
    for (int number : conditionNumbers.numbersOf(step, sql)) {
      guard = Guard.and(guard, new Guard.Holds(number));
    }
    return guard;
  }

  /** The same, for an event that does not come too late. */
  Guard inTime(Guard guard, Gap gap) {
    return gap == null ? guard : Guard.and(guard, new Guard.Holds(conditionNumbers.numberOf(gap)));
  }

  Guard always(Place place) {
    return place.group() == null ? Guard.ALWAYS : unless(Guard.ALWAYS, until(place.group()));
  }

  /** When an event may be passed over; null: never. */
  Guard ignore(Place place, Contiguity contiguity) {
    Guard guard =
        switch (contiguity) {
          case FOLLOWED_BY -> Guard.not(step(place.step()));
          case FOLLOWED_BY_ANY -> Guard.ALWAYS;
          default -> null;
        };
    return place.group() == null ? guard : unlessOrNever(guard, until(place.group()));
  }

  static Guard unlessOrNever(Guard guard, Guard until) {
    return guard == null ? null : unless(guard, until);
  }

  static Guard unless(Guard guard, Guard until) {
    return until == null ? guard : Guard.and(Guard.not(until), guard);
  }
}
