package org.pyflinkcep.expression;

import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
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
  CONSTANT_REGEX(d -> refusedHere(d, "error\\[bad-regex]")),
  CONSTANT_THAT_FAILS(d -> refusedHere(d, "error\\[always-fails]")),
  CONSTANT_THAT_IS_NO_POINT_IN_TIME(d -> refusedHere(d, "error\\[bad-literal]: .* is not a ")),
  ORDER_OF_COLLECTIONS(
      d -> refusedHere(d, "there is no order in |(GREATEST|LEAST) can't take .*(ARRAY|MAP|ROW)<")),
  DATE_OF_A_TIME(d -> refusedHere(d, "there is no \\w+ in TIME")),

  // Refused by Flink SQL
  PLANNER_FAILS(
      d ->
          d.flinks().isRefused()
              && !d.ours().isRefused()
              && !d.flinks()
                  .refusal()
                  .matches("(SqlValidator|SqlParser|Parse|Validation)\\w*: .*")),
  REMAINDER_OF_APPROXIMATE(
      d -> refusedByFlink(d, "Cannot apply '(%|MOD)' to arguments .*(FLOAT|DOUBLE)")),
  IF_OF_ANY_TYPE(d -> refusedByFlink(d, "Cannot apply 'IF' to ")),

  // Defects of Flink
  NULL_OF_A_TYPE_THAT_IS_NOT_NULL(
      d ->
          d.onlyWhere(
              (row, our, flink) ->
                  our != null && our.contains("null") && !d.flinks().type().isNullable()
                      || our == null
                          && (!d.flinks().type().isNullable()
                              || d.operandIsNullThoughNotNull(row)
                              || d.tree().template().endsWith("]")
                                  && (flink.isBlank() || flink.startsWith("-1"))))),
  NULL_IN_INTERVALS(
      d ->
          d.onlyWhere(
              (row, our, flink) ->
                  our == null && (flink.equals("PT-0.001S") || flink.equals("P-1M")))),
  FUNCTION_FAILS(
      d ->
          d.onlyWhere(
              (row, our, flink) ->
                  !Answer.isFailure(our)
                      && flink != null
                      && flink.matches("FAILED (NullPointer|ClassCast)Exception.*"))),
  IN_CASTS_ITS_LIST(
      d ->
          d.tree().template().contains(" IN ")
              && d.ofType(0, LogicalTypeFamily.EXACT_NUMERIC, LogicalTypeFamily.TIMESTAMP)
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
              && d.contains(part -> part.template().matches("\\{K} \\{(cmp|eq)} \\{K}"))
              && d.onlyWhere((row, our, flink) -> d.anyPart(row, value -> value == null))),
  TIMESTAMP_WITH_LTZ(
      d ->
          d.tree().template().matches("(GREATEST|LEAST).*")
              && d.ours().type() != null
              && d.ours().type().is(LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE)
              && d.onlyWhere((row, our, flink) -> our != null && flink != null)),
  PARTS_OF_TIMESTAMPDIFF(
      d ->
          d.sql().matches("TIMESTAMPDIFF\\((MILLISECOND|DECADE|WEEK),.*")
              && d.onlyWhere((row, our, flink) -> our != null && flink != null)),
  ARRAYS_OF_DECIMALS(
      d ->
          d.contains(part -> part.template().startsWith("ARRAY["))
              && d.operands().stream()
                  .anyMatch(
                      operand ->
                          operand.type() != null
                              && operand.type().asSummaryString().startsWith("ARRAY<DECIMAL"))
              && d.onlyWhere((row, our, flink) -> !Answer.isFailure(our))),
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
              && d.tree().operands().stream().map(Tree::sql).distinct().count()
                  < d.tree().operands().size()
              && d.onlyWhere((row, our, flink) -> !Answer.isFailure(our))),
  NAN_IN_A_CONDITION(
      d -> isTruth(d) && d.onlyWhere((row, our, flink) -> d.anyPart(row, "NaN"::equals))),
  NEGATIVE_ZERO(
      d ->
          d.onlyWhere(
              (row, our, flink) ->
                  d.anyPart(row, "-0.0"::equals) && !Answer.isFailure(our)
                      || "-0.0".equals(our) && "0.0".equals(flink))),
  COMPUTED_WHEN_PLANNED(
      d ->
          d.isConstant()
              && d.ours().type() != null
              && d.ours().type().is(LogicalTypeFamily.DATETIME)
              && d.onlyWhere((row, our, flink) -> our != null && flink != null)),
  AN_OPERAND_FAILS(
      d ->
          d.onlyWhere(
              (row, our, flink) ->
                  Answer.isFailure(our) != Answer.isFailure(flink)
                          && d.anyPart(row, Answer::isFailure)
                      || Answer.isFailure(our) != Answer.isFailure(flink)
                          && (our == null || flink == null)
                          && d.anyPart(row, value -> value == null)));

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

  private static boolean isTruth(Difference d) {
    return isComparison(d)
        || !d.ours().isRefused() && d.ours().type().is(LogicalTypeRoot.BOOLEAN)
        || d.tree().template().matches("CASE.*|IF.*");
  }
}
