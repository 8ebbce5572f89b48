package org.pyflinkcep.matcher;

/**
 * What a match does to the others that began in it.
 *
 * @param kind which matches are dropped
 * @param step for {@code TO_FIRST} and {@code TO_LAST}, the step to skip to; else null
 * @param throwOnMiss whether a match without an event of that step fails the job
 */
public record SkipStrategy(Kind kind, String step, boolean throwOnMiss) {

  /** Named after the pattern document's words. */
  public enum Kind {
    NONE,
    TO_NEXT,
    PAST_LAST_EVENT,
    TO_FIRST,
    TO_LAST
  }

  static final SkipStrategy NONE = new SkipStrategy(Kind.NONE, null, false);
}
