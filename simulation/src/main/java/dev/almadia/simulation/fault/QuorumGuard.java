// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.config.ConfigHistory;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.simulation.cluster.SimBroker;
import dev.almadia.simulation.cluster.SimCluster;
import dev.almadia.simulation.disk.StoredGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Says whether a disk may be lost: every group must keep a majority of undamaged replicas in every
 * configuration that is or may come into force: the newest committed one, and all behind it that
 * anybody has. Two majorities of undamaged replicas meet, so nothing committed is lost.
 */
final class QuorumGuard {
  private final SimCluster cluster;

  QuorumGuard(SimCluster cluster) {
    this.cluster = cluster;
  }

  /** Whether all groups can do without what this broker holds. */
  boolean canLose(int brokerId) {
    Set<Long> groups = new TreeSet<>(cluster.image().partitionsByGroup().keySet());
    groups.add(MetadataImage.METADATA_GROUP);
    for (StoredGroup stored : cluster.broker(brokerId).disk().groups()) {
      if (!stored.isDestroyed() && stored.groupId() >= cluster.image().nextGroupId()) {
        groups.add(stored.groupId());
      }
    }
    return groups.stream().allMatch(groupId -> canLose(groupId, brokerId));
  }

  private boolean canLose(long groupId, int brokerId) {
    List<GroupConfig> configs = possible(groupId);
    // What is not known to have members yet may have been created and promised something.
    return !configs.isEmpty()
        && configs.stream()
            .allMatch(
                config ->
                    keepsMajority(groupId, config.voters(), brokerId)
                        && (!config.isJoint()
                            || keepsMajority(groupId, config.outgoing(), brokerId)));
  }

  private List<GroupConfig> possible(long groupId) {
    List<GroupConfig> configs = new ArrayList<>();
    ConfigHistory.Placed committed = cluster.world().invariants().committedConfig(groupId);
    long afterIndex = committed == null ? -1 : committed.index();
    if (committed != null) {
      configs.add(committed.config());
    }
    for (SimBroker broker : cluster.brokers()) {
      StoredGroup stored = broker.disk().find(groupId);
      if (stored != null && !stored.isDestroyed()) {
        addStored(stored, afterIndex, configs);
      }
      for (GroupView view : broker.views()) {
        if (view.groupId() == groupId && view.configIndex() > afterIndex) {
          configs.add(view.config());
        }
      }
    }
    configs.removeIf(config -> config.voters().isEmpty());
    return configs;
  }

  private static void addStored(StoredGroup stored, long afterIndex, List<GroupConfig> configs) {
    if (stored.configIndex() > afterIndex) {
      configs.add(stored.config());
    }
    for (long index = Math.max(stored.firstIndex(), afterIndex + 1);
        index <= stored.lastIndex();
        index++) {
      Entry entry = stored.entry(index);
      if (entry.kind() == EntryKind.CONFIG) {
        configs.add(GroupConfigCodec.decode(entry.payload()));
      }
    }
  }

  private boolean keepsMajority(long groupId, List<Integer> replicas, int without) {
    long whole =
        replicas.stream()
            .filter(id -> ReplicaId.broker(id) != without && isThere(groupId, id))
            .count();
    return whole > replicas.size() / 2;
  }

  private boolean isThere(long groupId, int replicaId) {
    StoredGroup stored = cluster.broker(ReplicaId.broker(replicaId)).disk().find(groupId);
    return stored != null && !stored.isDestroyed() && stored.selfId() == replicaId;
  }
}
