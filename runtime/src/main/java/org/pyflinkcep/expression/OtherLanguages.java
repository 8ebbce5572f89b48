package org.pyflinkcep.expression;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What SQL has in place of what other languages, and other kinds of SQL, are written with. */
final class OtherLanguages {

  static final String NULL = "a value that is missing is NULL: write IS NULL, or IS NOT NULL";
  static final String LIST = "a list is put in parentheses: IN (1, 2)";
  static final String CASE = "write CASE WHEN condition THEN value ELSE other END";
  static final String LIKE_ANY = "give LIKE one text, and join several by OR";
  private static final String NAME = "a field is written by its name alone";
  private static final String STRAIGHT = "a text is put in straight quotes: 'text'";
  private static final String STRAIGHT_SINGLE = "a text is put in straight single quotes: 'text'";
  private static final String REGEX = "write REGEXP(text, 'pattern')";
  private static final String CONTAINS =
      "write text LIKE '%part%', or ARRAY_CONTAINS(array, element)";
  private static final String CAST = "write CAST(value AS %s)";
  private static final String EARLIER =
      "an earlier event is one of a step: LAST(step.field), and LAST(step.field, 1) is the one"
          + " before";
  private static final String DIFFERENCE = "write TIMESTAMPDIFF(SECOND, from, to)";
  private static final String NOW = "the time of the tested event is ROWTIME(), in milliseconds";

  private static final Set<String> NULLS = Set.of("NULL", "NONE", "NIL", "UNDEFINED");

  private static final Map<String, String> SYMBOLS =
      Map.ofEntries(
          Map.entry("=<", "write `<=`"),
          Map.entry("=>", "write `>=`"),
          Map.entry("&", "write AND"),
          Map.entry("&&", "write AND"),
          Map.entry("|", "write OR"),
          Map.entry("!", "write NOT; and `<>` for what is not equal"),
          Map.entry("~", "write LIKE, or REGEXP(text, pattern)"),
          Map.entry("^", "write POWER(number, 2)"),
          Map.entry("?", CASE),
          Map.entry("#", "a comment begins with `--`"),
          Map.entry(";", "this is one expression: leave it out"),
          Map.entry("@", NAME),
          Map.entry("{", NAME),
          Map.entry("$", NAME),
          Map.entry("\u2018", STRAIGHT),
          Map.entry("\u2019", STRAIGHT),
          Map.entry("\u201c", STRAIGHT_SINGLE),
          Map.entry("\u201d", STRAIGHT_SINGLE));

  private static final Map<String, String> WORDS =
      Map.ofEntries(
          Map.entry("SELECT", "this is one expression: leave SELECT and FROM out"),
          Map.entry("WHERE", "this is the condition: leave WHERE out"),
          Map.entry("WHEN", CASE),
          Map.entry("THEN", CASE),
          Map.entry("ELSE", CASE),
          Map.entry("ANY", LIKE_ANY),
          Map.entry("ALL", LIKE_ANY),
          Map.entry("STARTSWITH", "write text LIKE 'begin%'"),
          Map.entry("ENDSWITH", "write text LIKE '%end'"),
          Map.entry("CONTAINS", CONTAINS),
          Map.entry("WILDCARD", "write LIKE: `%` is any characters, and `_` is one"),
          Map.entry("GLOB", "write LIKE: `%` is any characters, and `_` is one"),
          Map.entry("REGEX", REGEX),
          Map.entry("REGEXP", REGEX),
          Map.entry("RLIKE", REGEX),
          Map.entry("MATCHES", REGEX),
          Map.entry("MATCH", REGEX),
          Map.entry("XOR", "write `<>` between the two conditions"),
          Map.entry("DIV", "write CAST(a / b AS BIGINT)"),
          Map.entry("IS EMPTY", "compare a text with '', and CARDINALITY(array) with 0"),
          Map.entry("IS NOT EMPTY", "compare a text with '', and CARDINALITY(array) with 0"),
          Map.entry("OVER", "an aggregate is over the events of a step: AVG(step.field)"),
          Map.entry("EXISTS", "join the tables before the match, and look at the joined columns"),
          Map.entry("$LiteralChain", "put a comma between texts, or `||` to join them"));

  private static final Map<String, String> FUNCTIONS = new HashMap<>();

