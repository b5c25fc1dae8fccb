// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.cluster.ClusterActions.HandOver;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.raft.core.config.ReplicaId;
import org.jspecify.annotations.Nullable;

/** Which leaderships should be elsewhere. Whoever is asked to hand over checks it once more. */
final class LeaderBalance {
  private final MetadataImage image;
  private final ClusterFacts facts;
  private final long leadAfterMillis;

  LeaderBalance(MetadataImage image, ClusterFacts facts, long leadAfterMillis) {
    this.image = image;
    this.facts = facts;
    this.leadAfterMillis = leadAfterMillis;
  }

  /** Off a broker that is not to lead, to the first replica that can; null if nobody can. */
  @Nullable HandOver offBroker(PartitionOfTopic placed) {
    PartitionImage partition = placed.partition();
    int leader = facts.leaderOf(partition.groupId());
    if (leader == 0 || image.isActive(leader)) {
      return null;
    }
    for (int replica : partition.target()) {
      int broker = ReplicaId.broker(replica);
      if (broker != leader && image.isActive(broker) && canLead(partition, replica)) {
        return new HandOver(partition.groupId(), leader, broker);
      }
    }
    return null;
  }

  /** To the one that is meant to lead; null if that leads, or should not now. */
  @Nullable HandOver toPreferred(PartitionOfTopic placed) {
    PartitionImage partition = placed.partition();
    int leader = facts.leaderOf(partition.groupId());
    int preferred = partition.preferredLeader();
    if (leader == 0
        || leader == preferred
        || !partition.isSettled()
        || !image.isActive(preferred)
        || !facts.isConnectedFor(preferred, leadAfterMillis)
        || !canLead(partition, partition.target().get(0))) {
      return null;
    }
    return new HandOver(partition.groupId(), leader, preferred);
  }

  /** It is connected and, as far as the leader has said, holds the log up to its end. */
  private boolean canLead(PartitionImage partition, int replica) {
    if (!facts.isConnected(ReplicaId.broker(replica))) {
      return false;
    }
    GroupReport report = facts.reportOf(partition.groupId());
    if (report == null) {
      return partition.isSettled();
    }
    return report.config().voters().contains(replica)
        && report.matchOf(replica) >= report.lastIndex() - ProgressOf.CLOSE_ENTRIES;
  }
}
