// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import java.util.function.IntToLongFunction;

/**
 * The only code that raises the commit index on a leader: an entry is committed when it is durable
 * on a quorum (on both quorums while joint) and of the leader's own term; everything before it is
 * with it.
 *
 * <p>The leader counts like the others, by what is durable on its own disk: alone it waits for its
 * own sync (bug class 40), among three it may commit what the other two have before its own disk
 * does. The guard on the term is Raft 5.4.2: an entry of an earlier term may be on a quorum and
 * still be replaced by a candidate with a later last term (figure 8, bug class 5).
 */
final class CommitRule {
  private final RaftState state;
  private final IntToLongFunction durableOn;

  CommitRule(RaftState state) {
    this.state = state;
    this.durableOn = this::durableOn;
  }

  /** Raises the commit index as far as it may; returns whether it moved. */
  boolean maybeAdvance() {
    long candidate = state.quorum.reachedByQuorum(durableOn);
    if (candidate <= state.log.commitIndex() || state.log.termAt(candidate) != state.term()) {
      return false;
    }
    state.log.commitTo(candidate);
    return true;
  }

  private long durableOn(int replicaId) {
    if (replicaId == state.selfId()) {
      return state.log.durableIndex();
    }
    ReplicaProgress peer = state.leader().peer(replicaId);
    return peer == null ? 0 : peer.matchIndex();
  }
}
