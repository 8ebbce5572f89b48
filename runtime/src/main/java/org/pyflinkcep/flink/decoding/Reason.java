package org.pyflinkcep.flink.decoding;

/** Why a record can't be decoded, as a word that stays from version to version. */
enum Reason {
  /** The record has no value. */
  TOMBSTONE("tombstone"),

  /** The record was read, and gives no row, such as JSON's {@code null}. */
  EMPTY("empty"),

  /** The record is longer than the option {@code max-size} allows. */
  TOO_LARGE("too-large"),

  /** The record ends within a field. */
  TRUNCATED("truncated"),

  /** The registry has no schema of the record's id, or none of the format's kind. */
  UNKNOWN_SCHEMA("unknown-schema"),

  /** The record was read, and what it holds doesn't fit the columns. */
  WRONG_TYPE("wrong-type"),

  /** The record is not of the format. */
  UNREADABLE("unreadable");

  private final String word;

  Reason(String word) {
    this.word = word;
  }

  @Override
  public String toString() {
    return word;
  }
}
