// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.config.GroupConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a replica has only while it leads; made at the election, dropped at the step-down. */
final class LeaderState {
  /** Index of the leader's first own entry; committed means confirmed. */
  final long firstIndex;

  final ReadBarriers reads = new ReadBarriers();

  /** Ascending by broker id. */
  final List<ReplicaProgress> peers = new ArrayList<>();

  int ticksSinceHeartbeat;

  /** Voter that leadership is handed to, 0 for none. */
  int transferTarget;

  long transferStartTick;

  LeaderState(CoreConfig config, GroupConfig members, long firstIndex, long nowTick) {
    this.firstIndex = firstIndex;
    TreeSet<Integer> others = new TreeSet<>(members.voters());
    others.addAll(members.outgoing());
    others.addAll(members.learners());
    others.remove(config.selfId());
    for (int broker : others) {
      InflightWindow window =
          new InflightWindow(config.inflightMessagesMax(), config.inflightBytesMax());
      peers.add(new ReplicaProgress(broker, window, firstIndex, nowTick));
    }
  }

  /** The peer, null if it is no member. */
  @Nullable ReplicaProgress peer(int brokerId) {
    for (int i = 0; i < peers.size(); i++) {
      if (peers.get(i).brokerId() == brokerId) {
        return peers.get(i);
      }
    }
    return null;
  }
}
