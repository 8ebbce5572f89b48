package org.pyflinkcep.bruteforce;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.pyflinkcep.conformance.MatchCase;
import org.pyflinkcep.conformance.MatchCase.Event;
import org.pyflinkcep.conformance.Outcome;

/**
 * What a pattern means, as plain loops over the events: every way to take events is tried, and
 * nothing is shared with the matcher. Conditions are {@code name IN (...)}; there is no skip
 * strategy.
 */
final class BruteForce {

  /** An event that must not come before the next one is taken. */
  private record Absence(JsonNode step, Set<String> names, Long within, boolean onlyNext) {}

  /** What a greedy loop would still take, and what comes after it does not get before it takes. */
  private record Greedy(Set<String> names, long within) {}

  private record Taken(JsonNode step, String name, int event) {}

  /** What has been taken, and what holds until the next event is. */
  private record Run(
      List<Taken> taken, List<Absence> absences, List<Greedy> greedy, boolean isOver) {

    Run take(JsonNode step, int event, boolean last) {
      List<Taken> more = new ArrayList<>(taken);
      more.add(new Taken(step, step.elements().next().asText(), event));
      return new Run(more, List.of(), List.of(), last);
    }

    Run absent(Absence absence) {
      List<Absence> more = new ArrayList<>(absences);
      more.add(absence);
      return new Run(taken, more, greedy, isOver);
    }

    Run after(Greedy loop) {
      List<Greedy> more = new ArrayList<>(greedy);
      more.add(loop);
      return new Run(taken, absences, more, isOver);
    }

    int last() {
      return taken.get(taken.size() - 1).event();
    }
  }

  /** A loop that is under way: how many events had been taken when it began. */
  private record Loop(JsonNode step, int begun) {}

  /** How the next event is taken: what a step says of it, and what is around it. */
  private record Way(
      String verb,
      boolean canDoWithout,
      Set<String> until,
      Absence alsoAbsent,
      long limit,
      List<Loop> loops) {

    Way in(Loop loop) {
      List<Loop> more = new ArrayList<>(loops);
      more.add(loop);
      return new Way(verb, canDoWithout, until, alsoAbsent, limit, more);
    }

    Way as(String other) {
      return new Way(other, canDoWithout, until, alsoAbsent, limit, loops);
    }

    Way bounded(JsonNode step) {
      return step.has("within_previous")
          ? new Way(
              verb,
              canDoWithout,
              until,
              alsoAbsent,
              Math.min(limit, step.get("within_previous").asLong()),
              loops)
          : this;
    }

    Way next() {
      return new Way(verb, false, until, null, limit, loops);
    }

    Way optional() {
      return new Way(verb, true, until, alsoAbsent, limit, loops);
    }

    Way inside(Set<String> ends, Absence absence) {
      return new Way(verb, canDoWithout, ends, absence, limit, loops);
    }
  }

  private final List<Event> events;
  private final JsonNode steps;
  private final Long within;
  private final List<String> matches = new ArrayList<>();
  private final List<String> timeouts = new ArrayList<>();

  private BruteForce(MatchCase matchCase) {
    events = matchCase.events();
    steps = matchCase.pattern().get("steps");
    within = window(matchCase.pattern(), null);
  }

  /** The matches, and of the timeouts those that a pattern without a window of the whole has. */
  static Outcome run(MatchCase matchCase) {
    BruteForce search = new BruteForce(matchCase);
    for (int start = 0; start < search.events.size(); start++) {
      int from = start;
      Run none = new Run(List.of(), List.of(), List.of(), false);
      Way way = new Way("begin at " + from, false, Set.of(), null, Long.MAX_VALUE, List.of());
      search.sequence(search.steps, 0, null, way, none, search::complete);
    }
    return new Outcome(search.matches, search.timeouts, List.of());
  }

  private static Long window(JsonNode node, Long shortest) {
    Long window = shortest;
    if (node.has("within")) {
      window = Math.min(node.get("within").asLong(), window == null ? Long.MAX_VALUE : window);
    }
    for (JsonNode step : node.isArray() ? node : node.path("steps")) {
      window = window(step, window);
      if (step.elements().next().isArray()) {
        window = window(step.elements().next(), window);
      }
    }
    return window;
  }

