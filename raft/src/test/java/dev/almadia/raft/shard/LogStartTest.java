// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.PeerStatus;
import dev.almadia.raft.core.config.MemberTarget;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.testing.MemoryBroker;
import dev.almadia.raft.testing.MemoryCluster;
import dev.almadia.raft.testing.TestProposal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Logs that are cut at their start, and replicas that come too late for what was cut. */
class LogStartTest {
  private static final long GROUP = 7;
  private static final long TABLE = 8;

  private final MemoryCluster cluster = MemoryCluster.ofThree(1);

  @BeforeEach
  void oneGroupOfDataAndOneOfState() {
    cluster.create(GROUP, true, false);
    cluster.create(TABLE, true, true);
    cluster.awaitLeaders();
    cluster.proposeAll(GROUP, 40);
    cluster.proposeAll(TABLE, 10);
    cluster.run(200);
  }

  private GroupView view(int broker) {
    return cluster.broker(broker).node().view(GROUP);
  }

  private void cut(long index) {
    cluster.leader(GROUP).node().advanceLogStart(GROUP, index);
  }

  private void awaitFirst(long index, int... brokers) {
    for (int broker : brokers) {
      cluster.runUntil(
          "first", 3_000, () -> view(broker) != null && view(broker).firstIndex() == index);
    }
  }

  @Test
  void allReplicasForgetWhatIsCutOnceThatIsCommitted() {
    cut(30);
    awaitFirst(31, 1, 2, 3);
    cluster.run(10);

    for (MemoryBroker broker : cluster.brokers()) {
      GroupView view = broker.node().view(GROUP);
      assertThat(view.logStartOffset()).isEqualTo(29);
      assertThat(broker.store().startIndex(GROUP)).isEqualTo(30);
      assertThat(broker.store().entries(GROUP).get(0).index()).isEqualTo(31);
      assertThat(broker.node().cached(GROUP, 30, 1_000)).isEmpty();
      assertThat(broker.node().cached(GROUP, 31, 1_000)).isNotEmpty();
      assertThat(broker.node().view(TABLE).firstIndex()).isEqualTo(1);
    }
    assertThat(cluster.proposeAll(GROUP, 5)).allMatch(TestProposal::isCommitted);
  }

  @Test
  void aStartThatIsNotCommittedOrWasPassedChangesNothing() {
    cut(20);
    awaitFirst(21, 1, 2, 3);
    long last = view(1).lastIndex();
    for (long index : new long[] {0, 5, 20, last + 1, last + 1_000}) {
      cut(index);
    }
    cluster.broker(2).node().advanceLogStart(GROUP, 30);
    cluster.broker(3).node().advanceLogStart(99, 30);
    cluster.run(500);

    assertThat(view(1).lastIndex()).isEqualTo(last);
    assertThat(cluster.brokers()).allMatch(b -> b.node().view(GROUP).firstIndex() == 21);
  }

  @Test
  void aGroupWhoseStateIsMadeOfItsEntriesIsNotCut() {
    cluster.leader(TABLE).node().advanceLogStart(TABLE, 5);
    cluster.run(500);

    assertThat(cluster.broker(1).node().view(TABLE).firstIndex()).isEqualTo(1);
    assertThat(cluster.broker(1).node().view(TABLE).lastIndex()).isEqualTo(11);
  }

  @Test
  void theStartSurvivesARestart() {
    cut(30);
    awaitFirst(31, 1, 2, 3);
    cluster.proposeAll(GROUP, 1);
    cluster.run(100);
    cluster.kill(3);
    cluster.restart(3);
    cluster.run(1);

    assertThat(view(3).firstIndex()).isEqualTo(31);
    assertThat(view(3).logStartOffset()).isEqualTo(29);
    cluster.runUntil("equal logs", 2_000, () -> cluster.isEven(GROUP));
  }

