// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.workload;

import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.topics.TopicConfigs;
import dev.almadia.history.PartitionId;
import dev.almadia.history.Recorder;
import dev.almadia.simulation.cluster.SimCluster;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the clients of one run share. */
final class ClientWorld {
  private final SimCluster cluster;
  private final Recorder recorder;
  private final TopicBook topics = new TopicBook();
  private final OperationCounts counts = new OperationCounts();
  private final Conduct conduct;
  private final SortedMap<PartitionId, Long> acknowledgedEnds = new TreeMap<>();
  private long sessions;
  private boolean stopping;

  ClientWorld(SimCluster cluster) {
    this.cluster = cluster;
    this.recorder = new Recorder(cluster.world().loop()::nowNanos);
    this.conduct = new Conduct(cluster.world().violations());
  }

  SimCluster cluster() {
    return cluster;
  }

  Recorder recorder() {
    return recorder;
  }

  TopicBook topics() {
    return topics;
  }

  OperationCounts counts() {
    return counts;
  }

  Conduct conduct() {
    return conduct;
  }

  /** How many brokers may be given new replicas; at least 1. */
  int activeBrokers() {
    return Math.max(
        1, (int) cluster.image().brokers().values().stream().filter(BrokerImage::isActive).count());
  }

  /** Number of a new session of some client. */
  long newSession() {
    return ++sessions;
  }

  /** No client begins anything new. */
  void stop() {
    stopping = true;
  }

  boolean isStopping() {
    return stopping;
  }

  /** Up to where some client was told that the partition has records. */
  long acknowledgedEnd(PartitionId partition) {
    return acknowledgedEnds.getOrDefault(partition, 0L);
  }

  /** A client was told that records are in a partition; checked at once if they must be synced. */
  void acknowledged(PartitionId partition, long firstOffset, int records) {
    acknowledgedEnds.merge(partition, firstOffset + records, Math::max);
    TopicImage topic = cluster.image().topic(partition.topic());
    if (topic != null
        && topic.topicId() == partition.topicId()
        && TopicConfigs.isSynced(topic.config())) {
      long groupId = topic.partitions().get(partition.partition()).groupId();
      cluster
          .world()
          .invariants()
          .acknowledged(groupId, partition.toString(), firstOffset, records);
    }
  }
}
