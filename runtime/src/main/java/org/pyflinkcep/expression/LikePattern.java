package org.pyflinkcep.expression;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.functions.SqlLikeUtils;

/**
 * A pattern of LIKE: texts with {@code _} in place of one character, and {@code %} between them.
 *
 * <p>It is matched on the bytes of UTF-8. Each text between two {@code %} is put where it fits
 * first, which is never wrong: so no way is tried twice. As in Flink, {@code _} is no line break.
 */
final class LikePattern {

  /** In place of a byte: any character. */
  private static final int ANY = 256;

  private final String source;

  /** The texts between {@code %}, as bytes and {@link #ANY}: empty ones at the ends too. */
  private final int[][] parts;

  private LikePattern(String source, int[][] parts) {
    this.source = source;
    this.parts = parts;
  }

  /**
   * @param escape the escape character, or null
   * @throws RuntimeException if the escape character is none, or is followed by another character
   *     than itself, {@code _} and {@code %}
   */
  static LikePattern compile(String pattern, String escape) {
    SqlLikeUtils.sqlToRegexLike(pattern, escape);
    char escaping = escape == null ? 0 : escape.charAt(0);
    List<int[]> parts = new ArrayList<>();
    List<Integer> part = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char next = pattern.charAt(i);
      if (next == escaping) {
        text.append(pattern.charAt(++i));
      } else if (next != '_' && next != '%') {
        text.append(next);
      } else {
        addBytes(text, part);
        if (next == '_') {
          part.add(ANY);
        } else {
          parts.add(part.stream().mapToInt(Integer::intValue).toArray());
          part.clear();
        }
      }
    }
    addBytes(text, part);
    parts.add(part.stream().mapToInt(Integer::intValue).toArray());
    return new LikePattern(pattern, parts.toArray(new int[0][]));
  }

  private static void addBytes(StringBuilder text, List<Integer> part) {
    for (byte next : text.toString().getBytes(StandardCharsets.UTF_8)) {
      part.add(next & 0xff);
    }
    text.setLength(0);
  }

  /** How all texts begin that match: the bytes before the first {@code _} or {@code %}. */
  byte[] prefix() {
    int[] first = parts[0];
    int length = 0;
    while (length < first.length && first[length] != ANY) {
      length++;
    }
    byte[] prefix = new byte[length];
    for (int i = 0; i < length; i++) {
      prefix[i] = (byte) first[i];
    }
    return prefix;
  }

  /** Whether it is a text without {@code _} and {@code %}. */
  boolean isText() {
    return parts.length == 1 && prefix().length == parts[0].length;
  }

  /**
   * Whether the text matches.
   *
   * @throws EvaluationLimitException if it takes too long to say
   */
  boolean matches(BinaryStringData text, Budget budget) {
    MemorySegment[] segments = text.getSegments();
    if (segments.length == 1 && !segments[0].isOffHeap()) {
      int offset = text.getOffset();
      return matches(segments[0].getArray(), offset, offset + text.getSizeInBytes(), budget);
    }
    byte[] bytes = text.toBytes();
    return matches(bytes, 0, bytes.length, budget);
  }

  private boolean matches(byte[] text, int from, int to, Budget budget) {
    int begin = end(parts[0], text, from, to);
    if (begin < 0 || parts.length == 1) {
      return begin == to;
    }
    int end = start(parts[parts.length - 1], text, begin, to);
    for (int i = 1; i < parts.length - 1 && begin <= end; i++) {
      begin = endOfFirst(parts[i], text, begin, end, budget);
    }
    return begin <= end;
  }

  /** The end of a part that begins at a place, or else -1 less how many bytes of it fit. */
  private static int end(int[] part, byte[] text, int from, int to) {
    int place = from;
    for (int i = 0; i < part.length; i++) {
      int next = -1;
      if (place < to) {
        next = part[i] == ANY ? characterEnd(text, place, to) : place + 1;
      }
      if (next < 0 || part[i] != ANY && part[i] != (text[place] & 0xff)) {
        return -1 - i;
      }
      place = next;
    }
    return place;
  }

  /** The start of a part that ends with the text, or -1. */
  private static int start(int[] part, byte[] text, int from, int to) {
    int place = to;
    for (int i = part.length - 1; i >= 0; i--) {
      int last = place - 1;
      while (part[i] == ANY && last > from && continues(text[last])) {
        last--;
      }
      if (last < from
          || (part[i] == ANY
              ? characterEnd(text, last, place) != place
              : part[i] != (text[last] & 0xff))) {
        return -1;
      }
      place = last;
    }
    return place;
  }

  /** The end of a part where it first fits, or a place behind all. */
  private int endOfFirst(int[] part, byte[] text, int from, int to, Budget budget) {
    for (int place = from; place + part.length <= to || part.length == 0; place++) {
      if (part.length > 0 && part[0] == ANY && continues(text[place])) {
        continue;
      }
      int end = end(part, text, place, to);
      if (end >= 0) {
        return end;
      }
      if (!budget.steps(-end)) {
        throw new EvaluationLimitException(
            "LIKE takes too long to look for '"
                + source
                + "' in a text of "
                + (to - from)
                + " bytes: shorten either");
      }
    }
    return Integer.MAX_VALUE;
  }

  /** The end of the character that begins at a place, or -1 where that is a line break. */
  private static int characterEnd(byte[] text, int from, int to) {
    int first = text[from] & 0xff;
    if (first < 0x80) {
      return first == '\n' || first == '\r' ? -1 : from + 1;
    }
    int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    int end = from + 1;
    int character = first;
    while (end < to && end < from + length && continues(text[end])) {
      character = character << 8 | text[end++] & 0xff;
    }
    return isLineBreak(character) ? -1 : end;
  }

  /** Whether the bytes of a character, as one number, are those of NEL, LS or PS. */
  private static boolean isLineBreak(int character) {
    return character == 0xc285 || character == 0xe280a8 || character == 0xe280a9;
  }

  /** Whether a byte of UTF-8 is not the first one of its character. */
  private static boolean continues(byte next) {
    return (next & 0xc0) == 0x80;
  }
}
