package org.pyflinkcep.expression;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/** A pattern that can't be used, with everything that is wrong with it. */
public final class PatternException extends RuntimeException {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ArrayList<Diagnostic> diagnostics;

  public PatternException(List<Diagnostic> diagnostics) {
    super(diagnostics.stream().map(Diagnostic::render).collect(Collectors.joining("\n\n")));
    this.diagnostics = new ArrayList<>(diagnostics);
  }

  public List<Diagnostic> diagnostics() {
    return List.copyOf(diagnostics);
  }

  /** The diagnostics as a JSON array of objects with the fields of {@link Diagnostic}. */
  public String toJson() {
    return toJson(diagnostics);
  }

  /** Diagnostics as a JSON array of objects with the fields of {@link Diagnostic}. */
  public static String toJson(List<Diagnostic> diagnostics) {
    try {
      return JSON.writeValueAsString(diagnostics);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
