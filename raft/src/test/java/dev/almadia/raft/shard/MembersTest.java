// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.PeerStatus;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.MemberTarget;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.link.GroupMessage;
import dev.almadia.raft.link.PeerBatch;
import dev.almadia.raft.testing.MemoryBroker;
import dev.almadia.raft.testing.MemoryCluster;
import dev.almadia.raft.testing.TestProposal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Replicas with lives, on real shards. */
class MembersTest {
  private static final long GROUP = 7;
  private static final int FOURTH = ReplicaId.of(4, 3);

  private final MemoryCluster cluster =
      new MemoryCluster(1, 4, id -> RaftNodeConfig.defaults(id, 1));

  @BeforeEach
  void groupOnThree() {
    cluster.create(GROUP, GroupConfig.ofVoters(List.of(1, 2, 3)), true, false);
    cluster.awaitLeaders();
    cluster.proposeAll(GROUP, 20);
  }

  private void target(Integer... replicas) {
    MemberTarget target = new MemberTarget(1, List.of(replicas), List.of());
    cluster.brokers().stream()
        .filter(MemoryBroker::isUp)
        .forEach(broker -> broker.node().setTarget(GROUP, target));
  }

  private GroupView view(int broker) {
    return cluster.broker(broker).node().view(GROUP);
  }

  private void awaitVoters(Integer... voters) {
    cluster.runUntil(
        "new members",
        5_000,
        () -> {
          MemoryBroker leader = cluster.leader(GROUP);
          GroupView view = leader == null ? null : leader.node().view(GROUP);
          return view != null
              && view.isConfigCommitted()
              && !view.config().isJoint()
              && view.config().voters().equals(List.of(voters));
        });
  }

  @Test
  void aGroupMovesToAReplicaOfALaterLife() {
    cluster.join(GROUP, FOURTH);
    target(1, 2, FOURTH);
    awaitVoters(1, 2, FOURTH);
    cluster.run(500);

    assertThat(view(4).selfId()).isEqualTo(FOURTH);
    assertThat(view(4).config()).isEqualTo(view(1).config());
    assertThat(view(4).configIndex()).isEqualTo(view(1).configIndex()).isPositive();
    assertThat(view(4).role()).isEqualTo(Role.FOLLOWER);
    assertThat(view(4).leaderId()).as("a broker id").isEqualTo(1);
    cluster.broker(3).node().close(GROUP, true);
    assertThat(cluster.proposeAll(GROUP, 5)).allMatch(TestProposal::isCommitted);
    cluster.runUntil("equal logs", 2_000, () -> cluster.isEven(GROUP, List.of(1, 2, 4)));
  }

  @Test
  void aReplicaThatJoinsSaysNothingBeforeItIsOnDisk() {
    cluster.broker(4).diskHangs();
    cluster.join(GROUP, FOURTH);
    target(1, 2, 3, FOURTH);
    cluster.network().takeFrames();
    cluster.run(3_000);

    assertThat(cluster.network().takeFrames())
        .filteredOn(frame -> frame.from() == 4)
        .allMatch(frame -> frame.batch().messages().isEmpty());
    assertThat(view(4)).isNull();
    cluster.broker(4).diskPause(0);
    awaitVoters(1, 2, 3, FOURTH);
  }

  @Test
  void itsConfigurationIsFoundAgainAfterAPowerLoss() {
    cluster.join(GROUP, FOURTH);
    target(1, 2, FOURTH);
    awaitVoters(1, 2, FOURTH);
    cluster.run(500);
    cluster.kill(4);
    cluster.restart(4);
    cluster.run(1);

    assertThat(view(4).selfId()).isEqualTo(FOURTH);
    assertThat(view(4).config().voters()).containsExactly(1, 2, FOURTH);
  }

  @Test
  void leadershipIsHandedToTheVoterOnABrokerWhateverItsLife() {
    cluster.join(GROUP, FOURTH);
    target(1, 2, FOURTH);
    awaitVoters(1, 2, FOURTH);
    cluster.run(500);
    List<PeerStatus> peers = new ArrayList<>();
    cluster.broker(1).node().peers(GROUP, peers::addAll);
    cluster.run(1);
    assertThat(peers).extracting(PeerStatus::brokerId).containsExactly(2, 4);
    assertThat(peers).extracting(PeerStatus::replicaId).containsExactly(2, FOURTH);

    cluster.broker(1).node().transferLeadership(GROUP, 3);
    cluster.run(500);
    assertThat(cluster.leads(1, GROUP)).as("nobody votes there").isTrue();
    cluster.broker(1).node().transferLeadership(GROUP, 4);
    cluster.runUntil("it leads", 2_000, () -> cluster.leads(4, GROUP));
  }

  @Test
  void aMessageToAFormerLifeIsNotAnswered() {
    cluster.join(GROUP, FOURTH);
    target(1, 2, FOURTH);
    awaitVoters(1, 2, FOURTH);
    cluster.run(500);
    long term = view(4).term();

    for (int life = 0; life < 3; life++) {
      Message request =
          new Message.VoteRequest(
              2, ReplicaId.of(4, life), term + 10, new EntryId(term + 9, 1_000), true);
      cluster
          .broker(4)
          .node()
          .receive(2, new PeerBatch(List.of(new GroupMessage(GROUP, request)), List.of()));
    }
    cluster.run(200);

    assertThat(view(4).term()).isEqualTo(term);
    assertThat(cluster.broker(4).node().foreignMessages()).isZero();
  }

