package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.pyflinkcep.expression.TypedExpressions.Tree;

/** Evaluates random expressions here and by Flink SQL, and finds where the two differ. */
final class SqlDifferential {

  private static final int ROWS = 16;
  private static final int BATCH = 60;

  /** What is neither a diagnostic nor a failed evaluation, and so never the same. */
  private static final String CRASH = "CRASH ";

  /** A test of a row: its number, the value here, and Flink's. */
  interface RowTest {
    boolean holds(int row, String our, String flink);
  }

  /**
   * An expression that differs, though none of its operands does.
   *
   * @param operands what Flink answers to the operands
   * @param here answers to an expression here
   */
  record Difference(
      Tree tree, Answer ours, Answer flinks, List<Answer> operands, Function<Tree, Answer> here) {

    String sql() {
      return tree.sql();
    }

    /** Whether values differ, and only in rows for which a test holds. */
    boolean onlyWhere(RowTest test) {
      return onlyWhere(difference -> false, test);
    }

    /** The same, where the types may differ in a way that passes a test. */
    boolean onlyWhere(Predicate<Difference> otherType, RowTest test) {
      if (ours.isRefused()
          || flinks.isRefused()
          || !sameType(ours, flinks) && !otherType.test(this)) {
        return false;
      }
      for (int row = 0; row < ours.values().size(); row++) {
        String our = ours.values().get(row);
        String flink = flinks.values().get(row);
        if (!sameValue(our, flink) && !test.holds(row, our, flink)) {
          return false;
        }
      }
      return true;
    }

    /** Whether an operand has a type of one of the families. */
    boolean ofType(int operand, LogicalTypeFamily... families) {
      return operands.size() > operand
          && operands.get(operand).type() != null
          && operands.get(operand).type().isAnyOf(families);
    }

    /** Whether a part of the expression, or itself, passes a test. */
    boolean contains(Predicate<Tree> test) {
      return parts(tree).anyMatch(test);
    }

    /** Whether an operand, or a part of one, has a value in a row that passes a test. */
    boolean anyPart(int row, Predicate<String> test) {
      return tree.operands().stream()
          .flatMap(Difference::parts)
          .map(here)
          .filter(answer -> !answer.isRefused())
          .anyMatch(answer -> test.test(answer.values().get(row)));
    }

    boolean operandIsNullThoughNotNull(int row) {
      return operands.stream()
          .anyMatch(
              operand ->
                  !operand.isRefused()
                      && !operand.type().isNullable()
                      && operand.values().get(row) == null);
    }

    /** Whether an expression has no column, so that Flink computes it when it plans. */
    static boolean isConstant(Tree tree) {
      return parts(tree)
          .filter(part -> part.operands().isEmpty())
          .noneMatch(
              leaf -> leaf.sql().matches("(\\w*\\()?[a-z][a-z0-9]*\\b[^'].*|[a-z][a-z0-9]*"));
    }

    private static Stream<Tree> parts(Tree tree) {
      return Stream.concat(Stream.of(tree), tree.operands().stream().flatMap(Difference::parts));
    }

    @Override
    public String toString() {
      return sql()
          + "\n  Flink "
          + flinks
          + "\n  here  "
          + ours
          + IntStream.range(0, operands.size())
              .mapToObj(i -> "\n  " + tree.operands().get(i).sql() + ": " + operands.get(i))
              .collect(Collectors.joining());
    }
  }

  private final List<RowData> rows;
  private final FlinkSql flink;
  private final TypedExpressions expressions;
  private final Map<String, Integer> outcomes = new TreeMap<>();

  SqlDifferential(long seed) {
    expressions = new TypedExpressions(seed);
    rows = expressions.rows(ROWS);
    flink = new FlinkSql(TypedExpressions.TYPE, rows, TypedExpressions.ZONE);
  }

  /**
   * How many expressions had a value for some row in both, failed in both, were refused by both.
   */
  Map<String, Integer> outcomes() {
    return outcomes;
  }

  /** The smallest expressions that differ of so many random ones. */
  List<Difference> run(int count) {
    List<Difference> differences = new ArrayList<>();
    for (int done = 0; done < count; done += BATCH) {
      List<Tree> trees = new ArrayList<>();
      for (int i = 0; i < Math.min(BATCH, count - done); i++) {
        trees.add(expressions.next());
      }
      List<Difference> found = differences(trees, new ArrayList<>());
      count(found, trees.size());
      differences.addAll(smallest(found.stream().filter(Objects::nonNull).toList()));
    }
    return differences;
  }

