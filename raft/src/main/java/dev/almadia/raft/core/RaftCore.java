// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.log.RestoredLog;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * One replica of one Raft group as a pure state machine: inputs in, effects out; no clock, thread,
 * disk or network. Owner thread only (the group's shard).
 */
@SuppressWarnings("DoNotCallSuggester") // a skeleton, until the core has landed
public final class RaftCore {
  /**
   * Starts a replica from what its disk holds, as a follower (or learner) of nobody.
   *
   * @param random draws a number from 0 to below its argument; seeded by the owner
   */
  public RaftCore(CoreConfig config, RestoredLog restored, IntUnaryOperator random) {
    throw new UnsupportedOperationException();
  }

  /** Takes an input. Never throws on what a peer may send; a broken invariant stops the process. */
  public void step(RaftInput input) {
    throw new UnsupportedOperationException();
  }

  /** One tick of time has passed. */
  public void tick() {
    throw new UnsupportedOperationException();
  }

  /** Appends entries as leader of {@code expectedTerm}, all or none. */
  public ProposeResult propose(long expectedTerm, List<EntryDraft> drafts) {
    throw new UnsupportedOperationException();
  }

  /**
   * Asks for a read barrier; answered in {@link Effects#readsReady()} or {@link
   * Effects#readsFailed()}.
   *
   * @return false if this replica does not lead: nothing will be answered
   */
  public boolean requestRead(long requestId) {
    throw new UnsupportedOperationException();
  }

  /** Whether {@link #drainTo} would give anything. */
  public boolean hasEffects() {
    throw new UnsupportedOperationException();
  }

  /** Moves all pending effects into the (cleared) buffer. */
  public void drainTo(Effects out) {
    throw new UnsupportedOperationException();
  }

  /** Present role. */
  public Role role() {
    throw new UnsupportedOperationException();
  }

  /** Present term. */
  public long term() {
    throw new UnsupportedOperationException();
  }

  /** Broker id of the known leader of the present term, 0 if none. */
  public int leaderId() {
    throw new UnsupportedOperationException();
  }

  /** Leader, and an entry of its own term is committed: only then may it serve (bug class 11). */
  public boolean isConfirmedLeader() {
    throw new UnsupportedOperationException();
  }

  /** A leader that hands over refuses proposals. */
  public boolean isTransferring() {
    throw new UnsupportedOperationException();
  }

  /** Last index known to be committed. */
  public long commitIndex() {
    throw new UnsupportedOperationException();
  }

  /** Record offset after the entry at commitIndex: the high watermark. */
  public long commitNextOffset() {
    throw new UnsupportedOperationException();
  }

  /** Last entry, in memory or on disk. */
  public EntryId last() {
    throw new UnsupportedOperationException();
  }

  /** Record offset after the last entry. */
  public long lastNextOffset() {
    throw new UnsupportedOperationException();
  }

  /** Highest timestamp in the log. */
  public long lastMaxTimestampMs() {
    throw new UnsupportedOperationException();
  }

  /** Last index that is durable here. */
  public long durableIndex() {
    throw new UnsupportedOperationException();
  }

  /** Configuration in force. */
  public GroupConfig groupConfig() {
    throw new UnsupportedOperationException();
  }

  /** A leader's view of the others; empty for other roles. */
  public List<PeerStatus> peers() {
    throw new UnsupportedOperationException();
  }
}
