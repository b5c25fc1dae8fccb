// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.v1.BrokerState;

/**
 * A broker as metadata knows it.
 *
 * @param brokerId id, above 0
 * @param incarnation made with its data directory, lost with it
 * @param endpoint public address, host:port
 * @param internalEndpoint address for brokers, host:port
 * @param httpEndpoint address of the HTTP port, empty if off
 * @param version version of its software
 * @param zone rack, room or availability zone; empty if none
 * @param state what it is to do; never unspecified
 */
public record BrokerImage(
    int brokerId,
    String incarnation,
    String endpoint,
    String internalEndpoint,
    String httpEndpoint,
    String version,
    String zone,
    BrokerState state) {
  /** Whether it may lead and be given replicas. */
  public boolean isActive() {
    return state == BrokerState.BROKER_STATE_ACTIVE;
  }

  /** Whether it is to give all replicas away. */
  public boolean isDecommissioning() {
    return state == BrokerState.BROKER_STATE_DECOMMISSIONING;
  }

  /** The state for people: active, draining or decommissioning. */
  public String stateName() {
    return switch (state) {
      case BROKER_STATE_DRAINING -> "draining";
      case BROKER_STATE_DECOMMISSIONING -> "decommissioning";
      case BROKER_STATE_ACTIVE, BROKER_STATE_UNSPECIFIED, UNRECOGNIZED -> "active";
    };
  }

  /** The same broker with another state. */
  public BrokerImage withState(BrokerState changed) {
    return new BrokerImage(
        brokerId, incarnation, endpoint, internalEndpoint, httpEndpoint, version, zone, changed);
  }
}
