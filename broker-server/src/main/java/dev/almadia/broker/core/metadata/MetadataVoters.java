// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

/** How many brokers vote on metadata. */
public final class MetadataVoters {
  /** Voters of a usual cluster: one may fail. */
  public static final int FEW = 3;

  /** Voters of a larger one: two may fail. */
  public static final int MANY = 5;

  private MetadataVoters() {}

  /** Voters of a cluster of so many brokers; fewer than three all vote. */
  public static int countFor(int brokers) {
    return brokers >= MANY ? MANY : Math.min(brokers, FEW);
  }
}
