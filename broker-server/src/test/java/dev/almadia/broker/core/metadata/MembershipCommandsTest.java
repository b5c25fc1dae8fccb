// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.Commands;
import dev.almadia.broker.core.Images;
import dev.almadia.internal.v1.BrokerRegistration;
import dev.almadia.internal.v1.EndOperation;
import dev.almadia.internal.v1.GroupTarget;
import dev.almadia.internal.v1.InitCluster;
import dev.almadia.internal.v1.LoseReplicas;
import dev.almadia.internal.v1.LostReplica;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.NoteForced;
import dev.almadia.internal.v1.OperationEnd;
import dev.almadia.internal.v1.OperationRecord;
import dev.almadia.internal.v1.SetClusterConfig;
import dev.almadia.internal.v1.StartRecovery;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.v1.BrokerState;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.OperationState;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MembershipCommandsTest {
  private static final long GROUP = MetadataImage.FIRST_PARTITION_GROUP;

  private MetadataImage image = formed(3);

  @Test
  void whoFormedTheClusterVotesAndWhoComesLaterFollows() {
    image = Images.register(image, 4, "i4", "");

    assertThat(image.metadataGroup().voters()).containsExactly(1, 2, 3);
    assertThat(image.metadataGroup().learners()).containsExactly(4);
  }

  @Test
  void aBrokerThatFormedTheClusterAndLostItsDiskBeforeItWasKnownVotesAsAnotherReplica() {
    image =
        Images.apply(
            Images.register(MetadataImage.EMPTY, 2, "i2", ""),
            init(Map.of(1, "i1", 2, "i2", 3, "i3")));
    image = Images.register(Images.register(image, 1, "i1", ""), 3, "another", "");

    assertThat(image.metadataGroup().voters()).containsExactly(1, 2, ReplicaId.of(3, 1));
    assertThat(image.metadataGroup().lifeOf(3)).isEqualTo(1);
    assertThat(image.metadataGroup().formedWith()).isEmpty();
  }

  @Test
  void aBrokerWithANewDiskGetsNewReplicasAndAnOperation() {
    image = Images.with(image, "t", 2, 3);

    image = Images.register(image, 2, "new disk", "");

    PartitionImage partition = image.topic("t").partitions().get(0);
    assertThat(partition.target()).contains(ReplicaId.of(2, 1)).doesNotContain(2);
    assertThat(partition.leaving()).containsExactly(2);
    assertThat(partition.targetRevision()).isEqualTo(image.revision());
    assertThat(image.metadataGroup().voters()).containsExactly(1, ReplicaId.of(2, 1), 3);
    assertThat(image.metadataGroup().leaving()).containsExactly(2);
    assertThat(image.runningOperations())
        .singleElement()
        .satisfies(
            operation -> {
              assertThat(operation.kind()).isEqualTo(OperationKind.RESEED);
              assertThat(operation.resource()).isEqualTo("brokers/2");
              assertThat(operation.total()).isEqualTo(2);
            });

    image = Images.register(image, 2, "yet another disk", "");

    assertThat(image.runningOperations()).hasSize(1);
    assertThat(image.operations()).hasSize(2);
  }

  @Test
  void aDiskThatWasGivenUpDoesNotComeBackNorDoesALateCallFromIt() {
    image = Images.register(image, 2, "second disk", "");
    image = Images.register(image, 2, "third disk", "");

    for (String gone : List.of("i2", "second disk")) {
      assertRefused(ErrorReason.ERROR_REASON_BROKER_DECOMMISSIONED, registration(2, gone));
    }
    assertThat(image.brokers().get(2).incarnation()).isEqualTo("third disk");
    assertThat(image.metadataGroup().lifeOf(2)).isEqualTo(2);
  }

  @Test
  void aDiskThatWasLostBeforeItWasKnownDoesNotComeBack() {
    image = Images.apply(MetadataImage.EMPTY, init(Map.of(1, "i1", 2, "i2", 3, "i3")));
    image = Images.register(image, 3, "another", "");

    assertRefused(ErrorReason.ERROR_REASON_BROKER_DECOMMISSIONED, registration(3, "i3"));
  }

  @Test
  void onlyTheNewestDisksOfABrokerAreRememberedAsGivenUp() {
    for (int i = 0; i < MetadataImage.GIVEN_UP_MAX + 2; i++) {
      image = Images.register(image, 2, "disk " + i, "");
    }

    assertThat(image.givenUp().get(2))
        .hasSize(MetadataImage.GIVEN_UP_MAX)
        .startsWith("disk 1")
        .doesNotContain("i2", image.brokers().get(2).incarnation());
  }

  @Test
  void targetsAreSetAllOrNone() {
    image = Images.with(Images.register(image, 4, "i4", ""), "t", 2, 3);
    String before = ImageHash.of(MetadataImages.atRevision(image, 0));
    List<Integer> present = image.topic("t").partitions().get(0).replicas();

    assertRefused(
        ErrorReason.ERROR_REASON_BROKER_NOT_FOUND,
        Commands.targets(Commands.target(GROUP, 1, 2, 4), Commands.target(GROUP + 1, 1, 2, 9)));
    assertRefused(
        ErrorReason.ERROR_REASON_ETAG_MISMATCH,
        Commands.targets(
            Commands.target(GROUP, 1, 2, 4).toBuilder().addExpectedBrokerIds(1).build()));
    assertRefused(
        ErrorReason.ERROR_REASON_INVALID_ARGUMENT, Commands.targets(Commands.target(7, 1, 2, 3)));
    assertRefused(
        ErrorReason.ERROR_REASON_INVALID_ARGUMENT,
        Commands.targets(Commands.target(GROUP, 1, 2)),
        Commands.targets(Commands.target(GROUP, 1, 2, 2)));
    assertRefused(
        ErrorReason.ERROR_REASON_QUORUM_AT_RISK, Commands.targets(Commands.target(GROUP)));
    assertThat(ImageHash.of(MetadataImages.atRevision(image, 0))).isEqualTo(before);

    apply(
        Commands.targets(
            GroupTarget.newBuilder()
                .setGroupId(GROUP)
                .addAllBrokerIds(List.of(4, 2, 3))
                .addAllExpectedBrokerIds(present)
                .build()));

    PartitionImage moved = image.topic("t").partitions().get(0);
    assertThat(moved.replicas()).containsExactly(4, 2, 3);
    assertThat(moved.leaving()).containsExactly(1);
    assertThat(moved.present()).containsExactly(4, 2, 3, 1);
    assertThat(image.partitionOf(GROUP).partition()).isSameAs(moved);
    assertThat(image.topic("t").revision()).isLessThan(image.revision());
    assertThat(image.topic("t").changeRevision()).isEqualTo(image.revision());
  }

  @Test
  void aReportAboutAnOlderTargetSettlesNothingEvenWithTheSameMembers() {
    image = Images.with(Images.register(image, 4, "i4", ""), "t", 1, 3);
    List<Integer> first = partition().replicas();
    long firstRevision = partition().targetRevision();
    apply(Commands.targets(Commands.target(GROUP, 4, 2, 3)));
    apply(Commands.targets(Commands.target(GROUP, first)));

    apply(Commands.settled(GROUP, firstRevision, first, List.of()));
    assertThat(partition().leaving()).containsExactly(4);
    apply(Commands.settled(GROUP, partition().targetRevision(), first, List.of(4)));
    assertThat(partition().leaving()).containsExactly(4);
    apply(Commands.settled(GROUP, partition().targetRevision(), List.of(1, 2), List.of()));
    assertThat(partition().leaving()).containsExactly(4);

    apply(Commands.settled(GROUP, partition().targetRevision(), List.of(3, 2, 1), List.of()));
    assertThat(partition().isSettled()).isTrue();
    apply(Commands.targets(Commands.target(GROUP, 4, 2, 3)));
    assertThat(partition().target()).contains(ReplicaId.of(4, 1));
  }

  @Test
  void anotherOrderOfTheSameReplicasIsNoOtherTarget() {
    image = Images.with(image, "t", 1, 3);
    long revision = partition().targetRevision();

    apply(Commands.targets(Commands.target(GROUP, 3, 2, 1)));

    assertThat(partition().preferredLeader()).isEqualTo(3);
    assertThat(partition().isSettled()).isTrue();
    assertThat(partition().targetRevision()).isEqualTo(revision);
  }

  @Test
  void aDrainingBrokerIsGivenNothingAndKeepsWhatItHas() {
    image = Images.with(Images.register(image, 4, "i4", ""), "t", 1, 3);
    apply(Commands.state(1, BrokerState.BROKER_STATE_DRAINING));
    apply(Commands.targets(Commands.target(GROUP, 4, 1, 3)));

    apply(Commands.targets(Commands.target(GROUP, 4, 2, 3)));
    assertRefused(
        ErrorReason.ERROR_REASON_BROKER_DRAINING,
        Commands.targets(Commands.target(GROUP, 4, 1, 3)),
        Commands.create("u", List.of(1, 2, 3)));
  }

  @Test
  void aBrokerIsForgottenWhenNothingIsOnItAndComesBackAsAnother() {
    image = Images.with(Images.register(image, 4, "i4", ""), "t", 1, 3);
    apply(Commands.state(1, BrokerState.BROKER_STATE_DECOMMISSIONING, "decommission"));
    long decommission = image.revision();
    assertRefused(ErrorReason.ERROR_REASON_QUORUM_AT_RISK, Commands.remove(1));
    apply(Commands.targets(Commands.target(GROUP, 4, 2, 3)));
    assertRefused(ErrorReason.ERROR_REASON_QUORUM_AT_RISK, Commands.remove(1));
    apply(Commands.settled(GROUP, partition().targetRevision(), List.of(2, 3, 4), List.of()));
    assertRefused(ErrorReason.ERROR_REASON_QUORUM_AT_RISK, Commands.remove(1));
    assertRefused(ErrorReason.ERROR_REASON_QUORUM_AT_RISK, Commands.remove(2));
    apply(Commands.voters(2, 3, 4));
    assertThat(image.metadataGroup().learners()).containsExactly(1);

    apply(Commands.remove(1));

    assertThat(image.brokers()).containsOnlyKeys(2, 3, 4);
    assertThat(image.operations().get(decommission).state())
        .as("another broker 1 may join before anybody looks")
        .isEqualTo(OperationState.OPERATION_STATE_DONE);
    assertThat(image.metadataGroup().leaving()).containsExactly(1);
    assertRefused(
        ErrorReason.ERROR_REASON_BROKER_DECOMMISSIONED,
        MetadataCommand.newBuilder()
            .setRegisterBroker(
                BrokerRegistration.newBuilder().setBrokerId(1).setIncarnation("i1")));
    image = Images.register(image, 1, "whichever", "");
    assertThat(image.metadataGroup().learners()).containsExactly(ReplicaId.of(1, 1));
    assertThat(image.brokers().get(1).isActive()).isTrue();
    assertRefused(ErrorReason.ERROR_REASON_BROKER_NOT_FOUND, Commands.remove(9));
  }

  @Test
  void votersAreKnownBrokersThatStay() {
    image = Images.register(image, 4, "i4", "");
    assertRefused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, Commands.voters());
    assertRefused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, Commands.voters(1, 1));
    assertRefused(ErrorReason.ERROR_REASON_BROKER_NOT_FOUND, Commands.voters(1, 2, 9));
    apply(Commands.state(4, BrokerState.BROKER_STATE_DECOMMISSIONING));
    assertRefused(ErrorReason.ERROR_REASON_BROKER_DRAINING, Commands.voters(1, 2, 4));

    long revision = image.metadataGroup().targetRevision();
    apply(Commands.voters(2, 3));

    assertThat(image.metadataGroup().isSettled()).isFalse();
    apply(
        Commands.settled(0, image.metadataGroup().targetRevision(), List.of(2, 3), List.of(1, 4)));
    assertThat(image.metadataGroup().isSettled()).isTrue();
    assertThat(image.metadataGroup().voters()).containsExactly(2, 3);
    assertThat(image.metadataGroup().learners()).containsExactly(1, 4);
    assertThat(image.metadataGroup().leaving()).isEmpty();
    assertThat(image.metadataGroup().targetRevision()).isGreaterThan(revision);
  }

  @Test
  void aReplicaThatIsGivenUpGetsItsNextLifeAndOneThatIsNotWantedAnyMoreIsPassedOver() {
    image = Images.with(image, "t", 2, 3);

    apply(lose(GROUP, 2));

    assertThat(partition().target()).contains(ReplicaId.of(2, 1)).doesNotContain(2);
    assertThat(partition().leaving()).containsExactly(2);
    assertThat(partition().isSettled()).isFalse();
    assertThat(image.partitionOf(GROUP + 1).partition().target()).contains(2);
    PartitionImage before = partition();
    apply(lose(GROUP, 2));
    apply(lose(GROUP, 9));
    apply(lose(GROUP + 99, 2));
    assertThat(partition()).isEqualTo(before);
  }

  @Test
  void brokersThatAreGivenUpLoseAllAndComeBackOnlyWithOtherDisks() {
    image = Images.with(image, "t", 1, 3);
    long groups = image.nextGroupId();
    MetadataCommand.Builder recovery =
        MetadataCommand.newBuilder()
            .setStartRecovery(
                StartRecovery.newBuilder()
                    .addAllLostBrokerIds(List.of(2, 3))
                    .setMessage("forced")
                    .setOperation(
                        OperationRecord.newBuilder()
                            .setKind("recover")
                            .addMoves(Commands.target(GROUP, partition().replicas()))));

    apply(recovery);

    assertThat(partition().target())
        .containsExactlyInAnyOrder(1, ReplicaId.of(2, 1), ReplicaId.of(3, 1));
    assertThat(partition().leaving()).containsExactlyInAnyOrder(2, 3);
    assertThat(image.metadataGroup().voters())
        .containsExactly(1, ReplicaId.of(2, 1), ReplicaId.of(3, 1));
    assertThat(image.forced()).extracting(ForcedNote::message).containsExactly("forced");
    assertThat(image.runningOperations())
        .singleElement()
        .satisfies(one -> assertThat(one.kind()).isEqualTo(OperationKind.RECOVER));
    assertThat(image.nextGroupId()).isEqualTo(groups);
    assertRefused(
        ErrorReason.ERROR_REASON_BROKER_DECOMMISSIONED,
        MetadataCommand.newBuilder()
            .setRegisterBroker(
                BrokerRegistration.newBuilder().setBrokerId(2).setIncarnation("i2")));
    image = Images.register(image, 2, "an empty one", "");
    assertThat(partition().target()).contains(ReplicaId.of(2, 2));
    apply(recovery);
    assertRefused(
        ErrorReason.ERROR_REASON_BROKER_NOT_FOUND,
        MetadataCommand.newBuilder()
            .setStartRecovery(StartRecovery.newBuilder().addLostBrokerIds(9)));
  }

  private static MetadataCommand.Builder lose(long group, int replica) {
    return MetadataCommand.newBuilder()
        .setLoseReplicas(
            LoseReplicas.newBuilder()
                .addReplicas(LostReplica.newBuilder().setGroupId(group).setReplicaId(replica)));
  }

  @Test
  void twoOfThreeCannotBeDrained() {
    image = Images.with(image, "t", 1, 3);
    apply(Commands.state(1, BrokerState.BROKER_STATE_DRAINING));

    BrokerError error =
        MetadataImages.apply(
                image, 99, Commands.state(2, BrokerState.BROKER_STATE_DRAINING).build())
            .error();

    assertThat(error.reason()).isEqualTo(ErrorReason.ERROR_REASON_QUORUM_AT_RISK);
    assertThat(error.message()).contains("Broker 2", "[1]", "topics/t/partitions/0");
    apply(Commands.state(1, BrokerState.BROKER_STATE_ACTIVE));
    apply(Commands.state(2, BrokerState.BROKER_STATE_DRAINING));
  }

  @Test
  void aGroupOfTwoDoesNotStandInTheWayOfTheFirstDrain() {
    image = Images.with(image, "t", 6, 2);

    apply(Commands.state(1, BrokerState.BROKER_STATE_DRAINING));
  }

  @Test
  void aDecommissionWithTooFewBrokersSaysSoAndWhatWouldHelp() {
    image = Images.with(Images.with(image, "small", 3, 2), "orders", 2, 3);

    BrokerError error =
        MetadataImages.apply(
                image, 99, Commands.state(3, BrokerState.BROKER_STATE_DECOMMISSIONING).build())
            .error();

    assertThat(error.reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_ENOUGH_BROKERS);
    assertThat(error.message())
        .contains("'orders'", "replication factor 3", "only 2", "--join", "--replication-factor 2")
        .doesNotContain("\n");
    assertThat(error.metadata())
        .containsEntry("requested", "3")
        .containsEntry("brokers", "2")
        .containsEntry("affected", "2");
  }

  @Test
  void aBrokerCannotBeDecommissionedOutOfTheMajorityOfThoseWhoAreThere() {
    assertThat(
            BrokerStates.refusalOf(image, 2, BrokerState.BROKER_STATE_DECOMMISSIONING, Set.of(3)))
        .extracting(BrokerError::reason)
        .isEqualTo(ErrorReason.ERROR_REASON_QUORUM_AT_RISK);
    assertThat(
            BrokerStates.refusalOf(image, 3, BrokerState.BROKER_STATE_DECOMMISSIONING, Set.of(3)))
        .isNull();
    assertThat(
            BrokerStates.refusalOf(
                formed(1), 1, BrokerState.BROKER_STATE_DECOMMISSIONING, Set.of()))
        .extracting(BrokerError::reason)
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_ENOUGH_BROKERS);
    assertThat(BrokerStates.refusalOf(formed(1), 1, BrokerState.BROKER_STATE_DRAINING, Set.of()))
        .extracting(BrokerError::reason)
        .isEqualTo(ErrorReason.ERROR_REASON_QUORUM_AT_RISK);
  }

  @Test
  void aReplicationFactorChangesWithItsOperationAndGoesBackWithItsCancel() {
    image = Images.with(image, "t", 2, 2);
    List<Integer> before = partition().replicas();
    OperationRecord.Builder order =
        OperationRecord.newBuilder()
            .setKind("replication")
            .setTopic("t")
            .setReplicationFactor(3)
            .setRequestedBy("me");
    assertRefused(
        ErrorReason.ERROR_REASON_INVALID_ARGUMENT,
        Commands.start(order.clone().addMoves(Commands.target(GROUP, 1, 2, 3))));
    order.addMoves(Commands.target(GROUP, 1, 2, 3)).addMoves(Commands.target(GROUP + 1, 1, 2, 3));

    apply(Commands.start(order));

    long id = image.revision();
    assertThat(image.topic("t").replicationFactor()).isEqualTo(3);
    assertThat(image.topic("t").revision()).isEqualTo(id);
    assertThat(partition().replicas()).isEqualTo(before);
    assertThat(image.operations().get(id).moves().get(0).before()).isEqualTo(before);
    assertRefused(
        ErrorReason.ERROR_REASON_OPERATION_IN_PROGRESS,
        Commands.start(
            OperationRecord.newBuilder()
                .setKind("move")
                .addMoves(Commands.target(GROUP, 1, 2, 3))));
    apply(Commands.targets(Commands.target(GROUP, 1, 2, 3)));

    apply(end(id, OperationEnd.OPERATION_END_CANCELLED, Commands.target(GROUP, before)));

    assertThat(image.topic("t").replicationFactor()).isEqualTo(2);
    assertThat(partition().replicas()).isEqualTo(before);
    assertThat(image.operations().get(id).state())
        .isEqualTo(OperationState.OPERATION_STATE_CANCELLED);
    assertThat(image.operations().get(id).moves()).isEmpty();
    assertRefused(
        ErrorReason.ERROR_REASON_OPERATION_NOT_FOUND,
        end(id, OperationEnd.OPERATION_END_CANCELLED),
        end(12345, OperationEnd.OPERATION_END_DONE));
  }

  @Test
  void whatABrokerWasToDoEndsWhenItIsToDoSomethingElse() {
    apply(Commands.state(1, BrokerState.BROKER_STATE_DRAINING, "drain"));
    long drain = image.revision();
    apply(Commands.state(1, BrokerState.BROKER_STATE_DRAINING, "drain"));
    assertThat(image.operations()).hasSize(1);
    apply(Commands.state(1, BrokerState.BROKER_STATE_DECOMMISSIONING, "decommission"));
    long decommission = image.revision();

    assertThat(image.operations().get(drain).state())
        .isEqualTo(OperationState.OPERATION_STATE_CANCELLED);
    assertThat(image.operations().get(decommission).isRunning()).isTrue();
    assertRefused(
        ErrorReason.ERROR_REASON_BROKER_DRAINING,
        Commands.state(1, BrokerState.BROKER_STATE_DRAINING));

    apply(Commands.state(1, BrokerState.BROKER_STATE_ACTIVE));
    assertThat(image.runningOperations()).isEmpty();
  }

  @Test
  void theLastHundredEndedOperationsAndForcedLinesAreKept() {
    for (int i = 0; i < 120; i++) {
      apply(Commands.start(OperationRecord.newBuilder().setKind("recover")));
      apply(end(image.revision(), OperationEnd.OPERATION_END_DONE));
      apply(
          MetadataCommand.newBuilder()
              .setNoteForced(NoteForced.newBuilder().setGroupId(-1).setMessage("n" + i)));
    }

    assertThat(image.operations()).hasSize(100);
    assertThat(image.operations().lastKey()).isEqualTo(image.revision() - 2);
    assertThat(image.forced()).hasSize(100);
    assertThat(image.forced().get(99).message()).isEqualTo("n119");
  }

  @Test
  void theBalancingOfLeadersIsOnUntilSomebodySwitchesItOff() {
    assertThat(image.leaderBalancing()).isTrue();
    apply(
        MetadataCommand.newBuilder()
            .setSetClusterConfig(SetClusterConfig.newBuilder().setLeaderBalancing(false)));
    assertThat(image.leaderBalancing()).isFalse();
    apply(MetadataCommand.newBuilder().setSetClusterConfig(SetClusterConfig.newBuilder()));
    assertThat(image.leaderBalancing()).isFalse();
  }

  private PartitionImage partition() {
    return image.partitionOf(GROUP).partition();
  }

  private void apply(MetadataCommand.Builder command) {
    image = Images.apply(image, command.build());
  }

  private static MetadataCommand.Builder registration(int id, String incarnation) {
    return MetadataCommand.newBuilder()
        .setRegisterBroker(
            BrokerRegistration.newBuilder().setBrokerId(id).setIncarnation(incarnation));
  }

  private void assertRefused(ErrorReason reason, MetadataCommand.Builder... commands) {
    for (MetadataCommand.Builder command : commands) {
      MetadataResult result = MetadataImages.apply(image, image.revision() + 1, command.build());
      assertThat(result.error()).as("%s", command).isNotNull();
      assertThat(result.error().reason()).as("%s", result.error()).isEqualTo(reason);
    }
  }

  private static MetadataCommand.Builder end(long id, OperationEnd end, GroupTarget... back) {
    return MetadataCommand.newBuilder()
        .setEndOperation(
            EndOperation.newBuilder().setOperationId(id).setEnd(end).addAllBack(List.of(back)));
  }

  private static MetadataImage formed(int count) {
    return Images.formed(count);
  }

  private static MetadataCommand init(Map<Integer, String> brokers) {
    return MetadataCommand.newBuilder()
        .setInitCluster(InitCluster.newBuilder().setClusterId("c").putAllFormedWith(brokers))
        .build();
  }
}
