package org.pyflinkcep.expression;

import java.util.Arrays;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.data.binary.BinaryStringDataUtil;
import org.apache.flink.table.runtime.functions.SqlFunctionUtils;

/**
 * The functions of texts whose result can be far longer than their arguments, or that can take far
 * longer than to read them: with Flink's results, within the {@link Budget}.
 */
final class TextFunctions {

  private TextFunctions() {}

  static Object repeat(Arguments a) {
    int times = Math.max(0, a.integer(1));
    a.budget().make("REPEAT", (long) a.string(0).length() * times);
    return SqlFunctionUtils.repeat(a.string(0), times);
  }

  static Object padLeft(Arguments a) {
    a.budget().make("LPAD", a.integer(1));
    return SqlFunctionUtils.lpad(a.string(0), a.integer(1), a.string(2));
  }

  static Object padRight(Arguments a) {
    a.budget().make("RPAD", a.integer(1));
    return SqlFunctionUtils.rpad(a.string(0), a.integer(1), a.string(2));
  }

  static Object replace(Arguments a) {
    String text = a.string(0);
    String part = a.string(1);
    String replacement = a.string(2);
    a.budget().search("REPLACE", text.length(), part.length(), 1);
    if (replacement.length() > part.length()) {
      long most = part.isEmpty() ? text.length() + 1L : text.length() / part.length();
      if (text.length() + most * replacement.length() > Budget.MAX_LENGTH) {
        Budget.limit("REPLACE", lengthReplaced(text, part, replacement));
      }
    }
    return SqlFunctionUtils.replace(text, part, replacement);
  }

  private static long lengthReplaced(String text, String part, String replacement) {
    long count = part.isEmpty() ? text.length() + 1L : 0;
    if (!part.isEmpty()) {
      for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
        count++;
      }
    }
    return text.length() + count * (replacement.length() - part.length());
  }

  static Object concatWithSeparator(Arguments a) {
    BinaryStringData[] texts =
        Arrays.copyOfRange(a.values(), 1, a.count(), BinaryStringData[].class);
    a.budget().make("CONCAT_WS", (long) Budget.length(a.get(0)) * (texts.length - 1));
    return BinaryStringDataUtil.concatWs(a.text(0), texts);
  }

  /** The place of a part in a text, from 1, or 0. */
  static Object position(Arguments a, BinaryStringData part, BinaryStringData text, int from) {
    search("POSITION", a, text, part, 1);
    return SqlFunctionUtils.position(part, text, from);
  }

  static Object instr(Arguments a) {
    int from = a.count() < 3 ? 1 : a.integer(2);
    int nth = a.count() < 4 ? 1 : a.integer(3);
    search("INSTR", a, a.text(0), a.text(1), Math.min(nth, Budget.length(a.text(0))));
    return SqlFunctionUtils.instr(a.text(0), a.text(1), from, nth);
  }

  static Object splitIndex(Arguments a) {
    search("SPLIT_INDEX", a, a.text(0), a.text(1), 1);
    return SqlFunctionUtils.splitIndex(a.string(0), a.string(1), a.integer(2));
  }

  static Object trimLeft(Arguments a) {
    search("LTRIM", a, a.text(0), a.text(1), 1);
    return BinaryStringDataUtil.trimLeft(a.text(0), a.text(1));
  }

  static Object trimRight(Arguments a) {
    search("RTRIM", a, a.text(0), a.text(1), 1);
    return BinaryStringDataUtil.trimRight(a.text(0), a.text(1));
  }

  private static void search(
      String function, Arguments a, BinaryStringData text, BinaryStringData part, int times) {
    a.budget().search(function, Budget.length(text), Budget.length(part), times);
  }
}
