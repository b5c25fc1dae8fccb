// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.Message.AppendResponse;
import dev.almadia.raft.core.Message.HeartbeatResponse;
import dev.almadia.raft.core.Message.TimeoutNow;
import dev.almadia.raft.core.ProposeResult.Outcome;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.core.log.LogStart;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;

/** What a replica does that leads. */
final class LeaderStep {
  private final RaftState state;
  private final Roles roles;
  private final Replication replication;
  private final CommitRule commitRule;
  private final MemberStep members;
  private final IntPredicate isHeard;
  private final IntToLongFunction readRoundOf;

  LeaderStep(RaftState state, Roles roles) {
    this.state = state;
    this.roles = roles;
    replication = new Replication(state);
    commitRule = new CommitRule(state);
    members = new MemberStep(state, roles);
    isHeard = this::isHeard;
    readRoundOf = this::readRoundOf;
  }

  /** Its first entry goes out; it doubles as the first sign of life. */
  void onElected() {
    replication.sendToAll();
  }

  /** Everything periodic hangs on the heartbeat, so that most ticks of an idle group do nothing. */
  void tick() {
    LeaderState leader = state.leader();
    state.ticksSinceHeartbeat++;
    if (leader.transferTarget != 0
        && state.nowTick - leader.transferStartTick >= state.config.electionTimeoutTicks()) {
      leader.transferTarget = 0;
    }
    if (leader.ticksToBeat(state) > 0) {
      return;
    }
    state.ticksSinceHeartbeat = 0;
    // Check-quorum. A leader without a quorum can commit nothing; were it to go on beating, it
    // would keep those loyal who hear it, and the side that has a quorum could not elect (bug
    // class 22).
    if (!state.quorum.isQuorum(isHeard)) {
      roles.becomeFollower(0);
      return;
    }
    beat(leader);
    for (int i = 0; i < leader.peers.size(); i++) {
      ReplicaProgress peer = leader.peers.get(i);
      if (peer.isStuck(state.nowTick, state.config.electionTimeoutTicks())) {
        peer.probeAgain();
      } else if (peer.isResetOverdue(state.nowTick, state.config.electionTimeoutTicks())) {
        peer.probeAgain();
      }
      replication.sendTo(peer);
    }
    maybeChangeMembers();
    maybeLeaveOffice(leader);
  }

  /** It has what the start of the log stands for. */
  void onResetResponse(Message.ResetResponse response) {
    ReplicaProgress peer = state.leader().peer(response.from());
    if (peer != null) {
      peer.heard(state.nowTick);
      onAcknowledged(peer, response.startIndex());
    }
  }

  /**
   * Says to all where the log is to start. Only what is committed, and nothing before an own
   * commit: until then it is not known what is.
   */
  void onAdvanceLogStart(RaftInput.AdvanceLogStart advance) {
    long index = advance.index();
    if (!state.isConfirmedLeader()
        || state.leader().transferTarget != 0
        || index > state.log.commitIndex()
        || index <= Math.max(state.log.start().index(), state.starts.newestIndex())) {
      return;
    }
    EntryId id = new EntryId(state.log.termAt(index), index);
    LogStart start = new LogStart(id, advance.nextOffset(), advance.maxTimestampMs());
    roles.append(
        new EntryDraft(
            EntryKind.LOG_START,
            state.log.lastNextOffset(),
            state.log.lastMaxTimestampMs(),
            start.encode()));
    replication.sendToAll();
  }

  /** A target came. */
  void onTarget() {
    maybeChangeMembers();
  }

  void onAppendResponse(AppendResponse response) {
    ReplicaProgress peer = state.leader().peer(response.from());
    if (peer == null) {
      return;
    }
    peer.heard(state.nowTick);
    if (response.success()) {
      onAcknowledged(peer, response.matchIndex());
    } else {
      onRejected(peer, response.rejectedIndex(), response.hint());
    }
  }

  void onHeartbeatResponse(HeartbeatResponse response) {
    LeaderState leader = state.leader();
    ReplicaProgress peer = leader.peer(response.from());
    if (peer == null) {
      return;
    }
    peer.heard(state.nowTick);
    peer.readRoundAcked(Math.min(response.readRound(), leader.reads.round()));
    releaseReads(leader);
    if (response.verifiedIndex() > peer.matchIndex()) {
      // Acknowledgements were lost; this one is as good: verified with this leader and durable.
      onAcknowledged(peer, response.verifiedIndex());
      return;
    }
    // Nothing is on the way, yet the follower has not verified what was sent: all of it was lost
    // (bug class 30), or it restarted, or it lost its tail (B16). Only a probe can tell.
    if (peer.state() == ReplicaProgress.State.REPLICATE
        && peer.window().isEmpty()
        && response.verifiedIndex() < peer.nextIndex() - 1) {
      peer.probeAgain();
    }
    replication.sendTo(peer);
  }

