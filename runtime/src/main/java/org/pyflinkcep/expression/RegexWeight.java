package org.pyflinkcep.expression;

/**
 * In how many ways a regular expression can match nothing at one place of a text.
 *
 * <p>Java's matcher tries all of them where what follows fails, and at the end of a text it doesn't
 * look at a character for that: so {@code (|)} forty times over, with something that can't match
 * after it, takes years on the shortest text without a single step that {@link Regex} could count.
 * This number, and it is an upper bound, says how many such tries a step may stand for.
 */
final class RegexWeight {

  /**
   * @param empty in how many ways the whole matches nothing
   * @param rest in how many ways what is left of it does, after it has matched a part
   */
  private record Ways(double empty, double rest) {
    static final Ways CHARACTER = new Ways(0, 1);
    static final Ways PLACE = new Ways(1, 1);

    double most() {
      return Math.max(1, Math.max(empty, rest));
    }
  }

  private final String regex;
  private int position;

  private RegexWeight(String regex) {
    this.regex = regex;
  }

  /**
   * @param regex a regular expression that Java can compile
   * @throws IllegalArgumentException if it uses flag x, with which it would read otherwise
   */
  static double of(String regex) {
    return new RegexWeight(regex).alternatives().most();
  }

  private Ways alternatives() {
    double empty = 0;
    double rest = 1;
    while (true) {
      Ways sequence = sequence();
      empty += sequence.empty;
      rest = Math.max(rest, sequence.rest);
      if (!at('|')) {
        return new Ways(empty, rest);
      }
      position++;
    }
  }

  private Ways sequence() {
    double empty = 1;
    double rest = 1;
    while (position < regex.length() && !at('|') && !at(')')) {
      Ways next = quantified(atom());
      empty *= next.empty;
      rest *= next.most();
    }
    return new Ways(empty, rest);
  }

  private Ways quantified(Ways atom) {
    Ways ways = atom;
    while (at('?') || at('*') || at('+') || at('{')) {
      ways = repeated(ways, fewest());
      if (at('?') || at('+')) {
        position++;
      }
    }
    return ways;
  }

  /** The least number of repetitions that the quantifier at this place asks for. */
  private int fewest() {
    char quantifier = regex.charAt(position++);
    if (quantifier != '{') {
      return quantifier == '+' ? 1 : 0;
    }
    int end = regex.indexOf('}', position);
    String[] bounds = regex.substring(position, end).split(",", 2);
    position = end + 1;
    return Integer.parseInt(bounds[0].trim());
  }

  private static Ways repeated(Ways body, int fewest) {
    double required =
        fewest == 0 ? 1 : Math.max(Math.pow(body.empty, fewest), body.empty > 0 ? fewest : 0);
    double optional = 1 + body.empty;
    return new Ways(required * optional, body.rest * Math.max(1, required) * optional);
  }

  private Ways atom() {
    char next = regex.charAt(position++);
    return switch (next) {
      case '(' -> group();
      case '[' -> {
        skipClass();
        yield Ways.CHARACTER;
      }
      case '\\' -> escape();
      case '^', '$' -> Ways.PLACE;
      default -> Ways.CHARACTER;
    };
  }

  private Ways group() {
    boolean around = false;
    if (at('?')) {
      position++;
      char kind = regex.charAt(position);
      around = kind == '=' || kind == '!';
      if (kind == '<') {
        char second = regex.charAt(position + 1);
        around = second == '=' || second == '!';
        position = around ? position + 2 : regex.indexOf('>', position) + 1;
      } else if (around || kind == '>') {
        position++;
      } else {
        while (!at(':') && !at(')')) {
          if (at('x')) {
            throw new IllegalArgumentException("the flag x is not supported");
          }
          position++;
        }
        if (at(')')) {
          position++;
          return Ways.PLACE;
        }
        position++;
      }
    }
    Ways ways = alternatives();
    position++;
    return around ? new Ways(ways.most(), 1) : ways;
  }

  private Ways escape() {
    char escaped = regex.charAt(position++);
    if (escaped == 'Q') {
      int end = regex.indexOf("\\E", position);
      position = end < 0 ? regex.length() : end + 2;
      return Ways.CHARACTER;
    }
    if (escaped == 'k') {
      position = regex.indexOf('>', position) + 1;
      return Ways.PLACE;
    }
    if ("xpPN".indexOf(escaped) >= 0 && at('{')) {
      position = regex.indexOf('}', position) + 1;
      return Ways.CHARACTER;
    }
    return "bBAGzZ123456789".indexOf(escaped) >= 0 ? Ways.PLACE : Ways.CHARACTER;
  }

  private void skipClass() {
    if (at('^')) {
      position++;
    }
    boolean empty = true;
    while (empty || !at(']')) {
      char next = regex.charAt(position++);
      if (next == '[') {
        skipClass();
      } else if (next == '\\') {
        escape();
      }
      empty = false;
    }
    position++;
  }

  private boolean at(char c) {
    return position < regex.length() && regex.charAt(position) == c;
  }
}
