package org.pyflinkcep.matcher;

/** Where the key that is looked at stands among all keys. */
public final class KeyPlace {

  /** Which of {@link KeyMatcher#SLICES} slices of the keys it is in. */
  public int slice;

  /** Its key group, counted from the task's first. */
  public int group;
}
