package org.pyflinkcep.flink.decoding;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Whether bytes are text, and how long it is. Libraries often put a sign in place of what is none.
 */
final class Utf8 {

  private Utf8() {}

  /**
   * Checks a record of text.
   *
   * @throws MisfitException it is no UTF-8, nor UTF-16 or UTF-32, which parsers know by their zeros
   */
  static void check(byte[] message) throws MisfitException {
    boolean isWider =
        message.length > 1
            && (message[0] == 0 || message[1] == 0 || message[0] == -1 || message[0] == -2);
    if (!isWider && !isValid(message, 0, message.length)) {
      throw MisfitException.unreadable("the record has bytes that are no UTF-8");
    }
  }

  static boolean isValid(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] < 0) {
        return isValid(bytes, i, to, StandardCharsets.UTF_8);
      }
    }
    return true;
  }

  static boolean isValid(byte[] bytes, int from, int to, Charset charset) {
    try {
      charset
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes, from, to - from));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  /** How many characters valid UTF-8 has: all bytes but those that go on with one. */
  static int length(byte[] bytes, int from, int to) {
    int length = 0;
    for (int i = from; i < to; i++) {
      if ((bytes[i] & 0xc0) != 0x80) {
        length++;
      }
    }
    return length;
  }

  /** Whether each half of a character outside the first plane has the other. */
  static boolean isWhole(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (!Character.isHighSurrogate(text.charAt(i))
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return false;
        }
        i++;
      }
    }
    return true;
  }
}
