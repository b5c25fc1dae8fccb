// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An image that is being changed by one command. Maps are copied only if the command touches them;
 * a copy of a sorted map is linear, about 0.2 ms for 10,000 partitions. Thrown away if the command
 * is refused.
 */
final class ImageEdit {
  private final MetadataImage before;
  private final long index;
  private final long timeMs;
  private final Map<String, Map<Integer, PartitionImage>> changedPartitions = new TreeMap<>();
  private String clusterId;
  private @Nullable NavigableMap<Integer, BrokerImage> brokers;
  private @Nullable NavigableMap<String, TopicImage> topics;
  private @Nullable NavigableMap<Long, PartitionOfTopic> groups;
  private @Nullable NavigableMap<Long, OperationImage> operations;
  private long nextGroupId;
  private MetadataGroupImage metadataGroup;
  private boolean leaderBalancing;
  private List<ForcedNote> forced;
  private NavigableMap<Integer, List<String>> givenUp;

  /**
   * Begins.
   *
   * @param index index of the command, the revision of the result
   * @param timeMs when the command was proposed, milliseconds since 1970
   */
  ImageEdit(MetadataImage before, long index, long timeMs) {
    this.before = before;
    this.index = index;
    this.timeMs = timeMs;
    clusterId = before.clusterId();
    nextGroupId = before.nextGroupId();
    metadataGroup = before.metadataGroup();
    leaderBalancing = before.leaderBalancing();
    forced = before.forced();
    givenUp = before.givenUp();
  }

  /** What the image was before the command. */
  MetadataImage before() {
    return before;
  }

  long index() {
    return index;
  }

  long timeMs() {
    return timeMs;
  }

  void setClusterId(String id) {
    clusterId = id;
  }

  /** Brokers, to be changed. */
  NavigableMap<Integer, BrokerImage> brokers() {
    if (brokers == null) {
      brokers = new TreeMap<>(before.brokers());
    }
    return brokers;
  }

  /** Operations, to be changed. */
  NavigableMap<Long, OperationImage> operations() {
    if (operations == null) {
      operations = new TreeMap<>(before.operations());
    }
    return operations;
  }

  MetadataGroupImage metadataGroup() {
    return metadataGroup;
  }

  void setMetadataGroup(MetadataGroupImage changed) {
    metadataGroup = changed;
  }

  void setLeaderBalancing(boolean on) {
    leaderBalancing = on;
  }

  void setForced(List<ForcedNote> notes) {
    forced = List.copyOf(notes);
  }

  /** Notes that the disk of a broker is not to come back. */
  void giveUpDisk(int brokerId, String incarnation) {
    List<String> disks = new ArrayList<>(givenUp.getOrDefault(brokerId, List.of()));
    disks.add(incarnation);
    if (disks.size() > MetadataImage.GIVEN_UP_MAX) {
      disks.remove(0);
    }
    NavigableMap<Integer, List<String>> noted = new TreeMap<>(givenUp);
    noted.put(brokerId, List.copyOf(disks));
    givenUp = Collections.unmodifiableNavigableMap(noted);
  }

  void removeTopic(TopicImage old) {
    topics().remove(old.name());
    old.partitions().forEach(partition -> groups().remove(partition.groupId()));
  }

  /** Adds a topic, or replaces it by one with the same groups. */
  void putTopic(TopicImage topic) {
    topics().put(topic.name(), topic);
    for (PartitionImage partition : topic.partitions()) {
      groups().put(partition.groupId(), new PartitionOfTopic(topic, partition));
    }
  }

  void setNextGroupId(long next) {
    nextGroupId = next;
  }

  /** Replaces a partition; its topic is made anew when all of them are known. */
  void putPartition(String topic, PartitionImage partition) {
    changedPartitions
        .computeIfAbsent(topic, unused -> new TreeMap<>())
        .put(partition.partition(), partition);
  }

  /** The partition of a group as this command has left it so far, null if there is none. */
  @Nullable PartitionOfTopic partitionOf(long groupId) {
    PartitionOfTopic placed = groups == null ? before.partitionOf(groupId) : groups.get(groupId);
    if (placed == null) {
      return null;
    }
    PartitionImage changed =
        changedPartitions
            .getOrDefault(placed.topic().name(), Map.of())
            .get(placed.partition().partition());
    return changed == null ? placed : new PartitionOfTopic(placed.topic(), changed);
  }

  /** The image after the command. */
  MetadataImage build() {
    changedPartitions.forEach(this::replacePartitions);
    return new MetadataImage(
        index,
        clusterId,
        brokers == null ? before.brokers() : Collections.unmodifiableNavigableMap(brokers),
        topics == null ? before.topics() : Collections.unmodifiableNavigableMap(topics),
        groups == null ? before.partitionsByGroup() : Collections.unmodifiableNavigableMap(groups),
        nextGroupId,
        metadataGroup,
        operations == null ? before.operations() : Collections.unmodifiableNavigableMap(operations),
        leaderBalancing,
        forced,
        givenUp);
  }

  private void replacePartitions(String name, Map<Integer, PartitionImage> changed) {
    TopicImage topic = topics().get(name);
    if (topic != null) {
      List<PartitionImage> partitions = new ArrayList<>(topic.partitions());
      changed.forEach(partitions::set);
      putTopic(topic.withPartitions(partitions, index));
    }
  }

  private NavigableMap<String, TopicImage> topics() {
    if (topics == null) {
      topics = new TreeMap<>(before.topics());
    }
    return topics;
  }

  private NavigableMap<Long, PartitionOfTopic> groups() {
    if (groups == null) {
      groups = new TreeMap<>(before.partitionsByGroup());
    }
    return groups;
  }
}