  /** The connection closed: what was on the way is lost, and more would be too. */
  void onPeerUnreachable(int brokerId) {
    for (ReplicaProgress peer : state.leader().peers) {
      if (ReplicaId.broker(peer.replicaId()) == brokerId) {
        peer.probeAgain();
        peer.probed(state.nowTick);
      }
    }
  }

  /** The broker is back: it hears of the leader at once, before it would seek an election. */
  void onPeerReachable(int brokerId) {
    LeaderState leader = state.leader();
    for (ReplicaProgress peer : leader.peers) {
      if (ReplicaId.broker(peer.replicaId()) == brokerId) {
        peer.probeAgain();
        sendHeartbeat(leader, peer);
        replication.sendTo(peer);
      }
    }
  }

  void onEntriesLoaded(RaftInput.EntriesLoaded loaded) {
    if (loaded.term() == state.term()) {
      replication.onLoaded(loaded);
    }
  }

  void onLoadFailed(RaftInput.LoadFailed failed) {
    if (failed.term() == state.term()) {
      replication.onLoadFailed(failed.peer());
    }
  }

  /** The own disk moved on. */
  void onPersisted() {
    maybeCommit();
    goOn();
  }

  /**
   * Hands leadership over: no more proposals, the target gets everything, and is then told to
   * campaign. If nothing came of it within an election timeout, the leader goes on. A target that
   * does not answer is not waited for: all that time nothing could be written. Nor is one that is
   * about to lose its vote.
   */
  void onTransferTo(int target) {
    LeaderState leader = state.leader();
    ReplicaProgress peer = leader.peer(target);
    if (peer == null
        || !state.members.voters().contains(target)
        || leader.transferTarget == target
        || !peer.isActive(state.nowTick, state.config.electionTimeoutTicks())) {
      return;
    }
    leader.transferTarget = target;
    leader.transferStartTick = state.nowTick;
    replication.sendTo(peer);
    maybeHandOver(leader);
  }

  ProposeResult propose(List<EntryDraft> drafts) {
    Invariant.check(!drafts.isEmpty(), "nothing proposed");
    LeaderState leader = state.leader();
    if (leader.transferTarget != 0) {
      return new ProposeResult(Outcome.TRANSFERRING, 0);
    }
    if (!hasRoomFor(drafts)) {
      return new ProposeResult(Outcome.OVERLOADED, 0);
    }
    checkDrafts(drafts);
    long firstIndex = state.log.lastIndex() + 1;
    for (int i = 0; i < drafts.size(); i++) {
      roles.append(drafts.get(i));
    }
    replication.sendToAll();
    return new ProposeResult(Outcome.ACCEPTED, firstIndex);
  }

  void requestRead(long requestId) {
    LeaderState leader = state.leader();
    if (leader.reads.isFull()) {
      state.out.readsFailed.add(requestId);
    } else if (state.isConfirmedLeader()) {
      openRead(leader, requestId);
    } else {
      leader.reads.awaitConfirmation(requestId);
    }
  }

  private void openRead(LeaderState leader, long requestId) {
    if (leader.reads.add(requestId, state.log.commitIndex())) {
      beat(leader);
    }
    releaseReads(leader);
  }

  private void releaseReads(LeaderState leader) {
    leader.reads.confirmed(state.quorum.reachedByQuorum(readRoundOf), state.out.readsReady);
  }

  private void onAcknowledged(ReplicaProgress peer, long matchIndex) {
    if (matchIndex > state.log.lastIndex()) {
      return;
    }
    peer.acknowledged(matchIndex, state.nowTick);
    maybeCommit();
    replication.sendTo(peer);
    goOn();
  }

  private void onRejected(ReplicaProgress peer, long rejectedIndex, EntryId hint) {
    long startIndex = state.log.start().index();
    if (!peer.isNews(rejectedIndex)) {
      return;
    }
    if (rejectedIndex <= startIndex) {
      replication.reset(peer);
      return;
    }
    long below = Math.min(hint.index(), rejectedIndex - 1);
    long agreed = state.log.lastAtOrBelow(below, hint.term()).index();
    long floor =
        switch (peer.state()) {
          case PROBE, RESET -> startIndex;
          case REPLICATE -> peer.matchIndex();
        };
    peer.probeBehind(Math.max(agreed, floor));
    replication.sendTo(peer);
  }

