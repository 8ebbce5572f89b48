package org.pyflinkcep.expression;

import java.util.List;
import java.util.Set;
import org.apache.flink.table.types.logical.LogicalType;

/**
 * A typed expression that can be evaluated: a node of the tree that {@link Checker} builds.
 *
 * <p>A node can be asked for its value in three ways; which one is the fastest follows from its
 * type. A NULL sets {@link Evaluation#isNull} where the result can't be null itself.
 */
abstract class Expression {

  /** Three-valued logic in numbers, so that AND is the least and OR the greatest. */
  static final int FALSE = 0;

  static final int UNKNOWN = 1;
  static final int TRUE = 2;

  private static final Set<String> INFIX =
      Set.of("=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "||", "AND", "OR");

  private final String name;
  private final LogicalType type;
  private final List<Expression> operands;
  private final int depth;
  private final long size;

  Expression(String name, LogicalType type, Expression... operands) {
    this(name, type, 1, operands);
  }

  /**
   * @param ownSize the size without that of the operands
   */
  Expression(String name, LogicalType type, long ownSize, Expression... operands) {
    this.name = name;
    this.type = type;
    this.operands = List.of(operands);
    this.size = ownSize + this.operands.stream().mapToLong(operand -> operand.size).sum();
    this.depth = 1 + this.operands.stream().mapToInt(operand -> operand.depth).max().orElse(0);
  }

  /** The value in Flink's internal representation of the type, or null. */
  abstract Object value(Evaluation evaluation);

  /** The value of a BOOLEAN: {@link #FALSE}, {@link #UNKNOWN} or {@link #TRUE}. */
  int truth(Evaluation evaluation) {
    Object value = value(evaluation);
    return value == null ? UNKNOWN : (Boolean) value ? TRUE : FALSE;
  }

  /** The value of a type that is held as a whole number; sets {@link Evaluation#isNull}. */
  long longValue(Evaluation evaluation) {
    Object value = value(evaluation);
    evaluation.isNull = value == null;
    return value == null ? 0 : ((Number) value).longValue();
  }

  /** The value of a FLOAT or DOUBLE; sets {@link Evaluation#isNull}. */
  double doubleValue(Evaluation evaluation) {
    Object value = value(evaluation);
    evaluation.isNull = value == null;
    return value == null ? 0 : ((Number) value).doubleValue();
  }

  final LogicalType type() {
    return type;
  }

  /** The type as errors show it. */
  final String sqlType() {
    return type.copy(true).asSummaryString();
  }

  final String name() {
    return name;
  }

  final List<Expression> operands() {
    return operands;
  }

  /** How many expressions are nested in each other, this one included. */
  final int depth() {
    return depth;
  }

  /** How many expressions this is made of: one that occurs twice in it counts twice. */
  final long size() {
    return size;
  }

  /** The place of the field of the event that this is, or -1. */
  int field() {
    return -1;
  }

  /** The operand of a CAST, or null where this is none. */
  Expression castOperand() {
    return null;
  }

  /**
   * What the fields of the tested event must be where a BOOLEAN is TRUE, or else where it is FALSE.
   */
  List<Constraint> constraints(boolean truth) {
    return List.of();
  }

  /** Whether the value is the same for all events. */
  boolean isConstant() {
    return !operands.isEmpty() && operands.stream().allMatch(Expression::isConstant);
  }

  /** Whether the value depends on the events taken before. */
  boolean refersToTaken() {
    return operands.stream().anyMatch(Expression::refersToTaken);
  }

  /** Equal texts mean equal expressions. */
  String canonical() {
    boolean infix = operands.size() > 1 && INFIX.contains(name);
    List<String> texts = operands.stream().map(Expression::canonical).toList();
    return infix
        ? "(" + String.join(" " + name + " ", texts) + ")"
        : name + "(" + String.join(", ", texts) + ")";
  }

  @Override
  public String toString() {
    return canonical();
  }
}
