// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.producer;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.v1.ErrorReason;

/** What a caller hears of a refusal. */
public final class ProducerErrors {
  private ProducerErrors() {}

  /**
   * Why a write was refused.
   *
   * @param producersMax how many producers a partition may have
   */
  public static BrokerError of(
      Verdict.Refused refused, ProducerWrite write, String topic, int partition, int producersMax) {
    String id = write.producerId();
    ProducerState state = refused.state();
    String producer = "Producer '" + id + "' of partition " + partition + " of '" + topic + "' ";
    return switch (refused.refusal()) {
      case FENCED ->
          epoch(
              ErrorReason.ERROR_REASON_PRODUCER_FENCED,
              producer + "was opened again with epoch " + state.epoch() + "; this one ends",
              write,
              state);
      case UNKNOWN_EPOCH ->
          epoch(
              ErrorReason.ERROR_REASON_UNKNOWN_PRODUCER_EPOCH,
              producer + "has epoch " + state.epoch() + "; open it first",
              write,
              state);
      case NUMBERING_MIXED ->
          BrokerError.of(
              ErrorReason.ERROR_REASON_PRODUCER_NUMBERING_MIXED,
              producer
                  + (write.routed()
                      ? "named the partition before, and does not now"
                      : "left the partition to the broker before, and names it now"),
              "producer_id",
              id);
      case REGRESSED ->
          sequence(
              ErrorReason.ERROR_REASON_SEQUENCE_REGRESSED,
              producer
                  + ("has "
                      + state.lastSequence()
                      + " already: a resend must use the same batches"),
              write,
              state);
      case GAP ->
          sequence(
              ErrorReason.ERROR_REASON_SEQUENCE_GAP,
              producer + "has only " + state.lastSequence() + ": records before these are missing",
              write,
              state);
      case LIMIT -> limit(id, topic, partition, producersMax);
    };
  }

  /** A partition has as many producers as it may. */
  public static BrokerError limit(
      String producerId, String topic, int partition, int producersMax) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_PRODUCER_LIMIT,
        "Producer '"
            + producerId
            + "' of partition "
            + partition
            + " of '"
            + topic
            + "' is new, and the partition has "
            + producersMax
            + " already",
        "producer_id",
        producerId,
        "limit",
        producersMax,
        "setting",
        "max-producers-per-partition");
  }

  /** Others opened the producer again and again while this call tried to. */
  public static BrokerError openedByOthers(Opening tried, long currentEpoch, String topic) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_PRODUCER_FENCED,
        "Producer '"
            + tried.producerId()
            + "' of '"
            + topic
            + "' is opened by others at the same time; it has epoch "
            + currentEpoch,
        "producer_id",
        tried.producerId(),
        "your_epoch",
        tried.epoch(),
        "current_epoch",
        currentEpoch,
        "topic",
        topic);
  }

  private static BrokerError epoch(
      ErrorReason reason, String message, ProducerWrite write, ProducerState state) {
    return BrokerError.of(
        reason,
        message,
        "producer_id",
        write.producerId(),
        "your_epoch",
        write.epoch(),
        "current_epoch",
        state.epoch());
  }

  private static BrokerError sequence(
      ErrorReason reason, String message, ProducerWrite write, ProducerState state) {
    return BrokerError.of(
        reason,
        message,
        "producer_id",
        write.producerId(),
        "last_sequence",
        state.lastSequence(),
        "got",
        write.parts().get(0).segment().firstSequence());
  }

  /** The partition's next offset is another one than the caller expected. */
  public static BrokerError offsetMismatch(long expected, long actual) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_EXPECTED_OFFSET_MISMATCH,
        "The next offset is " + actual + ", not " + expected,
        "expected",
        expected,
        "actual",
        actual);
  }
}
