// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.Message.PreVoteRequest;
import dev.almadia.raft.core.Message.PreVoteResponse;
import dev.almadia.raft.core.Message.VoteRequest;
import dev.almadia.raft.core.Message.VoteResponse;

/**
 * How any replica answers candidates. By log and term only, never by its own membership: its
 * configuration may be older than the candidate's, and a voter that thinks itself a learner would
 * leave the group without a quorum (bug class 18).
 */
final class VoteRules {
  private final RaftState state;
  private final Roles roles;
  private final TermRules terms;

  VoteRules(RaftState state, Roles roles, TermRules terms) {
    this.state = state;
    this.roles = roles;
    this.terms = terms;
  }

  /**
   * Says what it would do. Changes neither term nor vote nor timer; only, if both campaign at the
   * same moment, the one with the lesser claim gives way, or both would go on to vote for
   * themselves. The other still says yes when asked: it may itself be unable to win, and a voter
   * that held out for itself could keep everybody from winning.
   */
  void onPreVoteRequest(PreVoteRequest request) {
    boolean isTermFree =
        request.term() > state.term()
            || (request.term() == state.term() && isVoteFreeFor(request.from()));
    boolean granted =
        isTermFree
            && (request.transfer() || !terms.isLoyalAgainst(request.from()))
            && state.log.isUpToDate(request.last());
    // A refusal names the present term: a candidate that is behind catches up with it.
    long term = granted ? request.term() : state.term();
    state.out.sendNow.add(new PreVoteResponse(state.selfId(), request.from(), term, granted));
    if (granted && state.role == Role.PRE_CANDIDATE && hasLesserClaim(request)) {
      roles.becomeFollower(0);
    }
  }

  /**
   * Votes, if it has not voted for another in this term. Asked again, it says the same again (B15).
   * The yes leaves behind the write (bug class 1).
   */
  void onVoteRequest(VoteRequest request) {
    if (!isVoteFreeFor(request.from()) || !state.log.isUpToDate(request.last())) {
      state.out.sendNow.add(new VoteResponse(state.selfId(), request.from(), state.term(), false));
      return;
    }
    state.voteFor(request.from());
    roles.becomeFollower(0);
    state.silentTicks = 0;
    state.drawCampaignTimeout();
    state.out.sendAfterPersist.add(
        new VoteResponse(state.selfId(), request.from(), state.term(), true));
  }

  private boolean hasLesserClaim(PreVoteRequest request) {
    return !request.last().equals(state.log.last()) || request.from() < state.selfId();
  }

  private boolean isVoteFreeFor(int candidate) {
    return state.leaderId == 0 && (state.votedFor() == 0 || state.votedFor() == candidate);
  }
}
