package org.pyflinkcep.differential;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.pyflinkcep.conformance.MatchCase;
import org.pyflinkcep.conformance.MatchCase.Signal;

/** Takes parts away from a case for as long as it stays interesting. */
final class Shrinker {

  private final Predicate<MatchCase> interesting;

  Shrinker(Predicate<MatchCase> interesting) {
    this.interesting = interesting;
  }

  MatchCase shrink(MatchCase matchCase) {
    MatchCase smallest = matchCase;
    boolean smaller = true;
    while (smaller) {
      smaller = false;
      for (MatchCase candidate : candidates(smallest)) {
        if (interesting.test(candidate)) {
          smallest = candidate;
          smaller = true;
          break;
        }
      }
    }
    return smallest;
  }

  private static List<MatchCase> candidates(MatchCase matchCase) {
    List<MatchCase> candidates = new ArrayList<>();
    for (int i = 0; i < matchCase.stream().size(); i++) {
      List<Signal> stream = new ArrayList<>(matchCase.stream());
      stream.remove(i);
      candidates.add(matchCase.withStream(stream));
    }
    ObjectNode pattern = (ObjectNode) matchCase.pattern();
    for (String field : fields(pattern)) {
      if (!field.equals("steps")) {
        candidates.add(matchCase.withPattern(pattern.deepCopy().without(field)));
      }
    }
    List<ArrayNode> shorter = new ArrayList<>();
    smaller((ArrayNode) pattern.get("steps"), shorter);
    for (ArrayNode steps : shorter) {
      candidates.add(matchCase.withPattern(pattern.deepCopy().set("steps", steps)));
    }
    candidates.removeIf(c -> c.pattern().get("steps").isEmpty());
    return candidates;
  }

  /** The same steps with one less, or one with less to it. */
  private static void smaller(ArrayNode steps, List<ArrayNode> found) {
    for (int i = 0; i < steps.size(); i++) {
      ObjectNode step = (ObjectNode) steps.get(i);
      JsonNode target = step.elements().next();
      ArrayNode without = steps.deepCopy();
      without.remove(i);
      if (i == 0 && !without.isEmpty()) {
        without.set(0, renamedVerb((ObjectNode) without.get(0), "begin"));
      }
      found.add(without);
      Iterator<String> options = step.fieldNames();
      options.next();
      while (options.hasNext()) {
        found.add(with(steps, i, step.deepCopy().without(options.next())));
      }
      if (target instanceof ArrayNode group) {
        String verb = step.fieldNames().next();
        List<ArrayNode> bodies = new ArrayList<>();
        smaller(group, bodies);
        for (ArrayNode body : bodies) {
          if (!body.isEmpty()) {
            found.add(with(steps, i, step.deepCopy().set(verb, body)));
          }
        }
        if (group.size() == 1) {
          ObjectNode only = renamedVerb((ObjectNode) group.get(0), verb);
          found.add(with(steps, i, only));
        }
      }
    }
  }

  private static ArrayNode with(ArrayNode steps, int index, JsonNode step) {
    ArrayNode changed = steps.deepCopy();
    changed.set(index, step);
    return changed;
  }

  private static ObjectNode renamedVerb(ObjectNode step, String verb) {
    ObjectNode renamed = step.objectNode();
    renamed.set(verb, step.elements().next());
    Iterator<String> fields = step.fieldNames();
    fields.next();
    fields.forEachRemaining(field -> renamed.set(field, step.get(field)));
    return renamed;
  }

  private static List<String> fields(ObjectNode node) {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
