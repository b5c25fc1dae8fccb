// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.broker.server.config.Endpoint;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the broker on a machine is told of others. Immutable.
 *
 * @param initialBrokers those that form the cluster, itself included; empty if it only joins
 * @param join brokers of the cluster to join; empty if it may form one
 */
record Deployment(SortedMap<Integer, Endpoint> initialBrokers, List<Endpoint> join) {
  /** The machine has no broker. */
  static final Deployment NONE = new Deployment(new TreeMap<>(), List.of());

  Deployment {
    initialBrokers = Collections.unmodifiableSortedMap(new TreeMap<>(initialBrokers));
    join = List.copyOf(join);
  }

  static Deployment forming(SortedMap<Integer, Endpoint> initialBrokers) {
    return new Deployment(initialBrokers, List.of());
  }

  static Deployment joining(List<Endpoint> join) {
    return new Deployment(new TreeMap<>(), join);
  }

  /** Ids of the machines that it is told of. */
  Set<Integer> toldOf() {
    TreeSet<Integer> ids = new TreeSet<>(initialBrokers.keySet());
    join.forEach(address -> ids.add(Hosts.of(address)));
    return ids;
  }

  boolean isThere() {
    return !initialBrokers.isEmpty() || !join.isEmpty();
  }
}
