// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.MemberTarget;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.core.log.LogStart;
import dev.almadia.raft.core.log.RestoredLog;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One replica of one Raft group as a pure state machine: inputs in, effects out; no clock, thread,
 * disk or network. Owner thread only (the group's shard).
 *
 * <p>The parts: {@link TermRules} looks at a message's term, first and alone; {@link VoteRules}
 * answers candidates; {@link FollowerStep}, {@link CandidateStep} and {@link LeaderStep} do what
 * their role does; {@link Roles} is the only one to change the role, {@link CommitRule} the only
 * one to raise a leader's commit index. They share one {@link RaftState} and have no state of their
 * own.
 *
 * <p>What the owner must keep to: rounds are written in the order drained; {@link
 * RaftInput.LogPersisted} and the messages of {@link Effects#sendAfterPersist()} follow only when
 * the round and all before it are durable; every {@link Effects.LoadRequest} is answered, once.
 * Messages may be lost, doubled, late and out of order.
 */
public final class RaftCore {
  /** Asked every one to two heartbeat intervals: about two election timeouts in all. */
  private static final int QUICK_CAMPAIGNS_OF_A_NEW_GROUP = 12;

  private final RaftState state;
  private final Roles roles;
  private final TermRules termRules;
  private final VoteRules voteRules;
  private final FollowerStep followerStep;
  private final CandidateStep candidateStep;
  private final LeaderStep leaderStep;
  private final SteadyState steady;

  private long drainedCommitIndex;
  private Role drainedRole;
  private long drainedTerm;
  private int drainedLeaderId;
  private boolean drainedConfirmed;
  private long drainedConfigChanges;

  /**
   * Starts a replica from what its disk holds, as a follower (or learner) of nobody.
   *
   * @param random draws a number from 0 to below its argument; seeded by the owner
   */
  public RaftCore(CoreConfig config, RestoredLog restored, IntUnaryOperator random) {
    state = new RaftState(config, restored, random);
    roles = new Roles(state);
    termRules = new TermRules(state, roles);
    voteRules = new VoteRules(state, roles, termRules);
    leaderStep = new LeaderStep(state, roles);
    candidateStep = new CandidateStep(state, roles, leaderStep);
    followerStep = new FollowerStep(state, roles, candidateStep);
    steady = new SteadyState(state);
    drainedCommitIndex = state.log.commitIndex();
    drainedRole = state.role;
    drainedTerm = state.term();
  }

  /** Takes an input. Never throws on what a peer may send; a broken invariant stops the process. */
  public void step(RaftInput input) {
    steady.forget();
    try {
      dispatch(input);
    } catch (InvariantViolation violation) {
      throw violation.in(state.describe());
    }
  }

  /** One tick of time has passed. */
  public void tick() {
    steady.forget();
    try {
      state.nowTick++;
      if (state.role == Role.LEADER) {
        leaderStep.tick();
      } else {
        followerStep.tick();
      }
    } catch (InvariantViolation violation) {
      throw violation.in(state.describe());
    }
  }

  /** The short way of what idle groups do; see there. */
  public SteadyState steady() {
    return steady;
  }

  /** Appends entries as leader of {@code expectedTerm}, all or none. */
  public ProposeResult propose(long expectedTerm, List<EntryDraft> drafts) {
    steady.forget();
    if (state.role != Role.LEADER || state.term() != expectedTerm) {
      return new ProposeResult(ProposeResult.Outcome.NOT_LEADER, 0);
    }
    try {
      return leaderStep.propose(drafts);
    } catch (InvariantViolation violation) {
      throw violation.in(state.describe());
    }
  }

  /**
   * Asks for a read barrier; answered in {@link Effects#readsReady()} or {@link
   * Effects#readsFailed()}.
   *
   * @return false if this replica does not lead: nothing will be answered
   */
  public boolean requestRead(long requestId) {
    steady.forget();
    if (state.role != Role.LEADER) {
      return false;
    }
    leaderStep.requestRead(requestId);
    return true;
  }

  /**
   * Makes this replica lead a configuration of its own making, without asking anybody. Unsafe: what
   * was committed and is not in its log is lost, and it is for the caller to know that no quorum of
   * the group will ever be there again. All other members are barred for good: should they come
   * back, they are not heard, and need a next life. Of several survivors it must be the one with
   * the greatest last entry (term, then index), which has all that the others know to be committed.
   * The target is forgotten.
   *
   * <p>If accepted, it leads as soon as its vote is durable, and the group goes on when the
   * configuration is committed by these voters. Lost if it crashes before that, or a higher term is
   * heard of.
   *
   * @param voters replica ids: itself, and others of the configuration in force
   */
  public ForceOutcome forceConfig(List<Integer> voters) {
    steady.forget();
    GroupConfig config = state.members;
    if (state.role == Role.LEADER) {
      return ForceOutcome.LEADS;
    }
    if (state.leaderId != 0 && state.silentTicks < state.config.electionTimeoutTicks()) {
      return ForceOutcome.HAS_LEADER;
    }
    if (config.voters().isEmpty()) {
      return ForceOutcome.KNOWS_NO_MEMBERS;
    }
    if (!voters.contains(state.selfId()) || !voters.stream().allMatch(config::has)) {
      return ForceOutcome.NOT_MEMBERS;
    }
    roles.force(config.forcedTo(voters));
    return ForceOutcome.ACCEPTED;
  }

  /** Whether {@link #forceConfig} was accepted and this replica does not lead by it yet. */
  public boolean isForcing() {
    return state.forced != null;
  }

  /** Whether {@link #drainTo} would give anything. */
  public boolean hasEffects() {
    Effects out = state.out;
    return state.isHardStateChanged()
        || out.reset != null
        || isLogStartDue()
        || state.log.hasUnsaved()
        || state.log.commitIndex() != drainedCommitIndex
        || !out.sendNow.isEmpty()
        || !out.sendAfterPersist.isEmpty()
        || !out.readsReady.isEmpty()
        || !out.readsFailed.isEmpty()
        || !out.loads.isEmpty()
        || isLeadershipChanged()
        || drainedConfigChanges != state.configChanges;
  }

  /** Moves all pending effects into the (cleared) buffer. */
  public void drainTo(Effects out) {
    steady.forget();
    // Before the new commit index is given out: what it newly covers stays readable with
    // entryInMemory until the next call.
    state.log.release(drainedCommitIndex, state.config.tailBytesMax());
    if (state.out.reset != null) {
      out.reset = state.out.reset;
      state.out.reset = null;
      // What is up to there was never here, or is gone: there is nothing to apply.
      drainedCommitIndex = out.reset.start().index();
    }
    if (isLogStartDue()) {
      takeLogStart(out);
    }
    if (state.isHardStateChanged()) {
      out.hardState = state.takeHardState();
    }
    if (state.log.hasUnsaved()) {
      out.truncateFrom = state.log.truncateFrom();
      out.appendMark = state.log.takeUnsaved(out.appended);
    }
    move(state.out.sendNow, out.sendNow);
    move(state.out.sendAfterPersist, out.sendAfterPersist);
    move(state.out.readsReady, out.readsReady);
    move(state.out.readsFailed, out.readsFailed);
    move(state.out.loads, out.loads);
    if (state.log.commitIndex() != drainedCommitIndex) {
      drainedCommitIndex = state.log.commitIndex();
      out.commitIndex = drainedCommitIndex;
    }
    out.leadershipChanged = isLeadershipChanged();
    out.configChanged = drainedConfigChanges != state.configChanges;
    drainedConfigChanges = state.configChanges;
    drainedRole = state.role;
    drainedTerm = state.term();
    drainedLeaderId = state.leaderId;
    drainedConfirmed = isConfirmedLeader();
    LeaderState leader = state.leading;
    if (leader != null) {
      leader.reads.heartbeatsLeft();
    }
  }

  /**
   * The owner's state machine has all entries up to this index: the log is never cut behind what it
   * has, or nobody could give it the rest.
   */
  public void applied(long index) {
    state.appliedIndex = Math.max(state.appliedIndex, index);
  }

  /** Term of the entry at an index from the log's start to its end, else -1. */
  public long termAt(long index) {
    return state.log.termAt(index);
  }

  /** Present role. */
  public Role role() {
    return state.role;
  }

  /** Present term. */
  public long term() {
    return state.term();
  }

  /** Replica id of this replica. */
  public int selfId() {
    return state.selfId();
  }

  /** Replica id of the known leader of the present term, 0 if none. */
  public int leaderId() {
    return state.leaderId;
  }

  /** Leader, and an entry of its own term is committed: only then may it serve (bug class 11). */
  public boolean isConfirmedLeader() {
    return state.isConfirmedLeader();
  }

  /** A leader that hands over refuses proposals. */
  public boolean isTransferring() {
    LeaderState leader = state.leading;
    return leader != null && leader.transferTarget != 0;
  }

  /** Last index known to be committed. */
  public long commitIndex() {
    return state.log.commitIndex();
  }

  /** Record offset after the entry at commitIndex: the high watermark. */
  public long commitNextOffset() {
    return state.log.nextOffsetAt(state.log.commitIndex());
  }

  /** The entry before the first one kept; {@link EntryId#ZERO} for a log that was never cut. */
  public EntryId logStart() {
    return state.log.start();
  }

  /** Record offset of the first entry kept. */
  public long logStartOffset() {
    return state.log.startOffset();
  }

  /** Last entry, in memory or on disk. */
  public EntryId last() {
    return state.log.last();
  }

  /** Record offset after the last entry. */
  public long lastNextOffset() {
    return state.log.lastNextOffset();
  }

  /** Highest timestamp in the log. */
  public long lastMaxTimestampMs() {
    return state.log.lastMaxTimestampMs();
  }

  /** Last index that is durable here. */
  public long durableIndex() {
    return state.log.durableIndex();
  }

  /**
   * The entry, null if it is not in memory. Everything that is uncommitted or not durable is; what
   * {@link Effects#commitIndex()} newly covers is at least until the next drain.
   */
  public @Nullable Entry entryInMemory(long index) {
    return state.log.isInMemory(index) ? state.log.inMemory(index) : null;
  }

  /** Configuration in force. */
  public GroupConfig groupConfig() {
    return state.members;
  }

  /** Index of the entry that {@link #groupConfig} is from, 0 if the group was created with it. */
  public long configIndex() {
    return state.configIndex();
  }

  /** Whether {@link #groupConfig} can no longer be replaced by the one before. */
  public boolean isConfigCommitted() {
    return state.configIndex() <= state.log.commitIndex();
  }

  /** What the members are to become as far as this replica was told, null if nobody said. */
  public @Nullable MemberTarget target() {
    return state.target;
  }

  /** A leader's view of the others; empty for other roles. */
  public List<PeerStatus> peers() {
    LeaderState leader = state.leading;
    if (leader == null) {
      return List.of();
    }
    List<PeerStatus> peers = new ArrayList<>(leader.peers.size());
    for (ReplicaProgress peer : leader.peers) {
      peers.add(
          new PeerStatus(
              ReplicaId.broker(peer.replicaId()),
              peer.replicaId(),
              peer.matchIndex(),
              peer.nextIndex(),
              peer.state().name(),
              peer.window().messages(),
              peer.isActive(state.nowTick, state.config.electionTimeoutTicks()),
              state.log.costBehind(peer.matchIndex())));
    }
    return peers;
  }

  @Override
  public String toString() {
    return state.describe();
  }

  RaftState state() {
    return state;
  }

  private void dispatch(RaftInput input) {
    switch (input.kind()) {
      case PEER_MESSAGE -> {
        Message message = ((RaftInput.PeerMessage) input).message();
        heardOf(ReplicaId.broker(message.from()));
        onMessage(message);
      }
      case LOG_PERSISTED -> onPersisted(((RaftInput.LogPersisted) input).mark());
      case PEER_UNREACHABLE -> onUnreachable(((RaftInput.PeerUnreachable) input).brokerId());
      case CAMPAIGN -> onCampaign();
      case SET_TARGET -> onTarget(((RaftInput.SetTarget) input).target());
      case PEER_REACHABLE -> {
        heardOf(((RaftInput.PeerReachable) input).brokerId());
        if (state.role == Role.LEADER) {
          dispatchToLeader(input);
        }
      }
      case ENTRIES_LOADED, LOAD_FAILED, TRANSFER_TO, ADVANCE_LOG_START -> {
        if (state.role == Role.LEADER) {
          dispatchToLeader(input);
        }
      }
    }
  }

  private void dispatchToLeader(RaftInput input) {
    switch (input.kind()) {
      case ENTRIES_LOADED -> leaderStep.onEntriesLoaded((RaftInput.EntriesLoaded) input);
      case LOAD_FAILED -> leaderStep.onLoadFailed((RaftInput.LoadFailed) input);
      case PEER_REACHABLE ->
          leaderStep.onPeerReachable(((RaftInput.PeerReachable) input).brokerId());
      case TRANSFER_TO -> leaderStep.onTransferTo(((RaftInput.TransferTo) input).replicaId());
      case ADVANCE_LOG_START -> leaderStep.onAdvanceLogStart((RaftInput.AdvanceLogStart) input);
      case PEER_MESSAGE, LOG_PERSISTED, PEER_UNREACHABLE, CAMPAIGN, SET_TARGET ->
          throw new InvariantViolation("not only for a leader");
    }
  }

  private void heardOf(int brokerId) {
    if (!state.lostPeers.isEmpty()) {
      state.lostPeers.remove(brokerId);
    }
  }

  /** Only its own vote may come from itself, and nothing from those who were given up. */
  private void onMessage(Message message) {
    boolean isFromSelf = message.from() == state.selfId();
    if (message.to() != state.selfId()
        || (isFromSelf && message.kind() != Message.Kind.VOTE_RESPONSE)
        || state.members.barred().contains(message.from())
        || !termRules.admit(message)) {
      return;
    }
    switch (message.kind()) {
      case PRE_VOTE_REQUEST -> voteRules.onPreVoteRequest((Message.PreVoteRequest) message);
      case PRE_VOTE_RESPONSE -> candidateStep.onPreVoteResponse((Message.PreVoteResponse) message);
      case VOTE_REQUEST -> voteRules.onVoteRequest((Message.VoteRequest) message);
      case VOTE_RESPONSE -> candidateStep.onVoteResponse((Message.VoteResponse) message);
      case APPEND_REQUEST -> followerStep.onAppendRequest((Message.AppendRequest) message);
      case HEARTBEAT -> followerStep.onHeartbeat((Message.Heartbeat) message);
      case TIMEOUT_NOW -> followerStep.onTimeoutNow((Message.TimeoutNow) message);
      case RESET_LOG -> followerStep.onResetLog((Message.ResetLog) message);
      case APPEND_RESPONSE, HEARTBEAT_RESPONSE, RESET_RESPONSE -> {
        if (state.role == Role.LEADER) {
          onResponse(message);
        }
      }
    }
  }

  private void onResponse(Message message) {
    if (message.kind() == Message.Kind.APPEND_RESPONSE) {
      leaderStep.onAppendResponse((Message.AppendResponse) message);
    } else if (message.kind() == Message.Kind.RESET_RESPONSE) {
      leaderStep.onResetResponse((Message.ResetResponse) message);
    } else {
      leaderStep.onHeartbeatResponse((Message.HeartbeatResponse) message);
    }
  }

  private void onPersisted(LogMark mark) {
    state.log.persisted(mark);
    if (state.role == Role.LEADER) {
      leaderStep.onPersisted();
    }
  }

  private void onUnreachable(int brokerId) {
    if (brokerId == ReplicaId.broker(state.selfId())) {
      return;
    }
    state.lostPeers.add(brokerId);
    if (state.role == Role.LEADER) {
      leaderStep.onPeerUnreachable(brokerId);
    } else {
      followerStep.onPeerUnreachable(brokerId);
    }
  }

  /** An older one is late news. */
  private void onTarget(MemberTarget target) {
    MemberTarget known = state.target;
    if (known != null && target.version() < known.version()) {
      return;
    }
    state.target = target;
    state.isTargetReached = false;
    if (state.role == Role.LEADER) {
      leaderStep.onTarget();
    }
  }

  private void onCampaign() {
    if (state.role != Role.LEADER && state.mayCampaign()) {
      // The other replicas of a new group may be made a moment later than this one, and what is
      // sent to them before is lost: so it asks again, before they would ask for themselves.
      state.quickCampaigns = QUICK_CAMPAIGNS_OF_A_NEW_GROUP;
      candidateStep.startPreVote();
    }
  }

  /**
   * Carried out when the entry that says so is durable, applied, and was given out as committed
   * before this drain: what is newly committed must stay readable, even if it is to go.
   */
  private boolean isLogStartDue() {
    return state.starts.isDue(settledIndex());
  }

  private long settledIndex() {
    return Math.min(drainedCommitIndex, Math.min(state.appliedIndex, state.log.durableIndex()));
  }

  private void takeLogStart(Effects out) {
    LogStart start = state.starts.takeDue(settledIndex());
    if (start != null && start.index() > state.log.start().index()) {
      state.log.cutTo(start);
      out.logStart = start;
    }
  }

  private boolean isLeadershipChanged() {
    return drainedRole != state.role
        || drainedTerm != state.term()
        || drainedLeaderId != state.leaderId
        || drainedConfirmed != isConfirmedLeader();
  }

  private static <T> void move(List<T> from, List<T> to) {
    for (int i = 0; i < from.size(); i++) {
      to.add(from.get(i));
    }
    from.clear();
  }
}
