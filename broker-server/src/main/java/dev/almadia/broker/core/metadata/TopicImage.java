// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.v1.TopicConfig;
import java.util.List;
import java.util.Map;

/**
 * A topic as metadata knows it.
 *
 * @param name its name
 * @param topicId its identity: the metadata index at which it was created
 * @param replicationFactor replicas of each partition
 * @param config settings, with all defaults filled in
 * @param labels free labels
 * @param partitions by number
 * @param revision metadata index of the last change of its settings; the etag shows it
 * @param changeRevision metadata index of its last change of any kind, moves of replicas included
 * @param createTimeMs when it was created, milliseconds since 1970
 */
public record TopicImage(
    String name,
    long topicId,
    int replicationFactor,
    TopicConfig config,
    Map<String, String> labels,
    List<PartitionImage> partitions,
    long revision,
    long changeRevision,
    long createTimeMs) {
  /** Copies the collections. */
  public TopicImage {
    labels = Map.copyOf(labels);
    partitions = List.copyOf(partitions);
  }

  /** The same topic with other replicas; its etag stays, as nobody who edits it needs to know. */
  TopicImage withPartitions(List<PartitionImage> changed, long index) {
    return new TopicImage(
        name, topicId, replicationFactor, config, labels, changed, revision, index, createTimeMs);
  }

  /** The same topic with another number of replicas, which shows in its etag. */
  TopicImage withReplicationFactor(int changed, long index) {
    return new TopicImage(
        name, topicId, changed, config, labels, partitions, index, index, createTimeMs);
  }
}
