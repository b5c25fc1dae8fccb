// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataGroupImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataListener;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.topics.TopicConfigs;
import dev.almadia.broker.server.BrokerIdentity;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.MemberTarget;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.core.log.RestoredLog;
import dev.almadia.raft.shard.GroupSpec;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.RaftGroups;
import dev.almadia.raft.store.RestoredGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this broker's replicas follow the metadata: which of them run, and where their groups are
 * to go. Shard thread of group 0 only, after {@link #openRestored}, which comes before that thread
 * runs.
 *
 * <p>Replicas that the store found run from the start; they need no metadata to vote and to catch
 * up. Replicas that the store does not have are made only when the metadata are known up to what
 * this broker had applied before it stopped, and speak of the disk that it has now: while they are
 * replayed, a topic may appear that was deleted later, whose groups have left tombstones that no
 * new group may replace (D4), or a replica that was lost with an earlier disk and must never vote
 * again (bug class 19).
 *
 * <p>A group whose id was given out and that the metadata do not name any more was deleted: ids are
 * never used twice, so this holds for every image, also in a replay.
 */
final class PartitionManager implements MetadataListener {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionManager.class);

  /** A group that runs not, because it was found damaged. */
  private static final int DAMAGED = -1;

  private final int self;
  private final String incarnation;
  private final RaftGroups groups;
  private final PartitionMachines machines;
  private final LeaderBoard leaders;

  /** Replica ids of this broker's replicas, by group. */
  private final Map<Long, Integer> running = new TreeMap<>();

  /** By group found damaged: the replica that was wanted when that was looked at first. */
  private final Map<Long, Integer> damaged = new TreeMap<>();

  /** Groups found damaged at the start, whose replica here does not run. */
  private final Set<Long> unreadable = new ConcurrentSkipListSet<>();

  // Written by the shard thread, read by any.
  private volatile MetadataImage image = MetadataImage.EMPTY;
  private boolean replayed;
  // Written by the shard thread, read by any.
  private volatile boolean caughtUp;

  PartitionManager(
      BrokerIdentity identity,
      int self,
      RaftGroups groups,
      PartitionMachines machines,
      LeaderBoard leaders) {
    this.incarnation = identity.incarnation();
    this.self = self;
    this.groups = groups;
    this.machines = machines;
    this.leaders = leaders;
  }

  /**
   * Opens what the store found, but for the metadata group.
   *
   * @param isNewBroker the store has no metadata group: there is no past to replay
   */
  void openRestored(List<RestoredGroup> found, boolean isNewBroker) {
    replayed = isNewBroker;
    for (RestoredGroup group : found) {
      if (group.groupId() < MetadataImage.FIRST_PARTITION_GROUP) {
        continue;
      }
      RestoredLog log = group.log();
      if (log == null) {
        LOG.error("group {} is damaged and is not served: {}", group.groupId(), group.damage());
        unreadable.add(group.groupId());
      }
      int selfId = log == null ? DAMAGED : log.selfId();
      running.put(group.groupId(), selfId);
      // A restored group has its own configuration; the one given here is not looked at.
      groups.open(
          new GroupSpec(
              group.groupId(),
              log == null ? self : selfId,
              GroupConfig.UNKNOWN,
              true,
              false,
              machines.open(group.groupId())),
          group);
    }
  }

  /** Whether the metadata are as new as this broker's disk asks for. */
  boolean isCaughtUp() {
    return caughtUp;
  }

  @Override
  public void imageChanged(MetadataImage before, MetadataImage after) {
    image = after;
    boolean wasCaughtUp = caughtUp;
    caughtUp = caughtUp || (replayed && isOfThisDisk());
    for (TopicImage topic : before.topics().values()) {
      TopicImage now = after.topics().get(topic.name());
      if (now == null || now.topicId() != topic.topicId()) {
        topic.partitions().forEach(partition -> forget(partition.groupId()));
      }
    }
    for (TopicImage topic : after.topics().values()) {
      TopicImage then = before.topics().get(topic.name());
      if (!wasCaughtUp || then == null || then.changeRevision() != topic.changeRevision()) {
        follow(topic);
      }
    }
    if (!before.metadataGroup().equals(after.metadataGroup())) {
      followMetadataGroup();
    }
  }

  @Override
  public void viewChanged(GroupView view) {
    if (replayed || view.leaderId() == 0 || view.appliedIndex() < view.lastIndex()) {
      return;
    }
    replayed = true;
    if (!isOfThisDisk()) {
      return;
    }
    caughtUp = true;
    image.topics().values().forEach(this::follow);
    for (long groupId : List.copyOf(running.keySet())) {
      if (groupId < image.nextGroupId() && !image.partitionsByGroup().containsKey(groupId)) {
        forget(groupId);
      }
    }
  }

  private boolean isOfThisDisk() {
    BrokerImage known = image.brokers().get(self);
    return known != null && known.incarnation().equals(incarnation);
  }

  private void followMetadataGroup() {
    MetadataGroupImage group = image.metadataGroup();
    if (group.isManaged()) {
      groups.setTarget(
          MetadataImage.METADATA_GROUP,
          new MemberTarget(group.targetRevision(), group.voters(), group.learners()));
    }
  }

  private void follow(TopicImage topic) {
    boolean synced = TopicConfigs.isSynced(topic.config());
    for (PartitionImage partition : topic.partitions()) {
      long groupId = partition.groupId();
      int wanted = partition.replicaOn(self);
      int present = running.getOrDefault(groupId, 0);
      if (present == DAMAGED) {
        if (!isGivenUp(groupId, wanted)) {
          continue;
        }
        // The store begins a damaged group anew as a later life, in one write.
        running.remove(groupId);
        unreadable.remove(groupId);
        present = 0;
      }
      // Another one than the one that is here: that one has left its group, or never counts again.
      if (present != 0 && present != wanted && caughtUp) {
        destroy(groupId);
        present = 0;
      }
      if (present == 0 && wanted != 0 && caughtUp) {
        open(topic, partition, wanted);
      } else if (present != 0) {
        groups.setSynced(groupId, synced);
      }
      if (running.containsKey(groupId)) {
        groups.setTarget(
            groupId, new MemberTarget(partition.targetRevision(), partition.target(), List.of()));
      }
    }
  }

  /**
   * Whether the damaged replica of this group counts no more, so that another one takes its place.
   * Which life it is can often not be read; it is at most the one that was wanted when it was met.
   */
  private boolean isGivenUp(long groupId, int wanted) {
    if (!caughtUp || wanted == 0) {
      return false;
    }
    Integer met = damaged.putIfAbsent(groupId, wanted);
    return met != null && ReplicaId.life(wanted) > ReplicaId.life(met);
  }

  /** Groups whose replica here has a problem. Any thread. */
  List<Long> damaged() {
    List<Long> found = new ArrayList<>();
    for (long groupId : image.partitionsByGroup().keySet()) {
      if (groups.problem(groupId) != null) {
        found.add(groupId);
      }
    }
    return found;
  }

  /**
   * Whether the replica here does not even run. One that runs votes and holds what it acknowledged,
   * which may be nowhere else yet: that must not be given up before its group does without it. Any
   * thread.
   */
  boolean isUnreadable(long groupId) {
    return unreadable.contains(groupId);
  }

  /**
   * A replica that was there from the group's beginning starts with the first configuration, which
   * is in no entry; one that joins later hears from the leader who is a member.
   */
  private void open(TopicImage topic, PartitionImage partition, int replicaId) {
    boolean isFirst = ReplicaId.life(replicaId) == 0 && partition.createdWith().contains(replicaId);
    MemberTarget first = new MemberTarget(topic.topicId(), partition.createdWith(), List.of());
    running.put(partition.groupId(), replicaId);
    groups.open(
        new GroupSpec(
            partition.groupId(),
            replicaId,
            isFirst ? GroupConfig.of(first) : GroupConfig.UNKNOWN,
            TopicConfigs.isSynced(topic.config()),
            isFirst && partition.createdWith().get(0) == replicaId,
            machines.open(partition.groupId())),
        null);
  }

  private void forget(long groupId) {
    leaders.forget(groupId);
    destroy(groupId);
  }

  private void destroy(long groupId) {
    Integer replicaId = running.remove(groupId);
    machines.closed(groupId);
    if (replicaId != null && replicaId != DAMAGED) {
      groups.close(groupId, true);
    }
  }
}
