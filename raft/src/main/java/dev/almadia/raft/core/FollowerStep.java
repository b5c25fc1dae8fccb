// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.Message.AppendRequest;
import dev.almadia.raft.core.Message.AppendResponse;
import dev.almadia.raft.core.Message.Heartbeat;
import dev.almadia.raft.core.Message.HeartbeatResponse;
import dev.almadia.raft.core.Message.ResetLog;
import dev.almadia.raft.core.Message.ResetResponse;
import dev.almadia.raft.core.Message.TimeoutNow;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.core.log.LogStart;
import java.util.List;

/**
 * What a replica does that follows: takes the leader's entries, and answers with what it has
 * compared with that leader and made durable, never more. Its log behind that point may look the
 * same and be another leader's.
 */
final class FollowerStep {
  /** Quick repetitions of a campaign after the leader's connection closed. */
  private static final int QUICK_CAMPAIGNS = 6;

  private static final int PAUSE_TICKS_MAX = 2;

  private final RaftState state;
  private final Roles roles;
  private final CandidateStep candidateStep;

  FollowerStep(RaftState state, Roles roles, CandidateStep candidateStep) {
    this.state = state;
    this.roles = roles;
    this.candidateStep = candidateStep;
  }

  /** Any role but the leader's: counts the silence. */
  void tick() {
    state.silentTicks++;
    if (state.silentTicks >= state.campaignAfterTicks && state.role != Role.LEARNER) {
      candidateStep.startPreVote();
    }
  }

  void onAppendRequest(AppendRequest request) {
    hearLeader(request.from());
    if (!isWellFormed(request)) {
      return;
    }
    long commitBefore = state.log.commitIndex();
    long verified = request.prev().index() + request.entries().size();
    if (verified > commitBefore) {
      if (!fits(request)) {
        reject(request);
        return;
      }
      takeEntries(request);
    }
    // A request that ends at or before the commit index is late: all of it was compared before
    // (committed entries are the same everywhere), so it proves the commit index and nothing
    // behind, where this log may still hold what another leader sent (bug class 6).
    long matchIndex = Math.max(verified, commitBefore);
    state.verifiedIndex = Math.max(state.verifiedIndex, matchIndex);
    adoptCommit(request.commitIndex());
    state.out.sendAfterPersist.add(
        new AppendResponse(
            state.selfId(), request.from(), state.term(), true, matchIndex, 0, EntryId.ZERO));
  }

  void onHeartbeat(Heartbeat heartbeat) {
    hearLeader(heartbeat.from());
    adoptCommit(heartbeat.commitIndex());
    long verified = Math.min(state.verifiedIndex, state.log.provenIndex());
    HeartbeatResponse last = state.lastHeartbeatResponse;
    if (last == null
        || last.to() != heartbeat.from()
        || last.term() != state.term()
        || last.verifiedIndex() != verified
        || last.readRound() != heartbeat.readRound()) {
      last =
          new HeartbeatResponse(
              state.selfId(), heartbeat.from(), state.term(), verified, heartbeat.readRound());
      state.lastHeartbeatResponse = last;
    }
    state.out.sendNow.add(last);
  }

  /**
   * The leader's log starts behind what it knows of this one. If this log reaches that place, and
   * the entry there is the leader's, it has all that the leader lost and keeps it, and its newer
   * configuration too. At or below the own commit index the news is late (bug class 33). Else
   * nothing here is of use: what is not committed differs, what is committed the leader has no
   * more.
   */
  void onResetLog(ResetLog message) {
    hearLeader(message.from());
    LogStart start = message.start();
    long commitBefore = state.log.commitIndex();
    if (start.index() > commitBefore && state.log.termAt(start.index()) != start.id().term()) {
      state.reset(
          state.term(),
          new Effects.Reset(start, message.config(), message.configIndex(), message.checkpoint()));
      roles.followConfig();
    }
    long matchIndex = Math.max(start.index(), commitBefore);
    state.verifiedIndex = Math.max(state.verifiedIndex, matchIndex);
    adoptCommit(start.index());
    state.out.sendAfterPersist.add(
        new ResetResponse(state.selfId(), message.from(), state.term(), matchIndex));
  }

  /** The leader hands over: the log is complete and the others are told to forget loyalty. */
  void onTimeoutNow(TimeoutNow message) {
    if (state.role == Role.FOLLOWER || state.role == Role.PRE_CANDIDATE) {
      roles.becomeCandidate(true);
    }
  }

