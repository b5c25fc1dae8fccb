// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.MemberTarget;
import dev.almadia.raft.core.config.QuorumMath;
import dev.almadia.raft.core.log.RaftLog;
import dev.almadia.raft.core.log.RestoredLog;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * All that one replica knows. Plain fields; nothing else holds truth. Term and vote have one setter
 * each, because every bug of that kind is a vote forgotten or counted twice.
 */
final class RaftState {
  final CoreConfig config;
  final IntUnaryOperator random;
  final RaftLog log;
  final Effects out = new Effects();

  GroupConfig members;

  /** Index of the entry that the configuration in force is from, 0 if created with it. */
  long configIndex;

  /** What the members are to become, null if nobody said. */
  @Nullable MemberTarget target;

  QuorumMath quorum;

  private long term;
  private int votedFor;
  private boolean isHardStateChanged;

  Role role;
  int leaderId;

  /** Grows by one each tick; never reset, so that differences mean something. */
  long nowTick;

  /** Ticks since the leader was heard, a vote was given or a campaign began. */
  int silentTicks;

  /** Silence after which to campaign; drawn anew each time. */
  int campaignAfterTicks;

  /**
   * Quick repetitions left of a campaign that has a cause: the leader's connection closed, or this
   * replica is meant to lead. Without a cause a campaign waits for its timeout.
   */
  int quickCampaigns;

  /** Peers whose connection closed and who were not heard of since. */
  final TreeSet<Integer> lostPeers = new TreeSet<>();

  /** Everything up to here is as the leader of this term has it; 0 if nothing was compared yet. */
  long verifiedIndex;

  Message.@Nullable HeartbeatResponse lastHeartbeatResponse;

  final VoteTally votes = new VoteTally();

  /** What only a leader has. */
  @Nullable LeaderState leading;

  RaftState(CoreConfig config, RestoredLog restored, IntUnaryOperator random) {
    this.config = config;
    this.random = random;
    log = new RaftLog(restored);
    members = restored.config();
    configIndex = restored.configIndex();
    quorum = new QuorumMath(members);
    term = restored.hardState().term();
    votedFor = restored.hardState().votedFor();
    // Bug class 41: a lost hard state must not be taken for a new group's.
    Invariant.check(log.lastTerm() <= term, "log has term {}, hard state {}", log.lastTerm(), term);
    role = restingRole();
  }

  long term() {
    return term;
  }

  int votedFor() {
    return votedFor;
  }

  int selfId() {
    return config.selfId();
  }

  /** Enters a higher term, with nobody voted for and nothing verified. */
  void enterTerm(long newTerm) {
    Invariant.check(newTerm > term, "term {} after {}", newTerm, term);
    term = newTerm;
    votedFor = 0;
    verifiedIndex = 0;
    isHardStateChanged = true;
  }

  /** Votes; within a term a vote is never taken back, not even on step-down (bug class 3). */
  void voteFor(int candidate) {
    Invariant.check(
        votedFor == 0 || votedFor == candidate, "vote for {} after {}", candidate, votedFor);
    if (votedFor != candidate) {
      votedFor = candidate;
      isHardStateChanged = true;
    }
  }

  boolean isHardStateChanged() {
    return isHardStateChanged;
  }

  HardState takeHardState() {
    isHardStateChanged = false;
    return new HardState(term, votedFor);
  }

  /** Role of a replica that neither leads nor campaigns. */
  Role restingRole() {
    return quorum.isVoter(selfId()) ? Role.FOLLOWER : Role.LEARNER;
  }

  /** Leader, and an entry of its own term is committed. */
  boolean isConfirmedLeader() {
    LeaderState leader = leading;
    return leader != null && log.commitIndex() >= leader.firstIndex;
  }

  /** What only the leader's handlers may ask for. */
  LeaderState leader() {
    LeaderState leader = leading;
    if (leader == null) {
      throw new InvariantViolation("not a leader");
    }
    return leader;
  }

  void drawCampaignTimeout() {
    int base = config.electionTimeoutTicks();
    campaignAfterTicks = base + random.applyAsInt(base);
  }

  String describe() {
    return "group "
        + config.groupId()
        + " broker "
        + selfId()
        + " "
        + role
        + " term "
        + term
        + " voted "
        + votedFor
        + " leader "
        + leaderId
        + " last "
        + log.lastTerm()
        + "/"
        + log.lastIndex()
        + " commit "
        + log.commitIndex()
        + " durable "
        + log.durableIndex()
        + " accepted "
        + log.acceptedTerm()
        + " verified "
        + verifiedIndex
        + " "
        + members;
  }
}
