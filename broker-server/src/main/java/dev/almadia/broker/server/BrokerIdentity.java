// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server;

import java.util.SortedMap;

/** Who a broker is, as its disk says. Any thread. */
public interface BrokerIdentity {
  /** The life of the data on this disk: a broker that lost its disk comes back as another. */
  String incarnation();

  /** The cluster that the data belong to; empty if it is not known yet. */
  String clusterId();

  /** Writes down the cluster's id; durable when it returns. */
  void setClusterId(String clusterId);

  /** Brokers that this one formed the cluster with and their incarnations, itself included. */
  SortedMap<Integer, String> formedWith();

  /** Writes down who forms the cluster; durable when it returns. */
  void setFormedWith(SortedMap<Integer, String> incarnations);

  /**
   * Whether its broker has ever begun or joined a cluster with this disk. The disk alone says so:
   * while the broker starts, or if its metadata are damaged, nothing else does.
   */
  default boolean hasEntered() {
    return !clusterId().isEmpty() || !formedWith().isEmpty();
  }
}
