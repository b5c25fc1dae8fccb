// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.testing.MemoryBroker;
import dev.almadia.raft.testing.MemoryCluster;
import dev.almadia.raft.testing.TestProposal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What happens at the bounds of queues, caches and loads. */
class BoundsTest {
  private static final long GROUP = 7;
  private static final long KIB = 1024;

  @Test
  void aFullMailboxRefusesAtOnce() {
    MemoryCluster cluster = cluster(new ShardLimits(100, 64 * KIB * KIB, KIB * KIB, KIB, 4, KIB));
    cluster.create(GROUP);
    cluster.awaitLeaders();
    List<TestProposal> proposals = new ArrayList<>();

    for (int i = 0; i < 150; i++) {
      proposals.add(cluster.propose(GROUP, "x"));
    }

    assertThat(proposals.stream().filter(TestProposal::isDone))
        .hasSize(50)
        .allMatch(proposal -> proposal.failure() == ProposalFailure.OVERLOADED);
    cluster.runUntil("acks", 1_000, () -> proposals.stream().allMatch(TestProposal::isDone));
    assertThat(proposals.stream().filter(TestProposal::isCommitted)).hasSize(100);
  }

  @Test
  void aSlowDiskPushesBackInsteadOfFillingMemory() {
    MemoryCluster cluster =
        cluster(new ShardLimits(200, 64 * KIB * KIB, 10 * KIB, KIB * KIB, 4, KIB));
    cluster.create(GROUP);
    cluster.awaitLeaders();
    cluster.broker(1).diskHangs();
    List<TestProposal> proposals = new ArrayList<>();
    MemoryBroker leader = cluster.leader(GROUP);

    for (int i = 0; i < 2_000; i++) {
      TestProposal proposal = new TestProposal(new byte[100]);
      leader.node().propose(GROUP, proposal);
      proposals.add(proposal);
      cluster.run(1);
    }
    long lastIndex = leader.node().view(GROUP).lastIndex();
    assertThat(lastIndex).as("two rounds of 10 KiB, and a turn").isLessThan(300);
    assertThat(proposals.stream().filter(p -> p.failure() == ProposalFailure.OVERLOADED))
        .hasSizeGreaterThan(1_000);

    leader.diskPause(0);
    cluster.runUntil("acks", 2_000, () -> proposals.stream().allMatch(TestProposal::isDone));
    assertThat(cluster.proposeAll(GROUP, 10)).allMatch(TestProposal::isCommitted);
  }

  @Test
  void uncommittedBytesOfAGroupAreBounded() {
    MemoryCluster cluster = cluster(ShardLimits.defaults());
    cluster.create(GROUP);
    cluster.awaitLeaders();
    cluster.broker(2).diskHangs();
    cluster.broker(3).diskHangs();
    List<TestProposal> proposals = new ArrayList<>();

    for (int i = 0; i < 100; i++) {
      TestProposal proposal = new TestProposal(new byte[(int) KIB]);
      cluster.leader(GROUP).node().propose(GROUP, proposal);
      proposals.add(proposal);
    }
    cluster.run(10);

    assertThat(proposals.stream().map(TestProposal::failure).collect(Collectors.toSet()))
        .containsExactlyInAnyOrder(null, ProposalFailure.OVERLOADED);
    cluster.broker(2).diskPause(0);
    cluster.runUntil("acks", 2_000, () -> proposals.stream().allMatch(TestProposal::isDone));
    long committed = proposals.stream().filter(TestProposal::isCommitted).count();
    assertThat(committed).isBetween(55L, 64L);
  }

