// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import java.util.List;
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
 * @param metadataGroup who holds the metadata
 * @param operations by id: those that run, and the last ones that ended
 * @param leaderBalancing whether leaders are balanced in the background
 * @param forced the last lines of the record of what was forced, the oldest first
 * @param givenUp by broker: incarnations of the disks that it lost or was removed with, the oldest
 *     first; the newest {@link #GIVEN_UP_MAX} of them
 */
public record MetadataImage(
    long revision,
    String clusterId,
    NavigableMap<Integer, BrokerImage> brokers,
    NavigableMap<String, TopicImage> topics,
    NavigableMap<Long, PartitionOfTopic> partitionsByGroup,
    long nextGroupId,
    MetadataGroupImage metadataGroup,
    NavigableMap<Long, OperationImage> operations,
    boolean leaderBalancing,
    List<ForcedNote> forced,
    NavigableMap<Integer, List<String>> givenUp) {
  /** The group that holds the metadata itself. */
  public static final long METADATA_GROUP = 0;

  /** Disks of a broker that are remembered as given up. */
  public static final int GIVEN_UP_MAX = 8;

  /** Groups below are the metadata group and coordinators. */
  public static final long FIRST_PARTITION_GROUP = 1024;

  /** Metadata of a cluster that has just begun. */
  public static final MetadataImage EMPTY =
      new MetadataImage(
          0,
          "",
          new TreeMap<>(),
          new TreeMap<>(),
          new TreeMap<>(),
          FIRST_PARTITION_GROUP,
          MetadataGroupImage.NONE,
          new TreeMap<>(),
          true,
          List.of(),
          new TreeMap<>());

  /** A partition and its topic. */
  public record PartitionOfTopic(TopicImage topic, PartitionImage partition) {
    /** Its name in the API, such as topics/orders/partitions/3. */
    public String resource() {
      return "topics/" + topic.name() + "/partitions/" + partition.partition();
    }
  }

  /** The topic of this name, null if there is none. */
  public @Nullable TopicImage topic(String name) {
    return topics.get(name);
  }

  /** Partition of a group, null if there is none. */
  public @Nullable PartitionOfTopic partitionOf(long groupId) {
    return partitionsByGroup.get(groupId);
  }

  /** Whether this broker is known and may lead and be given replicas. */
  public boolean isActive(int brokerId) {
    BrokerImage broker = brokers.get(brokerId);
    return broker != null && broker.isActive();
  }

  /**
   * Whether the broker was decommissioned with this disk, or has come with another one since: what
   * is on it are replicas that are no members any more, and it must never come back with it.
   */
  public boolean wasGivenUp(int brokerId, String incarnation) {
    return givenUp.getOrDefault(brokerId, List.of()).contains(incarnation);
  }

  /** Operations that have not ended, the oldest first. */
  public List<OperationImage> runningOperations() {
    return operations.values().stream().filter(OperationImage::isRunning).toList();
  }
}
