// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.link.GroupMessage;
import dev.almadia.raft.link.Lane;
import dev.almadia.raft.link.Leadership;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.raft.store.WriteRound;
import dev.almadia.raft.testing.LogMachine;
import dev.almadia.raft.testing.MemoryBroker;
import dev.almadia.raft.testing.MemoryCluster;
import dev.almadia.raft.testing.MemoryNetwork;
import dev.almadia.raft.testing.TestProposal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Shards, writers and cores of three brokers together. */
class ClusterTest {
  private static final long GROUP = 7;

  private final MemoryCluster cluster = MemoryCluster.ofThree(42);

  @Test
  void theBrokerThatIsMeantToLeadsAtOnceAndAcknowledges() {
    cluster.create(GROUP);

    cluster.runUntil("a leader", 200, () -> cluster.leader(GROUP) != null);
    List<TestProposal> proposals = cluster.proposeAll(GROUP, 10);

    assertThat(cluster.leader(GROUP).id()).isEqualTo(1);
    assertThat(proposals).allMatch(TestProposal::isCommitted);
    assertThat(proposals)
        .extracting(TestProposal::offset)
        .containsExactlyElementsOf(LongStream.range(0, 10).boxed().toList());
    cluster.runUntil("equal logs", 1_000, () -> cluster.isEven(GROUP));
  }

  @Test
  void manyGroupsShareTheirRounds() {
    List<Long> groups = createGroups(100);
    long before = cluster.broker(1).store().writes();
    List<TestProposal> proposals = new ArrayList<>();

    groups.forEach(group -> proposals.add(cluster.propose(group, "one")));
    cluster.runUntil("acks", 1_000, () -> proposals.stream().allMatch(TestProposal::isCommitted));

    assertThat(cluster.broker(1).store().writes() - before).isLessThanOrEqualTo(2);
  }

  @Test
  void aSlowWriterGathersWhatComesMeanwhileIntoOneRound() {
    List<Long> groups = createGroups(20);
    cluster.brokers().forEach(broker -> broker.diskPause(50));
    List<WriteRound> rounds = new ArrayList<>();
    cluster.broker(1).store().watch(rounds::add);
    List<TestProposal> proposals = new ArrayList<>();

    for (int turn = 0; turn < 40; turn++) {
      groups.forEach(group -> proposals.add(cluster.propose(group, "x")));
      cluster.run(1);
    }
    cluster.runUntil("acks", 3_000, () -> proposals.stream().allMatch(TestProposal::isCommitted));

    assertThat(rounds).as("40 turns of 20 groups").hasSizeLessThanOrEqualTo(3);
    assertThat(rounds.stream().mapToInt(round -> round.groups().size()).max()).hasValue(20);
  }

  @Test
  void acknowledgesInOrderAndOnlyWhatIsDurableOnAQuorum() {
    createGroups(1);
    List<String> journal = new ArrayList<>();
    cluster.broker(2).diskHangs();
    cluster.broker(3).diskHangs();

    for (int i = 0; i < 5; i++) {
      byte[] content = new byte[] {(byte) i};
      cluster.leader(1).node().propose(1, new TestProposal(content, journal));
    }
    cluster.run(500);
    assertThat(journal).as("durable on one of three").isEmpty();

    cluster.broker(3).diskPause(0);
    cluster.runUntil("acks", 1_000, () -> journal.size() == 5);

    long first = Long.parseLong(journal.get(0).split(" ", -1)[1]);
    assertThat(journal)
        .containsExactlyElementsOf(
            LongStream.range(first, first + 5).mapToObj(i -> "committed " + i).toList());
  }

  @Test
  void whenTheLeaderDiesAnotherLeadsAndNothingAcknowledgedIsLost() {
    cluster.create(GROUP);
    cluster.awaitLeaders();
    List<TestProposal> before = cluster.proposeAll(GROUP, 50);

    cluster.kill(1);
    cluster.runUntil("a new leader", 5_000, () -> cluster.leader(GROUP) != null);
    List<TestProposal> after = cluster.proposeAll(GROUP, 50);
    cluster.restart(1);
    cluster.runUntil("equal logs", 5_000, () -> cluster.isEven(GROUP));

    List<String> log = contents(cluster.broker(1).store().safeEntries(GROUP));
    assertThat(log).hasSize(100);
    before.forEach(proposal -> assertStored(proposal, 1));
    after.forEach(proposal -> assertStored(proposal, 1));
  }

