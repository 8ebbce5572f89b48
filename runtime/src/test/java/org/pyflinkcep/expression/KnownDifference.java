package org.pyflinkcep.expression;

import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.pyflinkcep.expression.SqlDifferential.Difference;
import org.pyflinkcep.expression.TypedExpressions.Tree;

/**
 * Where expressions differ from Flink SQL 2.3.0 on purpose. The page {@code
 * docs/reference/differences-from-flink-sql.md} has each of them, by its name, with the reason.
 */
enum KnownDifference {

  // Refused here
  NULL_IS_COMPARED(d -> refusedHere(d, "error\\[null-comparison]")),
  NUMBER_WITH_TEXT(d -> refusedHere(d, "can't compare .*(CHAR|STRING)")),
  CONSTANT_REGEX(d -> refusedHere(d, "error\\[bad-pattern]")),
  CONSTANT_THAT_FAILS(d -> refusedHere(d, "error\\[always-fails]")),
  CONSTANT_THAT_IS_NO_POINT_IN_TIME(d -> refusedHere(d, "error\\[bad-literal]: .* is not a ")),
  ORDER_OF_COLLECTIONS(
      d -> refusedHere(d, "there is no order in |(GREATEST|LEAST) can't take .*(ARRAY|MAP|ROW)<")),
  DATE_OF_A_TIME(
      d ->
          refusedHere(
              d,
              "there is no \\w+ in (TIME|DATE)|a TIME\\(\\d\\) can't be rounded|TIMESTAMPDIFF can't take .*TIME\\(")),
  JSON_OF_NO_TEXT(
      d -> d.tree().template().contains("JSON_") && refusedHere(d, "expected STRING, found ")),
  NUMBER_OF_DIGITS(d -> refusedHere(d, "IS_(ALPHA|DIGIT|DECIMAL) can't take")),
  CONSTANT_THAT_IS_CHECKED(
      d ->
          refusedHere(d, "error\\[wrong-arguments]: (ELT can't take|an array has no place)")
              && d.tree().operands().stream().anyMatch(Difference::isConstant)),
  BYTES_AS_THEY_ARE_STORED(d -> refusedHere(d, "PRINTF can't take")),
  MAPS_OF_DIFFERENT_TYPES(d -> refusedHere(d, "the values are of different types: .*MAP<")),
  ARRAY_OF_SHORT_TEXTS(
      d ->
          d.tree().template().startsWith("ARRAY_")
              && (refusedHere(d, "ARRAY_\\w+ can't take \\(ARRAY<CHAR\\(")
                  || refusedByFlink(d, "Invalid input arguments") && d.sql().contains("ARRAY['"))),
  JSON_OF_AN_INTERVAL(d -> refusedHere(d, "JSON has no INTERVAL")),
  ROW_BY_PLACE(d -> refusedHere(d, "can't look up .* in ROW")),
  BRANCH_THAT_IS_NEVER_TAKEN(
      d ->
          d.ours().isRefused()
              && !d.flinks().isRefused()
              && (d.operands().stream().anyMatch(Answer::isRefused)
                  || refusedHere(d, "the values are of different types")
                      && d.tree().template().startsWith("CASE")
                      && Difference.isConstant(d.tree().operands().get(0)))),
  NUMBER_WITH_INTERVAL(d -> refusedHere(d, "can't take .*INTERVAL|can't cast ROW<.*INTERVAL")),
  NULL_CONSTANT(
      d ->
          refusedHere(d, "error\\[(type-mismatch|wrong-arguments)]")
              && (d.tree().template().startsWith("ARRAY[")
                  || d.flinks().values().stream().allMatch(Objects::isNull))
              && d.operands().stream()
                  .anyMatch(operand -> operand.values().stream().allMatch(Objects::isNull))),

