package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import org.apache.flink.table.api.TableRuntimeException;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.binary.BinaryStringData;

/**
 * The functions of regular expressions, with the results of Flink's own, which match without a
 * limit. The first argument is the text, and the second the regular expression. Where that is none
 * the result is NULL, or FALSE of REGEXP.
 */
final class RegexFunctions {

  private static final Regex COMMA = Regex.compile(",");
  private static final Regex EQUALS_SIGN = Regex.compile("=");

  private RegexFunctions() {}

  static Object find(Arguments a) {
    Regex regex = a.regex(1);
    return regex != null && !a.string(1).isEmpty() && regex.find(a.string(0), a.budget());
  }

  /** The group of the first match, or NULL where there is no such group. */
  static Object extract(Arguments a, int group) {
    Regex regex = a.regex(1);
    return regex == null
        ? null
        : regex.on(
            a.string(0),
            a.budget(),
            matcher ->
                group >= 0 && group <= matcher.groupCount() && matcher.find()
                    ? matcher.group(group)
                    : null);
  }

  /** The group of all matches. */
  static Object extractAll(Arguments a, long group) {
    Regex regex = a.regex(1);
    return regex == null || group < 0
        ? null
        : regex.on(
            a.string(0),
            a.budget(),
            matcher ->
                group <= matcher.groupCount()
                    ? extractAll(matcher, (int) group, a.budget())
                    : null);
  }

  private static GenericArrayData extractAll(Matcher matcher, int group, Budget budget) {
    List<Object> found = new ArrayList<>();
    while (matcher.find()) {
      String text = matcher.group(group);
      budget.make("REGEXP_EXTRACT_ALL", text == null ? 1 : text.length());
      found.add(BinaryStringData.fromString(text));
    }
    return new GenericArrayData(found.toArray());
  }

  static Object replace(Arguments a) {
    Regex regex = a.regex(1);
    String text = a.string(0);
    return regex == null
        ? null
        : regex.on(text, a.budget(), matcher -> replaced(text, matcher, a.string(2)));
  }

  private static String replaced(String text, Matcher matcher, String replacement) {
    StringBuilder replaced = new StringBuilder();
    int end = 0;
    while (matcher.find()) {
      Budget.limit("REGEXP_REPLACE", (long) replaced.length() + replacement.length());
      replaced.append(text, end, matcher.start()).append(replacement);
      end = matcher.end();
    }
    return replaced.append(text, end, text.length()).toString();
  }

  static Object count(Arguments a) {
    Regex regex = a.regex(1);
    return regex == null
        ? null
        : regex.on(
            a.string(0),
            a.budget(),
            matcher -> {
              int count = 0;
              while (matcher.find()) {
                count++;
              }
              return count;
            });
  }

  /** The place of the first match, from 1, or 0. */
  static Object position(Arguments a) {
    Regex regex = a.regex(1);
    return regex == null
        ? null
        : regex.on(a.string(0), a.budget(), matcher -> matcher.find() ? matcher.start() + 1 : 0);
  }

  /** The entries of a text such as {@code a=1,b=2}. */
  static Object map(Arguments a) {
    return map(a, COMMA, EQUALS_SIGN);
  }

  /** The entries of a text, for which regular expressions say what is between them. */
  static Object map(Arguments a, Regex betweenEntries, Regex betweenKeyAndValue) {
    if (betweenEntries == null || betweenKeyAndValue == null) {
      throw new TableRuntimeException("STR_TO_MAP with a text that is no regular expression");
    }
    Map<StringData, StringData> map = new LinkedHashMap<>();
    if (!a.string(0).isEmpty()) {
      for (String entry : betweenEntries.split(a.string(0), 0, a.budget())) {
        String[] parts = betweenKeyAndValue.split(entry, 2, a.budget());
        map.put(
            StringData.fromString(parts[0]),
            parts.length < 2 ? null : StringData.fromString(parts[1]));
      }
    }
    return new GenericMapData(map);
  }
}
