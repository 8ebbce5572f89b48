package org.pyflinkcep.matcher;

import java.util.Arrays;

/** How many partial matches of a rule are open, by key group. */
final class OpenMatches {

  private int[] byGroup = {};

  void add(int group, int more) {
    if (group >= byGroup.length) {
      byGroup = Arrays.copyOf(byGroup, group + 1);
    }
    byGroup[group] += more;
  }

  /** Groups after the last have none. */
  int[] byGroup() {
    return byGroup;
  }
}
