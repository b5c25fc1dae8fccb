// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataListener;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.topics.TopicConfigs;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.shard.GroupSpec;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.raft.shard.RaftGroups;
import dev.almadia.raft.shard.StateMachine;
import dev.almadia.raft.store.RestoredGroup;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this broker's replicas follow the metadata. Shard thread of group 0 only, after {@link
 * #openRestored}, which comes before that thread runs.
 *
 * <p>Replicas that the store found run from the start; they need no metadata to vote and to catch
 * up. Replicas that the store does not have are made only when the metadata are known up to what
 * this broker had applied before it stopped: while they are replayed, a topic may appear that was
 * deleted later, and its groups have left tombstones, which no new group may replace (D4).
 *
 * <p>A group whose id was given out and that the metadata do not name any more was deleted: ids are
 * never used twice, so this holds for every image, also in a replay.
 */
final class PartitionManager implements MetadataListener {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionManager.class);

  private final int self;
  private final RaftGroups groups;
  private final StateMachine machine;
  private final LeaderBoard leaders;
  private final Map<Long, RestoredGroup> restored = new TreeMap<>();
  private final Set<Long> running = new TreeSet<>();
  private MetadataImage image = MetadataImage.EMPTY;
  // Written by the shard thread, read by any.
  private volatile boolean caughtUp;

  PartitionManager(int self, RaftGroups groups, StateMachine machine, LeaderBoard leaders) {
    this.self = self;
    this.groups = groups;
    this.machine = machine;
    this.leaders = leaders;
  }

  /**
   * Opens what the store found, but for the metadata group.
   *
   * @param isNewBroker the store has no metadata group: there is no past to replay
   */
  void openRestored(List<RestoredGroup> found, boolean isNewBroker) {
    caughtUp = isNewBroker;
    for (RestoredGroup group : found) {
      if (group.groupId() < MetadataImage.FIRST_PARTITION_GROUP) {
        continue;
      }
      if (group.damage() != null) {
        LOG.error("group {} is damaged and is not served: {}", group.groupId(), group.damage());
      }
      restored.put(group.groupId(), group);
      running.add(group.groupId());
      // A restored group has its own configuration; the one given here is not looked at.
      groups.open(
          new GroupSpec(
              group.groupId(), self, GroupConfig.ofVoters(List.of(self)), true, false, machine),
          group);
    }
  }

  /** Whether everything that this broker had applied before it stopped is applied again. */
  boolean isCaughtUp() {
    return caughtUp;
  }

  @Override
  public void imageChanged(MetadataImage before, MetadataImage after) {
    image = after;
    for (TopicImage topic : before.topics().values()) {
      TopicImage now = after.topics().get(topic.name());
      if (now == null || now.topicId() != topic.topicId()) {
        topic.partitions().forEach(partition -> destroy(partition.groupId()));
      }
    }
    for (TopicImage topic : after.topics().values()) {
      TopicImage then = before.topics().get(topic.name());
      if (then == null || then.changeRevision() != topic.changeRevision()) {
        follow(topic);
      }
    }
  }

  @Override
  public void viewChanged(GroupView view) {
    if (caughtUp || view.leaderId() == 0 || view.appliedIndex() < view.lastIndex()) {
      return;
    }
    caughtUp = true;
    image.topics().values().forEach(this::follow);
    for (long groupId : List.copyOf(running)) {
      if (groupId < image.nextGroupId() && !image.partitionsByGroup().containsKey(groupId)) {
        destroy(groupId);
      }
    }
  }

  private void follow(TopicImage topic) {
    boolean synced = TopicConfigs.isSynced(topic.config());
    for (PartitionImage partition : topic.partitions()) {
      if (!partition.replicas().contains(self)) {
        continue;
      }
      if (running.contains(partition.groupId())) {
        groups.setSynced(partition.groupId(), synced);
      } else if (caughtUp) {
        running.add(partition.groupId());
        groups.open(
            new GroupSpec(
                partition.groupId(),
                self,
                GroupConfig.ofVoters(partition.replicas()),
                synced,
                partition.replicas().get(0) == self,
                machine),
            null);
      }
    }
  }

  private void destroy(long groupId) {
    leaders.forget(groupId);
    if (running.remove(groupId)) {
      boolean isDamaged = restored.containsKey(groupId) && restored.get(groupId).log() == null;
      restored.remove(groupId);
      if (!isDamaged) {
        groups.close(groupId, true);
      }
    }
  }
}