  private void count(List<Difference> found, int size) {
    outcomes.merge("differ", (int) found.stream().filter(Objects::nonNull).count(), Integer::sum);
    outcomes.merge("all", size, Integer::sum);
  }

  /**
   * For each tree the difference, or null where there is none.
   *
   * @param answers where Flink's answers are put
   */
  private List<Difference> differences(List<Tree> trees, List<Answer> answers) {
    List<String> sqls = trees.stream().map(Tree::sql).toList();
    List<Answer> ours = trees.stream().map(this::ours).toList();
    List<Answer> theirs =
        flink.answers(
            sqls,
            ours.stream()
                .map(answer -> answer.values().stream().anyMatch(Answer::isFailure))
                .toList());
    answers.addAll(theirs);
    List<Difference> differences = new ArrayList<>();
    for (int i = 0; i < trees.size(); i++) {
      Answer our = ours.get(i);
      Answer their = theirs.get(i);
      boolean same = same(our, their);
      differences.add(
          same ? null : new Difference(trees.get(i), our, their, List.of(), this::ours));
      if (same) {
        outcomes.merge(
            our.isRefused()
                ? "both refuse"
                : our.values().stream().allMatch(Answer::isFailure)
                    ? "both fail"
                    : our.values().stream().allMatch(Objects::isNull) ? "only NULL" : "same values",
            1,
            Integer::sum);
      }
    }
    return differences;
  }

  /** Puts in place of an expression that differs an operand that does, as long as there is one. */
  private List<Difference> smallest(List<Difference> found) {
    List<Difference> smallest = new ArrayList<>();
    List<Difference> current = found;
    while (!current.isEmpty()) {
      List<Tree> operands =
          current.stream().flatMap(difference -> difference.tree().operands().stream()).toList();
      Map<String, Integer> before = new TreeMap<>(outcomes);
      List<Answer> answers = new ArrayList<>();
      List<Difference> ofOperands = differences(operands, answers);
      outcomes.clear();
      outcomes.putAll(before);
      List<Difference> next = new ArrayList<>();
      int place = 0;
      for (Difference difference : current) {
        int end = place + difference.tree().operands().size();
        List<Difference> inside =
            ofOperands.subList(place, end).stream().filter(Objects::nonNull).toList();
        if (inside.isEmpty()) {
          smallest.add(
              new Difference(
                  difference.tree(),
                  difference.ours(),
                  difference.flinks(),
                  List.copyOf(answers.subList(place, end)),
                  difference.here()));
        } else {
          next.add(inside.get(0));
        }
        place = end;
      }
      current = next;
    }
    return smallest;
  }

  private static boolean same(Answer ours, Answer flinks) {
    if (ours.isRefused() || flinks.isRefused()) {
      return ours.isRefused() && flinks.isRefused() && !ours.refusal().contains(CRASH);
    }
    if (!sameType(ours, flinks)) {
      return false;
    }
    for (int i = 0; i < ours.values().size(); i++) {
      if (!sameValue(ours.values().get(i), flinks.values().get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameType(Answer ours, Answer flinks) {
    return ExpressionCases.text(ours.type()).equals(ExpressionCases.text(flinks.type()));
  }

  private static boolean sameValue(String our, String flink) {
    return Objects.equals(our, flink) || Answer.isFailure(our) && Answer.isFailure(flink);
  }

  private Answer ours(Tree tree) {
    String sql = tree.sql();
    Diagnostics diagnostics = new Diagnostics();
    Expression expression;
    try {
      expression =
          new ExpressionCompiler(
                  TypedExpressions.TYPE, List.of("step"), TypedExpressions.ZONE, diagnostics)
              .compile(
                  sql, new BitSet(), false, new ExpressionErrors(sql, "expression", diagnostics));
      diagnostics.throwIfAny();
    } catch (PatternException e) {
      return Answer.refused(e);
    } catch (RuntimeException | Error e) {
      return Answer.refused(new AssertionError(CRASH + e));
    }
    Answer.Reader reader = new Answer.Reader(expression.type());
    List<String> values = new ArrayList<>();
    for (RowData row : rows) {
      Evaluation evaluation = new Evaluation();
      evaluation.event = row;
      try {
        values.add(reader.text(expression.value(evaluation)));
      } catch (RuntimeException e) {
        values.add(Answer.failure(e));
      } catch (Error e) {
        values.add(CRASH + e);
      }
    }
    return new Answer(expression.type(), values, null);
  }
}
