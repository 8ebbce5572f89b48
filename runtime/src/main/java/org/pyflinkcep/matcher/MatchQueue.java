package org.pyflinkcep.matcher;

import java.util.Arrays;

/**
 * Partial matches, of which the first is always one that began first.
 *
 * <p>A binary heap in an array. Where several began with the same event, the heap's layout decides
 * which comes first, and with a skip strategy that decides which of them is the match. So that it
 * is the one that flink-cep finds, elements are moved as {@link java.util.PriorityQueue} moves
 * them.
 */
public final class MatchQueue {

  private static final PartialMatch[] EMPTY = {};

  private PartialMatch[] items = EMPTY;
  private int size;

  public int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  public PartialMatch get(int index) {
    return items[index];
  }

  PartialMatch first() {
    return size == 0 ? null : items[0];
  }

  public void add(PartialMatch match) {
    if (size == items.length) {
      items = Arrays.copyOf(items, size < 8 ? size + 1 : size + (size >> 1));
    }
    siftUp(size++, match);
  }

  PartialMatch poll() {
    PartialMatch first = items[0];
    PartialMatch last = items[--size];
    items[size] = null;
    if (size > 0) {
      siftDown(0, last);
    }
    return first;
  }

  /** Takes out all from the index on, in the order of the array, into the buffer's beginning. */
  PartialMatch[] cut(int from, PartialMatch[] buffer) {
    int count = size - from;
    PartialMatch[] target =
        buffer.length >= count ? buffer : new PartialMatch[Math.max(count, 2 * buffer.length)];
    System.arraycopy(items, from, target, 0, count);
    Arrays.fill(items, from, size, null);
    size = from;
    return target;
  }

  /** Removes those that began before the event with the given id. */
  void removeStartedBefore(long eventId) {
    if (size == 0 || items[0].start().id() >= eventId) {
      return;
    }
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (items[i].start().id() >= eventId) {
        items[kept++] = items[i];
      }
    }
    Arrays.fill(items, kept, size, null);
    size = kept;
    for (int i = (size >>> 1) - 1; i >= 0; i--) {
      siftDown(i, items[i]);
    }
  }

  void clear() {
    Arrays.fill(items, 0, size, null);
    size = 0;
  }

  private void siftUp(int hole, PartialMatch match) {
    while (hole > 0) {
      int parent = (hole - 1) >>> 1;
      if (!match.startedBefore(items[parent])) {
        break;
      }
      items[hole] = items[parent];
      hole = parent;
    }
    items[hole] = match;
  }

  private void siftDown(int hole, PartialMatch match) {
    int firstLeaf = size >>> 1;
    while (hole < firstLeaf) {
      int child = 2 * hole + 1;
      if (child + 1 < size && items[child + 1].startedBefore(items[child])) {
        child++;
      }
      if (!items[child].startedBefore(match)) {
        break;
      }
      items[hole] = items[child];
      hole = child;
    }
    items[hole] = match;
  }

  /** A copy that shares the partial matches, which never change. */
  public MatchQueue copy() {
    MatchQueue copy = new MatchQueue();
    copy.items = size == 0 ? EMPTY : Arrays.copyOf(items, size);
    copy.size = size;
    return copy;
  }
}