  @Test
  void aFollowerFarBehindCatchesUpWithinTheBoundsOfTheLeader() {
    ShardLimits limits =
        new ShardLimits(100_000, 64 * KIB * KIB, 64 * KIB * KIB, 64 * KIB, 2, 32 * KIB);
    MemoryCluster cluster = cluster(limits);
    cluster.create(GROUP);
    cluster.awaitLeaders();
    cluster.kill(3);
    cluster.run(100);
    for (int i = 0; i < 200; i++) {
      cluster.proposeAll(GROUP, 500);
    }
    MemoryBroker leader = cluster.leader(GROUP);
    assertThat(leader.node().view(GROUP).commitIndex()).isGreaterThan(100_000);

    cluster.restart(3);
    cluster.runUntil(
        "the follower is level",
        60_000,
        () -> {
          assertThat(leader.node().cachedBytes()).isLessThanOrEqualTo(64 * KIB);
          assertThat(leader.node().loadingBytes()).isLessThanOrEqualTo(32 * KIB);
          return cluster.broker(3).store().safeEntries(GROUP).size() > 100_000;
        });

    assertThat(leader.node().loads()).isPositive();
    cluster.runUntil("equal logs", 5_000, () -> cluster.isEven(GROUP));
  }

  @Test
  void catchingUpKeepsToItsRateAndHoldsUpNothing() {
    ShardLimits limits =
        new ShardLimits(100_000, 64 * KIB * KIB, 64 * KIB * KIB, 4 * KIB, 4, KIB * KIB);
    MemoryCluster cluster = cluster(limits);
    cluster.create(1);
    cluster.create(2);
    cluster.awaitLeaders();
    cluster.kill(3);
    cluster.run(100);
    for (int i = 0; i < 60; i++) {
      cluster.proposeAll(1, 200);
      cluster.proposeAll(2, 200);
    }
    RaftNode node = cluster.broker(1).node();
    assertThat(cluster.leads(1, 1) && cluster.leads(1, 2)).isTrue();
    long rate = 100 * KIB;
    node.setCatchUpRate(rate);

    cluster.restart(3);
    long before = node.catchUpBytes();
    long startMillis = cluster.time().nowMillis();
    for (int second = 1; second <= 8; second++) {
      assertThat(cluster.proposeAll(1, 10)).allMatch(TestProposal::isCommitted);
      cluster.run(startMillis + 1000L * second - cluster.time().nowMillis());
      // Ahead by 50 ms, one load for each group, and the lookups before the first.
      assertThat(node.catchUpBytes() - before)
          .isBetween(rate * (second - 1) * 8 / 10, rate * second + rate / 20 + 3 * 16 * KIB);
    }
    assertThat(node.delayedCatchUps()).isPositive();
    assertThat(cluster.isEven(1)).isFalse();
    assertThat(cluster.broker(3).store().entries(1)).as("both have their share").isNotEmpty();
    assertThat(cluster.broker(3).store().entries(2)).isNotEmpty();

    node.setCatchUpRate(Long.MAX_VALUE);
    cluster.runUntil("all level", 20_000, () -> cluster.isEven(1) && cluster.isEven(2));
  }

  @Test
  void loadsThatFindNoRoomAreAskedForAgain() {
    ShardLimits limits =
        new ShardLimits(100_000, 64 * KIB * KIB, 64 * KIB * KIB, KIB, 4, KIB * KIB);
    MemoryCluster cluster = cluster(limits);
    for (long group = 1; group <= 10; group++) {
      cluster.create(group);
    }
    cluster.awaitLeaders();
    cluster.kill(3);
    for (long group = 1; group <= 10; group++) {
      cluster.proposeAll(group, 200);
    }
    cluster.run(500);
    cluster.broker(1).readsMax(0);
    cluster.restart(3);
    cluster.run(1_000);
    assertThat(cluster.broker(1).node().refusedLoads()).isPositive();
    assertThat(cluster.broker(1).node().loadingBytes()).isZero();

    cluster.broker(1).readsMax(1);
    cluster.runUntil(
        "all level",
        20_000,
        () -> {
          for (long group = 1; group <= 10; group++) {
            if (!cluster.isEven(group)) {
              return false;
            }
          }
          return true;
        });
  }

  private static MemoryCluster cluster(ShardLimits limits) {
    GroupLimits groupLimits = new GroupLimits(8, 64 * KIB, 16 * KIB, 64 * KIB, 4 * KIB, 256 * KIB);
    return new MemoryCluster(
        1, 3, id -> new RaftNodeConfig(id, 1, RaftTimings.defaults(), groupLimits, limits));
  }
}
