// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.almadia.internal.v1.PartitionControl;
import dev.almadia.internal.v1.ProducerOpening;

/**
 * An instance of a producer takes an epoch. The content of a control entry.
 *
 * @param producerId the producer
 * @param epoch the epoch, at least 1
 * @param session drawn by chance, so that two that took the same epoch are told apart
 */
public record Opening(String producerId, long epoch, long session) {
  /** Checks the bounds. */
  public Opening {
    if (producerId.isEmpty() || epoch < 1) {
      throw new IllegalArgumentException("producer '" + producerId + "' with epoch " + epoch);
    }
  }

  /** As a message between brokers. */
  public ProducerOpening toMessage() {
    return ProducerOpening.newBuilder()
        .setProducerId(producerId)
        .setEpoch(epoch)
        .setSession(session)
        .build();
  }

  /**
   * From a message.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Opening of(ProducerOpening message) {
    return new Opening(message.getProducerId(), message.getEpoch(), message.getSession());
  }

  /** As payload of an entry. */
  public byte[] encode() {
    return PartitionControl.newBuilder().setProducerOpening(toMessage()).build().toByteArray();
  }

  /**
   * From the payload of an entry.
   *
   * @throws IllegalStateException if it is none: the bytes passed their checksum, so the broker
   *     that made them had a defect or was of a newer version, and to skip it could let in what it
   *     fences
   */
  static Opening decode(byte[] payload) {
    try {
      PartitionControl control = PartitionControl.parseFrom(payload);
      if (!control.hasProducerOpening()) {
        throw new IllegalStateException("a control entry with unknown content");
      }
      return of(control.getProducerOpening());
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      throw new IllegalStateException("not a control entry: " + e.getMessage(), e);
    }
  }
}
