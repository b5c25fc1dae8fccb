// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.Message.Heartbeat;
import dev.almadia.raft.core.Message.HeartbeatResponse;
import org.jspecify.annotations.Nullable;

/**
 * What an idle group says over and over: heartbeats and answers that change nothing but when
 * somebody was heard. Thousands of groups are idle at any time, so these take a path that touches
 * little memory; what {@link #is} refuses goes the usual way. Both ways must come to the same end.
 */
final class SteadyState {
  private final RaftState state;

  SteadyState(RaftState state) {
    this.state = state;
  }

  /** Whether the usual way would change nothing but when somebody was heard. */
  boolean is(Message message) {
    if (message.term() != state.term()
        || message.to() != state.selfId()
        || !state.lostPeers.isEmpty()) {
      return false;
    }
    return switch (message.kind()) {
      case HEARTBEAT -> isSteady((Heartbeat) message);
      case HEARTBEAT_RESPONSE -> isSteady((HeartbeatResponse) message);
      default -> false;
    };
  }

  private boolean isSteady(Heartbeat heartbeat) {
    HeartbeatResponse last = state.lastHeartbeatResponse;
    return state.leaderId == heartbeat.from()
        && state.leading == null
        && heartbeat.commitIndex() <= state.log.commitIndex()
        && last != null
        && last.to() == heartbeat.from()
        && last.term() == heartbeat.term()
        && last.readRound() == heartbeat.readRound()
        && last.verifiedIndex() == Math.min(state.verifiedIndex, state.log.provenIndex());
  }

  private boolean isSteady(HeartbeatResponse response) {
    LeaderState leader = state.leading;
    ReplicaProgress peer = leader == null ? null : leader.peer(response.from());
    return peer != null
        && peer.isSteady(state.log.lastIndex())
        && response.verifiedIndex() == peer.matchIndex()
        && response.readRound() == peer.ackedReadRound();
  }

  /** Takes a message that is steady; returns the answer to it, null for none. */
  @Nullable Message take(Message message) {
    if (message.kind() == Message.Kind.HEARTBEAT) {
      state.silentTicks = 0;
      return state.lastHeartbeatResponse;
    }
    ReplicaProgress peer = state.leader().peer(message.from());
    if (peer != null) {
      peer.heard(state.nowTick);
    }
    return null;
  }

  /** How many ticks may pass before one does anything but count. */
  int spareTicks() {
    LeaderState leader = state.leading;
    if (leader != null) {
      return leader.transferTarget != 0 ? 0 : Math.max(0, leader.ticksToBeat(state) - 1);
    }
    return state.role == Role.LEARNER
        ? state.config.electionTimeoutTicks()
        : Math.max(0, state.campaignAfterTicks - 1 - state.silentTicks);
  }

  /** So many ticks pass and are not counted as silence. */
  void skip(long ticks) {
    state.nowTick += ticks;
  }

  /** So many ticks pass, no more than may. */
  void pass(int ticks) {
    Invariant.check(ticks <= spareTicks(), "{} ticks pass of {}", ticks, spareTicks());
    state.nowTick += ticks;
    LeaderState leader = state.leading;
    if (leader != null) {
      leader.ticksSinceHeartbeat += ticks;
    } else {
      state.silentTicks += ticks;
    }
  }
}
