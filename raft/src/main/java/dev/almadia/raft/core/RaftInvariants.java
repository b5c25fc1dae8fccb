// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.config.ConfigHistory;
import dev.almadia.raft.core.config.GroupConfig;

/**
 * What must hold of one replica at any time, and between any two times. Run after every step in
 * tests; cheap enough to sample in production.
 */
public final class RaftInvariants {
  /**
   * A replica at one time.
   *
   * @param term its term
   * @param votedFor its vote in that term
   * @param role its role
   * @param leaderId leader known
   * @param commit last committed entry
   * @param commitNextOffset record offset after it
   * @param last last entry
   * @param acceptedTerm term of the leader whose message changed the log last
   * @param config configuration in force
   * @param committedConfigIndex index of the newest committed configuration
   * @param startIndex index of the entry before the first one kept
   */
  public record Snapshot(
      long term,
      int votedFor,
      Role role,
      int leaderId,
      EntryId commit,
      long commitNextOffset,
      EntryId last,
      long acceptedTerm,
      GroupConfig config,
      long committedConfigIndex,
      long startIndex) {}

  private RaftInvariants() {}

  /** How the replica is now. */
  public static Snapshot snapshot(RaftCore core) {
    RaftState state = core.state();
    long commitIndex = state.log.commitIndex();
    return new Snapshot(
        state.term(),
        state.votedFor(),
        state.role,
        state.leaderId,
        new EntryId(state.log.termAt(commitIndex), commitIndex),
        state.log.nextOffsetAt(commitIndex),
        state.log.last(),
        state.log.acceptedTerm(),
        state.members,
        state.configs().atOrBelow(commitIndex).index(),
        state.log.start().index());
  }

  /**
   * Checks the replica, alone and against how it was.
   *
   * @throws InvariantViolation with the replica's state
   */
  public static void check(Snapshot before, RaftCore core) {
    try {
      checkOne(core.state());
      checkChange(before, snapshot(core), core.state());
    } catch (InvariantViolation violation) {
      throw violation.in(core + " after " + before);
    }
  }

  private static void checkOne(RaftState state) {
    long last = state.log.lastIndex();
    Invariant.check(state.log.commitIndex() <= last, "commit behind the end {}", last);
    Invariant.check(state.log.durableIndex() <= last, "durable behind the end {}", last);
    Invariant.check(
        state.log.firstInMemory()
            <= Math.min(state.log.commitIndex(), state.log.durableIndex()) + 1,
        "memory starts at {}: what may change or be lost was released",
        state.log.firstInMemory());
    Invariant.check(state.log.start().index() <= state.log.commitIndex(), "commit before start");
    Invariant.check(state.log.lastTerm() <= state.term(), "log of a term to come");
    Invariant.check(state.log.acceptedTerm() >= state.log.lastTerm(), "tail without acceptance");
    Invariant.check(
        state.verifiedIndex <= last, "verified {} behind {}", state.verifiedIndex, last);
    Invariant.check(
        state.leaderId != 0 || state.role != Role.LEADER, "leader that does not know itself");
    boolean isSelf = state.leaderId == state.selfId();
    Invariant.check(isSelf == (state.role == Role.LEADER), "leader {} by name", state.leaderId);
    Invariant.check(
        state.members.equals(state.configs().newest().config()), "an old configuration");
    Invariant.check(
        state.role == Role.LEADER || state.mayCampaign() == (state.role != Role.LEARNER),
        "role is not of the configuration");
    checkForce(state);
    switch (state.role) {
      case LEADER -> checkLeader(state);
      case CANDIDATE -> {
        Invariant.check(state.votedFor() == state.selfId(), "candidate without its vote");
        Invariant.check(state.leading == null, "leader state without leading");
      }
      case FOLLOWER, PRE_CANDIDATE, LEARNER ->
          Invariant.check(state.leading == null, "leader state without leading");
    }
  }

  /** Who forces has voted for itself; who was given up is no member. */
  private static void checkForce(RaftState state) {
    Invariant.check(
        state.forced == null || (state.role != Role.LEADER && state.votedFor() == state.selfId()),
        "forces a configuration without its vote");
    for (int barred : state.members.barred()) {
      Invariant.check(!state.members.has(barred), "{} is barred, and a member", barred);
    }
  }

  /** Whether the entry is still there, or was cut off with all before it. */
  private static boolean isSame(RaftState state, EntryId id) {
    return id.index() < state.log.start().index() || state.log.termAt(id.index()) == id.term();
  }

