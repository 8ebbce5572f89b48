package org.pyflinkcep.flink.decoding;

import java.io.EOFException;
import java.lang.reflect.InvocationTargetException;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import javax.annotation.Nullable;

/**
 * Why a record could not be decoded.
 *
 * <p>The classes of formats and of their libraries are in jars of their own, often relocated. So
 * they are known by the ends of their names.
 *
 * @param error what went wrong in one line, or null where the reason says it all
 * @param stack where it did, or null
 */
record Failure(Reason reason, @Nullable String error, @Nullable String stack) {

  private static final int MESSAGE_LENGTH = 500;
  private static final int FRAMES = 12;

  /** What the registry answers where the record's schema id is to blame. */
  private static final Set<Integer> NO_SUCH_SCHEMA = Set.of(400, 404, 422);

  static Failure of(Reason reason, String error) {
    return new Failure(reason, error, null);
  }

  /**
   * The failure of a record whose decoding threw; not for {@link #isOfRegistry those} of a
   * registry.
   *
   * @param otherwise the reason where what was thrown tells none
   */
  static Failure of(Throwable thrown, int stackLength, Reason otherwise) {
    List<Throwable> causes = causes(thrown);
    Throwable root = causes.get(causes.size() - 1);
    return new Failure(reasonOf(causes, otherwise), oneLine(root), stack(causes, stackLength));
  }

  /**
   * Whether the registry of schemas failed, rather than the record: it can't be reached, refuses
   * the client, or is out of order.
   */
  static boolean isOfRegistry(Throwable thrown) {
    List<Throwable> causes = causes(thrown);
    if (isNoSuchSchema(causes)) {
      return false;
    }
    return causes.stream().anyMatch(cause -> isThrownIn(cause, ".schemaregistry.client.rest."));
  }

  private static Reason reasonOf(List<Throwable> causes, Reason otherwise) {
    if (isNoSuchSchema(causes)
        || causes.stream().anyMatch(cause -> isThrownIn(cause, ".schemaregistry.client."))) {
      return Reason.UNKNOWN_SCHEMA;
    }
    if (causes.stream().anyMatch(Failure::isEnd)) {
      return Reason.TRUNCATED;
    }
    return causes.stream().anyMatch(Failure::isMisfit) ? Reason.WRONG_TYPE : otherwise;
  }

  private static boolean isNoSuchSchema(List<Throwable> causes) {
    for (Throwable cause : causes) {
      if (isCalled(cause, "RestClientException")) {
        return NO_SUCH_SCHEMA.contains(statusOf(cause));
      }
    }
    return false;
  }

  private static int statusOf(Throwable restClientException) {
    try {
      return (int)
          restClientException.getClass().getMethod("getStatus").invoke(restClientException);
    } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
      return -1;
    }
  }

  private static boolean isEnd(Throwable thrown) {
    return thrown instanceof EOFException
        || isCalled(thrown, "JsonEOFException")
        || isCalled(thrown, "InvalidProtocolBufferException")
            && String.valueOf(thrown.getMessage()).contains("ended unexpectedly");
  }

  /** What the converters of formats throw: their own exceptions, and those of Java's parsers. */
  private static boolean isMisfit(Throwable thrown) {
    return isCalled(thrown, "AvroTypeException")
        || thrown instanceof NumberFormatException
        || thrown instanceof ArithmeticException
        || thrown instanceof DateTimeException
        || thrown instanceof ClassCastException;
  }

  private static boolean isCalled(Throwable thrown, String simpleName) {
    return thrown.getClass().getSimpleName().equals(simpleName);
  }

  private static boolean isThrownIn(Throwable thrown, String packageName) {
    for (StackTraceElement frame : thrown.getStackTrace()) {
      if (frame.getClassName().contains(packageName)) {
        return true;
      }
    }
    return false;
  }

  private static List<Throwable> causes(Throwable thrown) {
    List<Throwable> causes = new ArrayList<>();
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Throwable cause = thrown; cause != null && seen.add(cause); cause = cause.getCause()) {
      causes.add(cause);
    }
    return causes;
  }

  private static String oneLine(Throwable thrown) {
    String name = thrown.getClass().getSimpleName();
    String message = thrown.getMessage();
    return message == null
        ? name
        : cut(name + ": " + message.strip().lines().findFirst().orElse(""), MESSAGE_LENGTH);
  }

  /**
   * The causes with their innermost frames. A message may have the whole record in it, so it is
   * cut.
   */
  private static String stack(List<Throwable> causes, int length) {
    StringBuilder text = new StringBuilder();
    for (Throwable cause : causes) {
      text.append(text.isEmpty() ? "" : "Caused by: ").append(cause.getClass().getName());
      if (cause.getMessage() != null) {
        text.append(": ").append(cut(cause.getMessage(), MESSAGE_LENGTH));
      }
      StackTraceElement[] frames = cause.getStackTrace();
      for (int i = 0; i < Math.min(FRAMES, frames.length); i++) {
        text.append("\n\tat ").append(frames[i]);
      }
      text.append('\n');
    }
    return cut(text.toString(), length);
  }

  private static String cut(String text, int length) {
    if (text.length() <= length) {
      return text;
    }
    int end =
        length > 0 && Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length;
    return text.substring(0, end);
  }
}