  // Refused by Flink SQL
  PLANNER_FAILS(
      d ->
          d.flinks().isRefused()
              && !d.ours().isRefused()
              && (d.tree().template() + " => " + d.flinks().refusal())
                  .matches(
                      Stream.of(
                              "ATAN2.* => .*Unsupported call: ATAN2.*DECIMAL.*",
                              "(GREATEST|LEAST).* => .*\"compareTo\" is not declared.*",
                              "TIMESTAMPADD.* => .*allowsPrecScale.*: DATE",
                              "TIMESTAMPADD.* => .*Incompatible types of expression and result.*",
                              ".*\\[.*] => .*Integer expression type expected.*",
                              ".* => .*Cannot cast \"java.lang.(Double|Integer)\" to .*",
                              "(TRUNCATE|SIGN).* => .*Assignment conversion not possible.*",
                              "(IFNULL|COALESCE).* => .*Mismatch of function's argument data type '(TIME|DATE).*",
                              ".* => .*Incomparable types: TIME.*",
                              ".*\\+.* => .*Unsupported temporal arithmetic.*",
                              ".* => .*Year out of range.*",
                              "\\{N} / \\{N} => ArithmeticException: Division by zero",
                              "\\{N} / \\{N} => ClassCastException: null",
                              ".* => NullPointerException: SqlTypeFamily is null.*",
                              "(ROUND|TRUNCATE).* => ArithmeticException: Rounding necessary",
                              "\\{cast}\\(\\{T} .* => .*The cast from NUMERIC type to TIMESTAMP.*",
                              ".* IS \\{not} .* => AssertionError: null",
                              ".* => .*Invalid time format: \\[.*",
                              "IF\\(.* => .*Unsupported operand types: IF.*",
                              "\\{cast}.* => .*Cannot convert [01] to DECIMAL.*",
                              ".* => .*RexCall cannot be cast to .*RexLiteral.*",
                              ".* IN .* => UnsupportedOperationException: null",
                              ".* => AssertionError: Cannot add expression of different type to set:",
                              ".* => IllegalArgumentException: Invalid date format: .*",
                              ".* => ClassCastException: .*NlsString cannot be cast to .*",
                              "TYPEOF.* => .*Mismatch of function's argument data type.*",
                              ".*\\{(cmp|eq)}.* => DateTime(Parse)?Exception: .*",
                              ".* IN .* => .*Sql\\w+ cannot be cast to .*SqlBasicCall.*",
                              ".* => NumberFormatException: Infinite or NaN",
                              ".* => AssertionError: cannot cast (true|false) as class .*BigDecimal")
                          .collect(Collectors.joining("|")))),
  REMAINDER_OF_APPROXIMATE(
      d -> refusedByFlink(d, "Cannot apply '(%|MOD)' to arguments .*(FLOAT|DOUBLE)")),
  IF_OF_ANY_TYPE(d -> refusedByFlink(d, "Cannot apply 'IF' to ")),

