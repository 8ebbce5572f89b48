package org.pyflinkcep.flink.decoding;

import java.io.IOException;

/** What is wrong with a record, in words for whoever reads the dead letter. */
final class MisfitException extends IOException {

  private static final long serialVersionUID = 1L;
  private static final int SHOWN = 60;

  private final Reason reason;

  MisfitException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** A value that a column can't hold. */
  static MisfitException ofValue(String path, Object type, String value) {
    return new MisfitException(
        Reason.WRONG_TYPE, "`" + path + "`: expected " + type + ", found " + shown(value));
  }

  static MisfitException truncated() {
    return new MisfitException(Reason.TRUNCATED, "the record ends within a field");
  }

  static MisfitException leftOver(int count) {
    return new MisfitException(
        Reason.UNREADABLE,
        count + (count == 1 ? " byte is" : " bytes are") + " left over behind the last field");
  }

  static MisfitException unreadable(String message) {
    return new MisfitException(Reason.UNREADABLE, message);
  }

  Reason reason() {
    return reason;
  }

  /** Records that don't fit may be many, and where they are found in the code says nothing. */
  @Override
  public Throwable fillInStackTrace() {
    return this;
  }

  private static String shown(String value) {
    if (value.length() <= SHOWN) {
      return value;
    }
    int end = Character.isHighSurrogate(value.charAt(SHOWN - 1)) ? SHOWN - 1 : SHOWN;
    return value.substring(0, end) + "…";
  }
}
