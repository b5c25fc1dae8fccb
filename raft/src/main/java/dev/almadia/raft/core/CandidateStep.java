// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.Message.PreVoteResponse;
import dev.almadia.raft.core.Message.VoteResponse;
import dev.almadia.raft.core.config.GroupConfig;
import java.util.function.IntUnaryOperator;

/** What a replica does that campaigns, in both phases. */
final class CandidateStep {
  private final RaftState state;
  private final Roles roles;
  private final LeaderStep leaderStep;
  private final IntUnaryOperator voteOf;

  CandidateStep(RaftState state, Roles roles, LeaderStep leaderStep) {
    this.state = state;
    this.roles = roles;
    this.leaderStep = leaderStep;
    this.voteOf = state.votes::of;
  }

  /**
   * Begins with the pre-vote; a single voter needs nobody's answer. After a lost leader connection
   * it is soon repeated if nothing comes of it: the others may notice the same a moment later, the
   * dead leader never answers, and a pre-vote disturbs nobody.
   */
  void startPreVote() {
    roles.becomePreCandidate();
    if (state.quickCampaigns > 0) {
      state.quickCampaigns--;
      int heartbeatTicks = state.config.heartbeatTicks();
      int pauseTicks = heartbeatTicks + state.random.applyAsInt(heartbeatTicks + 1);
      state.campaignAfterTicks = Math.min(state.campaignAfterTicks, pauseTicks);
    }
    countPreVotes();
  }

  void onPreVoteResponse(PreVoteResponse response) {
    if (state.role == Role.PRE_CANDIDATE) {
      state.votes.record(response.from(), response.granted());
      countPreVotes();
    }
  }

  void onVoteResponse(VoteResponse response) {
    GroupConfig forced = state.forced;
    if (forced != null) {
      if (response.from() == state.selfId()) {
        roles.becomeForcedLeader(forced);
        leaderStep.onElected();
      }
    } else if (state.role == Role.CANDIDATE) {
      state.votes.record(response.from(), response.granted());
      countVotes();
    }
  }

  private void countPreVotes() {
    switch (state.quorum.voteResult(voteOf)) {
      case WON -> roles.becomeCandidate(false);
      case LOST -> lose();
      case PENDING -> {}
    }
  }

  private void countVotes() {
    switch (state.quorum.voteResult(voteOf)) {
      case WON -> {
        roles.becomeLeader();
        leaderStep.onElected();
      }
      case LOST -> lose();
      case PENDING -> {}
    }
  }

  /**
   * Back to following; the next attempt comes after the pause drawn for this one. A quick campaign
   * mostly loses to another one of the same moment, or to a voter that has not noticed the cause
   * yet: a random pause of a few ticks settles both.
   */
  private void lose() {
    roles.becomeFollower(0);
    if (state.quickCampaigns > 0) {
      int pauseTicks = 1 + state.random.applyAsInt(2 * state.config.heartbeatTicks());
      state.campaignAfterTicks = Math.min(state.campaignAfterTicks, state.silentTicks + pauseTicks);
    }
  }
}
