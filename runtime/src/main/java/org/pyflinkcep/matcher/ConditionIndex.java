package org.pyflinkcep.matcher;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.expression.Constraint;

/**
 * Finds, among many conditions, those that may hold for an event, by what they demand of one of its
 * fields: a hash finds those that ask for a value, a tree those that ask for a range. The others
 * are always found.
 *
 * @param <T> what a condition stands for
 */
final class ConditionIndex<T> {

  /** Up to here, asking all is as fast. */
  private static final int FEW = 8;

  private final List<T> always = new ArrayList<>();
  private final FieldIndex<T>[] fields;

  private ConditionIndex(List<T> always, FieldIndex<T>[] fields) {
    this.always.addAll(always);
    this.fields = fields;
  }

  /** Adds to a list what may hold for an event. */
  void find(RowData row, List<T> found) {
    for (int i = 0; i < always.size(); i++) {
      found.add(always.get(i));
    }
    for (FieldIndex<T> field : fields) {
      Object value = field.getter.getFieldOrNull(row);
      if (value != null) {
        field.find(value, found);
      }
    }
  }

  /** Whether there is one among those that may hold for an event for which a test is true. */
  boolean anyMatch(RowData row, Predicate<T> test) {
    if (anyMatch(always, test)) {
      return true;
    }
    for (FieldIndex<T> field : fields) {
      Object value = field.getter.getFieldOrNull(row);
      if (value != null && field.anyMatch(value, test)) {
        return true;
      }
    }
    return false;
  }

  private static <T> boolean anyMatch(List<T> targets, Predicate<T> test) {
    if (targets != null) {
      for (int i = 0; i < targets.size(); i++) {
        if (test.test(targets.get(i))) {
          return true;
        }
      }
    }
    return false;
  }

  /** The conditions of an index, until it is built. */
  static final class Builder<T> {

    private final RowType eventType;
    private final List<T> all = new ArrayList<>();
    private final List<T> always = new ArrayList<>();
    private final Map<Integer, FieldBuilder<T>> fields = new HashMap<>();

    Builder(RowType eventType) {
      this.eventType = eventType;
    }

    /** Adds what holds for any event, or nothing is known of. */
    void add(T target) {
      all.add(target);
      always.add(target);
    }

    /**
     * Adds what can hold only where all the constraints do. It is found by the one that lets the
     * fewest events through, as far as their kinds tell.
     */
    void add(T target, List<Constraint> constraints) {
      all.add(target);
      Demand best =
          constraints.stream().collect(Collectors.groupingBy(Constraint::field)).entrySet().stream()
              .map(field -> Demand.of(field.getKey(), field.getValue()))
              .filter(demand -> demand.rank < Demand.USELESS)
              .min(Comparator.comparingInt((Demand demand) -> demand.rank))
              .orElse(null);
      if (best == null) {
        always.add(target);
      } else {
        fields.computeIfAbsent(best.field, FieldBuilder::new).add(target, best);
      }
    }

    @SuppressWarnings("unchecked")
    ConditionIndex<T> build() {
      if (all.size() <= FEW) {
        return new ConditionIndex<>(all, new FieldIndex[0]);
      }
      return new ConditionIndex<>(
          always,
          fields.values().stream().map(field -> field.build(eventType)).toArray(FieldIndex[]::new));
    }
  }

  /** What several constraints ask of one field: one of some values, or a range. */
  private static final class Demand {

    static final int USELESS = 3;

    final int field;

    /** Null where a range is asked for. */
    Constraint values;

    /** The bounds, both of which may be in the range; null: there is none. */
    Object lower;

    Object upper;
    int rank = USELESS;

    private Demand(int field) {
      this.field = field;
    }

    static Demand of(int field, List<Constraint> constraints) {
      Demand demand = new Demand(field);
      for (Constraint constraint : constraints) {
        switch (constraint.comparison()) {
          case EQUAL -> {
            if (demand.values == null
                || constraint.constants().size() < demand.values.constants().size()) {
              demand.values = constraint;
            }
          }
          case GREATER, GREATER_OR_EQUAL -> {
            if (demand.lower == null || compare(constraint.constant(), demand.lower) > 0) {
              demand.lower = constraint.constant();
            }
          }
          case LESS, LESS_OR_EQUAL -> {
            if (demand.upper == null || compare(constraint.constant(), demand.upper) < 0) {
              demand.upper = constraint.constant();
            }
          }
          case NOT_EQUAL -> {}
        }
      }
      if (demand.values != null) {
        demand.rank = 0;
      } else if (demand.lower != null || demand.upper != null) {
        demand.rank = demand.lower != null && demand.upper != null ? 1 : 2;
      }
      return demand;
    }
  }