  // ---- steps --------------------------------------------------------------------------------

  /**
   * @param after the step after the sequence
   * @param way how the first step is taken
   */
  private void sequence(
      JsonNode sequence, int place, JsonNode after, Way way, Run run, Consumer<Run> then) {
    if (place == sequence.size()) {
      then.accept(run);
      return;
    }
    JsonNode step = sequence.get(place);
    JsonNode following = place + 1 < sequence.size() ? sequence.get(place + 1) : after;
    Consumer<Run> rest =
        next ->
            sequence(
                sequence,
                place + 1,
                after,
                next.taken.size() > run.taken.size() ? way.next() : way,
                next,
                then);
    String verb = step.fieldNames().next();
    if (verb.startsWith("not_")) {
      rest.accept(run.absent(absence(step, verb.equals("not_next"))));
    } else {
      // What has taken nothing yet begins with any step.
      step(step, following, place == 0 || run.taken.isEmpty() ? way : way.as(verb), run, rest);
    }
  }

  private static Absence absence(JsonNode step, boolean onlyNext) {
    return new Absence(step, names(step), longOf(step, "within_previous"), onlyNext);
  }

  private void step(JsonNode step, JsonNode following, Way way, Run run, Consumer<Run> then) {
    String times = step.path("times").asText();
    boolean optional = step.path("optional").asBoolean() || times.startsWith("0");
    if (optional) {
      boolean greedy = step.path("greedy").asBoolean();
      then.accept(greedy ? run.after(new Greedy(names(step), Long.MAX_VALUE)) : run);
    }
    Way taking = optional ? way.optional() : way;
    if (times.isEmpty()) {
      once(step, following, taking, run, then);
      return;
    }
    String[] ends = times.split("\\.\\.|\\+");
    int min = Math.max(1, Integer.parseInt(ends[0]));
    int max = times.endsWith("+") ? Integer.MAX_VALUE : Integer.parseInt(ends[ends.length - 1]);
    Way looping = taking.in(new Loop(step, run.taken.size()));
    passage(step, following, looping, 0, min, max, run, then);
  }

  /** The next passage of a loop, and what comes after it. */
  private void passage(
      JsonNode step,
      JsonNode following,
      Way way,
      int count,
      int min,
      int max,
      Run run,
      Consumer<Run> then) {
    if (count >= min) {
      boolean open = min != max && step.path("greedy").asBoolean();
      then.accept(open ? run.after(new Greedy(names(step), limit(way.bounded(step), run))) : run);
    }
    if (count == max || run.isOver) {
      return;
    }
    Way next = way;
    if (count > 0) {
      String verb =
          step.path("consecutive").asBoolean()
              ? "next"
              : step.path("allow_combinations").asBoolean() ? "followed_by_any" : "followed_by";
      boolean stops =
          following != null
              && following.has("not_followed_by")
              && !step.elements().next().isArray();
      next = new Way(verb, count >= min, way.until, null, way.limit, way.loops);
      next = next.inside(names(step.get("until")), stops ? absence(following, false) : null);
    }
    once(
        step,
        following,
        next,
        run,
        taken -> {
          if (taken.taken.size() > run.taken.size()) {
            passage(step, following, way, count + 1, min, max, taken, then);
          }
        });
  }

  private void once(JsonNode step, JsonNode following, Way way, Run run, Consumer<Run> then) {
    JsonNode group = step.elements().next();
    if (group.isArray()) {
      sequence(group, 0, following, way.bounded(step), run, then);
    } else {
      take(step, way.bounded(step), run, then);
    }
  }

  // ---- events -------------------------------------------------------------------------------

