// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.scenario;

import dev.almadia.simulation.cluster.BrokerLimits;
import dev.almadia.simulation.cluster.ClusterOptions;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;

/**
 * What a scenario wants of its cluster; the seed draws the rest.
 *
 * @param sizes numbers of brokers to choose from; empty: as drawn
 * @param tiny always tiny limits
 * @param driftPpmMin clocks may run fast or slow by at least this
 * @param buffered topics do not wait for syncs
 * @param members brokers come and go, and somebody gives orders about them
 */
public record ClusterHints(
    List<Integer> sizes, boolean tiny, int driftPpmMin, boolean buffered, boolean members) {
  private static final int MACHINES_MAX = 7;

  /** Nothing special. */
  public static final ClusterHints NONE = new ClusterHints(List.of(), false, 0, false, false);

  /** Copies. */
  public ClusterHints {
    sizes = List.copyOf(sizes);
  }

  /** One of these sizes. */
  static ClusterHints sizes(Integer... sizes) {
    return new ClusterHints(List.of(sizes), false, 0, false, false);
  }

  /** One of these sizes, and up to seven machines in all. */
  static ClusterHints members(Integer... sizes) {
    return new ClusterHints(List.of(sizes), false, 0, false, true);
  }

  /** A cluster as wanted. */
  ClusterOptions draw(SimRandom random) {
    ClusterOptions drawn = ClusterOptions.draw(random.split("cluster"));
    BrokerLimits limits = tiny ? BrokerLimits.tiny(random.split("tiny")) : drawn.limits();
    ClusterOptions made =
        new ClusterOptions(
            sizes.isEmpty() ? drawn.brokers() : random.split("size").pick(sizes),
            drawn.shards(),
            members ? limits.filling(drawn.linkMillisMean()) : limits,
            drawn.syncMicrosMax(),
            drawn.turnMicrosMax(),
            drawn.datagrams(),
            drawn.linkMillisMean(),
            Math.max(driftPpmMin, drawn.clockDriftPpmMax()));
    int spares = MACHINES_MAX - made.brokers();
    return members ? made.withSpares(random.split("spares").between(1, spares)) : made;
  }
}
