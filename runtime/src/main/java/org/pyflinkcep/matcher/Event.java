package org.pyflinkcep.matcher;

import org.apache.flink.table.data.RowData;

/**
 * An event of one key.
 *
 * @param row its columns
 * @param timestamp its time in milliseconds
 * @param id its place in the order in which the key's events were matched
 */
public record Event(RowData row, long timestamp, long id) {}
