package org.pyflinkcep.expression;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Comments that may have been meant as something else. */
final class Comments {

  private static final String SLASHES =
      "`//` begins a comment in SQL, and what follows on its line is passed over: to divide write"
          + " CAST(a / b AS BIGINT), and begin a comment by `--`";

  /** What is within a text, a name or another comment is none. */
  private static final Pattern TOKEN =
      Pattern.compile("'[^']*'|`[^`]*`|--[^\\n\\r]*|/\\*.*?\\*/|(//)", Pattern.DOTALL);

  private Comments() {}

  /** A hint for what is wrong in a text in which a comment begins with {@code //}. */
  static String hint(String sql, String otherwise) {
    Matcher token = TOKEN.matcher(sql);
    while (token.find()) {
      if (token.group(1) != null) {
        return SLASHES;
      }
    }
    return otherwise;
  }
}
