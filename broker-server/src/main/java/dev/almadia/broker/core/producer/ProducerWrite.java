// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import java.util.List;

/**
 * What a producer asks a partition to append in one entry.
 *
 * @param producerId the producer
 * @param epoch its epoch, 0 if it was never opened
 * @param routed whether the broker chose the partition of each record: then the partition sees
 *     sequences with gaps
 * @param parts what comes from each batch, at least one, by rising sequences
 */
public record ProducerWrite(String producerId, long epoch, boolean routed, List<Part> parts) {
  /**
   * What comes from one batch.
   *
   * @param segment its sequences
   * @param previousSequence the sequence that the partition must have before it; {@link #NOT_KNOWN}
   *     if nobody knows what was sent there before
   */
  public record Part(Segment segment, long previousSequence) {
    boolean isChained() {
      return previousSequence != NOT_KNOWN;
    }
  }

  /** No sequence that must be there before. */
  public static final long NOT_KNOWN = -1;

  /** Copies the list. */
  public ProducerWrite {
    parts = List.copyOf(parts);
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("nothing to write");
    }
  }

  /** A write of one batch. */
  public static ProducerWrite of(
      String producerId, long epoch, boolean routed, Segment segment, long previousSequence) {
    return new ProducerWrite(
        producerId, epoch, routed, List.of(new Part(segment, previousSequence)));
  }
}
