// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.ClusterErrors;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.internal.v1.GroupTarget;
import dev.almadia.internal.v1.LostReplica;
import dev.almadia.internal.v1.SettledGroup;
import dev.almadia.raft.core.config.ReplicaId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What commands about the members of groups do. */
final class TargetChanges {
  private TargetChanges() {}

  /** Sets the targets, all or none. */
  static @Nullable BrokerError set(ImageEdit edit, List<GroupTarget> targets) {
    for (GroupTarget target : targets) {
      PartitionOfTopic placed = edit.partitionOf(target.getGroupId());
      BrokerError error = refusalOf(edit.before(), placed, target);
      if (error != null || placed == null) {
        return error;
      }
      put(edit, placed, target.getBrokerIdsList());
    }
    return null;
  }

  /** Sets a target that was checked. */
  static void put(ImageEdit edit, PartitionOfTopic placed, List<Integer> brokerIds) {
    PartitionImage partition = placed.partition();
    edit.putPartition(
        placed.topic().name(),
        partition.with(partition.members().retarget(brokerIds), edit.index()));
  }

  /** Why a group may not get this target; null if it may. */
  static @Nullable BrokerError refusalOf(
      MetadataImage image, @Nullable PartitionOfTopic placed, GroupTarget target) {
    if (placed == null) {
      return Errors.invalid(
          "group_id", String.valueOf(target.getGroupId()), "must be the group of a partition");
    }
    List<Integer> present = placed.partition().replicas();
    if (target.getExpectedBrokerIdsCount() > 0
        && !target.getExpectedBrokerIdsList().equals(present)) {
      return ClusterErrors.placementChanged(placed.resource());
    }
    return TargetRules.refusalOf(
        image, placed, target.getBrokerIdsList(), placed.topic().replicationFactor());
  }

  /** Gives these replicas their next life, if they are still wanted as they are. */
  static @Nullable BrokerError lose(ImageEdit edit, List<LostReplica> replicas) {
    for (LostReplica lost : replicas) {
      PartitionOfTopic placed = edit.partitionOf(lost.getGroupId());
      int broker = ReplicaId.broker(lost.getReplicaId());
      if (placed != null
          && placed.partition().target().contains(lost.getReplicaId())
          && !placed.partition().members().hasNoLifeLeft(List.of(broker))) {
        PartitionImage partition = placed.partition();
        edit.putPartition(
            placed.topic().name(), partition.with(partition.members().lose(broker), edit.index()));
      }
    }
    return null;
  }

  /**
   * Empties leaving of groups that have their target. A report about an older target says nothing,
   * even if it names the same members: the group may have been elsewhere in between, and a replica
   * that it left again would be destroyed while it still counts.
   */
  static @Nullable BrokerError settle(ImageEdit edit, List<SettledGroup> groups) {
    for (SettledGroup settled : groups) {
      if (settled.getGroupId() == MetadataImage.METADATA_GROUP) {
        settleMetadata(edit, settled);
        continue;
      }
      PartitionOfTopic placed = edit.partitionOf(settled.getGroupId());
      if (placed == null) {
        continue;
      }
      PartitionImage partition = placed.partition();
      if (!partition.isSettled()
          && settled.getTargetRevision() == partition.targetRevision()
          && settled.getLearnersCount() == 0
          && isSame(settled.getVotersList(), partition.target())) {
        edit.putPartition(placed.topic().name(), partition.settled());
      }
    }
    return null;
  }

  private static void settleMetadata(ImageEdit edit, SettledGroup settled) {
    MetadataGroupImage group = edit.metadataGroup();
    if (!group.isSettled()
        && settled.getTargetRevision() == group.targetRevision()
        && isSame(settled.getVotersList(), group.voters())
        && isSame(settled.getLearnersList(), group.learners())) {
      edit.setMetadataGroup(group.settled());
    }
  }

  private static boolean isSame(List<Integer> one, List<Integer> other) {
    return one.size() == other.size() && new TreeSet<>(one).equals(new TreeSet<>(other));
  }

  /** Chooses who votes on metadata; all others follow. */
  static @Nullable BrokerError setVoters(ImageEdit edit, List<Integer> ids) {
    MetadataImage image = edit.before();
    if (ids.isEmpty() || new HashSet<>(ids).size() != ids.size()) {
      return Errors.invalid("broker_ids", ids.toString(), "must be different brokers, at least 1");
    }
    for (int id : ids) {
      BrokerImage broker = image.brokers().get(id);
      if (broker == null) {
        return ClusterErrors.brokerNotFound(id, image.brokers().keySet());
      }
      if (broker.isDecommissioning()) {
        return ClusterErrors.brokerDraining(id, broker.stateName());
      }
    }
    MetadataGroupImage group = edit.metadataGroup();
    List<Integer> members = new ArrayList<>(ids);
    Set<Integer> learners = new TreeSet<>(image.brokers().keySet());
    ids.forEach(learners::remove);
    members.addAll(learners);
    if (group.members().hasNoLifeLeft(members)) {
      return Errors.invalid("broker_ids", ids.toString(), "a broker has used up its lives");
    }
    edit.setMetadataGroup(group.with(group.members().retarget(members), ids.size(), edit.index()));
    return null;
  }
}