  @Test
  void stepDownLeavesWhatIsNotProvenUnknown() {
    cluster.create(GROUP);
    cluster.awaitLeaders();
    MemoryBroker old = cluster.leader(GROUP);
    cluster.network().cutSilently(1, 2);
    cluster.network().cutSilently(1, 3);

    TestProposal lost = cluster.propose(GROUP, "nobody hears it");
    cluster.runUntil("its fate", 10_000, lost::isDone);

    assertThat(lost.failure()).isEqualTo(ProposalFailure.OUTCOME_UNKNOWN);
    TestProposal refused = new TestProposal(new byte[1]);
    old.node().propose(GROUP, refused);
    cluster.run(5);
    assertThat(refused.failure()).isEqualTo(ProposalFailure.NOT_LEADER);
    cluster.network().heal();
    cluster.awaitLeaders();
    assertThat(cluster.proposeAll(GROUP, 1)).allMatch(TestProposal::isCommitted);
    cluster.runUntil("equal logs", 5_000, () -> cluster.isEven(GROUP));
  }

  @Test
  void aFailedWriteEndsAllAcknowledgementsOfTheBroker() {
    cluster.create(GROUP);
    cluster.awaitLeaders();
    cluster.broker(2).store().failWrites();
    cluster.broker(3).store().failWrites();

    TestProposal proposal = cluster.propose(GROUP, "x");
    cluster.run(1_000);

    assertThat(proposal.isCommitted()).isFalse();
    assertThat(cluster.broker(2).fatals()).singleElement().asString().contains("log-writer");
    assertThat(cluster.broker(3).fatals()).hasSize(1);
    assertThat(cluster.broker(2).store().safeEntries(GROUP)).hasSize(1);
  }

  @Test
  void anUnsyncedGroupAcknowledgesAfterTheWriteAndNeverSyncs() {
    cluster.create(GROUP, false, false);
    cluster.awaitLeaders();
    cluster.run(200);
    long syncs = cluster.broker(1).store().syncs();
    cluster.broker(2).diskHangs();
    cluster.broker(3).diskHangs();

    TestProposal waiting = cluster.propose(GROUP, "x");
    cluster.run(300);
    assertThat(waiting.isDone()).as("not written by a quorum").isFalse();
    cluster.broker(2).diskPause(0);
    cluster.runUntil("the ack", 1_000, waiting::isCommitted);
    assertThat(cluster.broker(1).store().syncs()).isEqualTo(syncs);

    cluster.broker(3).diskPause(0);
    cluster.brokers().forEach(broker -> broker.node().setSynced(GROUP, true));
    cluster.run(1);
    cluster.proposeAll(GROUP, 1);
    assertThat(cluster.broker(1).store().syncs()).isGreaterThan(syncs);
  }

  @Test
  void beatsOfAllIdleGroupsTravelInOneFramePerPeerAndInterval() {
    for (long group = 1; group <= 200; group++) {
      cluster.create(group);
      cluster.run(group % 7);
    }
    cluster.awaitLeaders();
    cluster.run(1_000);
    cluster.network().takeFrames();

    cluster.run(3_000);

    Map<Integer, Long> beats =
        cluster.network().takeFrames().stream()
            .filter(frame -> frame.from() == 1 && frame.has(Message.Kind.HEARTBEAT))
            .collect(Collectors.groupingBy(MemoryNetwork.Frame::to, Collectors.counting()));
    assertThat(beats).hasSize(2);
    assertThat(beats.values()).as("one per 300 ms").allMatch(count -> count >= 9 && count <= 11);
  }

  @Test
  void dataNeverTravelsWithBeatsAndVotes() {
    createGroups(3);
    cluster.proposeAll(1, 20);

    for (MemoryNetwork.Frame frame : cluster.network().takeFrames()) {
      assertThat(frame.has(Message.Kind.APPEND_REQUEST)).isEqualTo(frame.lane() == Lane.DATA);
    }
  }

