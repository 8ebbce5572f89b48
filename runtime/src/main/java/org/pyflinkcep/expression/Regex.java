package org.pyflinkcep.expression;

import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** A regular expression that fails on a text where it would take too long. */
final class Regex {

  /** A regular expression of which a step stands for more tries is refused. */
  private static final int MAX_WEIGHT = 4096;

  private static final int SHOWN = 60;

  private final Pattern pattern;
  private final int weight;

  private Regex(Pattern pattern, int weight) {
    this.pattern = pattern;
    this.weight = weight;
  }

  /**
   * Compiles a regular expression.
   *
   * @throws PatternSyntaxException if it is none, or one that is too complex
   */
  static Regex compile(String regex) {
    try {
      Pattern pattern = Pattern.compile(regex);
      double weight = RegexWeight.of(regex);
      if (weight > MAX_WEIGHT) {
        throw new TooComplex("It can match nothing in too many ways", regex);
      }
      return new Regex(pattern, (int) weight);
    } catch (StackOverflowError e) {
      throw new TooComplex("It is nested too deeply", regex);
    } catch (PatternSyntaxException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new TooComplex("It can't be read, " + e.getMessage(), regex);
    }
  }

  /** A regular expression that is one to Java, and may take too long. */
  private static final class TooComplex extends PatternSyntaxException {
    TooComplex(String description, String regex) {
      super(description, shown(regex), -1);
    }
  }

  /** Keeps the regular expression of an argument until it changes: of a constant, for ever. */
  static final class Cache {

    /** A text, and the regular expression that it is, or why it isn't one, or neither. */
    private record Entry(String source, Regex regex, TooComplex refusal) {}

    private Entry last = new Entry(null, null, null);

    /**
     * The regular expression, or null where the text is none.
     *
     * @throws EvaluationLimitException if it is one that may take too long
     */
    Regex get(String text) {
      Entry entry = last;
      if (!text.equals(entry.source)) {
        entry = entry(text);
        last = entry;
      }
      if (entry.refusal != null) {
        throw new EvaluationLimitException(
            "the regular expression '"
                + entry.refusal.getPattern()
                + "': "
                + entry.refusal.getDescription());
      }
      return entry.regex;
    }

    private static Entry entry(String text) {
      try {
        return new Entry(text, compile(text), null);
      } catch (TooComplex e) {
        return new Entry(text, null, e);
      } catch (PatternSyntaxException e) {
        return new Entry(text, null, null);
      }
    }
  }

  boolean find(String text, Budget budget) {
    return on(text, budget, Matcher::find);
  }

  boolean matches(String text, Budget budget) {
    return on(text, budget, Matcher::matches);
  }

  /** What the text is split into, as {@link String#split(String, int)} does. */
  String[] split(String text, int limit, Budget budget) {
    return on(text, budget, matcher -> pattern.split(new Watched(text, budget), limit));
  }

  /** What a matcher of the text gives. */
  <T> T on(String text, Budget budget, Function<Matcher, T> result) {
    try {
      Watched watched = new Watched(text, budget);
      watched.step();
      return result.apply(pattern.matcher(watched));
    } catch (StackOverflowError e) {
      throw tooLong(text.length());
    }
  }

  private EvaluationLimitException tooLong(int length) {
    return new EvaluationLimitException(
        "the regular expression '"
            + shown(pattern.pattern())
            + "' takes too long on a text of "
            + length
            + " characters: repeat nothing that itself repeats, as (a+)+ does, or shorten the text,"
            + " as with LEFT(text, 1000)");
  }

  private static String shown(String regex) {
    return regex.length() <= SHOWN ? regex : regex.substring(0, SHOWN) + "...";
  }

  /** A text that counts how often it is looked at. */
  private final class Watched implements CharSequence {
    private final String text;
    private final Budget budget;

    Watched(String text, Budget budget) {
      this.text = text;
      this.budget = budget;
    }

    @Override
    public char charAt(int index) {
      step();
      return text.charAt(index);
    }

    void step() {
      if (!budget.steps(weight)) {
        throw tooLong(text.length());
      }
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