  // Defects of Flink
  NULL_OF_A_TYPE_THAT_IS_NOT_NULL(
      d -> d.onlyWhere((row, our, flink) -> isNullThoughNotNull(d, row, our, flink))),
  ROUNDED_BY_A_COLUMN(
      d ->
          d.tree().template().matches("(ROUND|TRUNCATE)\\(\\{N}, \\{I}\\)")
              && d.onlyWhere(
                  KnownDifference::isDecimal,
                  (row, our, flink) -> !Answer.isFailure(our) && isRounded(our, flink))),
  ROUNDED_TWICE(
      d ->
          d.tree().template().startsWith("{floor}(")
              && d.tree().operands().get(0).template().startsWith("{floor}(")
              && d.onlyWhere((row, our, flink) -> our != null && our.equals(roundedAgain(d, row)))),
  TIME_BEFORE_1970(
      d ->
          d.tree().template().matches("\\{cast}\\(.*")
              && d.ours().type() != null
              && d.ours().type().is(LogicalTypeRoot.TIME_WITHOUT_TIME_ZONE)
              && d.onlyWhere(
                  (row, our, flink) ->
                      our != null
                          && (flink.startsWith("UNREADABLE -")
                              || d.anyPart(row, KnownDifference::isBefore1970)))),
  PADDED_BY_UNITS(
      d ->
          d.sql().matches("(TRY_)?CAST\\(.* AS CHAR\\(\\d+\\)\\)")
              && d.onlyWhere(
                  (row, our, flink) ->
                      our != null
                          && flink != null
                          && our.stripTrailing().equals(flink.stripTrailing())
                          && our.length() > flink.length()
                          && our.length() > our.codePointCount(0, our.length()))),
  HALF_A_CHARACTER(
      d ->
          d.contains(part -> part.template().equals("SPLIT({T}, {T})"))
              && d.onlyWhere(
                  (row, our, flink) ->
                      our != null
                          && flink != null
                          && our.contains("?")
                          && flink.contains("?")
                          && our.length() > flink.length())),
  TEXT_THAT_IS_NO_DATE(
      d ->
          d.tree().template().equals("TO_DATE({T}, {fmt})")
              && d.onlyWhere((row, our, flink) -> our == null && flink.endsWith("5471-09-27"))),
  NULL_IN_A_LIST_OF_ROWS(
      d ->
          d.tree().template().matches("\\(\\{N}, \\{K}\\) \\{not} IN .*")
              && d.onlyWhere((row, our, flink) -> flink == null && !Answer.isFailure(our))),
  NULL_IN_INTERVALS(
      d ->
          d.onlyWhere(
              (row, our, flink) ->
                  our == null && (flink.equals("PT-0.001S") || flink.equals("P-1M")))),
  FUNCTION_FAILS(
      d ->
          d.onlyWhere(
              (row, our, flink) ->
                  functionFails(d, our, flink) || isNullThoughNotNull(d, row, our, flink))),
  IN_CASTS_ITS_LIST(
      d ->
          d.tree().template().contains(" IN ")
              && IntStream.range(0, d.tree().template().startsWith("({N}, {K})") ? 2 : 1)
                  .anyMatch(
                      i ->
                          d.ofType(i, LogicalTypeFamily.EXACT_NUMERIC, LogicalTypeFamily.TIMESTAMP))
              && d.onlyWhere((row, our, flink) -> !Answer.isFailure(our))),
  ROWS_THAT_ARE_DISTINCT(
      d ->
          d.tree().template().contains("{distinct}")
              && d.ofType(0, LogicalTypeFamily.CONSTRUCTED)
              && d.onlyWhere((row, our, flink) -> our.equals("true") || flink.equals("true"))),
  ARRAYS_IN_BINARY_FORM(
      d ->
          isComparison(d)
              && d.contains(part -> part.template().matches("(ARRAY|MAP|SPLIT|REGEXP|\\{cast}).*"))
              && d.operands().stream()
                  .anyMatch(
                      operand ->
                          operand.type() != null
                              && operand.type().is(LogicalTypeFamily.CONSTRUCTED))
              && d.onlyWhere((row, our, flink) -> !Answer.isFailure(our))),
  CONDITION_ON_NULL_ROWS(
      d ->
          d.tree().template().matches("(CASE|IF|NOT|\\{B}).*")
              && d.contains(
                  part ->
                      part.template()
                          .matches("\\{K} \\{(cmp|eq)} \\{K}|(\\{K}|\\(.*\\{K}\\)) \\{not} IN .*"))
              && d.onlyWhere(
                  (row, our, flink) ->
                      d.anyPart(row, Objects::isNull)
                          && (isComposed(d, row, our) || Composed.of(d, row).isEmpty()))),
  TIMESTAMP_WITH_LTZ(
      d ->
          d.tree().template().matches("(GREATEST|LEAST).*")
              && d.ours().type() != null
              && d.ours().type().is(LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE)
              && d.onlyWhere((row, our, flink) -> our != null && flink != null)),
  PARTS_OF_TIMESTAMPDIFF(
      d ->
          d.sql().matches("TIMESTAMPDIFF\\((MILLISECOND|DECADE|WEEK),.*")
              && d.onlyWhere(
                  (row, our, flink) ->
                      our != null && flink != null || d.anyPart(row, Answer::isFailure))),
  MONTHS_BETWEEN_FAR_TIMES(
      d ->
          d.sql()
                  .matches(
                      "TIMESTAMPDIFF\\((MILLENNIUM|CENTURY|DECADE|YEAR|QUARTER|MONTH),.*|.* (YEAR|MONTH)")
              && d.onlyWhere(
                  (row, our, flink) ->
                      our != null && flink != null && d.anyPart(row, KnownDifference::isFar))),
  CASTS_OF_ARRAYS(
      d ->
          d.operands().stream()
                      .map(Answer::type)
                      .filter(type -> type != null && type.is(LogicalTypeFamily.CONSTRUCTED))
                      .map(ExpressionCases::text)
                      .distinct()
                      .count()
                  > 1
              && d.onlyWhere(
                  (row, our, flink) ->
                      !Answer.isFailure(our)
                          && (d.anyPart(row, value -> value != null && value.contains("null"))
                              || d.operands().stream()
                                  .anyMatch(
                                      operand ->
                                          operand.type() != null
                                              && operand
                                                  .type()
                                                  .asSummaryString()
                                                  .startsWith("ARRAY<DECIMAL"))))),
  TRY_CAST_OF_NAN(
      d ->
          d.sql().startsWith("TRY_CAST(")
              && d.onlyWhere(
                  (row, our, flink) ->
                      our == null && flink.startsWith("FAILED NumberFormatException"))),
  TYPEOF(
      d ->
          d.tree().template().startsWith("TYPEOF")
              && d.onlyWhere((row, our, flink) -> withoutLength(our).equals(withoutLength(flink)))),