  @Test
  void aStalledShardStartsNoElections() {
    List<Long> groups = createGroups(50);
    Map<Long, Long> terms = terms(groups);

    cluster.broker(2).stall(true);
    cluster.run(5_000);
    cluster.broker(2).stall(false);
    cluster.run(5_000);

    assertThat(terms(groups)).isEqualTo(terms);
    assertThat(groups).allMatch(group -> cluster.leader(group).id() == 1);
    assertThat(cluster.broker(2).node().shards().get(0).stats().stalls()).isEqualTo(1);
  }

  @Test
  void afterAStallNobodyCampaignsForOneTimeoutThoughNoLeaderIsHeard() {
    List<Long> groups = createGroups(20);
    cluster.network().cutSilently(1, 2);
    cluster.network().cutSilently(2, 3);
    cluster.run(1_000);

    cluster.broker(2).stall(true);
    cluster.run(1_000);
    cluster.broker(2).stall(false);
    for (int i = 0; i < 1_400; i++) {
      cluster.run(1);
      assertThat(groups)
          .allMatch(group -> cluster.broker(2).node().view(group).role() == Role.FOLLOWER);
    }

    cluster.runUntil(
        "somebody does at last",
        5_000,
        () -> cluster.broker(2).node().view(1).role() == Role.PRE_CANDIDATE);
  }

  @Test
  void aStalledLeaderIsReplacedAndComesBackAsFollower() {
    List<Long> groups = createGroups(10);

    cluster.broker(1).stall(true);
    cluster.run(6_000);
    cluster.broker(1).stall(false);
    cluster.run(3_000);

    assertThat(groups).allMatch(group -> cluster.leader(group).id() != 1);
    groups.forEach(group -> cluster.proposeAll(group, 1));
  }

  @Test
  void allBrokersHearWhoLeads() {
    cluster.create(GROUP);
    cluster.awaitLeaders();
    cluster.run(10);
    assertThat(cluster.broker(2).heard().get(GROUP).leaderBrokerId()).isEqualTo(1);

    cluster.leader(GROUP).node().transferLeadership(GROUP, 3);
    cluster.runUntil("transfer", 3_000, () -> cluster.leads(3, GROUP));
    cluster.run(10);

    Leadership heard = cluster.broker(1).heard().get(GROUP);
    assertThat(heard.leaderBrokerId()).isEqualTo(3);
    cluster.kill(2);
    cluster.run(100);
    cluster.broker(2).heard().clear();
    cluster.restart(2);
    cluster.run(100);
    assertThat(cluster.broker(2).heard().get(GROUP)).as("told on connecting").isEqualTo(heard);
  }

  @Test
  void aStateMachineGetsEveryEntryOnceAlsoAfterARestart() {
    cluster.create(GROUP, true, true);
    cluster.awaitLeaders();
    cluster.proposeAll(GROUP, 300);
    cluster.kill(2);
    cluster.proposeAll(GROUP, 300);
    cluster.restart(2);

    cluster.runUntil(
        "all applied", 10_000, () -> cluster.broker(2).machine(GROUP).applied().size() >= 601);

    for (MemoryBroker broker : cluster.brokers()) {
      LogMachine machine = broker.machine(GROUP);
      assertThat(machine.applied())
          .extracting(Entry::index)
          .containsExactlyElementsOf(
              LongStream.rangeClosed(1, machine.applied().size()).boxed().toList());
    }
    assertThat(contents(cluster.broker(2).machine(GROUP).applied())).hasSize(600);
  }

  @Test
  void aReadSeesEverythingAcknowledgedBefore() {
    cluster.create(GROUP, true, true);
    cluster.awaitLeaders();
    TestProposal last = cluster.proposeAll(GROUP, 5).get(4);
    List<GroupView> answers = new ArrayList<>();
    List<ProposalFailure> failures = new ArrayList<>();
    ReadCallback callback = callback(answers, failures);

    cluster.leader(GROUP).node().read(GROUP, callback);
    cluster.runUntil("the answer", 500, () -> !answers.isEmpty());

    assertThat(answers.get(0).appliedIndex()).isGreaterThanOrEqualTo(last.index());
    assertThat(answers.get(0).highWatermark()).isEqualTo(5);
    cluster.broker(2).node().read(GROUP, callback);
    cluster.broker(2).node().read(99, callback);
    cluster.run(5);
    assertThat(failures).containsExactly(ProposalFailure.NO_SUCH_GROUP, ProposalFailure.NOT_LEADER);
  }

