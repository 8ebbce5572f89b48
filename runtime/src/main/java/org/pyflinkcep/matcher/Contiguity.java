package org.pyflinkcep.matcher;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a step follows the one before it. */
public enum Contiguity {
  /** The first step. */
  BEGIN,
  /** The very next event. */
  NEXT,
  /** The next event that fits; others are passed over. */
  FOLLOWED_BY,
  /** Any later event that fits: each opens a match of its own. */
  FOLLOWED_BY_ANY,
  /** The very next event must not fit. */
  NOT_NEXT,
  /** No event before the following step may fit. */
  NOT_FOLLOWED_BY;

  /** The verb of a pattern document, which is the API's method: {@code followed_by}. */
  public String verb() {
    return name().toLowerCase(Locale.ROOT);
  }

  boolean isNegative() {
    return this == NOT_NEXT || this == NOT_FOLLOWED_BY;
  }

  static String verbs() {
    return Arrays.stream(values()).map(v -> "`" + v.verb() + "`").collect(Collectors.joining(", "));
  }
}
