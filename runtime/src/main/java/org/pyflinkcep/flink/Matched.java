package org.pyflinkcep.flink;

/**
 * What {@code match} gives: matches, timeouts and late events, each a table or a stream.
 *
 * @param <T> the kind of the outputs
 */
public record Matched<T>(T matches, T timeouts, T late) {}
