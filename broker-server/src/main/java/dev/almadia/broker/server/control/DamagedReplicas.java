// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.ClusterErrors;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.topics.Decision;
import dev.almadia.internal.v1.LoseReplicas;
import dev.almadia.internal.v1.LostReplica;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.ReportDamageRequest;
import dev.almadia.raft.core.config.ReplicaId;

/**
 * Which damaged replicas are given up: only where all can be had from others. The damaged one may
 * be the last that has some records, so it is kept while the others are no majority without it, or
 * have no leader; then it is for people to decide.
 */
final class DamagedReplicas {
  private final ControlParts parts;

  DamagedReplicas(ControlParts parts) {
    this.parts = parts;
  }

  /** To be called on the metadata leader. */
  Decision<MetadataCommand> giveUp(MetadataImage image, ReportDamageRequest request) {
    LoseReplicas.Builder lost = LoseReplicas.newBuilder();
    for (LostReplica replica : request.getReplicasList()) {
      PartitionOfTopic placed = image.partitionOf(replica.getGroupId());
      if (placed != null && canDoWithout(placed, replica.getReplicaId())) {
        lost.addReplicas(replica);
      }
    }
    if (lost.getReplicasCount() == 0) {
      BrokerError kept =
          ClusterErrors.quorumAtRisk(
              "The damaged replicas are kept: the others are no majority without them",
              "replicas",
              request.getReplicasCount());
      return Decision.refuse(kept);
    }
    return Decision.accept(
        MetadataCommand.newBuilder()
            .setTimeMs(parts.context().wallMillis())
            .setLoseReplicas(lost)
            .build());
  }

  private boolean canDoWithout(PartitionOfTopic placed, int replicaId) {
    int leader = parts.router().leaderOf(placed.partition().groupId()).brokerId();
    int others = 0;
    for (int other : placed.partition().target()) {
      boolean isThere = parts.context().isReachable(ReplicaId.broker(other));
      others += other != replicaId && isThere ? 1 : 0;
    }
    return placed.partition().isSettled()
        && placed.partition().target().contains(replicaId)
        && leader != 0
        && leader != ReplicaId.broker(replicaId)
        && parts.context().isReachable(leader)
        && others * 2 > placed.partition().target().size();
  }
}
