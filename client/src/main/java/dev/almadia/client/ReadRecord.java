// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.v1.Record;

/**
 * A record with its place.
 *
 * @param partition partition that it was read from
 * @param offset its offset
 * @param appendTimeMs when the leader appended it, in milliseconds since 1970
 * @param record the record as it was produced
 */
public record ReadRecord(int partition, long offset, long appendTimeMs, Record record) {
  /** The record's own time, or the append time if it has none; milliseconds since 1970. */
  public long timestampMs() {
    return record.getTimestampMs() != 0 ? record.getTimestampMs() : appendTimeMs;
  }
}
