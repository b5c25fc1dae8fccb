// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.broker.server.runtime.RunningBroker;
import dev.almadia.raft.shard.GroupView;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether leaders stay: a cluster that has come to rest has no reason for elections, whatever a
 * broken minority does beside it (rows B6 and B7 of the reliability page).
 */
public final class Steadiness {
  private final SimCluster cluster;
  private final List<Integer> healthy;
  private final Map<Long, Long> terms;

  /** From now on, leaders of groups on these brokers should stay. */
  public Steadiness(SimCluster cluster, List<Integer> healthy) {
    this.cluster = cluster;
    this.healthy = List.copyOf(healthy);
    this.terms = terms();
  }

  private Map<Long, Long> terms() {
    Map<Long, Long> highest = new TreeMap<>();
    for (int id : healthy) {
      RunningBroker running = cluster.broker(id).running();
      if (running != null) {
        for (GroupView view : running.node().views()) {
          highest.merge(view.groupId(), view.term(), Math::max);
        }
      }
    }
    return highest;
  }

  /**
   * The first group whose term has grown by more than so many since; null if there is none.
   *
   * @param changesMax elections that are forgiven
   */
  public @Nullable String changed(int changesMax) {
    Map<Long, Long> now = terms();
    for (Map.Entry<Long, Long> then : terms.entrySet()) {
      long term = now.getOrDefault(then.getKey(), then.getValue());
      // A group that has just been made has its first election yet.
      if (then.getValue() > 1 && term > then.getValue() + changesMax) {
        return "group " + then.getKey() + " went from term " + then.getValue() + " to " + term;
      }
    }
    return null;
  }
}
