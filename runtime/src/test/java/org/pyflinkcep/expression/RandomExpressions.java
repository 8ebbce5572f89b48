package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Makes expressions over the columns of {@link EdgeRows}: of each function, operator, unit, cast
 * and clause, over operands of any type, whether that fits or not.
 */
public final class RandomExpressions {

  private static final List<String> UNITS =
      List.of(
          "YEAR",
          "QUARTER",
          "MONTH",
          "WEEK",
          "DAY",
          "HOUR",
          "MINUTE",
          "SECOND",
          "MILLISECOND",
          "MICROSECOND",
          "NANOSECOND",
          "DOW",
          "DOY",
          "ISODOW",
          "ISOYEAR",
          "EPOCH",
          "DECADE",
          "CENTURY",
          "MILLENNIUM",
          "SQL_TSI_DAY",
          "FORTNIGHT");

  private static final List<String> TYPES =
      List.of(
          "BOOLEAN",
          "TINYINT",
          "SMALLINT",
          "INT",
          "BIGINT",
          "FLOAT",
          "DOUBLE",
          "DECIMAL",
          "DECIMAL(5, 2)",
          "DECIMAL(38, 38)",
          "DECIMAL(50, 2)",
          "CHAR",
          "CHAR(3)",
          "VARCHAR",
          "VARCHAR(0)",
          "VARCHAR(3)",
          "STRING",
          "BINARY(2)",
          "VARBINARY(3)",
          "BYTES",
          "DATE",
          "TIME",
          "TIME(6)",
          "TIMESTAMP",
          "TIMESTAMP(0)",
          "TIMESTAMP(9)",
          "TIMESTAMP(12)",
          "TIMESTAMP_LTZ(3)",
          "TIMESTAMP WITH LOCAL TIME ZONE",
          "INTERVAL DAY",
          "INTERVAL SECOND(3)",
          "INTERVAL MONTH",
          "INTERVAL YEAR TO MONTH",
          "INTERVAL WEEK",
          "ARRAY<INT>",
          "ARRAY<STRING>",
          "ARRAY<TIMESTAMP(3)>",
          "INT ARRAY",
          "MULTISET<INT>",
          "MAP<STRING, INT>",
          "MAP<INT, DATE>",
          "ROW<x INT, y STRING>",
          "ROW<x BIGINT>",
          "ROW<>",
          "RAW('x', 'y')",
          "NULL",
          "thing",
          "VARIANT");

  private static final List<String> LITERALS =
      List.of(
          "NULL",
          "TRUE",
          "UNKNOWN",
          "0",
          "1",
          "-1",
          "2147483648",
          "1.5",
          "0.10",
          "1e400",
          "1.5e0",
          "''",
          "'a'",
          "'abc'",
          "'12'",
          "'1e1000'",
          "'$.a'",
          "'$.a[0]'",
          "'UTC'",
          "'yyyy-MM-dd'",
          "'2024-02-29'",
          "'10:15:30'",
          "'%'",
          "'('",
          "x'00ff'",
          "DATE '2024-02-29'",
          "TIME '10:15:30'",
          "TIMESTAMP '2024-02-29 10:15:30.123'",
          "INTERVAL '1' DAY",
          "INTERVAL '1 02:03:04.005' DAY TO SECOND",
          "INTERVAL '14' MONTH",
          "INTERVAL '1' WEEK",
          "ARRAY[1, 2]",
          "ARRAY['a']",
          "ARRAY[NULL]",
          "MAP['a', 1]",
          "MAP['a']",
          "ROW(1, 'a')",
          "(1, NULL)",
          "PI");

  private static final List<String> INFIX =
      List.of(
          "=",
          "<>",
          "<",
          "<=",
          ">",
          ">=",
          "+",
          "-",
          "*",
          "/",
          "%",
          "||",
          "AND",
          "OR",
          "LIKE",
          "NOT LIKE",
          "ILIKE",
          "SIMILAR TO",
          "IS DISTINCT FROM",
          "IS NOT DISTINCT FROM",
          "OVERLAPS");

  private static final List<String> POSTFIX =
      List.of(
          "IS NULL",
          "IS NOT NULL",
          "IS TRUE",
          "IS NOT FALSE",
          "IS UNKNOWN",
          "IS JSON",
          "IS NOT JSON ARRAY",
          ".x",
          ".y",
          ".z.w",
          "[1]",
          "['a']");

  private static final List<String> AGGREGATES =
      List.of("COUNT", "SUM", "AVG", "MIN", "MAX", "FIRST", "LAST");

  private final List<String> functions = List.copyOf(Checker.functionNames());
  private final Random random;

  /** What was accepted, to be an operand. */
  private final List<String> pool = new ArrayList<>();

