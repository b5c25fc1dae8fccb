// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.Message.AppendRequest;
import dev.almadia.raft.core.Message.AppendResponse;
import dev.almadia.raft.core.Message.HeartbeatResponse;
import dev.almadia.raft.core.Message.PreVoteResponse;
import dev.almadia.raft.core.Message.VoteRequest;
import dev.almadia.raft.core.Message.VoteResponse;

/**
 * What a message's term does, before anybody looks into the message. The only place that compares
 * terms of messages; behind it every message but those of the pre-vote is of the present term.
 */
final class TermRules {
  private final RaftState state;
  private final Roles roles;

  TermRules(RaftState state, Roles roles) {
    this.state = state;
    this.roles = roles;
  }

  /** Enters the message's term if it is higher; returns whether the message is to be handled. */
  boolean admit(Message message) {
    return switch (message.kind()) {
      // Its term is the one that the sender would campaign in: nobody is there yet.
      case PRE_VOTE_REQUEST -> true;
      case PRE_VOTE_RESPONSE -> admitPreVoteResponse((PreVoteResponse) message);
      case VOTE_REQUEST -> admitVoteRequest((VoteRequest) message);
      case APPEND_REQUEST, HEARTBEAT, TIMEOUT_NOW, RESET_LOG -> admitFromLeader(message);
      case VOTE_RESPONSE, APPEND_RESPONSE, HEARTBEAT_RESPONSE, RESET_RESPONSE ->
          admitResponse(message);
    };
  }

  /**
   * Whether a leader was heard so recently that a (pre-)vote would only disturb (Raft thesis,
   * 4.2.3). The leader itself is loyal until it steps down. If the asker is the one that this
   * replica follows, it leads no more, so there is nothing to be loyal to (B4).
   */
  boolean isLoyalAgainst(int candidate) {
    if (state.role == Role.LEADER) {
      return true;
    }
    return state.leaderId != 0
        && state.leaderId != candidate
        && state.silentTicks < state.config.electionTimeoutTicks();
  }

  private boolean admitPreVoteResponse(PreVoteResponse response) {
    if (response.granted()) {
      return response.term() == state.term() + 1;
    }
    enterIfHigher(response.term());
    return true;
  }

  /**
   * A loyal voter does not even enter the term: a replica that was cut off cannot depose a leader
   * that the others hear (bug class 20).
   */
  private boolean admitVoteRequest(VoteRequest request) {
    if (request.term() < state.term()) {
      state.out.sendNow.add(new VoteResponse(state.selfId(), request.from(), state.term(), false));
      return false;
    }
    if (request.term() > state.term()) {
      if (!request.transfer() && isLoyalAgainst(request.from())) {
        return false;
      }
      enterIfHigher(request.term());
    }
    return true;
  }

  /** A leader of an earlier term is told of the present one, so that it stops. */
  private boolean admitFromLeader(Message message) {
    if (message.term() >= state.term()) {
      enterIfHigher(message.term());
      return true;
    }
    state.out.sendNow.add(refusal(message));
    return false;
  }

  private Message refusal(Message message) {
    if (message.kind() == Message.Kind.APPEND_REQUEST) {
      return new AppendResponse(
          state.selfId(),
          message.from(),
          state.term(),
          false,
          0,
          ((AppendRequest) message).prev().index(),
          EntryId.ZERO);
    }
    return new HeartbeatResponse(state.selfId(), message.from(), state.term(), 0, 0);
  }

  private boolean admitResponse(Message message) {
    enterIfHigher(message.term());
    return message.term() == state.term();
  }

  private void enterIfHigher(long term) {
    if (term > state.term()) {
      state.enterTerm(term);
      roles.becomeFollower(0);
    }
  }
}
