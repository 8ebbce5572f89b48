package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.pyflinkcep.expression.Diagnostics;

/**
 * A pattern as it was written: its steps in order, and what a match does to others.
 *
 * @param steps the steps; a group is one of them
 * @param skip what a match does to those that began in it
 */
public record PatternSpec(List<StepSpec> steps, SkipStrategy skip) {

  /**
   * Reads a pattern document, and reports all that is wrong with it.
   *
   * @return the pattern, or null where it could not be read at all
   */
  public static PatternSpec fromJson(JsonNode document, Diagnostics diagnostics) {
    PatternSpec pattern = new PatternReader(diagnostics).read(document);
    if (pattern != null) {
      new PatternRestrictions(diagnostics).check(pattern);
    }
    return pattern;
  }

  /**
   * The names of all steps, those in groups among them, in the order in which they were written.
   */
  public List<String> stepNames() {
    List<String> names = new ArrayList<>();
    addNames(steps, names);
    return names;
  }

  private static void addNames(List<StepSpec> steps, List<String> names) {
    for (StepSpec step : steps) {
      if (step.isGroup()) {
        addNames(step.group(), names);
      } else {
        names.add(step.name());
      }
    }
  }
}