  @Test
  void stoppingFailsEachProposalAsItDeserves() {
    cluster.create(GROUP);
    cluster.awaitLeaders();
    cluster.broker(2).diskHangs();
    cluster.broker(3).diskHangs();
    TestProposal appended = cluster.propose(GROUP, "appended");
    cluster.run(5);
    MemoryBroker leader = cluster.leader(GROUP);

    TestProposal queued = cluster.propose(GROUP, "queued");
    leader.node().stop();
    TestProposal late = new TestProposal(new byte[1]);
    leader.node().propose(GROUP, late);
    cluster.run(5);

    assertThat(appended.failure()).isEqualTo(ProposalFailure.OUTCOME_UNKNOWN);
    assertThat(queued.failure()).isEqualTo(ProposalFailure.STOPPING);
    assertThat(late.failure()).isEqualTo(ProposalFailure.STOPPING);
    assertThat(leader.node().shards()).allMatch(RaftShard::isStopped);
    assertThat(leader.node().view(GROUP)).isNull();
  }

  @Test
  void aNewGroupSaysNothingBeforeItIsOnDisk() {
    cluster.brokers().forEach(MemoryBroker::diskHangs);
    cluster.network().takeFrames();
    cluster.create(GROUP);

    cluster.run(5_000);

    assertThat(cluster.network().takeFrames()).isEmpty();
    assertThat(cluster.broker(1).node().view(GROUP)).isNull();
    cluster.brokers().forEach(broker -> broker.diskPause(0));
    cluster.awaitLeaders();
  }

  @Test
  void aVoteThatIsAskedForTwiceIsGivenOnlyWhenItIsOnDisk() {
    cluster.create(GROUP);
    cluster.awaitLeaders();
    cluster.run(100);
    cluster.kill(1);
    cluster.kill(3);
    MemoryBroker voter = cluster.broker(2);
    voter.diskHangs();
    EntryId last = voter.store().entries(GROUP).get(0).id();
    // Of a hand-over, because the voter heard its leader just now.
    Message request = new Message.VoteRequest(3, 2, 100, last, true);
    cluster.restart(3);
    cluster.broker(3).stall(true);
    cluster.network().takeFrames();

    for (int i = 0; i < 3; i++) {
      voter.node().receive(3, new PeerBatch(List.of(new GroupMessage(GROUP, request)), List.of()));
      cluster.run(2);
    }
    assertThat(votesOf(voter)).isZero();

    voter.diskPause(0);
    cluster.run(1);
    assertThat(votesOf(voter)).isPositive();
  }

  private long votesOf(MemoryBroker voter) {
    return cluster.network().takeFrames().stream()
        .filter(frame -> frame.from() == voter.id() && frame.has(Message.Kind.VOTE_RESPONSE))
        .count();
  }

  @Test
  void aLeaderDeposedByCommittedEntriesOfAnotherClaimsNothing() {
    cluster.create(GROUP);
    cluster.awaitLeaders();
    cluster.run(200);
    MemoryBroker old = cluster.leader(GROUP);
    cluster.network().cutSilently(1, 2);
    cluster.network().cutSilently(1, 3);
    TestProposal lost = cluster.propose(GROUP, "only here");
    cluster.run(2);
    GroupView view = old.node().view(GROUP);
    Entry before = old.store().entries(GROUP).get(0);
    long term = view.term() + 1;
    Entry other =
        Entry.seal(
            GROUP,
            new EntryId(term, view.lastIndex()),
            new EntryDraft(EntryKind.NOOP, 0, before.header().maxTimestampMs(), new byte[0]));

    // One message deposes, overwrites, and commits at the index of what was proposed here.
    Message append =
        new Message.AppendRequest(
            2, 1, term, before.id(), before.nextOffset(), view.lastIndex(), List.of(other));
    old.node().receive(2, new PeerBatch(List.of(new GroupMessage(GROUP, append)), List.of()));
    cluster.run(2);

    assertThat(old.node().view(GROUP).commitIndex()).isEqualTo(view.lastIndex());
    assertThat(lost.failure()).isEqualTo(ProposalFailure.OUTCOME_UNKNOWN);
  }