  // What Flink's planner simplifies or computes
  A_VALUE_WITH_ITSELF(
      d ->
          isComparison(d)
              && isInAnother(d.tree().operands())
              && d.onlyWhere(
                  (row, our, flink) ->
                      !Answer.isFailure(our)
                          && (d.anyPart(row, KnownDifference::hasUnknown)
                              || d.anyPart(row, "-0.0"::equals)))),
  NAN_IN_A_CONDITION(
      d ->
          d.onlyWhere(
              (row, our, flink) -> d.anyPart(row, "NaN"::equals) && isComposed(d, row, our))),
  NEGATIVE_ZERO(
      d ->
          d.onlyWhere(
              (row, our, flink) ->
                  d.anyPart(row, "-0.0"::equals) && isComposed(d, row, our)
                      || isZero(our) && isZero(flink))),
  NULL_IN_A_CASE(
      d ->
          d.tree().template().startsWith("CASE")
              && d.tree().operands().stream().anyMatch(part -> part.sql().startsWith("CAST(NULL"))
              && d.flinks().type() != null
              && d.flinks().type().is(LogicalTypeFamily.DATETIME)
              && (d.ours().isRefused() || !d.ours().type().is(d.flinks().type().getTypeRoot()))),
  CAST_THAT_IS_DROPPED(
      d -> d.sql().contains("CAST(") && d.onlyWhere((row, our, flink) -> isComposed(d, row, our))),
  SPACES_AT_THE_END(
      d ->
          d.tree().template().contains("BETWEEN")
              && d.tree().operands().stream().anyMatch(part -> part.sql().matches("'.* '"))
              && d.onlyWhere(
                  (row, our, flink) ->
                      isComposed(d, row, our)
                          || !Answer.isFailure(our) && Composed.of(d, row).isEmpty())),
  CASE_OF_A_CONSTANT(
      d ->
          d.tree().template().startsWith("CASE")
              && Difference.isConstant(d.tree().operands().get(0))
              && d.ours().type() != null
              && d.ours().type().is(LogicalTypeFamily.DATETIME)
              && d.flinks().type() != null
              && !d.flinks().type().is(d.ours().type().getTypeRoot())),
  COMPUTED_WHEN_PLANNED(
      d ->
          d.flinks().values().stream().distinct().count() == 1
              && d.ours().type() != null
              && d.onlyWhere(
                  (row, our, flink) -> our != null && flink != null && isComputed(d, our, flink))),
  AN_OPERAND_FAILS(
      d ->
          d.onlyWhere(
              (row, our, flink) ->
                  Answer.isFailure(our) != Answer.isFailure(flink)
                      && (d.anyPart(row, Answer::isFailure)
                              && (our == null
                                  || flink == null && d.anyPart(row, Objects::isNull)
                                  || isTruth(d)
                                  || isChoice(d))
                          || functionFails(d, our, flink)))),
  TEXT_BESIDE_NULL(
      d ->
          isComparison(d)
              && d.operands().stream()
                  .anyMatch(
                      operand ->
                          operand.type() != null
                              && operand.type().is(LogicalTypeFamily.CHARACTER_STRING))
              && d.onlyWhere(
                  (row, our, flink) ->
                      Answer.isFailure(our) != Answer.isFailure(flink)
                          && (our == null || flink == null)
                          && d.anyPart(row, Objects::isNull)));