  private static final class FieldBuilder<T> {

    private final int field;
    private final Map<Object, List<T>> byValue = new HashMap<>();
    private final List<T> ranged = new ArrayList<>();
    private final List<Demand> ranges = new ArrayList<>();

    FieldBuilder(int field) {
      this.field = field;
    }

    void add(T target, Demand demand) {
      if (demand.values == null) {
        ranged.add(target);
        ranges.add(demand);
        return;
      }
      for (Object value : demand.values.constants()) {
        byValue.computeIfAbsent(value, v -> new ArrayList<>(1)).add(target);
      }
    }

    FieldIndex<T> build(RowType eventType) {
      return new FieldIndex<>(
          RowData.createFieldGetter(eventType.getTypeAt(field).copy(true), field),
          byValue,
          ranged.isEmpty() ? null : new RangeTree<>(ranged, ranges));
    }
  }

  private record FieldIndex<T>(
      RowData.FieldGetter getter, Map<Object, List<T>> byValue, RangeTree<T> ranges) {

    void find(Object value, List<T> found) {
      List<T> equal = byValue.isEmpty() ? null : byValue.get(value);
      if (equal != null) {
        found.addAll(equal);
      }
      if (ranges != null) {
        ranges.find(value, found);
      }
    }

    boolean anyMatch(Object value, Predicate<T> test) {
      return !byValue.isEmpty() && ConditionIndex.anyMatch(byValue.get(value), test)
          || ranges != null && ranges.anyMatch(value, test);
    }
  }

  /**
   * A segment tree: finds the ranges that a value is in, in the logarithm of their number and as
   * many as there are. Its leaves are the bounds, and what is between them, in order.
   */
  private static final class RangeTree<T> {

    private final Object[] bounds;
    private final int leaves;
    private final List<T>[] nodes;

    @SuppressWarnings("unchecked")
    RangeTree(List<T> targets, List<Demand> ranges) {
      List<Object> all = new ArrayList<>();
      for (Demand range : ranges) {
        if (range.lower != null) {
          all.add(range.lower);
        }
        if (range.upper != null) {
          all.add(range.upper);
        }
      }
      bounds = all.stream().distinct().sorted(ConditionIndex::compare).toArray();
      leaves = Integer.highestOneBit(2 * bounds.length + 1) * 2;
      nodes = new List[2 * leaves];
      for (int i = 0; i < ranges.size(); i++) {
        Demand range = ranges.get(i);
        int first = range.lower == null ? 0 : leafOf(range.lower);
        int last = range.upper == null ? 2 * bounds.length : leafOf(range.upper);
        put(targets.get(i), first, last);
      }
    }

    /** Leaf 2i + 1 is bound i, leaf 2i what is before it. */
    private int leafOf(Object value) {
      int place = Arrays.binarySearch(bounds, value, ConditionIndex::compare);
      return place >= 0 ? 2 * place + 1 : 2 * (-1 - place);
    }

    private void put(T target, int first, int last) {
      int left = first + leaves;
      int right = last + leaves + 1;
      while (left < right) {
        if ((left & 1) == 1) {
          put(target, left++);
        }
        if ((right & 1) == 1) {
          put(target, --right);
        }
        left >>= 1;
        right >>= 1;
      }
    }

    private void put(T target, int node) {
      if (nodes[node] == null) {
        nodes[node] = new ArrayList<>(1);
      }
      nodes[node].add(target);
    }

    void find(Object value, List<T> found) {
      for (int node = leafOf(value) + leaves; node > 0; node >>= 1) {
        List<T> targets = nodes[node];
        if (targets != null) {
          found.addAll(targets);
        }
      }
    }

    boolean anyMatch(Object value, Predicate<T> test) {
      for (int node = leafOf(value) + leaves; node > 0; node >>= 1) {
        if (ConditionIndex.anyMatch(nodes[node], test)) {
          return true;
        }
      }
      return false;
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static int compare(Object left, Object right) {
    return ((Comparable) left).compareTo(right);
  }
}
