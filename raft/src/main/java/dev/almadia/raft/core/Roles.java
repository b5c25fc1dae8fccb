// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.Message.PreVoteRequest;
import dev.almadia.raft.core.Message.VoteRequest;
import dev.almadia.raft.core.Message.VoteResponse;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.config.ReplicaId;
import java.util.function.IntConsumer;

/**
 * The only place where a replica changes its role.
 *
 * <pre>
 *   FOLLOWER      -> PRE_CANDIDATE  silence, lost leader connection, or told to
 *   FOLLOWER      -> CANDIDATE      the leader hands over (no pre-vote)
 *   PRE_CANDIDATE -> CANDIDATE      a quorum would vote for it
 *   PRE_CANDIDATE -> PRE_CANDIDATE  silence
 *   CANDIDATE     -> LEADER         a quorum voted, its own durable vote included
 *   CANDIDATE     -> PRE_CANDIDATE  silence
 *   any           -> FOLLOWER       a leader or higher term is known, or the campaign is lost
 *   FOLLOWER      -> LEARNER        the configuration says so, or not any more: it never
 *   LEARNER       -> FOLLOWER       campaigns, and one that leads goes on for a while
 *   any           -> LEADER         by force, its own vote alone
 * </pre>
 */
final class Roles {
  private static final byte[] NO_CONTENT = new byte[0];

  /** More elections than a group holds while somebody forces a configuration. */
  private static final int FORCED_TERMS = 1000;

  private final RaftState state;

  Roles(RaftState state) {
    this.state = state;
    state.drawCampaignTimeout();
  }

  /** Follows this leader of the present term, or waits for one (0). Keeps the vote. */
  void becomeFollower(int leaderId) {
    LeaderState leader = state.leading;
    if (leader != null) {
      leader.reads.failAll(state.out.readsFailed);
      state.leading = null;
      // Its timer did not run while it led.
      state.silentTicks = 0;
      state.drawCampaignTimeout();
    }
    setRole(state.restingRole());
    state.leaderId = leaderId;
    state.votes.clear();
  }

  /** A follower's configuration changed; it may have become a voter, or be none any more. */
  void followConfig() {
    setRole(state.restingRole());
  }

  /**
   * Asks whether the others would vote. Touches neither term nor vote, and a voter that answers
   * touches nothing at all, its election timer included: else two of an even number of voters can
   * keep each other from ever campaigning (bug class 21).
   */
  void becomePreCandidate() {
    Invariant.check(state.mayCampaign(), "a learner campaigns");
    setRole(Role.PRE_CANDIDATE);
    beginCampaign();
    state.votes.record(state.selfId(), true);
    EntryId last = state.log.last();
    forEachOtherVoter(
        peer ->
            state.out.sendNow.add(
                new PreVoteRequest(state.selfId(), peer, state.term() + 1, last, false)));
  }

  /**
   * Campaigns in a new term. The requests leave, and the own vote counts, only when term and vote
   * are durable: a candidate that forgot its vote in a crash would vote again in the same term (bug
   * class 2). So the own vote is a message to itself behind the write.
   */
  void becomeCandidate(boolean transfer) {
    Invariant.check(state.mayCampaign(), "a learner campaigns");
    setRole(Role.CANDIDATE);
    beginCampaign();
    state.enterTerm(state.term() + 1);
    state.voteFor(state.selfId());
    EntryId last = state.log.last();
    int self = state.selfId();
    forEachOtherVoter(
        peer ->
            state.out.sendAfterPersist.add(
                new VoteRequest(self, peer, state.term(), last, transfer)));
    state.out.sendAfterPersist.add(new VoteResponse(self, self, state.term(), true));
  }

  /**
   * Leads. The first act is an entry of the own term, because entries of earlier terms must not be
   * committed by counting (Raft 5.4.2, bug class 5), and nothing may be served before it commits.
   */
  void becomeLeader() {
    Invariant.check(state.votedFor() == state.selfId(), "leads without its own vote");
    setRole(Role.LEADER);
    beginLeading(EntryKind.NOOP, NO_CONTENT);
  }

  private void beginLeading(EntryKind kind, byte[] content) {
    state.leaderId = state.selfId();
    state.votes.clear();
    state.quickCampaigns = 0;
    state.ticksSinceHeartbeat = 0;
    state.leading =
        new LeaderState(state.config, state.members, state.log.lastIndex() + 1, state.nowTick);
    append(
        new EntryDraft(kind, state.log.lastNextOffset(), state.log.lastMaxTimestampMs(), content));
  }

  /**
   * Makes itself leader, whoever else there is, as soon as its own vote is durable. The term is far
   * above its own: were the others not dead after all, one of them could lead the next one, and
   * whoever hears both would have two leaders in one term.
   */
  void force(GroupConfig config) {
    state.enterTerm(state.term() + FORCED_TERMS);
    becomeFollower(0);
    state.voteFor(state.selfId());
    state.forced = config;
    // It may want some who are lost, and none of those whom it made voters.
    state.target = null;
    state.out.sendAfterPersist.add(
        new VoteResponse(state.selfId(), state.selfId(), state.term(), true));
  }

  /** Leads by force. The first entry of its term is the configuration. */
  void becomeForcedLeader(GroupConfig config) {
    Invariant.check(state.votedFor() == state.selfId(), "leads without its own vote");
    state.role = Role.LEADER;
    beginLeading(EntryKind.CONFIG, GroupConfigCodec.encode(config));
    state.forced = null;
  }

  /** Appends as leader; returns the index. */
  long append(EntryDraft draft) {
    EntryId id = new EntryId(state.term(), state.log.lastIndex() + 1);
    state.append(state.term(), Entry.seal(state.config.groupId(), id, draft));
    return id.index();
  }

  private void beginCampaign() {
    state.leaderId = 0;
    state.votes.clear();
    state.silentTicks = 0;
    state.drawCampaignTimeout();
    // Whose connection is closed does not answer. Counting that as a no ends a campaign that cannot
    // be won any more at once, and not after a timeout.
    if (!state.lostPeers.isEmpty()) {
      forEachOtherVoter(
          peer -> {
            if (state.lostPeers.contains(ReplicaId.broker(peer))) {
              state.votes.record(peer, false);
            }
          });
    }
  }

  private void forEachOtherVoter(IntConsumer action) {
    for (int peer : state.members.voters()) {
      if (peer != state.selfId()) {
        action.accept(peer);
      }
    }
    for (int peer : state.members.outgoing()) {
      if (peer != state.selfId() && !state.members.voters().contains(peer)) {
        action.accept(peer);
      }
    }
  }

  private void setRole(Role role) {
    Invariant.check(isLegal(state.role, role), "illegal change of role");
    state.role = role;
  }

  static boolean isLegal(Role from, Role to) {
    return switch (from) {
      case FOLLOWER -> to != Role.LEADER;
      case PRE_CANDIDATE -> to != Role.LEADER;
      case CANDIDATE -> true;
      case LEADER -> to == Role.FOLLOWER || to == Role.LEARNER;
      case LEARNER -> to == Role.LEARNER || to == Role.FOLLOWER;
    };
  }
}
