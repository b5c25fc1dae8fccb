// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.record;

/**
 * A batch that was checked and may be appended.
 *
 * @param records serialized RecordSet
 * @param count number of records, at least 1
 * @param crc32c checksum of records
 * @param highestTimestampMs highest timestamp given, Long.MIN_VALUE if none is
 * @param someWithoutTimestamp some record has none, so the append time counts for it
 */
public record ProducedBatch(
    ByteSlice records,
    int count,
    int crc32c,
    long highestTimestampMs,
    boolean someWithoutTimestamp) {

  /** Highest timestamp of its records when appended at this time. */
  public long highestTimestampMs(long appendTimeMs) {
    return someWithoutTimestamp ? Math.max(highestTimestampMs, appendTimeMs) : highestTimestampMs;
  }

  /** A part of it, from {@link KeySplitter}. */
  public ProducedBatch part(KeySplitter.Part part) {
    if (part.recordIndexes().length == count) {
      return this;
    }
    RecordSetScanner.Scan scan = RecordSetScanner.scan(part.bytes());
    if (scan instanceof RecordSetScanner.Scan.Sound sound) {
      return new ProducedBatch(
          part.bytes(),
          sound.count(),
          part.bytes().crc32c(),
          sound.highestTimestampMs(),
          sound.someWithoutTimestamp());
    }
    throw new IllegalStateException("a part of a sound set is unsound");
  }
}
