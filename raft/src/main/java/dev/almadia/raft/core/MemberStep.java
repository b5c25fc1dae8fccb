// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.config.ConfigChanger;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.config.MemberTarget;
import java.util.function.IntPredicate;

/**
 * What a leader does about the members: brings them to the target, one committed configuration
 * after the other; {@link ConfigChanger} says which, and why that is safe.
 *
 * <p>A leader that is no voter of its own configuration goes on, counting nobody but the voters,
 * until that configuration is committed (bug classes 14 and 15): who else would commit it? Only
 * then it hands over and is silent.
 */
final class MemberStep {
  private final RaftState state;
  private final Roles roles;
  private final IntPredicate isCaughtUp;

  MemberStep(RaftState state, Roles roles) {
    this.state = state;
    this.roles = roles;
    isCaughtUp = this::isCaughtUp;
  }

  /**
   * Appends the next configuration if there is one, and returns whether it did. Only with an entry
   * of the own term committed: else two leaders could have different configurations, both
   * uncommitted, whose quorums do not meet (bug class 12). The same rule leaves a joint
   * configuration only after its entry is committed, also if it was found in the log (bug class
   * 13).
   */
  boolean maybeChange() {
    MemberTarget target = state.target;
    if (target == null
        || state.isTargetReached
        || !state.isConfirmedLeader()
        || state.leader().transferTarget != 0
        || isOutside()) {
      return false;
    }
    boolean isCommitted = state.configIndex() <= state.log.commitIndex();
    GroupConfig next = ConfigChanger.next(state.members, isCommitted, target, isCaughtUp);
    if (next != null) {
      roles.append(
          new EntryDraft(
              EntryKind.CONFIG,
              state.log.lastNextOffset(),
              state.log.lastMaxTimestampMs(),
              GroupConfigCodec.encode(next)));
      return true;
    }
    state.isTargetReached = state.members.isAt(target);
    return false;
  }

  /** Whether this leader has to go: its group is committed to do without its vote. */
  boolean isOutside() {
    return !state.quorum.isVoter(state.selfId()) && state.configIndex() <= state.log.commitIndex();
  }

  /** Who is to lead when this leader has to go: the voter that has most, 0 if none is heard. */
  int successor() {
    int best = 0;
    long bestIndex = -1;
    for (int voter : state.members.voters()) {
      ReplicaProgress peer = state.leader().peer(voter);
      if (peer != null && isHeard(peer) && peer.matchIndex() > bestIndex) {
        best = voter;
        bestIndex = peer.matchIndex();
      }
    }
    return best;
  }

  /**
   * A learner may vote when it follows closely: then the group goes on writing while it needs the
   * learner for its quorum. What it lacks is measured in memory only; who lacks more is not close.
   */
  private boolean isCaughtUp(int replicaId) {
    if (replicaId == state.selfId()) {
      return true;
    }
    ReplicaProgress peer = state.leader().peer(replicaId);
    if (peer == null || peer.state() != ReplicaProgress.State.REPLICATE || !isHeard(peer)) {
      return false;
    }
    long lagBytes = state.log.costBehind(peer.matchIndex());
    return lagBytes >= 0 && lagBytes < state.config.promoteLagBytes();
  }

  private boolean isHeard(ReplicaProgress peer) {
    return peer.isActive(state.nowTick, state.config.electionTimeoutTicks());
  }
}
