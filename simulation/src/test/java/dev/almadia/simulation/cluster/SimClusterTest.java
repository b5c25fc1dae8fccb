// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.CreateTopicResponse;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SimClusterTest {
  private static SimCluster started(long seed, int brokers) {
    SimRandom random = new SimRandom(seed);
    ClusterOptions drawn = ClusterOptions.draw(random.split("options"));
    ClusterOptions options =
        new ClusterOptions(
            brokers,
            drawn.shards(),
            drawn.limits(),
            drawn.syncMicrosMax(),
            drawn.turnMicrosMax(),
            drawn.datagrams(),
            drawn.linkMillisMean(),
            drawn.clockDriftPpmMax());
    SimCluster cluster = new SimCluster(random, options, null);
    cluster.brokers().forEach(SimBroker::start);
    return cluster;
  }

  private static List<Integer> all(SimCluster cluster) {
    return cluster.brokers().stream().map(SimBroker::id).toList();
  }

  private static void rests(SimCluster cluster) {
    Convergence convergence = Convergence.atRest(cluster, all(cluster));
    boolean rested = cluster.runUntil(30_000, () -> convergence.missing() == null);
    assertThat(cluster.world().violations().first()).isNull();
    assertThat(rested).as(() -> String.valueOf(convergence.missing())).isTrue();
  }

  private static void createTopic(SimCluster cluster, String name, int partitions) {
    List<Object> answers = new ArrayList<>();
    TopicServiceGrpc.newStub(cluster.channel(cluster.newClient(), 1))
        .createTopic(
            CreateTopicRequest.newBuilder()
                .setTopic(Topic.newBuilder().setTopic(name).setPartitions(partitions))
                .build(),
            new StreamObserver<CreateTopicResponse>() {
              @Override
              public void onNext(CreateTopicResponse answer) {
                answers.add(answer);
              }

              @Override
              public void onError(Throwable thrown) {
                answers.add(thrown);
              }

              @Override
              public void onCompleted() {}
            });
    boolean answered = cluster.runUntil(10_000, () -> !answers.isEmpty());
    assertThat(answered).isTrue();
    assertThat(answers).allMatch(answer -> answer instanceof CreateTopicResponse);
  }

  @Test
  void clustersOfOneToSevenBrokersForm() {
    for (int brokers = 1; brokers <= 7; brokers++) {
      rests(started(brokers, brokers));
    }
  }

  @Test
  void aTopicGetsLeadersAndEqualReplicas() {
    SimCluster cluster = started(1, 3);
    rests(cluster);
    createTopic(cluster, "orders", 4);
    rests(cluster);
    assertThat(cluster.image().topics()).containsKey("orders");
  }

  @Test
  void aClusterComesBackAfterAPowerLossOfAll() {
    SimCluster cluster = started(2, 3);
    rests(cluster);
    createTopic(cluster, "orders", 4);
    cluster.brokers().forEach(broker -> broker.kill(true));
    cluster.runFor(100);
    cluster.brokers().forEach(SimBroker::start);
    rests(cluster);
    assertThat(cluster.image().topics()).containsKey("orders");
  }

  @Test
  void aDamagedReplicaIsGivenUpAndFilledAgain() {
    SimCluster cluster = started(3, 3);
    rests(cluster);
    createTopic(cluster, "orders", 4);
    rests(cluster);
    SimBroker harmed = cluster.brokers().get(2);
    harmed.kill(false);
    for (int i = 0; i < 8; i++) {
      boolean unused =
          harmed.disk().flipBit((group, index) -> group >= MetadataImage.FIRST_PARTITION_GROUP);
    }
    harmed.start();
    assertThat(cluster.runUntil(10_000, () -> hasProblem(cluster, harmed))).isTrue();

    boolean healed =
        cluster.runUntil(
            60_000,
            () ->
                !hasProblem(cluster, harmed)
                    && cluster.image().partitionsByGroup().values().stream()
                        .allMatch(placed -> placed.partition().isSettled()));

    assertThat(healed).isTrue();
    assertThat(cluster.image().partitionsByGroup().values())
        .anyMatch(placed -> placed.partition().target().contains(ReplicaId.of(3, 1)));
    rests(cluster);
  }

  private static boolean hasProblem(SimCluster cluster, SimBroker broker) {
    var running = broker.running();
    return running != null
        && cluster.image().partitionsByGroup().keySet().stream()
            .anyMatch(group -> running.groups().problem(group) != null);
  }

  @Test
  void aSeedGivesTheSameTraceTwice() {
    assertThat(Stream.of(5L, 5L).map(SimClusterTest::hashOf).distinct()).hasSize(1);
    assertThat(Stream.of(5L, 6L).map(SimClusterTest::hashOf).distinct()).hasSize(2);
  }

  private static long hashOf(long seed) {
    SimCluster cluster = started(seed, 3);
    rests(cluster);
    createTopic(cluster, "orders", 3);
    cluster.runFor(5_000);
    return cluster.world().trace().hash();
  }
}
