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
 * broken minority does beside it (rows B6 and B7 of the reliability page). Of a group whose members
 * change meanwhile nothing is said: an operation that waited for long may go on at any time, and a
 * leader that is to leave hands over.
 */
public final class Steadiness {
  private final SimCluster cluster;
  private final List<Integer> healthy;
  private final Map<Long, GroupView> before;

  /** From now on, leaders of groups on these brokers should stay. */
  public Steadiness(SimCluster cluster, List<Integer> healthy) {
    this.cluster = cluster;
    this.healthy = List.copyOf(healthy);
    this.before = newest();
  }

  /** Of each group the view of one that is in the highest term. */
  private Map<Long, GroupView> newest() {
    Map<Long, GroupView> newest = new TreeMap<>();
    for (int id : healthy) {
      RunningBroker running = cluster.broker(id).running();
      if (running != null) {
        for (GroupView view : running.node().views()) {
          newest.merge(
              view.groupId(), view, (known, more) -> more.term() > known.term() ? more : known);
        }
      }
    }
    return newest;
  }

  /**
   * The first group whose term has grown by more than so many since; null if there is none.
   *
   * @param changesMax elections that are forgiven
   */
  public @Nullable String changed(int changesMax) {
    Map<Long, GroupView> now = newest();
    for (GroupView then : before.values()) {
      GroupView view = now.getOrDefault(then.groupId(), then);
      // A group that has just been made has its first election yet.
      if (then.term() > 1
          && view.term() > then.term() + changesMax
          && view.config().equals(then.config())) {
        return "group " + then.groupId() + " went from term " + then.term() + " to " + view.term();
      }
    }
    return null;
  }
}
