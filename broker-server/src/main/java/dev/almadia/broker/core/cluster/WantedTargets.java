// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.OperationImage;
import dev.almadia.broker.core.metadata.OperationImage.Move;
import dev.almadia.broker.core.metadata.OperationKind;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.broker.core.metadata.TargetRules;
import dev.almadia.broker.core.placement.ReplicaPlacement;
import dev.almadia.raft.core.config.ReplicaId;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where each partition should go next, by all that was asked for together: moves of operations that
 * were not begun, replicas on brokers that are decommissioned, replication factors that changed.
 * Computed anew in each turn from image and facts, so that nothing is lost with a leader.
 */
final class WantedTargets {
  private final MetadataImage image;
  private final ReplicaPlacement placement;
  private final NavigableSet<Integer> leavers = new TreeSet<>();
  private final NavigableMap<Long, Move> pending = new TreeMap<>();

  /** Topics whose replication factor is being changed. */
  private final NavigableSet<String> growing = new TreeSet<>();

  WantedTargets(MetadataImage image, ClusterFacts facts) {
    this.image = image;
    NavigableSet<Integer> usable = new TreeSet<>(ReplicaPlacement.activeBrokers(image));
    usable.removeAll(facts.unreachable(image.brokers().keySet()));
    placement = new ReplicaPlacement(image, usable);
    for (BrokerImage broker : image.brokers().values()) {
      if (broker.isDecommissioning()) {
        leavers.add(broker.brokerId());
      }
    }
    for (OperationImage operation : image.runningOperations()) {
      if (operation.kind() == OperationKind.REPLICATION) {
        growing.add(operation.topic());
      }
      for (Move move : operation.moves()) {
        if (isPending(image, move)) {
          pending.put(move.groupId(), move);
        }
      }
    }
  }

  /** Whether the move was not begun, and nothing else was done to its partition. */
  static boolean isPending(MetadataImage image, Move move) {
    PartitionOfTopic placed = image.partitionOf(move.groupId());
    return placed != null
        && !move.before().equals(move.after())
        && placed.partition().replicas().equals(move.before());
  }

  /** Whether anything is asked of this partition, or its target cannot stay. */
  boolean isConcerned(PartitionOfTopic placed) {
    PartitionImage partition = placed.partition();
    return pending.containsKey(partition.groupId())
        || partition.target().size() != placed.topic().replicationFactor()
        || mustLeave(partition.replicas());
  }

  /**
   * Another place for a partition that is on its way off a decommissioned broker, or to another
   * replication factor, to a broker that is gone: whoever planned it chose that broker itself, and
   * may choose another. Where somebody named the broker, and where a replica is filled again, it is
   * waited for. Null if the partition is not on such a way, or nobody else can take it.
   *
   * @param gone brokers that do not hold it yet and are gone for long
   */
  @Nullable List<Integer> instead(PartitionOfTopic placed, NavigableSet<Integer> gone) {
    PartitionImage partition = placed.partition();
    if (gone.isEmpty() || partition.isSettled() || !choseItself(placed)) {
      return null;
    }
    NavigableSet<Integer> avoided = new TreeSet<>(leavers);
    avoided.addAll(gone);
    return placement.refit(partition.replicas(), placed.topic().replicationFactor(), avoided);
  }

  private boolean choseItself(PartitionOfTopic placed) {
    return placed.partition().leaving().stream()
            .anyMatch(replica -> leavers.contains(ReplicaId.broker(replica)))
        || growing.contains(placed.topic().name());
  }

  /** Whether one of these brokers is to give its replicas away. */
  boolean mustLeave(List<Integer> brokerIds) {
    return brokerIds.stream().anyMatch(leavers::contains);
  }

  /**
   * Brokers that the partition should have next, maybe those that it has; null if there are too few
   * that can be counted on. What is returned counts for what is asked next.
   */
  @Nullable List<Integer> next(PartitionOfTopic placed) {
    PartitionImage partition = placed.partition();
    Move move = pending.get(partition.groupId());
    int factor = placed.topic().replicationFactor();
    if (move != null && TargetRules.refusalOf(image, placed, move.after(), factor) == null) {
      if (!mustLeave(move.after())) {
        return move.after();
      }
    }
    List<Integer> present = partition.replicas();
    if (present.size() == factor && !mustLeave(present)) {
      return present;
    }
    return placement.refit(present, factor, leavers);
  }
}
