// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core;

import dev.almadia.v1.ErrorReason;
import java.util.Collection;

/** Refusals of orders about brokers, replicas and operations. */
public final class ClusterErrors {
  private ClusterErrors() {}

  /** No broker of this id. */
  public static BrokerError brokerNotFound(int brokerId, Collection<Integer> known) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_BROKER_NOT_FOUND,
        "There is no broker " + brokerId + "; known are " + Shown.of(known.toString()),
        "broker_id",
        brokerId);
  }

  /** The broker is to lead and hold nothing new. */
  public static BrokerError brokerDraining(int brokerId, String state) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_BROKER_DRAINING,
        "Broker " + brokerId + " is " + state + " and takes nothing new",
        "broker_id",
        brokerId,
        "state",
        state);
  }

  /** It comes back with the disk with which it was removed or given up. */
  public static BrokerError brokerDecommissioned(int brokerId) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_BROKER_DECOMMISSIONED,
        "Broker "
            + brokerId
            + " was decommissioned, or given up as lost, with the data directory that it has; stop"
            + " it, or to join again give it an empty one",
        "broker_id",
        brokerId);
  }

  /** The order would leave partitions, or the metadata, without a majority. */
  public static BrokerError quorumAtRisk(String message, String resource, int affected) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_QUORUM_AT_RISK,
        message,
        "resource",
        resource,
        "affected",
        affected);
  }

  /** There is no such operation. */
  public static BrokerError operationNotFound(String name) {
    String shown = Shown.of(name);
    return BrokerError.of(
        ErrorReason.ERROR_REASON_OPERATION_NOT_FOUND,
        "There is no operation '" + shown + "', or it ended long ago",
        "operation",
        shown);
  }

  /** Another operation works on the same. */
  public static BrokerError operationInProgress(String resource, String operation) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_OPERATION_IN_PROGRESS,
        operation + " works on " + resource + "; wait for it or cancel it",
        "resource",
        resource,
        "operation",
        operation);
  }

  /** The placement is not the one that the order was made for. */
  public static BrokerError placementChanged(String resource) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_ETAG_MISMATCH,
        "The replicas of " + resource + " are not where they were when this was planned; plan anew",
        "resource",
        resource);
  }
}
