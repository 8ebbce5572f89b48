package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
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

  /** The longest time from a match's first event to its last, in ms; null: no limit. */
  Long window() {
    return window(steps);
  }

  private static Long window(List<StepSpec> steps) {
    Long shortest = null;
    for (StepSpec step : steps) {
      shortest = shorter(shortest, step.within());
      shortest = step.isGroup() ? shorter(shortest, window(step.group())) : shortest;
    }
    return shortest;
  }

  private static Long shorter(Long a, Long b) {
    return a == null ? b : b == null ? a : Long.valueOf(Math.min(a, b));
  }

  /**
   * A text that tells this pattern from others, however it was written down: state that was written
   * under one pattern is of no use to another. It says what is not as by default, so that it stays
   * when patterns come to have more to them.
   */
  public String fingerprint() {
    StringJoiner text = new StringJoiner(" ");
    if (skip.kind() != SkipStrategy.Kind.NONE) {
      text.add("skip " + skip.kind());
    }
    if (skip.step() != null) {
      text.add(quoted(skip.step()));
    }
    if (skip.throwOnMiss()) {
      text.add("or throw");
    }
    return text.add(fingerprint(steps)).toString();
  }

  private static String fingerprint(List<StepSpec> steps) {
    StringJoiner text = new StringJoiner(" ", "(", ")");
    for (StepSpec step : steps) {
      text.add(step.contiguity().verb());
      text.add(step.isGroup() ? fingerprint(step.group()) : quoted(step.name()));
      for (StepSpec.Clause clause : step.where()) {
        text.add((clause.alternative() ? "or " : "where ") + quoted(clause.sql()));
      }
      if (step.times() != null) {
        text.add("times " + step.times().min() + ".." + (step.isLoop() ? "" : step.times().max()));
        addWindow("times_within", step.times().within(), text);
      }
      if (step.inner() != StepSpec.Inner.RELAXED) {
        text.add(step.inner().name());
      }
      if (step.optional()) {
        text.add("optional");
      }
      if (step.greedy()) {
        text.add("greedy");
      }
      if (step.until() != null) {
        text.add("until " + quoted(step.until()));
      }
      addWindow("within", step.within(), text);
      addWindow("within_previous", step.withinPrevious(), text);
    }
    return text.toString();
  }

  private static void addWindow(String name, Long milliseconds, StringJoiner text) {
    if (milliseconds != null) {
      text.add(name + " " + milliseconds);
    }
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
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