  private final Predicate<Difference> test;

  KnownDifference(Predicate<Difference> test) {
    this.test = test;
  }

  static Optional<KnownDifference> of(Difference difference) {
    return Stream.of(values()).filter(kind -> kind.test.test(difference)).findFirst();
  }

  private static boolean refusedHere(Difference d, String message) {
    return d.ours().isRefused()
        && !d.flinks().isRefused()
        && Pattern.compile(message).matcher(d.ours().refusal()).find();
  }

  private static boolean refusedByFlink(Difference d, String message) {
    return !d.ours().isRefused()
        && d.flinks().isRefused()
        && Pattern.compile(message).matcher(d.flinks().refusal()).find();
  }

  private static String withoutLength(String type) {
    return type.replace(" NOT NULL", "")
        .replaceAll("(VAR)?CHAR\\(\\d+\\)", "STRING")
        .replaceAll("(VAR)?BINARY\\(\\d+\\)", "BYTES");
  }

  private static boolean isComparison(Difference d) {
    return d.tree()
        .template()
        .matches(".*(\\{cmp}|\\{eq}|\\{distinct}|IN \\(|NULLIF|BETWEEN|CASE \\{[NT]} WHEN).*");
  }

  /** Whether Flink rounded to the same number of another scale, to one too long, or not at all. */
  private static boolean isRounded(String our, String flink) {
    return our == null
        || Answer.isFailure(flink) && flink.contains("ArithmeticException")
        || isFinite(our)
            && isFinite(flink)
            && new BigDecimal(our).compareTo(new BigDecimal(flink)) == 0;
  }

  /** Whether Flink takes a NULL for a value, as its type has none. */
  private static boolean isNullThoughNotNull(Difference d, int row, String our, String flink) {
    return our != null && flink != null && nullsApart(our).matcher(flink).matches()
        || our == null
            && (!d.flinks().type().isNullable()
                || d.tree().template().startsWith("{cast}(")
                    && d.operands().get(0).values().get(row) == null
                || d.operandIsNullThoughNotNull(row)
                || d.contains(part -> part.template().endsWith("]"))
                    && (flink.isBlank()
                        || flink.startsWith("-1")
                        || d.anyPart(row, KnownDifference::hasNullKey)));
  }

  /**
   * Whether Flink's function doesn't stand a NULL of DECIMAL, which then is NULL or the number
   * here, or a map that another function made.
   */
  private static boolean functionFails(Difference d, String our, String flink) {
    if (Answer.isFailure(our) || !Answer.isFailure(flink)) {
      return false;
    }
    String template = d.tree().template();
    return flink.matches("FAILED NullPointerException: .*DecimalData\\..*")
            && (template.matches("(GREATEST|LEAST).*") && our == null
                || template.matches("(TRUNCATE|ROUND)\\(.*")
                || template.startsWith("ARRAY_") && d.contains(KnownDifference::isDecimalArray))
        || flink.matches("FAILED NullPointerException: .*java\\.lang\\.(Integer|Double)\\..*")
            && template.matches("(GREATEST|LEAST).*")
            && our == null
        || flink.matches("FAILED NullPointerException: (null|.*BinaryStringData\\..*)")
            && template.matches("(\\{cast}\\()?ROW.*")
        || flink.matches("FAILED ArithmeticException: (Under|Over)flow")
            && template.matches("(TRUNCATE|ROUND)\\(.*")
        || flink.matches(".*\\$MapDataForMap\\w+ cannot be cast to .*");
  }

  private static boolean isDecimalArray(Tree tree) {
    return tree.sql().matches(".*\\bd(c|c2|m|h|l|1)\\b.*");
  }

