// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import io.grpc.Status;
import java.time.Duration;

/** What a producer itself has to say to its callers. Stateless; any thread. */
final class ProducerErrors {
  private static final String OPERATION = "ProduceStream";

  private ProducerErrors() {}

  static AlmadiaException notSent(Status.Code code, String message) {
    return AlmadiaException.local(code, message, Outcome.NOT_APPLIED, OPERATION, "");
  }

  static AlmadiaException outOfOrder(long batchId) {
    return AlmadiaException.local(
        Status.Code.INTERNAL,
        "the server acknowledged batch " + batchId + " out of order",
        Outcome.UNKNOWN,
        OPERATION,
        "");
  }

  static AlmadiaException silent(Duration ackTimeout, String where) {
    return AlmadiaException.local(
        Status.Code.DEADLINE_EXCEEDED,
        "no acknowledgement within " + ackTimeout.toMillis() + " ms",
        Outcome.UNKNOWN,
        OPERATION,
        where);
  }

  static AlmadiaException expired(Duration deliveryTimeout) {
    return AlmadiaException.local(
        Status.Code.DEADLINE_EXCEEDED,
        "not acknowledged within " + deliveryTimeout.toMillis() + " ms",
        Outcome.NOT_APPLIED,
        OPERATION,
        "");
  }

  static AlmadiaException otherPartitions(int before, int now) {
    return notSent(
        Status.Code.FAILED_PRECONDITION,
        "the topic was created anew: it had " + before + " partitions and has " + now);
  }

  static AlmadiaException otherTopic(String topic) {
    return notSent(
        Status.Code.FAILED_PRECONDITION,
        "topic '" + topic + "' was deleted and created again since the producer was opened");
  }

  static AlmadiaException badAnswer(String what) {
    return notSent(Status.Code.INTERNAL, "the answer to OpenProducer has " + what);
  }

  static AlmadiaException forgotten(String topic, int partition) {
    return AlmadiaException.local(
        Status.Code.UNKNOWN,
        "partition "
            + partition
            + " of topic '"
            + topic
            + "' may have forgotten this producer, which has no lasting name",
        Outcome.UNKNOWN,
        OPERATION,
        "");
  }

  static AlmadiaException notMade(RuntimeException problem) {
    return notSent(Status.Code.INTERNAL, "the batch could not be made: " + problem);
  }
}