  private static void checkLeader(RaftState state) {
    Invariant.check(state.votedFor() == state.selfId(), "leader without its vote");
    Invariant.check(state.log.lastTerm() == state.term(), "leader without an own entry");
    LeaderState leader = state.leader();
    Invariant.check(
        leader.firstIndex < state.log.start().index()
            || state.log.termAt(leader.firstIndex) == state.term(),
        "first entry {}",
        leader.firstIndex);
    for (int i = 0; i < leader.peers.size(); i++) {
      ReplicaProgress peer = leader.peers.get(i);
      peer.check(state.log.lastIndex());
      Invariant.check(state.members.has(peer.replicaId()), "{} is no member", peer.replicaId());
    }
    if (state.isConfirmedLeader()) {
      checkUncommitted(state);
    }
  }

  /** One change at a time, but for the way back from a joint configuration. */
  private static void checkUncommitted(RaftState state) {
    int uncommitted = state.configs().countBehind(state.log.commitIndex());
    if (uncommitted < 2) {
      return;
    }
    Invariant.check(uncommitted == 2, "{} uncommitted configurations", uncommitted);
    ConfigHistory.Placed newest = state.configs().newest();
    GroupConfig before = state.configs().atOrBelow(newest.index() - 1).config();
    Invariant.check(
        before.isJoint() && newest.config().voters().equals(before.outgoing()),
        "two uncommitted configurations, the newest of {}",
        newest.index());
  }

  private static void checkChange(Snapshot before, Snapshot after, RaftState state) {
    Invariant.check(
        after.startIndex() >= before.startIndex(), "start falls from {}", before.startIndex());
    Invariant.check(after.term() >= before.term(), "term falls from {}", before.term());
    Invariant.check(
        after.term() > before.term()
            || before.votedFor() == 0
            || after.votedFor() == before.votedFor(),
        "vote for {} became {}",
        before.votedFor(),
        after.votedFor());
    Invariant.check(
        after.term() > before.term()
            || before.leaderId() == 0
            || after.leaderId() == 0
            || after.leaderId() == before.leaderId(),
        "leader {} became {} within a term",
        before.leaderId(),
        after.leaderId());
    Invariant.check(
        after.commit().index() >= before.commit().index(),
        "commit falls from {}",
        before.commit().index());
    // Raft 5.4.2: a leader commits by counting only what is of its own term.
    Invariant.check(
        before.role() != Role.LEADER
            || after.role() != Role.LEADER
            || after.commit().index() == before.commit().index()
            || after.commit().term() == after.term(),
        "leader of term {} committed one of term {}",
        after.term(),
        after.commit().term());
    Invariant.check(
        isSame(state, before.commit()), "committed {} was replaced", before.commit().index());
    Invariant.check(after.commitNextOffset() >= before.commitNextOffset(), "high watermark falls");
    Invariant.check(
        after.acceptedTerm() > before.acceptedTerm() || isSame(state, before.last()),
        "log of one leader was cut at {}",
        before.last().index());
    Invariant.check(
        after.committedConfigIndex() >= before.committedConfigIndex()
            || after.startIndex() > before.commit().index(),
        "committed configuration falls from {}",
        before.committedConfigIndex());
    if (before.role() == Role.LEADER && after.role() == Role.LEADER) {
      Invariant.check(
          isSame(state, before.last()), "leader cut its own log at {}", before.last().index());
      if (!before.config().equals(after.config())) {
        checkStep(before.config(), state);
      }
    }
  }

  /** A leader changed the configuration. */
  private static void checkStep(GroupConfig before, RaftState state) {
    GroupConfig after = state.members;
    Invariant.check(state.isConfirmedLeader(), "changes members before its first commit");
    Invariant.check(
        after.targetVersion() >= before.targetVersion(),
        "target falls from {} to {}",
        before.targetVersion(),
        after.targetVersion());
    Invariant.check(after.barred().equals(before.barred()), "barred {}", after.barred().size());
    if (!before.isJoint()) {
      Invariant.check(
          (after.isJoint() ? after.outgoing() : after.voters()).equals(before.voters()),
          "voters changed in one step");
      return;
    }
    Invariant.check(!after.isJoint(), "joint after joint");
    boolean isBack = after.voters().equals(before.outgoing());
    Invariant.check(
        isBack || state.configs().countBehind(state.log.commitIndex()) == 1,
        "joint configuration left before it was committed");
    Invariant.check(isBack || after.voters().equals(before.voters()), "left for other voters");
  }
}