  private static boolean isDecimal(Difference d) {
    return d.ours().type().is(LogicalTypeRoot.DECIMAL)
        && d.flinks().type().is(LogicalTypeRoot.DECIMAL);
  }

  private static boolean isBefore1970(String value) {
    return value != null && value.matches("-?(0|1[0-8]|19[0-6])\\d+-.*");
  }

  private static boolean isFar(String value) {
    return value != null && value.matches("[+-]\\d{6,}-.*");
  }

  private static boolean hasNullKey(String value) {
    return value != null && value.contains("{null=");
  }

  private static boolean isZero(String value) {
    return "0.0".equals(value) || "-0.0".equals(value);
  }

  /** Whether what Flink computes is cut to its type, or is a FLOAT beside the nearest one. */
  private static boolean isComputed(Difference d, String our, String flink) {
    return our.length() > flink.length()
            && (our.startsWith(flink.replaceFirst("Z$", "")) || our.endsWith(flink))
        || d.tree().template().startsWith("{cast}")
            && isBefore1970(flink)
            && isNextSecond(flink, our)
        || d.ours().type().is(LogicalTypeRoot.FLOAT)
            && Math.abs(Float.parseFloat(our) / Float.parseFloat(flink) - 1) < 1e-6;
  }

  /** Times before 1970 are cut up to the next second. */
  private static boolean isNextSecond(String before, String time) {
    return Stream.of(before, time).allMatch(text -> text.matches("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+"))
        && LocalDateTime.parse(before).plusSeconds(1).equals(LocalDateTime.parse(time));
  }

  /** Whether the value here is what the values of the operands give. */
  private static boolean isComposed(Difference d, int row, String our) {
    return Composed.of(d, row).filter(composed -> Objects.equals(composed.text(), our)).isPresent();
  }

  /** What rounding gives here for the value of what is to be rounded again. */
  private static String roundedAgain(Difference d, int row) {
    Answer rounded = d.operands().get(0);
    String value = rounded.values().get(row).replace('T', ' ').replaceFirst("Z$", "");
    String literal = "CAST('%s' AS %s)".formatted(value, rounded.type().copy(true));
    Tree again =
        new Tree(
            d.tree().template(),
            d.tree().texts(),
            List.of(new Tree("", List.of(literal), List.of())));
    Answer answer = d.here().apply(again);
    return answer.isRefused() ? answer.refusal() : answer.values().get(row);
  }

  /**
   * Whether an operand, or what it is made of, stands in another too, to which the planner may
   * simplify that.
   */
  private static boolean isInAnother(List<Tree> operands) {
    return IntStream.range(0, operands.size())
        .anyMatch(
            i ->
                IntStream.range(0, operands.size())
                    .anyMatch(
                        j ->
                            j != i
                                && (has(operands.get(j), operands.get(i).sql())
                                    || operands.get(i).operands().stream()
                                        .filter(part -> !Difference.isConstant(part))
                                        .anyMatch(part -> has(operands.get(j), part.sql())))));
  }

  private static boolean has(Tree tree, String sql) {
    return tree.sql().equals(sql) || tree.operands().stream().anyMatch(part -> has(part, sql));
  }

  /** Whether a value is equal to nothing: NULL or NaN, or has one in it. */
  private static boolean hasUnknown(String value) {
    return value == null || value.contains("NaN") || value.contains("null");
  }

  private static boolean isFinite(String number) {
    return number != null && number.matches("-?\\d.*");
  }

  private static boolean isChoice(Difference d) {
    return d.tree().template().matches("(CASE|IF|COALESCE|IFNULL|NULLIF|GREATEST|LEAST).*");
  }

  /** What a text is where each of its NULLs may be another value. */
  private static Pattern nullsApart(String text) {
    return Pattern.compile(
        Stream.of(text.split("\\bnull\\b", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining("[^,()\\[\\]{}]*")));
  }

  private static boolean isTruth(Difference d) {
    return isComparison(d)
        || !d.ours().isRefused() && d.ours().type().is(LogicalTypeRoot.BOOLEAN)
        || d.tree().template().matches("CASE.*|IF.*");
  }
}
