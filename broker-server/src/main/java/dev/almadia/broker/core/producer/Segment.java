// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

/**
 * What one batch of a producer brings to one partition. Its records have rising sequences: without
 * gaps where the producer names the partition, with gaps where other records of the batch went
 * elsewhere.
 *
 * @param firstSequence sequence of the first record, at least 1
 * @param lastSequence sequence of the last record
 * @param count number of records, at least 1
 */
public record Segment(long firstSequence, long lastSequence, int count) {
  /** Checks the bounds. */
  public Segment {
    if (firstSequence < 1 || count < 1 || lastSequence - firstSequence < count - 1L) {
      throw new IllegalArgumentException(
          count + " records from sequence " + firstSequence + " to " + lastSequence);
    }
  }

  /** Whether no sequence is left out. */
  boolean isDense() {
    return lastSequence - firstSequence == count - 1L;
  }
}