  static {
    functions("write CHAR_LENGTH(text), or CARDINALITY(array)", "LEN", "LENGTH", "SIZE");
    functions("write COALESCE(value, other)", "NVL", "ZEROIFNULL");
    functions("write value IS NULL", "ISNULL", "ISNA", "IS_NULL", "ISNAN", "IS_NAN");
    functions("write value IS NOT NULL", "NOTNULL", "NOTNA", "ISNOTNULL");
    functions("write IF(condition, value, other)", "IIF", "CHOOSE");
    functions(CAST.formatted("STRING"), "STR", "TO_CHAR", "TO_STRING", "TOSTRING", "TO_VARCHAR");
    functions(CAST.formatted("DOUBLE"), "TO_NUMBER", "TO_DOUBLE", "TO_NUMERIC", "TONUMBER");
    functions(CAST.formatted("INT"), "TO_INT", "TO_INTEGER", "TOINT");
    functions(DIFFERENCE, "DATEDIFF", "DATE_DIFF", "TIMEDIFF", "DATETIME_DIFF", "TIMESTAMP_DIFF");
    functions("write time + INTERVAL '1' DAY", "DATEADD", "DATE_ADD", "DATE_SUB", "ADDDATE");
    functions("write DATE_FORMAT(time, 'yyyy-MM-dd')", "STRFTIME", "FORMAT_DATE", "TIME_FORMAT");
    functions("write FLOOR(time TO DAY)", "DATE_TRUNC", "DATETRUNC", "TIMESTAMP_TRUNC");
    functions("write EXTRACT(HOUR FROM time)", "DATE_PART", "DATEPART", "WEEKDAY");
    functions(NOW, "GETDATE", "SYSDATE", "GETUTCDATE", "TODAY", "CURDATE", "CURTIME");
    functions(REGEX, "REGEXP_LIKE", "REGEXP_MATCH", "REGEXP_MATCHES", "REGEXP_CONTAINS", "REGEX");
    functions(REGEX, "RLIKE", "MATCHES", "MATCH", "REGEX_MATCH");
    functions(CONTAINS, "CONTAINS", "STRINGCONTAINS", "STR_CONTAINS", "HAS", "LIST_CONTAINS");
    functions("write text LIKE 'begin%'", "STARTS_WITH", "PREFIX");
    functions("write text LIKE '%end'", "ENDS_WITH", "SUFFIX");
    functions("write LIKE: `%` is any characters, and `_` is one", "WILDCARD", "GLOB");
    functions(EARLIER, "PREV", "LAG", "NTH_VALUE");
    functions("write FIRST(step.field)", "EARLIEST");
    functions("write LAST(step.field)", "LATEST");
    functions("a condition sees no event after the tested one: add a step for it", "NEXT", "LEAD");
    functions("write a CASE within it: COUNT(CASE WHEN ... END)", "COUNTIF", "COUNT_IF", "SUMIF");
    functions("no function takes its MULTISET: write ARRAY_AGG(step.field)", "COLLECT");
    functions("write COUNT(DISTINCT step.field)", "NUNIQUE", "APPROX_COUNT_DISTINCT", "DCOUNT");
    functions("write field LIKE '10.1.%', or compute it before the match", "CIDRMATCH");
    functions("write `=` in either case: LOWER(a) = LOWER(b)", "EQUALS", "EQUALSIGNORECASE");
  }

  private OtherLanguages() {}

  private static void functions(String hint, String... names) {
    for (String name : names) {
      FUNCTIONS.put(name, hint);
    }
  }

  /** A hint for a symbol that is none of SQL's. */
  static Optional<String> symbol(String symbol) {
    return Optional.ofNullable(SYMBOLS.get(symbol));
  }

  /** Whether a word, in capital letters, is the value that is none. */
  static boolean isNull(String word) {
    return NULLS.contains(word);
  }

  /** A hint for a word that stands where SQL has none, in capital letters. */
  static Optional<String> word(String word) {
    return Optional.ofNullable(isNull(word) ? NULL : WORDS.get(word));
  }

  /** A hint for a function that SQL calls otherwise, by its name in capital letters. */
  static Optional<String> function(String name) {
    return Optional.ofNullable(FUNCTIONS.get(name));
  }
}
