package org.pyflinkcep.flink;

/**
 * What a call of {@code match_rules} gives.
 *
 * @param <T> the kind of the outputs
 */
public record Alerts<T>(T matches, T status, T late) {}
