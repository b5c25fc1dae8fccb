// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.broker.server.config.Endpoint;

/** Names of simulated machines: broker n is the host {@code broker-n}, with two ports. */
final class Hosts {
  /** Names of the two ports. */
  static final String PUBLIC = "public";

  static final String INTERNAL = "internal";

  static final int PUBLIC_PORT = 9092;
  static final int INTERNAL_PORT = 9093;

  private static final String PREFIX = "broker-";

  private Hosts() {}

  static Endpoint open(int brokerId) {
    return new Endpoint(PREFIX + brokerId, PUBLIC_PORT);
  }

  static Endpoint internal(int brokerId) {
    return new Endpoint(PREFIX + brokerId, INTERNAL_PORT);
  }

  /** The broker at this address. */
  static int of(Endpoint address) {
    return Integer.parseInt(address.host().substring(PREFIX.length()));
  }
}
