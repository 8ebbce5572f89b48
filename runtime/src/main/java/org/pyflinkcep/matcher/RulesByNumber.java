package org.pyflinkcep.matcher;

import java.util.Arrays;

/**
 * Rules by their numbers, which rise with each version: in pages, so that what thousands of
 * versions leave behind is next to nothing. Read by the thread that reports metrics, too.
 */
final class RulesByNumber {

  private static final int PAGE = 1024;

  private RuleMatcher[][] pages = {};

  /** The rule of a number; null where it is gone. */
  RuleMatcher get(int number) {
    RuleMatcher[][] all = pages;
    int page = number / PAGE;
    if (page >= all.length) {
      return null;
    }
    RuleMatcher[] rules = all[page];
    return rules == null ? null : rules[number % PAGE];
  }

  void put(RuleMatcher rule) {
    int page = rule.number() / PAGE;
    if (page >= pages.length) {
      pages = Arrays.copyOf(pages, page + 1);
    }
    if (pages[page] == null) {
      pages[page] = new RuleMatcher[PAGE];
    }
    pages[page][rule.number() % PAGE] = rule;
  }

  /** Takes a rule away, and gives it. */
  RuleMatcher remove(int number) {
    RuleMatcher[] rules = pages[number / PAGE];
    RuleMatcher removed = rules[number % PAGE];
    rules[number % PAGE] = null;
    if (Arrays.stream(rules).allMatch(rule -> rule == null)) {
      pages[number / PAGE] = null;
    }
    return removed;
  }

  /** How many rules there is room for. */
  int capacity() {
    return (int) Arrays.stream(pages).filter(page -> page != null).count() * PAGE;
  }
}
