package org.pyflinkcep.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TimeZone;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.functions.SqlLikeUtils;
import org.apache.flink.table.runtime.functions.SqlFunctionUtils;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares LIKE and the functions of regular expressions with Flink's own, on random texts. */
class PatternsTest {

  private static String random(Random random, int length, String... parts) {
    return IntStream.range(0, random.nextInt(length))
        .mapToObj(i -> parts[random.nextInt(parts.length)])
        .collect(Collectors.joining());
  }

  private static BinaryStringData text(String text) {
    return BinaryStringData.fromString(text);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void like_matches_what_flink_matches(long seed) {
    Random random = new Random(seed);
    int matches = 0;
    for (int i = 0; i < 50_000; i++) {
      String[] texts = {"a", "b", "é", "\u2028", "\u0085", "\n", "😀", "%", "_", "x", "日"};
      String text = random(random, 9, random.nextBoolean() ? Arrays.copyOf(texts, 3) : texts);
      String pattern = random(random, 7, "a", "b", "é", "%", "%", "_", "_", "😀", ".", "x%", "x_");
      String escape = random.nextInt(4) == 0 ? "x" : null;
      if (escape != null && !isValid(pattern)) {
        continue;
      }
      boolean expected =
          escape == null
              ? SqlLikeUtils.like(text, pattern)
              : SqlLikeUtils.like(text, pattern, escape);
      LikePattern like = LikePattern.compile(pattern, escape);
      matches += expected ? 1 : 0;
      assertThat(like.matches(text(text), new Budget()))
          .as("'%s' LIKE '%s' ESCAPE %s", text, pattern, escape)
          .isEqualTo(expected);
      assertThat(!expected || startsWith(text(text).toBytes(), like.prefix())).isTrue();
    }
    assertThat(matches).isGreaterThan(2_000);
  }

  private static boolean isValid(String pattern) {
    return pattern.replaceAll("x[x%_]", "").indexOf('x') < 0;
  }

  private static boolean startsWith(byte[] text, byte[] prefix) {
    return Arrays.equals(prefix, Arrays.copyOf(text, Math.min(text.length, prefix.length)));
  }

  private static Arguments arguments(Object... values) {
    Object[] internal =
        Arrays.stream(values).map(v -> v instanceof String text ? text(text) : v).toArray();
    Regex.Cache[] regexes = new Regex.Cache[values.length];
    Arrays.setAll(regexes, i -> new Regex.Cache());
    return new Arguments(internal, TimeZone.getDefault(), new Budget(), regexes);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void functions_of_regular_expressions_give_what_flink_gives(long seed) {
    Random random = new Random(seed);
    int compared = 0;
    for (int i = 0; i < 20_000; i++) {
      String text = random(random, 9, "a", "b", "c", "é", ",", "=", "1", "\n");
      String regex =
          random(
              random, 6, "a", "b", "(b)", "(a|c)", "[^a]", ".", "*", "+", "?", "^", "$", "\\d",
              "|");
      String by = random(random, 3, "x", "$1", "\\");
      int group = random.nextInt(4) - 1;
      try {
        Pattern.compile(regex);
      } catch (PatternSyntaxException e) {
        continue;
      }
      List<Object> found = new ArrayList<>();
      List<Object> expected = new ArrayList<>();
      found.add(RegexFunctions.find(arguments(text, regex)));
      expected.add(SqlFunctionUtils.regExp(text, regex));
      found.add(RegexFunctions.extract(arguments(text, regex), group));
      expected.add(SqlFunctionUtils.regexpExtract(text, regex, group));
      found.add(RegexFunctions.replace(arguments(text, regex, by)));
      expected.add(SqlFunctionUtils.regexpReplace(text, regex, by));
      if (!regex.isEmpty()) {
        found.add(map(text, regex, "=|" + regex));
        expected.add(SqlFunctionUtils.strToMap(text, regex, "=|" + regex));
      }
      assertThat(found).as("'%s' and '%s'", text, regex).isEqualTo(expected);
      compared++;
    }
    assertThat(compared).isGreaterThan(10_000);
  }

  /** The map with Java's strings, in the order of Flink's. */
  private static Map<String, String> map(String text, String entries, String keys) {
    GenericMapData map =
        (GenericMapData)
            RegexFunctions.map(
                arguments(text, entries, keys), Regex.compile(entries), Regex.compile(keys));
    Map<String, String> strings = new HashMap<>();
    ArrayData keyArray = map.keyArray();
    for (int i = 0; i < map.size(); i++) {
      StringData value = (StringData) map.get(keyArray.getString(i));
      strings.put(keyArray.getString(i).toString(), value == null ? null : value.toString());
    }
    return strings;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void replacing_gives_what_flink_gives(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      String text = random(random, 9, "a", "b", "é");
      String part = random(random, 3, "a", "b", "é");
      String by = random(random, 4, "a", "x");
      assertThat(TextFunctions.replace(arguments(text, part, by)))
          .isEqualTo(text.replace(part, by));
    }
  }
}
