// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.ClusterErrors;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.internal.v1.BrokerRegistration;
import dev.almadia.internal.v1.InitCluster;
import dev.almadia.internal.v1.OperationRecord;
import dev.almadia.internal.v1.SetBrokerState;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.v1.BrokerState;
import dev.almadia.v1.ErrorReason;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What commands about brokers do. */
final class BrokerChanges {
  private static final String ID_RULE = "must be from 1 to " + ReplicaId.BROKER_ID_MAX;

  private BrokerChanges() {}

  /** Names the cluster, and says who formed it. A second name is passed over. */
  static @Nullable BrokerError init(ImageEdit edit, InitCluster command) {
    if (!edit.before().clusterId().isEmpty()) {
      return null;
    }
    NavigableMap<Integer, String> formedWith = new TreeMap<>(command.getFormedWithMap());
    List<Integer> voters = List.copyOf(formedWith.keySet());
    if (command.getClusterId().isEmpty()) {
      return Errors.invalid("cluster_id", "", "must not be empty");
    }
    if (!voters.stream().allMatch(BrokerChanges::isBrokerId)) {
      return Errors.invalid("formed_with", voters.toString(), "broker ids " + ID_RULE);
    }
    edit.setClusterId(command.getClusterId());
    if (!voters.isEmpty()) {
      MetadataGroupImage group = MetadataGroupImage.formed(formedWith, edit.index());
      for (BrokerImage known : edit.before().brokers().values()) {
        group = group.met(known.brokerId(), known.incarnation(), edit.index());
      }
      edit.setMetadataGroup(group);
      followAll(edit);
    }
    return null;
  }

  /**
   * Makes a broker known. One that comes with another incarnation has lost its disk: whatever it
   * held is another replica from now on, which must be filled before it counts. That the broker
   * with the old disk does not run any more is for the proposer to check. One that comes with a
   * disk that was given up is refused: its replicas are other members by now, which that disk does
   * not hold. That may also be the call of a process that has died since, and comes late; were it
   * let in, the disk of the living one would count as lost.
   */
  static @Nullable BrokerError register(ImageEdit edit, BrokerRegistration command) {
    int id = command.getBrokerId();
    if (!isBrokerId(id)) {
      return Errors.invalid("broker_id", String.valueOf(id), ID_RULE);
    }
    if (edit.before().wasGivenUp(id, command.getIncarnation())) {
      return ClusterErrors.brokerDecommissioned(id);
    }
    BrokerImage known = edit.before().brokers().get(id);
    boolean lostDisk = known != null && !known.incarnation().equals(command.getIncarnation());
    if (known != null && lostDisk) {
      BrokerError error = loseDisk(edit, id);
      if (error != null) {
        return error;
      }
      edit.giveUpDisk(id, known.incarnation());
    }
    String formedWith = edit.metadataGroup().formedWith().get(id);
    if (formedWith != null && !formedWith.equals(command.getIncarnation())) {
      edit.giveUpDisk(id, formedWith);
    }
    edit.setMetadataGroup(edit.metadataGroup().met(id, command.getIncarnation(), edit.index()));
    if (known == null && edit.metadataGroup().members().hasNoLifeLeft(List.of(id))) {
      return noLifeLeft(id);
    }
    edit.brokers()
        .put(
            id,
            new BrokerImage(
                id,
                command.getIncarnation(),
                command.getEndpoint(),
                command.getInternalEndpoint(),
                command.getHttpEndpoint(),
                command.getVersion(),
                command.getZone(),
                known == null ? BrokerState.BROKER_STATE_ACTIVE : known.state()));
    followAll(edit);
    return null;
  }

  private static boolean isBrokerId(int id) {
    return id >= 1 && id <= ReplicaId.BROKER_ID_MAX;
  }

  private static @Nullable BrokerError loseDisk(ImageEdit edit, int id) {
    int replicas = replicasOn(edit.before(), id);
    BrokerError error = loseReplicas(edit, id);
    if (error != null) {
      return error;
    }
    OperationChanges.endOfBroker(
        edit, id, OperationKind.RESEED, "the disk was lost again; a new operation goes on");
    return OperationChanges.begin(
        edit,
        OperationRecord.newBuilder()
            .setKind(OperationKind.RESEED.apiName())
            .setBrokerId(id)
            .build(),
        replicas);
  }

