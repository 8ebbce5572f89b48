package org.pyflinkcep.flink.decoding;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Supplier;

/** Records as producers really send them: good ones, and what becomes of good ones on their way. */
final class RandomRecords {

  private static final byte[][] ENDS =
      bytes("\n", ",", "}", "]", "\u0000", " ", "garbage", "\uFEFF", "\"", "null", "\r\n\r\n");

  private final Random random;
  private final Supplier<byte[]> good;

  RandomRecords(Random random, Supplier<byte[]> good) {
    this.random = random;
    this.good = good;
  }

  private static byte[][] bytes(String... texts) {
    return Arrays.stream(texts)
        .map(text -> text.getBytes(StandardCharsets.UTF_8))
        .toArray(byte[][]::new);
  }

  byte[] next() {
    byte[] record = good.get();
    for (int mutations = random.nextInt(3); mutations > 0; mutations--) {
      record = mutated(record);
    }
    return record;
  }

  private byte[] mutated(byte[] record) {
    int place = random.nextInt(record.length + 1);
    return switch (random.nextInt(9)) {
      case 0 -> Arrays.copyOf(record, place);
      case 1 -> Arrays.copyOfRange(record, place, record.length);
      case 2 -> joined(record, good.get());
      case 3 -> joined(record, ENDS[random.nextInt(ENDS.length)], good.get());
      case 4 -> joined(record, ENDS[random.nextInt(ENDS.length)]);
      case 5 -> joined(ENDS[random.nextInt(ENDS.length)], record);
      case 6 -> flipped(record);
      case 7 -> replaced(record, place);
      default -> nested(record, place);
    };
  }

  private byte[] flipped(byte[] record) {
    byte[] flipped = record.clone();
    for (int i = 0; i < 1 + random.nextInt(3) && flipped.length > 0; i++) {
      flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return flipped;
  }

  /** A byte that is any other, or a piece of the record twice. */
  private byte[] replaced(byte[] record, int place) {
    byte[] end = Arrays.copyOfRange(record, place, record.length);
    byte[] piece = new byte[random.nextInt(12)];
    random.nextBytes(piece);
    return random.nextBoolean()
        ? joined(Arrays.copyOf(record, place), piece, end)
        : joined(Arrays.copyOf(record, place), end, end);
  }

  /** Seldom deeper than a stack. */
  private byte[] nested(byte[] record, int place) {
    String open = random.nextBoolean() ? "[" : "{\"a\":";
    int depth = random.nextInt(50) == 0 ? 100_000 : 1 + random.nextInt(20);
    return joined(
        Arrays.copyOf(record, place),
        open.repeat(depth).getBytes(StandardCharsets.UTF_8),
        Arrays.copyOfRange(record, place, record.length));
  }

  static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }
}
