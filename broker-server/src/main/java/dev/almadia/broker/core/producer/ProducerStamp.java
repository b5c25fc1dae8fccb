// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import java.util.List;

/**
 * What an entry says about the producer of its records.
 *
 * @param producerId the producer
 * @param epoch its epoch
 * @param routed whether the broker chose the partition of each record
 * @param completeFrom if routed: from this sequence on the partition has all that is for it, up to
 *     these records
 * @param segments one for each batch in the entry, in the order of the records
 */
public record ProducerStamp(
    String producerId, long epoch, boolean routed, long completeFrom, List<Segment> segments) {
  /** Copies the list. */
  public ProducerStamp {
    segments = List.copyOf(segments);
    if (segments.isEmpty()) {
      throw new IllegalArgumentException("no records");
    }
    checkComplete(routed, completeFrom, segments.get(0));
  }

  /** Checks that a sender speaks of what is before its records. */
  static void checkComplete(boolean routed, long completeFrom, Segment first) {
    if (routed && (completeFrom < 1 || completeFrom > first.firstSequence())) {
      throw new IllegalArgumentException(
          "complete from " + completeFrom + " up to " + first.firstSequence());
    }
  }
}