  @Test
  void aDestroyedGroupIsGoneAndCanBeMadeAnewInItsNextLife() {
    cluster.create(GROUP);
    cluster.awaitLeaders();
    cluster.proposeAll(GROUP, 3);

    cluster.brokers().forEach(broker -> broker.node().close(GROUP, true));
    cluster.create(GROUP, 1, true, false);
    cluster.run(1);
    cluster.runUntil("a leader", 500, () -> cluster.leader(GROUP) != null);

    GroupView view = cluster.leader(GROUP).node().view(GROUP);
    assertThat(view.highWatermark()).isZero();
    assertThat(view.selfId()).isEqualTo(ReplicaId.of(view.leaderId(), 1));
    assertThat(cluster.leader(GROUP).store().safeEntries(GROUP)).hasSize(1);
  }

  @Test
  void aDamagedGroupIsReportedAndTheOthersRun() {
    createGroups(2);
    cluster.proposeAll(1, 3);
    cluster.proposeAll(2, 3);
    cluster.kill(3);
    cluster.broker(3).store().damage(1, "entry 2 has a wrong checksum");

    cluster.restart(3);
    cluster.run(500);

    RaftNode node = cluster.broker(3).node();
    assertThat(node.view(1)).isNull();
    assertThat(node.problem(1)).isEqualTo("entry 2 has a wrong checksum");
    assertThat(node.view(2)).isNotNull();
    assertThat(node.problem(2)).isNull();
  }

  @Test
  void aShardWithABrokenInvariantFallsSilentAndSaysSo() {
    createGroups(2);
    cluster.broker(1).expectFatals();
    TestProposal broken = new TestProposal(new byte[0]);
    cluster.leader(1).node().propose(1, broken);
    cluster.run(5);
    cluster.leader(1).node().propose(1, broken);
    TestProposal other = cluster.propose(2, "x");

    cluster.run(10_000);

    assertThat(cluster.broker(1).fatals()).singleElement().asString().contains("drafted twice");
    assertThat(other.isDone()).isFalse();
    assertThat(cluster.leader(2).id()).isNotEqualTo(1);
  }

  private List<Long> createGroups(int count) {
    List<Long> groups = LongStream.rangeClosed(1, count).boxed().toList();
    groups.forEach(cluster::create);
    cluster.awaitLeaders();
    cluster.run(50);
    return groups;
  }

  private Map<Long, Long> terms(List<Long> groups) {
    return groups.stream()
        .collect(
            Collectors.toMap(
                group -> group, group -> cluster.leader(group).node().view(group).term()));
  }

  private void assertStored(TestProposal proposal, int brokerId) {
    assertThat(proposal.isCommitted()).isTrue();
    List<Entry> log = cluster.broker(brokerId).store().safeEntries(GROUP);
    assertThat(log.get((int) proposal.index() - 1).payload()).isEqualTo(proposal.payload());
  }

  private static List<String> contents(List<Entry> log) {
    return log.stream()
        .filter(entry -> entry.kind() == EntryKind.DATA)
        .map(entry -> new String(entry.payload(), StandardCharsets.UTF_8))
        .toList();
  }

  private static ReadCallback callback(List<GroupView> answers, List<ProposalFailure> failures) {
    return new ReadCallback() {
      @Override
      public void onReady(GroupView view) {
        answers.add(view);
      }

      @Override
      public void onFailed(ProposalFailure failure) {
        failures.add(failure);
      }
    };
  }

  @Test
  void leadershipsAreToldAgainSoThatALostOneIsNotLostForGood() {
    MemoryCluster cluster = MemoryCluster.ofThree(4);
    cluster.create(7);
    cluster.awaitLeaders();
    int leader = cluster.leader(7).id();
    MemoryBroker other = cluster.broker(leader % 3 + 1);
    cluster.run(1_000);

    other.heard().clear();
    cluster.run(6_000);

    assertThat(other.heard()).containsKey(7L);
    assertThat(other.heard().get(7L).leaderBrokerId()).isEqualTo(leader);
  }
}
