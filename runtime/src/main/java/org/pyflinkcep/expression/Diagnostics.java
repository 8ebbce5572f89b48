package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a pattern, so that all of it can be reported at once. */
public final class Diagnostics {

  private final List<Diagnostic> diagnostics = new ArrayList<>();

  public void add(Diagnostic diagnostic) {
    diagnostics.add(diagnostic);
  }

  /** The diagnostics so far, in the order in which they were found. */
  public List<Diagnostic> list() {
    return List.copyOf(diagnostics);
  }

  /**
   * Reports all the diagnostics at once.
   *
   * @throws PatternException if there are any
   */
  public void throwIfAny() {
    if (!diagnostics.isEmpty()) {
      throw new PatternException(diagnostics);
    }
  }
}