  /** Whatever the broker held is another replica from now on. */
  static @Nullable BrokerError loseReplicas(ImageEdit edit, int id) {
    for (PartitionOfTopic before : edit.before().partitionsByGroup().values()) {
      // As this command has left it: it may have lost another broker's replica before.
      PartitionOfTopic placed = edit.partitionOf(before.partition().groupId());
      if (placed == null || !placed.partition().touches(id)) {
        continue;
      }
      PartitionImage partition = placed.partition();
      if (partition.members().hasNoLifeLeft(List.of(id))) {
        return noLifeLeft(id);
      }
      edit.putPartition(
          placed.topic().name(), partition.with(partition.members().lose(id), edit.index()));
    }
    MetadataGroupImage group = edit.metadataGroup();
    if (group.members().hasNoLifeLeft(List.of(id))) {
      return noLifeLeft(id);
    }
    edit.setMetadataGroup(
        group.with(group.members().lose(id), group.voters().size(), edit.index()));
    return null;
  }

  private static BrokerError noLifeLeft(int id) {
    return Errors.invalid(
        "broker_id", String.valueOf(id), "has used up its replica lives; take another broker id");
  }

  /** Every broker that does not vote is a learner, once the group is managed. */
  private static void followAll(ImageEdit edit) {
    MetadataGroupImage group = edit.metadataGroup();
    if (!group.isManaged()) {
      return;
    }
    List<Integer> members = new ArrayList<>(group.voterBrokers());
    Set<Integer> learners = new TreeSet<>(edit.brokers().keySet());
    members.forEach(learners::remove);
    members.addAll(learners);
    edit.setMetadataGroup(
        group.with(group.members().retarget(members), group.voters().size(), edit.index()));
  }

  /** Changes what a broker is to do. What was asked before and does not fit any more ends. */
  static @Nullable BrokerError setState(ImageEdit edit, SetBrokerState command) {
    int id = command.getBrokerId();
    BrokerState state = command.getState();
    BrokerError error = BrokerStates.refusalOf(edit.before(), id, state, Set.of());
    BrokerImage known = edit.before().brokers().get(id);
    if (error != null || known == null) {
      return error;
    }
    if (known.state() == state) {
      return null;
    }
    edit.brokers().put(id, known.withState(state));
    OperationChanges.endOfBroker(
        edit, id, OperationKind.DRAIN, "broker " + id + " is " + nameOf(edit, id) + " now");
    OperationChanges.endOfBroker(
        edit, id, OperationKind.DECOMMISSION, "broker " + id + " is " + nameOf(edit, id) + " now");
    return command.hasOperation()
        ? OperationChanges.begin(edit, command.getOperation(), replicasOn(edit.before(), id))
        : null;
  }

  private static String nameOf(ImageEdit edit, int id) {
    BrokerImage broker = edit.brokers().get(id);
    return broker == null ? "unknown" : broker.stateName();
  }

  private static int replicasOn(MetadataImage image, int id) {
    return (int)
        image.partitionsByGroup().values().stream()
            .filter(placed -> placed.partition().wants(id))
            .count();
  }

  /** Forgets a broker that holds nothing any more. If it comes back, it is another member. */
  static @Nullable BrokerError remove(ImageEdit edit, int id) {
    MetadataImage image = edit.before();
    BrokerImage known = image.brokers().get(id);
    if (known == null) {
      return ClusterErrors.brokerNotFound(id, image.brokers().keySet());
    }
    int held =
        (int)
            image.partitionsByGroup().values().stream()
                .filter(placed -> placed.partition().touches(id))
                .count();
    MetadataGroupImage group = image.metadataGroup();
    if (held > 0 || group.votes(id) || !known.isDecommissioning()) {
      return BrokerError.of(
          ErrorReason.ERROR_REASON_QUORUM_AT_RISK,
          "Broker "
              + id
              + " cannot be removed: it is "
              + known.stateName()
              + (group.votes(id) ? ", votes on metadata" : "")
              + " and holds "
              + held
              + " replicas",
          "resource",
          "brokers/" + id,
          "affected",
          held);
    }
    edit.brokers().remove(id);
    edit.giveUpDisk(id, known.incarnation());
    OperationChanges.endOfRemoved(edit, id);
    if (group.isManaged()) {
      edit.setMetadataGroup(
          group.with(group.members().forget(id), group.voters().size(), edit.index()));
    }
    return null;
  }
}