  /**
   * The leader's connection closed: it most likely died. Loyalty ends at once, here and at every
   * other follower that lost it, so a pre-vote can win long before the timeout. The random pause
   * keeps them from all asking at the same moment.
   */
  void onPeerUnreachable(int brokerId) {
    if (state.leaderId == 0 || brokerId != ReplicaId.broker(state.leaderId)) {
      return;
    }
    state.leaderId = 0;
    if (state.role != Role.FOLLOWER) {
      return;
    }
    state.quickCampaigns = QUICK_CAMPAIGNS;
    int pauseTicks = state.random.applyAsInt(PAUSE_TICKS_MAX + 1);
    state.campaignAfterTicks = Math.min(state.campaignAfterTicks, state.silentTicks + pauseTicks);
    if (state.silentTicks >= state.campaignAfterTicks) {
      candidateStep.startPreVote();
    }
  }

  private void hearLeader(int from) {
    Invariant.check(
        state.leaderId == 0 || state.leaderId == from,
        "leaders {} and {} in term {}",
        state.leaderId,
        from,
        state.term());
    if (state.leaderId == 0) {
      roles.becomeFollower(from);
      state.quickCampaigns = 0;
      state.drawCampaignTimeout();
    }
    state.silentTicks = 0;
  }

  /** Whether it can come from a leader at all; what cannot is dropped, not believed. */
  private static boolean isWellFormed(AppendRequest request) {
    long index = request.prev().index();
    long term = request.prev().term();
    long offset = request.prevNextOffset();
    List<Entry> entries = request.entries();
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (entry.index() != index + 1
          || entry.term() < term
          || entry.nextOffset() < offset
          || (entry.kind() == EntryKind.CONFIG && !GroupConfigCodec.isValid(entry.payload()))
          || (entry.kind() == EntryKind.LOG_START && !LogStart.isValid(entry.payload()))) {
        return false;
      }
      index = entry.index();
      term = entry.term();
      offset = entry.nextOffset();
    }
    return term <= request.term() && request.prev().index() >= 0;
  }

  /**
   * Whether the entry before the request's is also here. Below the commit index there is nothing to
   * compare: this leader has every committed entry. The record offset must then agree too; where it
   * does not, the replicas disagree about the past, and nothing after may be believed (bug class
   * 32).
   */
  private boolean fits(AppendRequest request) {
    EntryId prev = request.prev();
    if (prev.index() < state.log.commitIndex()) {
      return true;
    }
    if (state.log.termAt(prev.index()) != prev.term()) {
      return false;
    }
    Invariant.check(
        state.log.nextOffsetAt(prev.index()) == request.prevNextOffset(),
        "offset after {} is {} here, {} at the leader",
        prev.index(),
        state.log.nextOffsetAt(prev.index()),
        request.prevNextOffset());
    return true;
  }

  /**
   * Skips what is here, whatever its place in the request, and truncates only in front of an entry
   * that truly differs: a late or doubled request must never shorten the log, since what it does
   * not mention may be acknowledged and committed (bug class 7).
   */
  private void takeEntries(AppendRequest request) {
    long commitIndex = state.log.commitIndex();
    List<Entry> entries = request.entries();
    boolean configChanged = false;
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      boolean isCommitted = entry.index() <= commitIndex;
      if (entry.index() <= state.log.lastIndex()) {
        long own = state.log.termAt(entry.index());
        if (own == entry.term()) {
          checkSameOffset(entry);
          continue;
        }
        if (entry.index() < state.log.start().index()) {
          continue;
        }
        Invariant.check(
            !isCommitted, "committed {} of term {} here, {}", entry.index(), own, entry.term());
        Invariant.check(
            entry.index() > state.verifiedIndex,
            "verified {} differs at {}",
            state.verifiedIndex,
            entry.index());
        configChanged |= state.truncate(request.term(), entry.index());
      }
      configChanged |= state.append(request.term(), entry);
    }
    if (configChanged) {
      roles.followConfig();
    }
  }

  /** Same term and index mean the same entry; if its offset differs, the past differs. */
  private void checkSameOffset(Entry entry) {
    Invariant.check(
        !state.log.isInMemory(entry.index())
            || state.log.nextOffsetAt(entry.index()) == entry.nextOffset(),
        "offset after {} differs, {} at the leader",
        entry.index(),
        entry.nextOffset());
  }

  private void reject(AppendRequest request) {
    long below = Math.min(request.prev().index(), state.log.lastIndex());
    EntryId hint = state.log.lastAtOrBelow(below, request.prev().term());
    if (hint.index() < state.log.commitIndex()) {
      long commitIndex = state.log.commitIndex();
      hint = new EntryId(state.log.termAt(commitIndex), commitIndex);
    }
    state.out.sendNow.add(
        new AppendResponse(
            state.selfId(), request.from(), state.term(), false, 0, request.prev().index(), hint));
  }

  /** The leader's commit index says nothing about entries that were not compared with its own. */
  private void adoptCommit(long leaderCommitIndex) {
    long commitIndex = Math.min(leaderCommitIndex, state.verifiedIndex);
    if (commitIndex > state.log.commitIndex()) {
      long before = state.log.commitIndex();
      state.log.commitTo(commitIndex);
      if (state.configIndex() > before) {
        roles.followConfig();
      }
    }
  }
}
