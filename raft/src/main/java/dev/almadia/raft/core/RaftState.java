// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.config.ConfigHistory;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.GroupConfigCodec;
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

  private final ConfigHistory configs;

  /** In force: the newest in the log, committed or not (bug class 16). */
  GroupConfig members;

  final PendingStarts starts = new PendingStarts();

  /** How often another configuration came into force. */
  long configChanges;

  /** What the members are to become, null if nobody said. */
  @Nullable MemberTarget target;

  /** Both were compared since they changed: most ticks of most groups need not do it again. */
  boolean isTargetReached;

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

  /** A leader's ticks since its last heartbeats. */
  int ticksSinceHeartbeat;

  /** Silence after which to campaign; drawn anew each time. */
  int campaignAfterTicks;

  /**
   * Quick repetitions left of a campaign that has a cause: the leader's connection closed, or this
   * replica is meant to lead. Without a cause a campaign waits for its timeout.
   */
  int quickCampaigns;

  /** Peers whose connection closed and who were not heard of since. */
  final TreeSet<Integer> lostPeers = new TreeSet<>();

  /** What it leads with as soon as its own vote for the present term is durable; null mostly. */
  @Nullable GroupConfig forced;

  /** Everything up to here is as the leader of this term has it; 0 if nothing was compared yet. */
  long verifiedIndex;

  /** The owner's state machine has everything up to here. */
  long appliedIndex;

  Message.@Nullable HeartbeatResponse lastHeartbeatResponse;

  final VoteTally votes = new VoteTally();

  /** What only a leader has. */
  @Nullable LeaderState leading;

  RaftState(CoreConfig config, RestoredLog restored, IntUnaryOperator random) {
    this.config = config;
    this.random = random;
    log = new RaftLog(restored);
    Invariant.check(
        restored.configIndex() <= restored.commitIndex(),
        "configuration of {}, commit {}",
        restored.configIndex(),
        restored.commitIndex());
    configs = new ConfigHistory(restored.configIndex(), restored.config());
    for (Entry entry : restored.tail()) {
      switch (entry.kind()) {
        case CONFIG -> configs.append(entry.index(), decode(entry), restored.commitIndex());
        case LOG_START -> starts.add(entry);
        case NOOP, DATA, CONTROL -> {}
      }
    }
    members = configs.newest().config();
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

  /** The configurations of the log that still matter. */
  ConfigHistory configs() {
    return configs;
  }

  /** Index of the entry that the configuration in force is from, 0 if created with it. */
  long configIndex() {
    return configs.newest().index();
  }

  /** Appends; a configuration is in force from here on. Returns whether it is another. */
  boolean append(long leaderTerm, Entry entry) {
    log.append(leaderTerm, entry);
    if (entry.kind() == EntryKind.LOG_START) {
      starts.add(entry);
    }
    if (entry.kind() != EntryKind.CONFIG) {
      return false;
    }
    configs.append(entry.index(), decode(entry), log.commitIndex());
    takeNewestConfig();
    return true;
  }

  /** Truncates; what was in force before is again. Returns whether it is another. */
  boolean truncate(long leaderTerm, long fromIndex) {
    log.truncate(leaderTerm, fromIndex);
    starts.truncateFrom(fromIndex);
    boolean changed = configs.truncateFrom(fromIndex);
    if (changed) {
      takeNewestConfig();
    }
    return changed;
  }

  /** Forgets the log and its configurations for where the leader's log starts. */
  void reset(long leaderTerm, Effects.Reset reset) {
    log.reset(leaderTerm, reset.start());
    starts.clear();
    configs.reset(reset.configIndex(), reset.config());
    takeNewestConfig();
    out.reset = reset;
  }

  private void takeNewestConfig() {
    members = configs.newest().config();
    configChanges++;
    isTargetReached = false;
    quorum = new QuorumMath(members);
    LeaderState leader = leading;
    if (leader != null) {
      leader.follow(config, members, log.lastIndex());
    }
  }

  /** It has a checksum, and who sent it was asked whether it can be read: it is the own disk. */
  private static GroupConfig decode(Entry entry) {
    try {
      return GroupConfigCodec.decode(entry.payload());
    } catch (IllegalArgumentException e) {
      throw new InvariantViolation("configuration " + entry + ": " + e.getMessage());
    }
  }

  /** Enters a higher term, with nobody voted for and nothing verified. */
  void enterTerm(long newTerm) {
    Invariant.check(newTerm > term, "term {} after {}", newTerm, term);
    term = newTerm;
    votedFor = 0;
    verifiedIndex = 0;
    forced = null;
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
    return mayCampaign() ? Role.FOLLOWER : Role.LEARNER;
  }

  /**
   * Whether it votes in the configuration in force, or in one that may still be: a leader that fell
   * before the configuration without it was committed may have the longest log, and then nobody
   * else can be elected (Raft thesis, 4.2.2):
   *
   * <pre>
   *   1 (leads)  1 2 {2} from {1,2} 3 4 {2}     2 is asked by nobody, and gets no vote of 1
   *   2          1 2 {2} from {1,2}
   * </pre>
   */
  boolean mayCampaign() {
    return configs.isVoter(selfId(), log.commitIndex());
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
