// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import java.util.List;

/**
 * What an entry says about the producer of its records.
 *
 * @param producerId the producer
 * @param epoch its epoch
 * @param routed whether the broker chose the partition of each record
 * @param segments one for each batch in the entry, in the order of the records
 */
public record ProducerStamp(String producerId, long epoch, boolean routed, List<Segment> segments) {
  /** Copies the list. */
  public ProducerStamp {
    segments = List.copyOf(segments);
  }
}
