package org.pyflinkcep.flink.decoding;

/**
 * Reads a record by itself before the format does, for what the format would take without a word:
 * bytes behind the value, a value that the column can't hold, a field that comes twice.
 *
 * <p>A record that passes is one whose every byte belongs to the rows that the format makes of it.
 */
interface RecordCheck {

  /**
   * Checks a record.
   *
   * @throws MisfitException it is not what the columns hold
   * @throws Exception it can't be read, or a registry of schemas fails
   */
  void check(byte[] message) throws Exception;
}
