// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.broker.server.runtime.RunningBroker;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.QuorumMath;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.simulation.kernel.EventLoop;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Looks several times a second whether a leader that no majority can be heard by steps down (G4: a
 * reader that asks it is behind for a bounded time only; bug class 22: it keeps those loyal who
 * hear it). Counted is what the network lets through and who runs, not what is delayed or lost.
 */
final class LeftLeaders {
  private static final long LOOK_NANOS = 250_000_000L;

  /** Several election timeouts, also for slow shards and clocks that drift. */
  private static final long LEFT_NANOS_MAX = 10_000_000_000L;

  private final SimCluster cluster;

  /** Since when it is so, by broker and group. */
  private final Map<Long, Long> leftSince = new TreeMap<>();

  LeftLeaders(SimCluster cluster) {
    this.cluster = cluster;
  }

  void watch() {
    long now = cluster.loop().nowNanos();
    for (SimBroker broker : cluster.brokers()) {
      RunningBroker running = broker.running();
      for (GroupView view : running == null ? List.<GroupView>of() : running.node().views()) {
        long key = view.groupId() << 8 | broker.id();
        if (!broker.isRunning() || view.role() != Role.LEADER || hearsQuorum(broker, view)) {
          leftSince.remove(key);
        } else if (now - leftSince.computeIfAbsent(key, unused -> now) > LEFT_NANOS_MAX) {
          cluster
              .world()
              .violations()
              .add(
                  "G4",
                  "a leader that hears no majority steps down",
                  "broker " + broker.id() + " still leads: " + view);
        }
      }
    }
    EventLoop.Event unused = cluster.loop().after(LOOK_NANOS, this::watch);
  }

  private boolean hearsQuorum(SimBroker broker, GroupView view) {
    return new QuorumMath(view.config())
        .isQuorum(replica -> isHeard(ReplicaId.broker(replica), broker.id()));
  }

  private boolean isHeard(int from, int by) {
    return from == by
        || (cluster.broker(from).isRunning() && cluster.world().network().isOpen(from, by));
  }
}