  @Test
  void aTargetThatComesBeforeTheReplicaIsThereIsNotForgotten() {
    cluster.brokers().subList(0, 3).forEach(broker -> broker.node().close(GROUP, true));
    cluster.create(
        GROUP, GroupConfig.ofVoters(List.of(ReplicaId.of(1, 1), ReplicaId.of(2, 1))), true, false);
    target(ReplicaId.of(1, 1));

    awaitVoters(ReplicaId.of(1, 1));
  }

  private CompletableFuture<ForceResult> force(int broker, Integer... voters) {
    return cluster.broker(broker).node().forceConfig(GROUP, List.of(voters));
  }

  @Test
  void theLastReplicaOfAGroupGoesOnByForceAndTheGroupIsFilledUpAgain() {
    cluster.loseDisk(1);
    cluster.killProcess(2);
    cluster.run(2_000);
    CompletableFuture<ForceResult> forced = force(3, 3);
    cluster.runUntil("it leads", 500, () -> cluster.leads(3, GROUP));

    assertThat(forced).isCompletedWithValue(ForceResult.FORCED);
    assertThat(cluster.proposeAll(GROUP, 5)).allMatch(TestProposal::isCommitted);
    cluster.restart(2);
    cluster.run(2_000);
    assertThat(cluster.leads(3, GROUP)).as("whoever was given up is not heard").isTrue();
    cluster.broker(2).node().close(GROUP, true);
    cluster.join(GROUP, ReplicaId.of(2, 1));
    cluster.join(GROUP, FOURTH);
    target(ReplicaId.of(2, 1), 3, FOURTH);
    awaitVoters(3, ReplicaId.of(2, 1), FOURTH);
    cluster.runUntil("equal logs", 2_000, () -> cluster.isEven(GROUP, List.of(2, 3, 4)));
  }

  @Test
  void whatIsForcedWithAReplicaThatDoesNotAnswerIsNotCommitted() {
    cluster.killProcess(1);
    cluster.killProcess(2);
    cluster.run(2_000);
    CompletableFuture<ForceResult> forced = force(3, 2, 3);
    cluster.run(3_000);
    assertThat(forced).isCompletedWithValue(ForceResult.NOT_COMMITTED);

    cluster.restart(2);
    cluster.runUntil("both go on", 5_000, () -> cluster.leader(GROUP) != null);
    assertThat(view(3).config().voters()).containsExactly(2, 3);
    assertThat(view(3).config().barred()).containsExactly(1);
  }

  @Test
  void aGroupThatMayHaveAQuorumIsNotForced() {
    List<CompletableFuture<ForceResult>> asked = new ArrayList<>();
    asked.add(force(1, 1));
    asked.add(force(2, 2));
    asked.add(force(4, 4));
    cluster.join(GROUP, FOURTH);
    cluster.run(100);
    asked.add(force(4, FOURTH));
    cluster.killProcess(1);
    cluster.killProcess(2);
    cluster.run(2_000);
    asked.add(force(3, 3, 4));
    cluster.run(100);

    assertThat(asked.stream().map(CompletableFuture::join))
        .containsExactly(
            ForceResult.LEADS,
            ForceResult.HAS_LEADER,
            ForceResult.NO_SUCH_GROUP,
            ForceResult.KNOWS_NO_MEMBERS,
            ForceResult.NOT_MEMBERS);
  }

  @Test
  void aForceThatIsUnderWayHearsOfTheEndOfItsGroup() {
    cluster.killProcess(1);
    cluster.killProcess(2);
    cluster.run(2_000);
    cluster.broker(3).diskHangs();
    CompletableFuture<ForceResult> forced = force(3, 3);
    cluster.run(2_000);
    assertThat(forced).isNotDone();
    cluster.broker(3).node().close(GROUP, true);
    cluster.run(1);

    assertThat(forced).isCompletedWithValue(ForceResult.NO_SUCH_GROUP);
  }

  private void damage(int broker) {
    cluster.run(500);
    cluster.kill(broker);
    cluster.broker(broker).store().damage(GROUP, "a hole");
    cluster.restart(broker);
    cluster.run(100);
    assertThat(view(broker)).isNull();
    assertThat(cluster.broker(broker).node().problem(GROUP)).isEqualTo("a hole");
  }

  @Test
  void aDamagedReplicaBeginsAnewAsALaterLife() {
    damage(3);
    int again = ReplicaId.of(3, 1);
    cluster.join(GROUP, 3);
    cluster.run(100);
    assertThat(view(3)).as("not as what it was").isNull();
    cluster.join(GROUP, again);
    target(1, 2, again);
    awaitVoters(1, 2, again);
    cluster.runUntil("equal logs", 2_000, () -> cluster.isEven(GROUP, List.of(1, 2, 3)));

    assertThat(cluster.broker(3).node().problem(GROUP)).isNull();
    assertThat(view(3).selfId()).isEqualTo(again);
  }

  @Test
  void aDamagedReplicaIsDestroyedAndLeavesATombstone() {
    damage(3);
    cluster.broker(3).node().close(GROUP, true);
    cluster.run(100);
    assertThat(cluster.broker(3).node().problem(GROUP)).isNull();
    assertThat(cluster.broker(3).store().restore()).isEmpty();

    int again = ReplicaId.of(3, 1);
    cluster.join(GROUP, again);
    target(1, 2, again);
    awaitVoters(1, 2, again);
  }
}
