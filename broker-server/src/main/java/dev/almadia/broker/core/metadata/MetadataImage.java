// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The cluster's metadata at one index of group 0. Immutable; brokers at the same revision hold
 * equal images.
 *
 * @param revision metadata index that it reflects
 * @param clusterId identity of the cluster, empty while it forms
 * @param brokers by id
 * @param topics by name
 * @param partitionsByGroup where each partition group belongs
 * @param nextGroupId group id for the next partition; ids are never used twice
 */
public record MetadataImage(
    long revision,
    String clusterId,
    NavigableMap<Integer, BrokerImage> brokers,
    NavigableMap<String, TopicImage> topics,
    NavigableMap<Long, PartitionOfTopic> partitionsByGroup,
    long nextGroupId) {
  /** The group that holds the metadata itself. */
  public static final long METADATA_GROUP = 0;

  /** Groups below are the metadata group and coordinators. */
  public static final long FIRST_PARTITION_GROUP = 1024;

  /** Metadata of a cluster that has just begun. */
  public static final MetadataImage EMPTY =
      new MetadataImage(
          0, "", new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), FIRST_PARTITION_GROUP);

  /** A partition and its topic. */
  public record PartitionOfTopic(TopicImage topic, PartitionImage partition) {}

  /** The topic of this name, null if there is none. */
  public @Nullable TopicImage topic(String name) {
    return topics.get(name);
  }

  /** Partition of a group, null if there is none. */
  public @Nullable PartitionOfTopic partitionOf(long groupId) {
    return partitionsByGroup.get(groupId);
  }
}
