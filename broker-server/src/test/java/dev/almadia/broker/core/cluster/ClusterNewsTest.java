// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.Commands;
import dev.almadia.broker.core.Images;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.broker.core.routing.LeaderTable.Leader;
import dev.almadia.internal.v1.DeleteTopic;
import dev.almadia.internal.v1.EndOperation;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.NoteForced;
import dev.almadia.internal.v1.OperationEnd;
import dev.almadia.internal.v1.SetClusterConfig;
import dev.almadia.v1.BrokerState;
import dev.almadia.v1.ClusterEvent;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What is told of the difference of two sights of the cluster. */
class ClusterNewsTest {
  private static final long GROUP = MetadataImage.FIRST_PARTITION_GROUP;

  private final MetadataImage three = Images.formed(3);

  @Test
  void whereNothingHappensNothingIsTold() {
    assertThat(ClusterNews.between(sight(three), sight(three))).isEmpty();
  }

  @Test
  void brokersComeDrainAndGo() {
    MetadataImage four = Images.register(three, 4, "i4", "cellar");
    assertThat(types(three, four)).contains("BROKER_JOINED brokers/4");
    MetadataImage drained =
        apply(four, Commands.state(4, BrokerState.BROKER_STATE_DRAINING, "drain"));
    assertThat(types(four, drained))
        .containsExactly(
            "BROKER_DRAINING brokers/4", "OPERATION_BEGUN operations/" + drained.revision());
    assertThat(types(drained, apply(drained, Commands.state(4, BrokerState.BROKER_STATE_ACTIVE))))
        .containsExactly(
            "BROKER_ACTIVE brokers/4", "OPERATION_ENDED operations/" + drained.revision());
    MetadataImage leaving =
        apply(four, Commands.state(4, BrokerState.BROKER_STATE_DECOMMISSIONING));
    assertThat(types(leaving, apply(leaving, Commands.remove(4))))
        .containsExactly("BROKER_REMOVED brokers/4");
    assertThat(types(four, Images.register(four, 4, "another", "cellar")))
        .contains("BROKER_DISK_REPLACED brokers/4");
  }