  /**
   * Hands over once the target has everything and everything is committed. Without the second, what
   * the target and nobody else has on disk would be acknowledged by nobody: the next leader commits
   * it, and its producers hear that the outcome is unknown.
   */
  private void maybeHandOver(LeaderState leader) {
    ReplicaProgress target = leader.peer(leader.transferTarget);
    long lastIndex = state.log.lastIndex();
    if (target != null
        && target.matchIndex() == lastIndex
        && state.log.commitIndex() == lastIndex) {
      state.out.sendNow.add(new TimeoutNow(state.selfId(), target.replicaId(), state.term()));
      if (members.isOutside()) {
        roles.becomeFollower(0);
      }
    }
  }

  private void maybeCommit() {
    boolean wasConfirmed = state.isConfirmedLeader();
    if (!commitRule.maybeAdvance()) {
      return;
    }
    LeaderState leader = state.leader();
    if (!wasConfirmed && state.isConfirmedLeader()) {
      while (leader.reads.hasUnconfirmed()) {
        openRead(leader, leader.reads.pollUnconfirmed());
      }
    }
  }

  /** What more on a disk may have made possible. The last act of an input: it may step down. */
  private void goOn() {
    maybeChangeMembers();
    maybeLeaveOffice(state.leader());
    LeaderState leader = state.leading;
    if (leader != null) {
      maybeHandOver(leader);
    }
  }

  /**
   * A new configuration is in force at once, so it is sent, and what waits is counted anew: with
   * fewer voters a round of reads may be confirmed already, and nobody may be left to answer.
   */
  private void maybeChangeMembers() {
    if (members.maybeChange()) {
      replication.sendToAll();
      releaseReads(state.leader());
    }
  }

  /** A leader without a vote hands over as soon as that is settled; see {@link MemberStep}. */
  private void maybeLeaveOffice(LeaderState leader) {
    if (leader.transferTarget == 0 && members.isOutside()) {
      int successor = members.successor();
      if (successor != 0) {
        onTransferTo(successor);
      }
    }
  }

  /**
   * Does not touch the timer: with a read in every interval, the periodic work behind it (check of
   * the quorum, retries) would never be done.
   */
  private void beat(LeaderState leader) {
    for (int i = 0; i < leader.peers.size(); i++) {
      sendHeartbeat(leader, leader.peers.get(i));
    }
  }

  /** Carries no commit index beyond what the follower is known to have of this leader. */
  private void sendHeartbeat(LeaderState leader, ReplicaProgress peer) {
    long commitIndex = Math.min(peer.matchIndex(), state.log.commitIndex());
    state.out.sendNow.add(
        peer.heartbeat(state.selfId(), state.term(), commitIndex, leader.reads.round()));
  }

  private boolean hasRoomFor(List<EntryDraft> drafts) {
    long uncommitted = state.log.uncommittedBytes();
    long bytes = 0;
    for (int i = 0; i < drafts.size(); i++) {
      bytes += Entry.costBytes(drafts.get(i).payload().length);
    }
    boolean isAlone = uncommitted == 0 && drafts.size() == 1;
    return isAlone || uncommitted + bytes <= state.config.uncommittedBytesMax();
  }

  private void checkDrafts(List<EntryDraft> drafts) {
    long offset = state.log.lastNextOffset();
    for (int i = 0; i < drafts.size(); i++) {
      EntryDraft draft = drafts.get(i);
      Invariant.check(
          draft.nextOffset() >= offset, "offset falls from {} to {}", offset, draft.nextOffset());
      // A configuration takes effect when appended; nothing here would make it.
      Invariant.check(draft.kind() != EntryKind.CONFIG, "a configuration as plain proposal");
      Invariant.check(draft.kind() != EntryKind.LOG_START, "a log start as plain proposal");
      // Readers skip it: an offset in it would be one that nobody ever gets.
      Invariant.check(
          draft.kind() != EntryKind.CONTROL || draft.nextOffset() == offset,
          "a control entry takes the offsets from {} to {}",
          offset,
          draft.nextOffset());
      offset = draft.nextOffset();
    }
  }

  private boolean isHeard(int replicaId) {
    if (replicaId == state.selfId()) {
      return true;
    }
    ReplicaProgress peer = state.leader().peer(replicaId);
    return peer != null && peer.isActive(state.nowTick, state.config.electionTimeoutTicks());
  }

  private long readRoundOf(int replicaId) {
    if (replicaId == state.selfId()) {
      return state.leader().reads.round();
    }
    ReplicaProgress peer = state.leader().peer(replicaId);
    return peer == null ? 0 : peer.ackedReadRound();
  }
}