  private void take(JsonNode step, Way way, Run run, Consumer<Run> then) {
    if (run.isOver) {
      return;
    }
    Set<String> names = names(step);
    Set<String> until = names(step.get("until"));
    if (way.verb.startsWith("begin at ")) {
      int start = Integer.parseInt(way.verb.substring("begin at ".length()));
      if (names.contains(events.get(start).name()) && !until.contains(events.get(start).name())) {
        then.accept(run.take(step, start, false));
      }
      return;
    }
    long limit = limit(way, run);
    long begun = time(run.taken.get(0).event());
    long last = time(run.last());
    for (int i = run.last() + 1; i < events.size(); i++) {
      String name = events.get(i).name();
      long time = time(i);
      if ((within != null && time - begun >= within) || time - last >= limit) {
        break;
      }
      boolean isNext = i == run.last() + 1;
      if (run.absences.stream().anyMatch(a -> a.onlyNext && isNext && forbids(a, name, time, last))
          || run.greedy.stream().anyMatch(g -> g.names.contains(name) && time - last < g.within)
          || way.until.contains(name)) {
        return;
      }
      boolean forbidden =
          run.absences.stream().anyMatch(a -> !a.onlyNext && forbids(a, name, time, last))
              || way.alsoAbsent != null && forbids(way.alsoAbsent, name, time, last);
      boolean fits = names.contains(name);
      if (fits && !until.contains(name)) {
        then.accept(run.take(step, i, forbidden));
      }
      if (forbidden || way.verb.equals("next") || (fits && way.verb.equals("followed_by"))) {
        return;
      }
    }
    if (limit != Long.MAX_VALUE && !way.canDoWithout) {
      timeouts.add(Outcome.timeout(last + limit, text(run)));
    }
  }

  private static boolean forbids(Absence absence, String name, long time, long last) {
    return absence.names.contains(name) && (absence.within == null || time - last < absence.within);
  }

  /** How long after the event before an event of a step may come. */
  private static long limit(Way way, Run run) {
    long limit = way.limit;
    for (Loop loop : way.loops) {
      if (run.taken.size() > loop.begun && loop.step.has("times_within")) {
        limit = Math.min(limit, loop.step.get("times_within").asLong());
      }
    }
    return limit;
  }

  /** The end of the pattern is reached: a match, unless what must not come does come. */
  private void complete(Run run) {
    List<Absence> absences = run.absences;
    long begun = time(run.taken.get(0).event());
    long last = time(run.last());
    int next = run.last() + 1;
    boolean hasNext = next < events.size() && (within == null || time(next) - begun < within);
    if (absences.isEmpty()) {
      matches.add(text(run));
    } else if (!run.isOver && absences.get(absences.size() - 1).onlyNext) {
      String name = hasNext ? events.get(next).name() : null;
      if (hasNext && absences.stream().noneMatch(a -> forbids(a, name, time(next), last))) {
        matches.add(text(run));
      }
    } else if (!run.isOver && absences.stream().noneMatch(a -> comes(a, begun, last, next))) {
      matches.add(text(run));
    }
  }

  private boolean comes(Absence absence, long begun, long last, int next) {
    long until = within == null ? Long.MAX_VALUE : begun + within;
    for (int i = next; i < events.size() && time(i) < until; i++) {
      if (forbids(absence, events.get(i).name(), time(i), last)) {
        return true;
      }
      if (absence.onlyNext) {
        return false;
      }
    }
    return false;
  }

  private long time(int event) {
    return events.get(event).ts();
  }

  private static Set<String> names(JsonNode step) {
    if (step == null || step.isObject() && !step.has("where")) {
      return Set.of();
    }
    String where = step.isTextual() ? step.asText() : step.get("where").asText();
    return new HashSet<>(Arrays.asList(where.replaceAll("name IN \\('|'\\)", "").split("', '")));
  }

  private static Long longOf(JsonNode step, String key) {
    return step.has(key) ? step.get(key).asLong() : null;
  }

  private String text(Run run) {
    Map<String, List<String>> taken = new TreeMap<>();
    for (Taken event : run.taken) {
      taken
          .computeIfAbsent(event.name, name -> new ArrayList<>())
          .add(events.get(event.event).eid());
    }
    return taken.toString().replace("=", ": ");
  }
}