  @Test
  void aReplicaThatWasAwayTooLongIsResetAndFilledUp() {
    cluster.kill(3);
    cluster.proposeAll(GROUP, 40);
    cut(70);
    awaitFirst(71, 1, 2);
    cluster.restart(3);
    awaitFirst(71, 3);
    cluster.runUntil("equal logs", 3_000, () -> cluster.isEven(GROUP));

    assertThat(view(3).commitIndex()).isEqualTo(view(1).commitIndex());
    assertThat(view(3).config()).isEqualTo(view(1).config());
    assertThat(view(3).highWatermark()).isEqualTo(view(1).highWatermark());
    assertThat(cluster.broker(3).store().entries(GROUP).get(0).index()).isEqualTo(71);
    assertThat(cluster.broker(3).node().cached(GROUP, 41, 1_000)).isEmpty();
    cluster.kill(1);
    cluster.runUntil("it votes", 5_000, () -> cluster.leader(GROUP) != null);
    assertThat(cluster.proposeAll(GROUP, 5)).allMatch(TestProposal::isCommitted);
  }

  @Test
  void aReplicaThatLacksNothingOfWhatIsLeftIsNotReset() {
    cluster.network().cut(1, 3);
    cluster.network().cut(2, 3);
    cluster.runUntil("a leader", 3_000, () -> cluster.leader(GROUP) != null);
    cut(40);
    cluster.runUntil("cut", 3_000, () -> cluster.leader(GROUP).node().view(GROUP).firstIndex() > 1);
    cluster.network().heal();
    awaitFirst(41, 3);

    assertThat(cluster.broker(3).machine(GROUP).views())
        .extracting(GroupView::lastIndex)
        .isSorted();
    cluster.runUntil("equal logs", 3_000, () -> cluster.isEven(GROUP));
  }

  @Test
  void aLostDiskIsFilledFromTheStartThatTheOthersHave() {
    cut(35);
    awaitFirst(36, 1, 2, 3);
    cluster.loseDisk(3);
    cluster.restart(3);
    int again = ReplicaId.of(3, 1);
    cluster.join(GROUP, again);
    MemberTarget target = new MemberTarget(1, List.of(1, 2, again), List.of());
    cluster.brokers().forEach(broker -> broker.node().setTarget(GROUP, target));
    cluster.runUntil(
        "it votes",
        5_000,
        () -> view(3) != null && view(3).config().isAt(target) && view(3).isConfigCommitted());
    cluster.runUntil("equal logs", 3_000, () -> cluster.isEven(GROUP));

    assertThat(view(3).firstIndex()).isEqualTo(36);
    assertThat(view(3).logStartOffset()).isEqualTo(34);
  }

  @Test
  void aResetIsRepeatedUntilTheDiskHasDoneIt() {
    cluster.kill(3);
    cluster.proposeAll(GROUP, 40);
    cut(70);
    awaitFirst(71, 1, 2);
    cluster.restart(3);
    cluster.broker(3).diskHangs();
    cluster.run(4_000);
    List<PeerStatus> peers = new ArrayList<>();
    cluster.leader(GROUP).node().peers(GROUP, peers::addAll);
    cluster.run(1);
    assertThat(peers).filteredOn(peer -> peer.brokerId() == 3).allMatch(p -> p.matchIndex() <= 41);
    cluster.kill(3);
    assertThat(cluster.broker(3).store().startIndex(GROUP)).isZero();

    cluster.broker(3).diskPause(0);
    cluster.restart(3);
    awaitFirst(71, 3);
    cluster.runUntil("equal logs", 3_000, () -> cluster.isEven(GROUP));
  }

  @Test
  void readersOfTheStoreFindNothingBelowTheStartAndTheRestAboveIt() {
    cut(30);
    awaitFirst(31, 1, 2, 3);
    cluster.run(10);
    List<Entry> left = cluster.broker(2).store().read(GROUP, 31, 1_000, Long.MAX_VALUE);

    assertThat(left).first().extracting(Entry::index).isEqualTo(31L);
    assertThat(left.get(0).nextOffset()).isEqualTo(view(2).logStartOffset() + 1);
  }
}
