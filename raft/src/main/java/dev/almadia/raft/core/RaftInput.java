// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.config.MemberTarget;
import java.util.List;

/** What may happen to a {@link RaftCore}, besides ticks, proposals and read requests. */
public sealed interface RaftInput {
  /** Which input it is, for exhaustive switches. */
  enum Kind {
    PEER_MESSAGE,
    LOG_PERSISTED,
    ENTRIES_LOADED,
    LOAD_FAILED,
    PEER_UNREACHABLE,
    PEER_REACHABLE,
    TRANSFER_TO,
    CAMPAIGN,
    SET_TARGET,
    ADVANCE_LOG_START
  }

  /** Which input it is. */
  Kind kind();

  /** A message from another replica, or one to itself that had to wait for the disk. */
  record PeerMessage(Message message) implements RaftInput {
    @Override
    public Kind kind() {
      return Kind.PEER_MESSAGE;
    }
  }

  /** The round that carried {@link Effects#appendMark()} is as durable as the group demands. */
  record LogPersisted(LogMark mark) implements RaftInput {
    @Override
    public Kind kind() {
      return Kind.LOG_PERSISTED;
    }
  }

  /**
   * Answer to an {@link Effects.LoadRequest}.
   *
   * @param term term of the request; stale answers are dropped
   * @param peer replica that needs them
   * @param prev the entry before the first
   * @param prevNextOffset record offset after {@code prev}
   * @param entries at least one, consecutive from prev.index + 1
   */
  record EntriesLoaded(long term, int peer, EntryId prev, long prevNextOffset, List<Entry> entries)
      implements RaftInput {
    @Override
    public Kind kind() {
      return Kind.ENTRIES_LOADED;
    }
  }

  /** A load could not be done now; the core asks again later. */
  record LoadFailed(long term, int peer) implements RaftInput {
    @Override
    public Kind kind() {
      return Kind.LOAD_FAILED;
    }
  }

  /**
   * The connection from this broker closed, so all members on it are out of reach. If it is the
   * leader's, the replica forgets its loyalty and starts a pre-vote after a short random pause; a
   * leader stops its window to that peer.
   */
  record PeerUnreachable(int brokerId) implements RaftInput {
    @Override
    public Kind kind() {
      return Kind.PEER_UNREACHABLE;
    }
  }

  /** The broker connected (again): a leader probes it at once. */
  record PeerReachable(int brokerId) implements RaftInput {
    @Override
    public Kind kind() {
      return Kind.PEER_REACHABLE;
    }
  }

  /** Hand leadership to this voter, a replica id; ignored unless leader. */
  record TransferTo(int replicaId) implements RaftInput {
    @Override
    public Kind kind() {
      return Kind.TRANSFER_TO;
    }
  }

  /** Start a pre-vote now; used once for the replica that is meant to lead a new group. */
  record Campaign() implements RaftInput {
    @Override
    public Kind kind() {
      return Kind.CAMPAIGN;
    }
  }

  /**
   * Everything up to this entry may go, in all replicas; ignored unless leader, and unless it is
   * committed. Carried out when the entry that says so is committed: {@link Effects#logStart()}.
   *
   * @param index last index to go
   * @param nextOffset record offset after it
   * @param maxTimestampMs highest timestamp up to it
   */
  record AdvanceLogStart(long index, long nextOffset, long maxTimestampMs) implements RaftInput {
    @Override
    public Kind kind() {
      return Kind.ADVANCE_LOG_START;
    }
  }

  /**
   * The members that the group is to have. Remembered in any role until another comes; whoever
   * leads acts on it.
   */
  record SetTarget(MemberTarget target) implements RaftInput {
    @Override
    public Kind kind() {
      return Kind.SET_TARGET;
    }
  }
}
