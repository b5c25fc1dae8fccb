// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.raft.core.ProposeResult.Outcome;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.log.RestoredLog;
import dev.almadia.raft.core.log.TermRun;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rules of one replica that need no cluster. */
class RaftCoreTest {
  private static final GroupConfig ALONE = GroupConfig.ofVoters(List.of(1));
  private static final GroupConfig THREE = GroupConfig.ofVoters(List.of(1, 2, 3));

  @Test
  void aProposalTooLargeForTheLimitGoesAloneAndOthersAreRefusedWhole() {
    TestCluster cluster = cluster(ALONE, 200);
    lead(cluster);
    String large = "x".repeat(5000);

    assertThat(cluster.propose(1, large).outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(cluster.propose(1, "a").outcome()).isEqualTo(Outcome.OVERLOADED);
    cluster.persist(1);
    assertThat(cluster.propose(1, "a", large).outcome()).isEqualTo(Outcome.OVERLOADED);
    assertThat(cluster.node(1).core.last().index()).isEqualTo(2);
    assertThat(cluster.propose(1, "a", "b")).isEqualTo(new ProposeResult(Outcome.ACCEPTED, 3));
  }

  @Test
  void aProposalForAnotherTermIsRefused() {
    TestCluster cluster = cluster(ALONE, 1000);
    lead(cluster);
    RaftCore core = cluster.node(1).core;
    EntryDraft draft = new EntryDraft(EntryKind.DATA, 1, 0, new byte[0]);

    assertThat(core.propose(core.term() - 1, List.of(draft)).outcome())
        .isEqualTo(Outcome.NOT_LEADER);
  }

  @Test
  void anOffsetThatFallsStopsTheProcess() {
    TestCluster cluster = cluster(ALONE, 1000);
    lead(cluster);
    cluster.propose(1, "a", "b");
    RaftCore core = cluster.node(1).core;
    EntryDraft draft = new EntryDraft(EntryKind.DATA, 1, 0, new byte[0]);

    assertThatThrownBy(() -> core.propose(core.term(), List.of(draft)))
        .isInstanceOf(InvariantViolation.class)
        .hasMessageContaining("offset falls from 2 to 1")
        .hasMessageContaining("LEADER");
  }

  @Test
  void aConfigurationIsNoPlainProposal() {
    TestCluster cluster = cluster(ALONE, 1000);
    lead(cluster);
    RaftCore core = cluster.node(1).core;
    EntryDraft draft = new EntryDraft(EntryKind.CONFIG, 0, 0, new byte[0]);

    assertThatThrownBy(() -> core.propose(core.term(), List.of(draft)))
        .isInstanceOf(InvariantViolation.class);
  }

  @Test
  void aControlEntryTakesNoOffset() {
    TestCluster cluster = cluster(ALONE, 1000);
    lead(cluster);
    cluster.propose(1, "a", "b");
    RaftCore core = cluster.node(1).core;
    EntryDraft without = new EntryDraft(EntryKind.CONTROL, 2, 0, new byte[] {1});
    EntryDraft with = new EntryDraft(EntryKind.CONTROL, 3, 0, new byte[] {1});

    assertThat(core.propose(core.term(), List.of(without)).outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThatThrownBy(() -> core.propose(core.term(), List.of(with)))
        .isInstanceOf(InvariantViolation.class)
        .hasMessageContaining("a control entry takes the offsets from 2 to 3");
  }

  @Test
  void everyKindIsReadAsItWasWritten() {
    for (EntryKind kind : EntryKind.values()) {
      assertThat(EntryKind.of(kind.number())).isEqualTo(kind);
    }
    assertThatThrownBy(() -> EntryKind.of(EntryKind.values().length + 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void commitBeyondTheOwnDiskKeepsTheEntriesInMemory() {
    TestCluster cluster = cluster(THREE, 1 << 20);
    lead(cluster);
    cluster.propose(1, "a");
    for (int i = 0; i < 4; i++) {
      deliverAll(cluster);
      cluster.persist(2);
      cluster.persist(3);
    }
    RaftCore leader = cluster.node(1).core;

    assertThat(leader.commitIndex()).isEqualTo(2);
    assertThat(leader.durableIndex()).isEqualTo(1);
    assertThat(leader.entryInMemory(2)).isNotNull();
  }

  @Test
  void anOffsetThatDiffersFromTheLeadersStopsTheProcess() {
    RaftCore follower = follower();
    Entry first = entry(1, 1, 1);
    receive(follower, new Message.AppendRequest(2, 1, 1, EntryId.ZERO, 0, 0, List.of(first)));

    assertThatThrownBy(
            () ->
                receive(
                    follower,
                    new Message.AppendRequest(2, 1, 1, new EntryId(1, 1), 7, 0, List.of())))
        .isInstanceOf(InvariantViolation.class)
        .hasMessageContaining("offset after 1 is 1 here, 7 at the leader");
  }

  @Test
  void aCommittedEntryThatDiffersStopsTheProcess() {
    RaftCore follower = follower();
    List<Entry> entries = List.of(entry(1, 1, 1), entry(1, 2, 2));
    receive(follower, new Message.AppendRequest(2, 1, 1, EntryId.ZERO, 0, 2, entries));
    assertThat(follower.commitIndex()).isEqualTo(2);

    List<Entry> others = List.of(entry(1, 1, 1), entry(2, 2, 2), entry(2, 3, 3));
    assertThatThrownBy(
            () -> receive(follower, new Message.AppendRequest(3, 1, 2, EntryId.ZERO, 0, 0, others)))
        .isInstanceOf(InvariantViolation.class);
  }

  @Test
  void whatNoLeaderCanHaveSentIsDropped() {
    RaftCore follower = follower();
    List<Entry> hole = List.of(entry(1, 1, 1), entry(1, 3, 2));
    List<Entry> ofTermToCome = List.of(entry(9, 1, 1));
    receive(follower, new Message.AppendRequest(2, 1, 1, EntryId.ZERO, 0, 2, hole));
    receive(follower, new Message.AppendRequest(2, 1, 1, EntryId.ZERO, 0, 2, ofTermToCome));
    receive(follower, new Message.Heartbeat(2, 3, 1, 5, 5));
    receive(follower, new Message.AppendResponse(2, 1, 1, true, 99, 0, EntryId.ZERO));

    assertThat(follower.last()).isEqualTo(EntryId.ZERO);
    assertThat(follower.commitIndex()).isZero();
  }

  @Test
  void aLogOfATermThatTheHardStateDoesNotKnowIsRefused() {
    RestoredLog log =
        new RestoredLog(
            HardState.INITIAL,
            1,
            THREE,
            0,
            EntryId.ZERO,
            0,
            0,
            List.of(new TermRun(1, 4)),
            0,
            0,
            0,
            List.of(entry(4, 1, 1)),
            null);

    assertThatThrownBy(() -> new RaftCore(config(), log, bound -> 0))
        .isInstanceOf(InvariantViolation.class);
  }

  @Test
  void aCutLogGoesOnBehindItsStart() {
    RestoredLog log =
        new RestoredLog(
            new HardState(4, 0),
            1,
            ALONE,
            0,
            new EntryId(3, 100),
            50,
            7,
            List.of(new TermRun(101, 3)),
            101,
            51,
            9,
            List.of(entry(3, 102, 52)),
            null);
    RaftCore core = new RaftCore(config(), log, bound -> 0);

    assertThat(core.last()).isEqualTo(new EntryId(3, 102));
    assertThat(core.commitNextOffset()).isEqualTo(51);
    assertThat(core.lastNextOffset()).isEqualTo(52);
    assertThat(core.durableIndex()).isEqualTo(102);
    assertThat(core.hasEffects()).isFalse();
  }

  @Test
  void learnersNeverCampaign() {
    GroupConfig config = new GroupConfig(List.of(2, 3), List.of(), List.of(1));
    RaftCore core = new RaftCore(config(), RestoredLog.empty(1, config), bound -> 0);
    core.step(new RaftInput.Campaign());
    core.step(new RaftInput.PeerMessage(new Message.TimeoutNow(2, 1, 1)));
    for (int i = 0; i < 100; i++) {
      core.tick();
    }

    assertThat(core.role()).isEqualTo(Role.LEARNER);
  }

  /** A voter whose own configuration is old must not refuse for it (bug class 18). */
  @Test
  void learnersVote() {
    GroupConfig config = new GroupConfig(List.of(2, 3), List.of(), List.of(1));
    RaftCore core = new RaftCore(config(), RestoredLog.empty(1, config), bound -> 0);
    receive(core, new Message.VoteRequest(9, 1, 1, EntryId.ZERO, false));
    Effects effects = new Effects();
    core.drainTo(effects);

    assertThat(effects.sendAfterPersist()).containsExactly(new Message.VoteResponse(1, 9, 1, true));
    assertThat(effects.hardState()).isEqualTo(new HardState(1, 9));
  }

  @Test
  void anIdleLeaderAndItsFollowersSendTheSameImmutableHeartbeat() {
    TestCluster cluster = cluster(THREE, 1000);
    lead(cluster);
    List<Message> first = beat(cluster);
    List<Message> second = beat(cluster);

    assertThat(second).hasSameSizeAs(first).hasSizeGreaterThan(2);
    for (int i = 0; i < first.size(); i++) {
      assertThat(second.get(i)).isSameAs(first.get(i));
    }
  }

  @Test
  void aCalmLeaderBeatsLessOften() {
    TestCluster cluster = cluster(THREE, 1000);
    lead(cluster);

    assertThat(ticksToBeat(cluster)).as("to tick 6, the next that is calm").isEqualTo(4);
    settle(cluster);
    assertThat(ticksToBeat(cluster)).as("everybody has everything and knows it").isEqualTo(3);
    settle(cluster);

    cluster.propose(1, "a");
    settle(cluster);
    assertThat(ticksToBeat(cluster)).as("not everybody knows that it is committed").isEqualTo(2);
    settle(cluster);
    assertThat(ticksToBeat(cluster)).as("to tick 15").isEqualTo(4);
  }

  /** Else steady reads would put off the check of the quorum and all retries for ever. */
  @Test
  void readsDoNotPutOffTheCheckOfTheQuorum() {
    TestCluster cluster = cluster(THREE, 1000);
    lead(cluster);
    for (int i = 0; i < 20; i++) {
      cluster.read(1);
      cluster.tick(1);
    }

    assertThat(cluster.node(1).core.role()).isEqualTo(Role.FOLLOWER);
    assertThat(cluster.checks.readsOpen()).isZero();
  }

  /** Else a follower whose place is not known would get the log from its start. */
  @Test
  void aReconnectedPeerIsProbedWhereTheProbeStood() {
    TestCluster cluster = cluster(THREE, 1 << 20);
    lead(cluster);
    cluster.propose(1, "a", "b");
    settle(cluster);
    cluster.crash(3);
    cluster.step(1, new RaftInput.TransferTo(2));
    settle(cluster);
    RaftCore leader = cluster.node(2).core;
    assertThat(leader.role()).isEqualTo(Role.LEADER);
    cluster.network.clear();

    cluster.step(2, new RaftInput.PeerReachable(3));

    assertThat(cluster.network)
        .filteredOn(message -> message.kind() == Message.Kind.APPEND_REQUEST)
        .extracting(message -> ((Message.AppendRequest) message).prev())
        .containsExactly(new EntryId(1, 3));
  }

  private static List<Message> beat(TestCluster cluster) {
    cluster.network.clear();
    List<Message> sent = new java.util.ArrayList<>();
    ticksToBeat(cluster);
    sent.addAll(cluster.network);
    deliverAll(cluster);
    sent.addAll(cluster.network);
    deliverAll(cluster);
    return sent;
  }

  private static int ticksToBeat(TestCluster cluster) {
    int ticks = 0;
    for (; ticks < 100 && cluster.network.isEmpty(); ticks++) {
      cluster.tick(1);
    }
    return ticks;
  }

  private static void lead(TestCluster cluster) {
    cluster.step(1, new RaftInput.Campaign());
    settle(cluster);
    for (int i = 0; i < 2; i++) {
      cluster.tick(1);
    }
    settle(cluster);
    assertThat(cluster.node(1).core.isConfirmedLeader()).isTrue();
  }

  private static void settle(TestCluster cluster) {
    for (int i = 0; i < 10; i++) {
      deliverAll(cluster);
      cluster.nodes.keySet().forEach(cluster::persist);
    }
  }

  private static void deliverAll(TestCluster cluster) {
    List<Message> now = List.copyOf(cluster.network);
    cluster.network.clear();
    now.forEach(cluster::deliver);
  }

  private static TestCluster cluster(GroupConfig members, long uncommittedBytesMax) {
    CoreConfig settings =
        new CoreConfig(
            TestCluster.GROUP,
            0,
            10,
            2,
            8,
            1 << 20,
            1 << 16,
            uncommittedBytesMax,
            1 << 20,
            1 << 20);
    return new TestCluster(members, settings, bound -> 0);
  }

  private static RaftCore follower() {
    return new RaftCore(config(), RestoredLog.empty(1, THREE), bound -> 0);
  }

  private static CoreConfig config() {
    return new CoreConfig(
        TestCluster.GROUP, 1, 10, 2, 8, 1 << 20, 1 << 16, 1 << 20, 1 << 20, 1 << 20);
  }

  private static void receive(RaftCore core, Message message) {
    core.step(new RaftInput.PeerMessage(message));
  }

  private static Entry entry(long term, long index, long nextOffset) {
    EntryDraft draft = new EntryDraft(EntryKind.DATA, nextOffset, 0, "x".getBytes(UTF_8));
    return Entry.seal(TestCluster.GROUP, new EntryId(term, index), draft);
  }
}
