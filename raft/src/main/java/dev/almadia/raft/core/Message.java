// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.LogStart;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What replicas of one group say to each other. Sender and receiver are replica ids; {@code term}
 * is the sender's, except in a pre-vote request (the term that it would campaign in) and a granted
 * pre-vote response (the term of the request).
 */
public sealed interface Message {
  /** Which message it is, for exhaustive switches. */
  enum Kind {
    PRE_VOTE_REQUEST,
    PRE_VOTE_RESPONSE,
    VOTE_REQUEST,
    VOTE_RESPONSE,
    APPEND_REQUEST,
    APPEND_RESPONSE,
    HEARTBEAT,
    HEARTBEAT_RESPONSE,
    TIMEOUT_NOW,
    RESET_LOG,
    RESET_RESPONSE
  }

  /** Which message it is. */
  Kind kind();

  /** Replica id of the sender. */
  int from();

  /** Replica id of the receiver. */
  int to();

  /** Term, see the type's description. */
  long term();

  /**
   * Would you vote for me? Changes nothing at the receiver.
   *
   * @param last the sender's last entry
   * @param transfer the leader asked for the election: stickiness does not apply
   */
  record PreVoteRequest(int from, int to, long term, EntryId last, boolean transfer)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.PRE_VOTE_REQUEST;
    }
  }

  /** Answer to {@link PreVoteRequest}. */
  record PreVoteResponse(int from, int to, long term, boolean granted) implements Message {
    @Override
    public Kind kind() {
      return Kind.PRE_VOTE_RESPONSE;
    }
  }

  /** Vote for me. Sent only when the sender's own vote is durable (bug class 2). */
  record VoteRequest(int from, int to, long term, EntryId last, boolean transfer)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.VOTE_REQUEST;
    }
  }

  /** Answer to {@link VoteRequest}. Sent only when the vote is durable (bug class 1). */
  record VoteResponse(int from, int to, long term, boolean granted) implements Message {
    @Override
    public Kind kind() {
      return Kind.VOTE_RESPONSE;
    }
  }

  /**
   * Entries behind {@code prev}; none is a probe.
   *
   * @param prevNextOffset record offset after {@code prev}
   * @param commitIndex the leader's commit index; may be beyond the entries
   * @param entries consecutive, not to be changed
   */
  record AppendRequest(
      int from,
      int to,
      long term,
      EntryId prev,
      long prevNextOffset,
      long commitIndex,
      List<Entry> entries)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.APPEND_REQUEST;
    }
  }

  /**
   * Answer to {@link AppendRequest}.
   *
   * @param success the entries fit
   * @param matchIndex if success: everything up to here is as this leader sent it, and durable;
   *     never beyond what the request verified (bug class 6)
   * @param rejectedIndex if not: index of the request's {@code prev}
   * @param hint if not: where the follower's log may agree; the next probe goes at or below it
   */
  record AppendResponse(
      int from,
      int to,
      long term,
      boolean success,
      long matchIndex,
      long rejectedIndex,
      EntryId hint)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.APPEND_RESPONSE;
    }
  }

  /**
   * The leader is there. Travels coalesced with those of other groups.
   *
   * @param commitIndex min(match index of this follower, commit index)
   * @param readRound newest read barrier round of the group, to be echoed
   */
  record Heartbeat(int from, int to, long term, long commitIndex, long readRound)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.HEARTBEAT;
    }
  }

  /**
   * Answer to {@link Heartbeat}.
   *
   * @param verifiedIndex durable index that the follower has verified with this leader; 0 if none:
   *     the leader then probes (so that an idle follower that lost its tail is noticed)
   * @param readRound as in the heartbeat
   */
  record HeartbeatResponse(int from, int to, long term, long verifiedIndex, long readRound)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.HEARTBEAT_RESPONSE;
    }
  }

  /**
   * The leader's log starts here, and the follower's does not reach that place.
   *
   * @param start where the leader's log starts
   * @param config configuration in force there; {@link GroupConfig#UNKNOWN} if the leader does not
   *     know it any more: then a later one is in the entries that follow
   * @param configIndex index of its entry
   * @param checkpoint what the state machine made of the entries up to the start, and perhaps of
   *     some more; null as the core makes the message: its owner adds it
   */
  record ResetLog(
      int from,
      int to,
      long term,
      LogStart start,
      GroupConfig config,
      long configIndex,
      @Nullable Checkpoint checkpoint)
      implements Message {
    /** The same with the state of the sender's machine. */
    public ResetLog with(Checkpoint added) {
      return new ResetLog(from, to, term, start, config, configIndex, added);
    }

    @Override
    public Kind kind() {
      return Kind.RESET_LOG;
    }
  }

  /**
   * Answer to {@link ResetLog}.
   *
   * @param startIndex everything up to here is as this leader has it, or had it before it cut its
   *     log, and durable
   */
  record ResetResponse(int from, int to, long term, long startIndex) implements Message {
    @Override
    public Kind kind() {
      return Kind.RESET_RESPONSE;
    }
  }

  /** Campaign at once, without pre-vote: the leader hands over. */
  record TimeoutNow(int from, int to, long term) implements Message {
    @Override
    public Kind kind() {
      return Kind.TIMEOUT_NOW;
    }
  }
}
