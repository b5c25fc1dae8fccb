// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.internal.v1.Assignment;
import dev.almadia.internal.v1.BrokerRegistration;
import dev.almadia.internal.v1.CreateTopic;
import dev.almadia.internal.v1.DeleteTopic;
import dev.almadia.internal.v1.InitCluster;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.UpdateTopic;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.v1.Durability;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.Topic;
import dev.almadia.v1.TopicConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MetadataImagesTest {
  private MetadataImage image = MetadataImage.EMPTY;

  @Test
  void aClusterIsNamedOnce() {
    apply(MetadataCommand.newBuilder().setInitCluster(init("one")));

    BrokerError second = apply(MetadataCommand.newBuilder().setInitCluster(init("two")));

    assertThat(second).isNull();
    assertThat(image.clusterId()).isEqualTo("one");
    assertThat(image.revision()).isEqualTo(2);
  }

  @Test
  void aBrokerMayChangeItsAddresses() {
    apply(register(1, "disk"));
    BrokerError moved =
        apply(
            MetadataCommand.newBuilder()
                .setRegisterBroker(registration(1, "disk").setEndpoint("other:1").setZone("east")));

    assertThat(moved).isNull();
    assertThat(image.brokers().get(1).endpoint()).isEqualTo("other:1");
    assertThat(image.brokers().get(1).zone()).isEqualTo("east");
    assertThat(image.operations()).isEmpty();
  }

  @Test
  void aBrokerIdMustFitAReplicaId() {
    for (int id : new int[] {-1, 0, 65_536}) {
      assertThat(apply(register(id, "x")).reason())
          .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    assertThat(apply(register(65_535, "x"))).isNull();
  }

  @Test
  void aTopicGetsGroupsAndIdentityAndDefaults() {
    threeBrokers();

    BrokerError error = apply(create("a", List.of(List.of(1, 2), List.of(2, 3))));

    assertThat(error).isNull();
    TopicImage topic = image.topic("a");
    assertThat(topic.topicId()).isEqualTo(image.revision());
    assertThat(topic.config().getDurability()).isEqualTo(Durability.DURABILITY_QUORUM_SYNCED);
    assertThat(topic.config().getMaxBatchBytes()).isEqualTo(1 << 20);
    assertThat(topic.createTimeMs()).isEqualTo(77);
    assertThat(topic.partitions())
        .containsExactly(
            PartitionImage.created(0, 1024, List.of(1, 2), image.revision()),
            PartitionImage.created(1, 1025, List.of(2, 3), image.revision()));
    assertThat(image.partitionOf(1025).topic()).isSameAs(topic);
    assertThat(image.nextGroupId()).isEqualTo(1026);
  }

  @Test
  void groupIdsAreNeverUsedTwice() {
    threeBrokers();
    apply(create("a", List.of(List.of(1))));
    apply(delete("a", 0));
    apply(create("a", List.of(List.of(1))));

    assertThat(image.topic("a").partitions().get(0).groupId()).isEqualTo(1025);
    assertThat(image.partitionsByGroup().keySet()).containsExactly(1025L);
  }

  @Test
  void refusalsChangeNothingButTheRevision() {
    threeBrokers();
    apply(create("a", List.of(List.of(1, 2))));
    String before = ImageHash.of(MetadataImages.atRevision(image, 0));

    assertThat(apply(create("a", List.of(List.of(1)))).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_TOPIC_EXISTS);
    List<List<List<Integer>>> badAssignments =
        List.of(
            List.of(List.of(1, 1)),
            List.of(List.of(1, 9)),
            List.of(List.of()),
            List.of(List.of(1), List.of(1, 2)),
            List.of());
    for (List<List<Integer>> bad : badAssignments) {
      assertThat(apply(create("b", bad)).reason())
          .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    }
    assertThat(apply(create("../b", List.of(List.of(1)))).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(apply(delete("b", 0)).reason()).isEqualTo(ErrorReason.ERROR_REASON_TOPIC_NOT_FOUND);
    assertThat(apply(delete("a", 2)).reason()).isEqualTo(ErrorReason.ERROR_REASON_ETAG_MISMATCH);
    assertThat(apply(update("a", 2)).reason()).isEqualTo(ErrorReason.ERROR_REASON_ETAG_MISMATCH);
    assertThat(apply(update("b", 0)).reason()).isEqualTo(ErrorReason.ERROR_REASON_TOPIC_NOT_FOUND);
    assertThat(apply(MetadataCommand.newBuilder()).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);

    assertThat(ImageHash.of(MetadataImages.atRevision(image, 0))).isEqualTo(before);
  }

  @Test
  void anUpdateReplacesSettingsAndLabelsAndKeepsTheRest() {
    threeBrokers();
    apply(create("a", List.of(List.of(1, 2))));
    TopicImage before = image.topic("a");

    BrokerError error = apply(update("a", before.revision()));

    TopicImage after = image.topic("a");
    assertThat(error).isNull();
    assertThat(after.labels()).isEqualTo(Map.of("team", "x"));
    assertThat(after.config().getDurability()).isEqualTo(Durability.DURABILITY_QUORUM_BUFFERED);
    assertThat(after.topicId()).isEqualTo(before.topicId());
    assertThat(after.partitions()).isEqualTo(before.partitions());
    assertThat(after.revision()).isEqualTo(image.revision()).isNotEqualTo(before.revision());
    assertThat(image.partitionOf(1024).topic()).isSameAs(after);
  }

  @Test
  void equalHistoriesGiveEqualHashesAndDifferentOnesDoNot() {
    List<MetadataCommand> history = randomHistory(new Random(4), 400);
    MetadataStateMachine one = new MetadataStateMachine();
    MetadataStateMachine other = new MetadataStateMachine();
    for (int i = 0; i < history.size(); i++) {
      one.apply(entry(i + 1, history.get(i).toByteArray()));
      other.apply(entry(i + 1, history.get(i).toByteArray()));
      assertThat(ImageHash.of(one.image())).isEqualTo(ImageHash.of(other.image()));
      assertConsistent(one.image());
    }
    other.apply(entry(history.size() + 1, register(99, "x").build().toByteArray()));
    one.apply(entry(history.size() + 1, register(99, "y").build().toByteArray()));
    assertThat(ImageHash.of(one.image())).isNotEqualTo(ImageHash.of(other.image()));
  }

  @Test
  void theStateMachineTellsProposersAndListenersWhatHappened() {
    MetadataStateMachine machine = new MetadataStateMachine();
    List<Long> heard = new ArrayList<>();
    machine.addListener((before, after) -> heard.add(after.revision()));

    machine.apply(entry(1, register(1, "a").build().toByteArray()));
    machine.apply(entry(2, delete("none", 0).build().toByteArray()));
    machine.apply(entry(3, new byte[] {1, 2, 3}));
    machine.apply(
        Entry.seal(0, new EntryId(1, 4), new EntryDraft(EntryKind.NOOP, 0, 0, new byte[0])));

    assertThat(heard).containsExactly(1L);
    assertThat(machine.resultOf(1).error()).isNull();
    assertThat(machine.resultOf(2).error().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_TOPIC_NOT_FOUND);
    assertThat(machine.resultOf(3).error().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(machine.image().revision()).isEqualTo(4);
  }

  @Test
  void tenThousandPartitionsAreNoProblem() {
    threeBrokers();
    for (int topic = 0; topic < 20; topic++) {
      apply(create("t" + topic, IntStream.range(0, 500).mapToObj(i -> List.of(1, 2, 3)).toList()));
    }
    long start = System.nanoTime();
    for (int i = 0; i < 50; i++) {
      apply(create("x" + i, List.of(List.of(1))));
    }
    long perCommandMs = (System.nanoTime() - start) / 50 / 1_000_000;

    assertThat(image.partitionsByGroup()).hasSize(10_050);
    assertThat(perCommandMs).as("milliseconds of one command").isLessThan(50);
  }

  private static void assertConsistent(MetadataImage image) {
    Map<Long, String> owners = new TreeMap<>();
    image
        .topics()
        .forEach(
            (name, topic) -> {
              for (int i = 0; i < topic.partitions().size(); i++) {
                PartitionImage partition = topic.partitions().get(i);
                assertThat(partition.partition()).isEqualTo(i);
                assertThat(owners.put(partition.groupId(), name)).isNull();
                assertThat(image.partitionOf(partition.groupId()).topic()).isSameAs(topic);
                assertThat(partition.groupId()).isLessThan(image.nextGroupId());
              }
            });
    assertThat(image.partitionsByGroup().keySet()).isEqualTo(owners.keySet());
  }

  private static List<MetadataCommand> randomHistory(Random random, int length) {
    List<MetadataCommand> history = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      String name = "t" + random.nextInt(6);
      MetadataCommand.Builder command =
          switch (random.nextInt(5)) {
            case 0 -> register(1 + random.nextInt(5), "i" + random.nextInt(2));
            case 1, 2 -> create(name, List.of(List.of(1 + random.nextInt(5))));
            case 3 -> update(name, random.nextBoolean() ? 0 : random.nextInt(i + 1));
            default -> delete(name, random.nextBoolean() ? 0 : random.nextInt(i + 1));
          };
      history.add(command.build());
    }
    return history;
  }

  private void threeBrokers() {
    for (int id = 1; id <= 3; id++) {
      apply(register(id, "i" + id));
    }
  }

  private BrokerError apply(MetadataCommand.Builder command) {
    MetadataResult result = MetadataImages.apply(image, image.revision() + 1, command.build());
    image = result.image();
    return result.error();
  }

  private static Entry entry(long index, byte[] payload) {
    return Entry.seal(0, new EntryId(1, index), new EntryDraft(EntryKind.DATA, 0, 0, payload));
  }

  private static InitCluster init(String id) {
    return InitCluster.newBuilder().setClusterId(id).build();
  }

  private static BrokerRegistration.Builder registration(int id, String incarnation) {
    return BrokerRegistration.newBuilder().setBrokerId(id).setIncarnation(incarnation);
  }

  private static MetadataCommand.Builder register(int id, String incarnation) {
    return MetadataCommand.newBuilder().setRegisterBroker(registration(id, incarnation));
  }

  private static MetadataCommand.Builder create(String name, List<List<Integer>> replicas) {
    return MetadataCommand.newBuilder()
        .setTimeMs(77)
        .setCreateTopic(
            CreateTopic.newBuilder()
                .setTopic(
                    Topic.newBuilder()
                        .setTopic(name)
                        .setPartitions(replicas.size())
                        .setReplicationFactor(replicas.isEmpty() ? 1 : replicas.get(0).size()))
                .addAllAssignments(
                    replicas.stream()
                        .map(ids -> Assignment.newBuilder().addAllBrokerIds(ids).build())
                        .toList()));
  }

  private static MetadataCommand.Builder update(String name, long revision) {
    return MetadataCommand.newBuilder()
        .setUpdateTopic(
            UpdateTopic.newBuilder()
                .setTopic(name)
                .setExpectedRevision(revision)
                .setConfig(
                    TopicConfig.newBuilder().setDurability(Durability.DURABILITY_QUORUM_BUFFERED))
                .putLabels("team", "x"));
  }

  private static MetadataCommand.Builder delete(String name, long revision) {
    return MetadataCommand.newBuilder()
        .setDeleteTopic(DeleteTopic.newBuilder().setTopic(name).setExpectedRevision(revision));
  }
}
