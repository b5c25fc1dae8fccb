// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import java.util.ArrayList;
import java.util.List;

/**
 * What a producer asks a partition to append in one entry.
 *
 * @param producerId the producer
 * @param epoch its epoch, 0 if it was never opened
 * @param routed whether the broker chose the partition of each record: then the partition sees
 *     sequences with gaps
 * @param completeFrom if routed: of the records from this sequence on and before the first part,
 *     the partition has all that are for it
 * @param parts what comes from each batch, at least one, by rising sequences
 */
public record ProducerWrite(
    String producerId, long epoch, boolean routed, long completeFrom, List<Part> parts) {
  /**
   * What comes from one batch.
   *
   * @param segment its sequences
   * @param previousSequence the sequence that the partition must have before it, 0 if it does not
   *     matter or is not known
   */
  public record Part(Segment segment, long previousSequence) {}

  /** Copies the list. */
  public ProducerWrite {
    parts = List.copyOf(parts);
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("nothing to write");
    }
    ProducerStamp.checkComplete(routed, completeFrom, parts.get(0).segment());
  }

  /** A write of one batch. Of what is not in it nothing is known if it is routed. */
  public static ProducerWrite of(
      String producerId, long epoch, boolean routed, Segment segment, long previousSequence) {
    return new ProducerWrite(
        producerId,
        epoch,
        routed,
        routed ? segment.firstSequence() : 0,
        List.of(new Part(segment, previousSequence)));
  }

  /** What the entry says that has its parts from this one on. */
  public ProducerStamp stampFrom(int part) {
    List<Segment> segments = new ArrayList<>(parts.size() - part);
    for (Part appended : parts.subList(part, parts.size())) {
      segments.add(appended.segment());
    }
    return new ProducerStamp(producerId, epoch, routed, completeFrom, segments);
  }
}