  @Test
  void brokersAreUpAndDown() {
    ClusterSight all = sight(three);
    ClusterSight without = new ClusterSight(three, all.leaders(), new TreeSet<>(Set.of(1, 2)));

    assertThat(ClusterNews.between(all, without))
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.getType()).isEqualTo("BROKER_DOWN");
              assertThat(event.getResource()).isEqualTo("brokers/3");
              assertThat(event.getText()).isEqualTo("broker 3 cannot be reached");
              assertThat(event.getRevision()).isZero();
            });
    assertThat(ClusterNews.between(without, all))
        .extracting(ClusterEvent::getType)
        .containsExactly("BROKER_UP");
  }

  @Test
  void leadersChangeAndAreLost() {
    MetadataImage image = Images.with(three, "t", 1, 3);
    ClusterSight one = led(image, Map.of(GROUP, new Leader(1, 4)));

    assertThat(ClusterNews.between(one, led(image, Map.of(GROUP, new Leader(2, 5)))))
        .extracting(event -> event.getType() + " " + event.getResource() + " " + event.getText())
        .containsExactly(
            "LEADER_CHANGED topics/t/partitions/0 broker 2 leads, term 5; broker 1 led before");
    assertThat(ClusterNews.between(one, led(image, Map.of(GROUP, new Leader(0, 5)))))
        .extracting(ClusterEvent::getType)
        .containsExactly("LEADER_LOST");
    assertThat(ClusterNews.between(led(image, Map.of()), led(image, Map.of(0L, new Leader(3, 1)))))
        .extracting(event -> event.getType() + " " + event.getResource())
        .containsExactly("LEADER_CHANGED metadata");
  }

  @Test
  void replicasGoAndArrive() {
    MetadataImage image = Images.with(Images.register(three, 4, "i4", ""), "t", 1, 3);
    List<Integer> replicas = image.topic("t").partitions().get(0).replicas();
    int outside = 10 - replicas.stream().mapToInt(id -> id).sum();
    MetadataImage moving =
        apply(
            image,
            Commands.targets(
                Commands.target(GROUP, List.of(replicas.get(0), replicas.get(1), outside))));
    PartitionImage partition = moving.topic("t").partitions().get(0);

    assertThat(types(image, moving)).containsExactly("REPLICAS_MOVING topics/t/partitions/0");
    MetadataImage settled =
        apply(
            moving,
            Commands.settled(GROUP, partition.targetRevision(), partition.target(), List.of()));
    assertThat(types(moving, settled)).containsExactly("REPLICAS_MOVED topics/t/partitions/0");
    assertThat(types(image, settled))
        .containsExactly(
            "REPLICAS_MOVING topics/t/partitions/0", "REPLICAS_MOVED topics/t/partitions/0");
  }

  @Test
  void anOperationThatBeganAndEndedInBetweenIsToldOfTwice() {
    MetadataImage begun =
        apply(three, Commands.state(3, BrokerState.BROKER_STATE_DRAINING, "drain"));
    MetadataImage ended =
        apply(
            begun,
            MetadataCommand.newBuilder()
                .setEndOperation(
                    EndOperation.newBuilder()
                        .setOperationId(begun.revision())
                        .setMessage("done")
                        .setEnd(OperationEnd.OPERATION_END_DONE)));

    List<ClusterEvent> events = ClusterNews.between(sight(three), sight(ended));

    assertThat(events)
        .extracting(ClusterEvent::getText)
        .containsExactly(
            "broker 3 is draining; it was active",
            "drain of brokers/3 has begun",
            "drain of brokers/3 is done");
    assertThat(events).allMatch(event -> event.getRevision() == ended.revision());
  }

  @Test
  void topicsAndSettingsAndForceAreTold() {
    MetadataImage image = Images.with(three, "t", 2, 3);
    assertThat(types(three, image)).containsExactly("TOPIC_CREATED topics/t");
    assertThat(
            types(
                image,
                apply(
                    image,
                    MetadataCommand.newBuilder()
                        .setDeleteTopic(DeleteTopic.newBuilder().setTopic("t")))))
        .containsExactly("TOPIC_DELETED topics/t");
    assertThat(
            types(
                image,
                apply(
                    image,
                    MetadataCommand.newBuilder()
                        .setSetClusterConfig(
                            SetClusterConfig.newBuilder().setLeaderBalancing(false)))))
        .containsExactly("BALANCING_PAUSED cluster");
    assertThat(
            types(
                image,
                apply(
                    image,
                    MetadataCommand.newBuilder()
                        .setNoteForced(NoteForced.newBuilder().setGroupId(GROUP).setMessage("x")))))
        .containsExactly("FORCED topics/t/partitions/0");
    assertThat(types(image, apply(image, Commands.voters(1, 2))))
        .containsExactly("METADATA_VOTERS_CHANGED metadata");
  }

  @Test
  void whatIsPresentIsEachBrokerAndEachRunningOperation() {
    MetadataImage image =
        apply(three, Commands.state(3, BrokerState.BROKER_STATE_DRAINING, "drain"));

    assertThat(ClusterNews.present(sight(image)))
        .extracting(event -> event.getType() + " " + event.getResource())
        .containsExactly(
            "BROKER_PRESENT brokers/1",
            "BROKER_PRESENT brokers/2",
            "BROKER_PRESENT brokers/3",
            "OPERATION_PRESENT operations/" + image.revision());
  }

  private static List<String> types(MetadataImage before, MetadataImage after) {
    return ClusterNews.between(sight(before), sight(after)).stream()
        .map(event -> event.getType() + " " + event.getResource())
        .toList();
  }

  private static ClusterSight sight(MetadataImage image) {
    return new ClusterSight(image, new TreeMap<>(), new TreeSet<>(image.brokers().keySet()));
  }

  private static ClusterSight led(MetadataImage image, Map<Long, Leader> leaders) {
    return new ClusterSight(image, new TreeMap<>(leaders), new TreeSet<>(image.brokers().keySet()));
  }

  private static MetadataImage apply(MetadataImage image, MetadataCommand.Builder command) {
    return Images.apply(image, command.build());
  }
}
