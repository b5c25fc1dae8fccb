// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.Commands;
import dev.almadia.broker.core.Images;
import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.MetadataVoters;
import dev.almadia.broker.core.metadata.OperationImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.internal.v1.DeleteTopic;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.v1.OperationState;
import dev.almadia.v1.ReplicaMove;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterControllerTest {
  private static final int SEEDS_PER_CASE = 40;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void whateverIsAskedForItSettlesOrSaysWhatItWaitsFor(int part) {
    Map<String, Integer> ended = new TreeMap<>();
    for (long seed = part * SEEDS_PER_CASE; seed < (part + 1) * SEEDS_PER_CASE; seed++) {
      ToyCluster cluster = new ToyCluster(seed, 3 + (int) (seed % 3));
      for (int i = 0; i < 400; i++) {
        if (cluster.random.nextInt(3) == 0) {
          event(cluster);
        }
        cluster.step();
        assertThat(cluster.image.partitionsByGroup().values())
            .as("seed %d", seed)
            .allMatch(ClusterControllerTest::isSound);
      }
      List.copyOf(cluster.image.brokers().keySet()).forEach(cluster::revive);
      for (int i = 0; i < 600; i++) {
        cluster.step();
      }
      assertSettled(cluster, seed);
      cluster.image.operations().values().stream()
          .filter(operation -> operation.state() == OperationState.OPERATION_STATE_DONE)
          .forEach(operation -> ended.merge(operation.kind().apiName(), 1, Integer::sum));
    }
    assertThat(ended)
        .containsKeys("drain", "decommission", "move", "replication", "rebalance", "reseed");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aBrokerThatDiedForGoodIsDecommissionedWhereAMajorityIsLeft(int part) {
    int removed = 0;
    for (long seed = part * SEEDS_PER_CASE; seed < (part + 1) * SEEDS_PER_CASE; seed++) {
      ToyCluster cluster = new ToyCluster(seed, 4);
      for (int i = 0; i < 200; i++) {
        if (cluster.random.nextInt(3) == 0) {
          event(cluster);
        }
        cluster.step();
      }
      int dead = cluster.image.brokers().lastKey();
      List.copyOf(cluster.image.brokers().keySet()).forEach(cluster::revive);
      cluster.kill(dead);
      apply(
          cluster,
          new Orders(cluster.image, cluster.facts(), new Orders.Caller("test", 0))
              .decommission(dead));
      for (int i = 0; i < 600; i++) {
        cluster.step();
      }
      BrokerImage left = cluster.image.brokers().get(dead);
      if (left == null) {
        removed++;
      } else if (left.isDecommissioning()) {
        assertWaitsForTheDead(cluster, seed);
      }
    }
    assertThat(removed).isGreaterThan(SEEDS_PER_CASE / 8);
  }

  @Test
  void aDecommissionWhoseDestinationDiesChoosesAnother() {
    int replaced = 0;
    for (long seed = 0; seed < SEEDS_PER_CASE; seed++) {
      ToyCluster cluster = new ToyCluster(seed, 6);
      cluster.image = Images.with(cluster.image, "t", 6, 3);
      cluster.step();
      apply(
          cluster,
          new Orders(cluster.image, cluster.facts(), new Orders.Caller("test", 0)).decommission(1));
      int chosen = 0;
      for (int i = 0; i < 20 && chosen == 0; i++) {
        cluster.step();
        chosen = newcomer(cluster);
      }
      if (chosen == 0) {
        continue; // all had arrived before it was looked
      }
      cluster.kill(chosen);
      for (int i = 0; i < 400; i++) {
        cluster.step();
      }
      replaced++;
      assertThat(cluster.image.brokers()).as("seed %d", seed).doesNotContainKey(1);
    }
    assertThat(replaced).isGreaterThan(SEEDS_PER_CASE / 4);
  }

  @Test
  void whereSomebodyNamedTheDestinationItIsWaitedFor() {
    ToyCluster cluster = new ToyCluster(7, 5);
    cluster.image = Images.with(cluster.image, "t", 1, 3);
    cluster.step();
    List<Integer> replicas = cluster.image.topic("t").partitions().get(0).replicas();
    List<Integer> outside = new ArrayList<>(cluster.image.brokers().keySet());
    outside.removeAll(replicas);
    int named = outside.get(0);
    apply(
        cluster,
        new Orders(cluster.image, cluster.facts(), new Orders.Caller("test", 0))
            .move(
                List.of(
                    ReplicaMove.newBuilder()
                        .setTopic("t")
                        .addAllBrokerIds(List.of(replicas.get(0), replicas.get(1), named))
                        .build())));
    cluster.image =
        Images.apply(
            cluster.image,
            Commands.targets(
                    Commands.target(
                        MetadataImage.FIRST_PARTITION_GROUP,
                        List.of(replicas.get(0), replicas.get(1), named)))
                .build());
    cluster.kill(named);
    for (int i = 0; i < 200; i++) {
      cluster.step();
    }

    assertThat(cluster.image.topic("t").partitions().get(0).replicas()).contains(named);
    assertThat(
            Operations.progress(
                    cluster.image, cluster.facts(), cluster.image.runningOperations().get(0))
                .blockers())
        .extracting(blocker -> blocker.getCode())
        .containsExactly("REPLICA_UNREACHABLE");
  }

  /** A broker that is to get a partition and does not hold it yet; 0 if there is none. */
  private static int newcomer(ToyCluster cluster) {
    for (PartitionOfTopic placed : cluster.image.partitionsByGroup().values()) {
      if (!placed.partition().isSettled()) {
        var brokers = ProgressOf.newcomers(placed.partition(), cluster.facts());
        if (!brokers.isEmpty()) {
          return brokers.first();
        }
      }
    }
    return 0;
  }

  private static void assertWaitsForTheDead(ToyCluster cluster, long seed) {
    for (OperationImage operation : cluster.image.runningOperations()) {
      assertThat(Operations.progress(cluster.image, cluster.facts(), operation).blockers())
          .as("seed %d: %s of %s", seed, operation.kind(), operation.resource())
          .isNotEmpty()
          .allMatch(
              blocker ->
                  List.of("NO_LEADER", "NOT_ENOUGH_BROKERS", "TARGET_NOT_ACTIVE", "ONLY_REPLICA")
                      .contains(blocker.getCode()));
    }
  }

  private static boolean isSound(PartitionOfTopic placed) {
    List<Integer> replicas = placed.partition().replicas();
    return !replicas.isEmpty() && new TreeSet<>(replicas).size() == replicas.size();
  }

  private static void event(ToyCluster cluster) {
    Random random = cluster.random;
    MetadataImage image = cluster.image;
    int broker = 1 + random.nextInt(8);
    Orders orders = new Orders(image, cluster.facts(), new Orders.Caller("test", 0));
    switch (random.nextInt(14)) {
      case 0 -> {
        if (!image.brokers().containsKey(broker)) {
          cluster.register(broker, true);
        }
      }
      case 1 -> apply(cluster, orders.drain(broker));
      case 2 -> apply(cluster, orders.undrain(broker));
      case 3 -> apply(cluster, orders.decommission(broker));
      case 4 -> apply(cluster, orders.recommission(broker));
      case 5 -> {
        if (cluster.alive.size() > 1) {
          cluster.kill(broker);
        }
      }
      case 6, 7 -> cluster.revive(broker);
      case 8 -> {
        if (image.brokers().containsKey(broker) && cluster.canLoseDiskOf(broker)) {
          cluster.register(broker, true);
        }
      }
      case 9 -> apply(cluster, orders.move(randomMove(image, random)));
      case 10 -> apply(cluster, orders.replication(randomTopic(image, random), 1 + broker % 4));
      case 11 -> apply(cluster, orders.rebalance());
      case 12 -> {
        List<OperationImage> running = image.runningOperations();
        if (!running.isEmpty()) {
          String name = running.get(random.nextInt(running.size())).name();
          if (Operations.cancel(image, name, 0) instanceof Decision.Accepted<MetadataCommand> ok) {
            assertThat(cluster.apply(ok.value()).error()).isNull();
          }
        }
      }
      default -> changeTopics(cluster);
    }
  }

  private static void apply(ToyCluster cluster, Decision<Order> decision) {
    if (decision instanceof Decision.Accepted<Order> order) {
      assertThat(cluster.apply(order.value().command()).error()).isNull();
    } else if (decision instanceof Decision.Refused<Order> refused) {
      assertThat(refused.error().message()).isNotEmpty().doesNotContain("\n");
    }
  }

  private static void changeTopics(ToyCluster cluster) {
    MetadataImage image = cluster.image;
    String name = "t" + cluster.random.nextInt(5);
    if (image.topic(name) != null) {
      cluster.apply(
          MetadataCommand.newBuilder()
              .setDeleteTopic(DeleteTopic.newBuilder().setTopic(name))
              .build());
    } else {
      long active = image.brokers().values().stream().filter(BrokerImage::isActive).count();
      int factor = (int) Math.min(active, 1 + cluster.random.nextInt(3));
      if (factor > 0) {
        cluster.image = Images.with(image, name, 1 + cluster.random.nextInt(6), factor);
      }
    }
  }

  private static String randomTopic(MetadataImage image, Random random) {
    return image.topics().isEmpty()
        ? "none"
        : List.copyOf(image.topics().keySet()).get(random.nextInt(image.topics().size()));
  }

  private static List<ReplicaMove> randomMove(MetadataImage image, Random random) {
    TopicImage topic = image.topic(randomTopic(image, random));
    List<Integer> ids = new ArrayList<>(image.brokers().keySet());
    Collections.shuffle(ids, random);
    int factor = topic == null ? 1 : Math.min(ids.size(), topic.replicationFactor());
    return List.of(
        ReplicaMove.newBuilder()
            .setTopic(topic == null ? "none" : topic.name())
            .addAllBrokerIds(ids.subList(0, factor))
            .build());
  }

  private static void assertSettled(ToyCluster cluster, long seed) {
    MetadataImage image = cluster.image;
    ClusterFacts facts = cluster.facts();
    NavigableSet<Integer> stuck = new TreeSet<>();
    for (OperationImage operation : image.runningOperations()) {
      OperationProgress progress = Operations.progress(image, facts, operation);
      assertThat(progress.blockers())
          .as("seed %d: %s of %s", seed, operation.kind(), operation.resource())
          .isNotEmpty()
          .allMatch(blocker -> !blocker.getCode().isEmpty() && !blocker.getHint().isEmpty())
          .noneMatch(blocker -> blocker.getCode().equals("WAITS_FOR_TURN"))
          .noneMatch(blocker -> blocker.getCode().equals("CHANGE_UNDER_WAY"));
      stuck.add(operation.brokerId());
    }
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      List<Integer> replicas = placed.partition().replicas();
      String what = "seed " + seed + ": " + placed.resource() + " " + placed.partition();
      assertThat(placed.partition().isSettled()).as(what).isTrue();
      assertThat(placed.partition().leaving()).as(what).isEmpty();
      assertThat(cluster.configs().get(placed.partition().groupId()).voters())
          .as(what)
          .containsExactlyInAnyOrderElementsOf(placed.partition().target());
      boolean isStuck = replicas.stream().anyMatch(stuck::contains);
      long active = image.brokers().values().stream().filter(BrokerImage::isActive).count();
      assertThat(
              isStuck
                  || active < placed.topic().replicationFactor()
                  || replicas.size() == placed.topic().replicationFactor())
          .as(what)
          .isTrue();
      assertThat(
              replicas.stream()
                  .filter(id -> !stuck.contains(id))
                  .map(id -> image.brokers().get(id)))
          .as(what)
          .noneMatch(broker -> broker == null || broker.isDecommissioning());
      if (image.isActive(placed.partition().preferredLeader())) {
        assertThat(cluster.leaders().get(placed.partition().groupId()))
            .as(what)
            .isEqualTo(placed.partition().preferredLeader());
      }
    }
    assertVoters(image, seed);
  }

  private static void assertVoters(MetadataImage image, long seed) {
    long stay =
        image.brokers().values().stream().filter(broker -> !broker.isDecommissioning()).count();
    assertThat(image.metadataGroup().voterBrokers())
        .as("seed %d", seed)
        .hasSize(MetadataVoters.countFor((int) stay))
        .allMatch(id -> image.brokers().containsKey(id))
        .noneMatch(id -> image.brokers().get(id).isDecommissioning());
    assertThat(image.metadataGroup().isSettled()).as("seed %d", seed).isTrue();
  }
}
