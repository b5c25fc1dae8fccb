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

  /** Ascending by replica id. */
  List<ReplicaProgress> peers = List.of();

  /** Replica id of the voter that leadership is handed to, 0 for none. */
  int transferTarget;

  long transferStartTick;

  LeaderState(CoreConfig config, GroupConfig members, long firstIndex, long nowTick) {
    this.firstIndex = firstIndex;
    follow(config, members, firstIndex - 1);
    for (ReplicaProgress peer : peers) {
      // Counts as heard at the election: else a new leader would step down before anybody could
      // answer.
      peer.heard(nowTick);
    }
  }

  /** Those who stay are known as before, those who are new not at all. */
  void follow(CoreConfig config, GroupConfig members, long lastIndex) {
    TreeSet<Integer> others = new TreeSet<>(members.voters());
    others.addAll(members.outgoing());
    others.addAll(members.learners());
    others.remove(config.selfId());
    List<ReplicaProgress> followed = new ArrayList<>();
    for (int replica : others) {
      ReplicaProgress known = peer(replica);
      if (known == null) {
        InflightWindow window =
            new InflightWindow(config.inflightMessagesMax(), config.inflightBytesMax());
        known = new ReplicaProgress(replica, window, lastIndex + 1);
      }
      followed.add(known);
    }
    peers = followed;
  }

  /**
   * Ticks from now on until heartbeats are due, as things are; 0 for now. Calm groups of a shard
   * beat at the same ticks, so that half of the frames are not sent at all.
   */
  int ticksToBeat(RaftState state) {
    int ticks = Math.max(0, state.config.heartbeatTicks() - state.ticksSinceHeartbeat);
    return isCalm(state)
        ? ticksToCalmBeat(state.nowTick, ticks, state.config.calmHeartbeatTicks())
        : ticks;
  }

  /** The same for a calm group that may beat in so many ticks. */
  static int ticksToCalmBeat(long nowTick, int ticks, int calmHeartbeatTicks) {
    int beyond = (int) ((nowTick + ticks) % calmHeartbeatTicks);
    return beyond == 0 ? ticks : ticks + calmHeartbeatTicks - beyond;
  }

  /** Whether everybody has everything, knows that it is committed, and nothing is under way. */
  boolean isCalm(RaftState state) {
    long lastIndex = state.log.lastIndex();
    if (state.log.commitIndex() != lastIndex
        || transferTarget != 0
        || reads.isWaiting()
        || !state.lostPeers.isEmpty()) {
      return false;
    }
    for (int i = 0; i < peers.size(); i++) {
      if (!peers.get(i).isCalm(lastIndex)) {
        return false;
      }
    }
    return true;
  }

  /** The peer, null if it is no member. */
  @Nullable ReplicaProgress peer(int replicaId) {
    for (int i = 0; i < peers.size(); i++) {
      if (peers.get(i).replicaId() == replicaId) {
        return peers.get(i);
      }
    }
    return null;
  }
}
