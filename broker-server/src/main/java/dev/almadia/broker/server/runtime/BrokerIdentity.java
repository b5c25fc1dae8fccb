// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

/** Who a broker is, as its disk says. Any thread. */
public interface BrokerIdentity {
  /** The life of the data on this disk: a broker that lost its disk comes back as another. */
  String incarnation();

  /** The cluster that the data belong to; empty if it is not known yet. */
  String clusterId();

  /** Writes down the cluster's id; durable when it returns. */
  void setClusterId(String clusterId);
}