  private final List<Supplier<String>> forms =
      List.of(
          this::function,
          this::function,
          this::function,
          this::infix,
          this::infix,
          () -> operand() + " " + one(POSTFIX),
          () -> "(" + operand() + ")" + one(POSTFIX),
          () -> one(List.of("NOT ", "- ", "+ ")) + operand(),
          () -> one(List.of("CAST(", "TRY_CAST(")) + operand() + " AS " + one(TYPES) + ")",
          () -> operand() + one(List.of(" IN (", " NOT IN (")) + list() + ")",
          () ->
              operand()
                  + one(List.of(" BETWEEN ", " NOT BETWEEN SYMMETRIC "))
                  + operand()
                  + " AND "
                  + operand(),
          () -> "CASE WHEN " + operand() + " THEN " + operand() + " ELSE " + operand() + " END",
          () -> "CASE " + operand() + " WHEN " + operand() + " THEN " + operand() + " END",
          () -> "EXTRACT(" + one(UNITS) + " FROM " + operand() + ")",
          () -> one(List.of("FLOOR(", "CEIL(")) + operand() + " TO " + one(UNITS) + ")",
          () -> "TIMESTAMPADD(" + one(UNITS) + ", " + operand() + ", " + operand() + ")",
          () -> "TIMESTAMPDIFF(" + one(UNITS) + ", " + operand() + ", " + operand() + ")",
          () -> "(" + operand() + " - " + operand() + ") " + one(UNITS),
          () -> "INTERVAL " + operand() + " " + one(UNITS),
          () -> operand() + "[" + operand() + "]",
          () ->
              one(List.of("ARRAY[", "MAP[", "ROW(", "(")).replace("ROW(", "ARRAY[ROW(1, 'a'), ")
                  + list()
                  + "]",
          () -> "ROW(" + list() + ")",
          () ->
              "TRIM("
                  + one(List.of("BOTH ", "LEADING ", "TRAILING "))
                  + operand()
                  + " FROM "
                  + operand()
                  + ")",
          () -> "POSITION(" + operand() + " IN " + operand() + one(List.of(")", " FROM 2)")),
          () -> "OVERLAY(" + operand() + " PLACING " + operand() + " FROM " + operand() + ")",
          () -> "SUBSTRING(" + operand() + " FROM " + operand() + " FOR " + operand() + ")",
          () -> operand() + " LIKE " + operand() + " ESCAPE " + operand(),
          this::json,
          this::overStep);

  public RandomExpressions(Random random) {
    this.random = random;
  }

  public String next() {
    return one(forms).get();
  }

  /** Takes an expression that was accepted as one that others can have in them. */
  public void accept(String sql) {
    if (sql.length() < 200) {
      pool.add("(" + sql + ")");
    }
  }

  private String function() {
    return one(functions) + "(" + list() + ")";
  }

  private String infix() {
    return operand() + " " + one(INFIX) + " " + operand();
  }

  private String json() {
    String on =
        one(
            List.of(
                "", " NULL ON EMPTY", " ERROR ON ERROR", " DEFAULT " + operand() + " ON ERROR"));
    String returning = one(List.of("", " RETURNING " + one(TYPES)));
    return switch (random.nextInt(6)) {
      case 0 -> "JSON_VALUE(" + operand() + ", " + operand() + returning + on + ")";
      case 1 ->
          "JSON_QUERY("
              + operand()
              + ", "
              + operand()
              + returning
              + one(List.of("", " WITH WRAPPER", " EMPTY ARRAY ON ERROR"))
              + ")";
      case 2 ->
          "JSON_EXISTS("
              + operand()
              + ", "
              + operand()
              + one(List.of("", " UNKNOWN ON ERROR"))
              + ")";
      case 3 ->
          "JSON_OBJECT("
              + operand()
              + " VALUE "
              + operand()
              + one(List.of("", " ABSENT ON NULL"))
              + ")";
      case 4 -> "JSON_ARRAY(" + list() + one(List.of("", " NULL ON NULL")) + ")";
      default -> "JSON_STRING(" + operand() + ")";
    };
  }

  private String overStep() {
    String argument = "a." + one(EdgeRows.names());
    if (random.nextInt(3) == 0) {
      argument =
          one(List.of(
                  "1",
                  "CASE WHEN a.i > 0 THEN %s ELSE %s END",
                  "%s + 1",
                  "UPPER(%s)",
                  "%s, '-'",
                  "a",
                  "*",
                  "ROWTIME(a)"))
              .replace("%s", argument);
    }
    return one(AGGREGATES)
        + one(List.of("(", "(", "(DISTINCT "))
        + argument
        + ")"
        + one(List.of("", "", " FILTER (WHERE a.i > 0)", " FILTER (WHERE " + operand() + ")"));
  }

  private String list() {
    StringBuilder list = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      list.append(list.isEmpty() ? "" : ", ").append(operand());
    }
    return list.toString();
  }

  private String operand() {
    return switch (random.nextInt(pool.isEmpty() ? 8 : 10)) {
      case 0, 1 -> one(LITERALS);
      case 2 -> "a." + one(EdgeRows.names());
      case 8, 9 -> one(pool);
      default -> one(EdgeRows.names());
    };
  }

  private <T> T one(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
