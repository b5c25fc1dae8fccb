// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core;

import dev.almadia.v1.ErrorReason;

/** Errors that several parts of the broker answer with, so that they read the same everywhere. */
public final class Errors {
  /** Pause that a caller is asked to make before a retry, in milliseconds. */
  public static final long RETRY_AFTER_MS = 50;

  private Errors() {}

  /** A field has a value that the rule does not allow. */
  public static BrokerError invalid(String field, String value, String rule) {
    String shown = Shown.of(value);
    return BrokerError.of(
        ErrorReason.ERROR_REASON_INVALID_ARGUMENT,
        field + " is '" + shown + "': " + rule,
        "field",
        field,
        "value",
        shown,
        "rule",
        rule);
  }

  /** The partition has no leader at the moment. */
  public static BrokerError noLeader(String topic, int partition) {
    return BrokerError.of(
            ErrorReason.ERROR_REASON_NO_LEADER,
            "Partition " + partition + " of topic '" + topic + "' has no leader at the moment",
            "topic",
            topic,
            "partition",
            partition)
        .retryAfter(RETRY_AFTER_MS);
  }

  /** A queue or buffer is full. */
  public static BrokerError throttled(String resource, long limit) {
    return BrokerError.of(
            ErrorReason.ERROR_REASON_THROTTLED,
            "The broker's " + resource + " is full (limit " + limit + "); retry after a pause",
            "resource",
            resource,
            "limit",
            limit)
        .retryAfter(RETRY_AFTER_MS);
  }

  /** The broker is stopping. */
  public static BrokerError stopping(int brokerId) {
    return BrokerError.of(
            ErrorReason.ERROR_REASON_BROKER_STOPPING,
            "Broker " + brokerId + " is stopping; use another one",
            "broker_id",
            brokerId)
        .retryAfter(RETRY_AFTER_MS);
  }

  /** A defect of the broker, which its log says more of. */
  public static BrokerError internal(int brokerId) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_INTERNAL,
        "Internal error of broker " + brokerId + "; its log says more",
        "broker_id",
        brokerId);
  }

  /** The topic has no such partition. */
  public static BrokerError partitionNotFound(String topic, int partition, int partitions) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_PARTITION_NOT_FOUND,
        "Topic '" + topic + "' has no partition " + partition + "; it has 0 to " + (partitions - 1),
        "topic",
        topic,
        "partition",
        partition,
        "partitions",
        partitions);
  }
}
