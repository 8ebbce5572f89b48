package org.pyflinkcep.flink;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.table.types.logical.RowType;
import org.pyflinkcep.matcher.Event;
import org.pyflinkcep.matcher.KeyMatches;
import org.pyflinkcep.matcher.MatchQueue;
import org.pyflinkcep.matcher.PartialMatch;
import org.pyflinkcep.matcher.RuleMatches;
import org.pyflinkcep.matcher.TakenEvent;

/**
 * Writes what is under way for a key. Events and the lists of taken events are shared between
 * partial matches: each is written once, and referred to by its number.
 */
final class KeyMatchesSerializer extends EventStateSerializer<KeyMatches> {

  private static final int NONE = -1;

  KeyMatchesSerializer(List<RowType> history) {
    super(history);
  }

  @Override
  KeyMatchesSerializer withHistory(List<RowType> history) {
    return new KeyMatchesSerializer(history);
  }

  @Override
  public KeyMatches createInstance() {
    return new KeyMatches(rows().current());
  }

  @Override
  public KeyMatches copy(KeyMatches from) {
    return from.copy();
  }

  @Override
  public void serialize(KeyMatches key, DataOutputView target) throws IOException {
    rows().writeType(key.eventType(), target);
    target.writeLong(key.nextEventId());
    Shared shared = new Shared(key);
    target.writeInt(shared.events.size());
    for (Event event : shared.events) {
      target.writeLong(event.id());
      target.writeLong(event.timestamp());
      rows().write(key.eventType(), event.row(), target);
    }
    target.writeInt(shared.taken.size());
    for (TakenEvent taken : shared.taken) {
      target.writeInt(shared.numberOf(taken.taken()));
      target.writeShort(taken.step());
      target.writeInt(shared.numberOf(taken.previous()));
    }
    target.writeInt(key.rules().size());
    for (RuleMatches matches : key.rules()) {
      target.writeInt(matches.rule);
      target.writeLong(matches.nextDue);
      writeQueue(matches.partial, shared, target);
      writeQueue(matches.completed, shared, target);
    }
  }

  private static void writeQueue(MatchQueue matches, Shared shared, DataOutputView target)
      throws IOException {
    target.writeInt(matches.size());
    for (int i = 0; i < matches.size(); i++) {
      PartialMatch match = matches.get(i);
      target.writeShort(match.state());
      target.writeInt(shared.numberOf(match.newest()));
      target.writeInt(shared.numberOf(match.start()));
    }
  }

  @Override
  public KeyMatches deserialize(DataInputView source) throws IOException {
    RowType type = rows().readType(source);
    long nextEventId = source.readLong();
    Event[] events = new Event[source.readInt()];
    for (int i = 0; i < events.length; i++) {
      long id = source.readLong();
      long timestamp = source.readLong();
      events[i] = new Event(rows().read(type, source), timestamp, id);
    }
    TakenEvent[] taken = new TakenEvent[source.readInt()];
    for (int i = 0; i < taken.length; i++) {
      Event event = events[source.readInt()];
      int step = source.readShort();
      int previous = source.readInt();
      taken[i] = new TakenEvent(event, step, previous == NONE ? null : taken[previous]);
    }
    int count = source.readInt();
    List<RuleMatches> rules = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int rule = source.readInt();
      long nextDue = source.readLong();
      MatchQueue partial = readQueue(events, taken, source);
      MatchQueue completed = readQueue(events, taken, source);
      rules.add(new RuleMatches(rule, partial, completed, nextDue));
    }
    return new KeyMatches(type, rules, nextEventId);
  }

  private static MatchQueue readQueue(Event[] events, TakenEvent[] taken, DataInputView source)
      throws IOException {
    MatchQueue matches = new MatchQueue();
    int size = source.readInt();
    for (int i = 0; i < size; i++) {
      int state = source.readShort();
      TakenEvent newest = taken[source.readInt()];
      matches.add(new PartialMatch(state, newest, events[source.readInt()]));
    }
    return matches;
  }

  @Override
  public TypeSerializerSnapshot<KeyMatches> snapshotConfiguration() {
    return new Snapshot(rows().history());
  }

  /** The events and lists of a key, each once, and before those that refer to it. */
  private static final class Shared {

    private final List<Event> events = new ArrayList<>();
    private final List<TakenEvent> taken = new ArrayList<>();
    private final Map<Long, Integer> eventNumbers = new HashMap<>();
    private final Map<TakenEvent, Integer> takenNumbers = new IdentityHashMap<>();

    Shared(KeyMatches key) {
      for (RuleMatches matches : key.rules()) {
        add(matches.partial);
        add(matches.completed);
      }
    }

    private void add(MatchQueue matches) {
      for (int i = 0; i < matches.size(); i++) {
        add(matches.get(i).newest());
      }
    }

    private void add(TakenEvent newest) {
      Deque<TakenEvent> open = new ArrayDeque<>();
      for (TakenEvent t = newest; t != null && !takenNumbers.containsKey(t); t = t.previous()) {
        open.push(t);
      }
      while (!open.isEmpty()) {
        TakenEvent next = open.pop();
        takenNumbers.put(next, taken.size());
        taken.add(next);
        if (eventNumbers.putIfAbsent(next.taken().id(), events.size()) == null) {
          events.add(next.taken());
        }
      }
    }

    int numberOf(Event event) {
      return eventNumbers.get(event.id());
    }

    int numberOf(TakenEvent list) {
      return list == null ? NONE : takenNumbers.get(list);
    }
  }

  /** Its snapshot. */
  public static final class Snapshot extends EventStateSnapshot<KeyMatches> {

    /** For Flink, which fills it from a savepoint. */
    public Snapshot() {}

    Snapshot(List<RowType> history) {
      super(history);
    }

    @Override
    EventStateSerializer<KeyMatches> serializer(List<RowType> history) {
      return new KeyMatchesSerializer(history);
    }
  }
}
