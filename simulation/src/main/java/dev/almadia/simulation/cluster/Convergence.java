// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.broker.core.metadata.MetadataGroupImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.server.runtime.RunningBroker;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.simulation.disk.StoredGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether the healthy part of a cluster has come to rest: all of it knows the same metadata, every
 * group with a majority of healthy replicas has one leader that may serve, and these replicas have
 * the same log. What is meant by healthy is said by who asks: all, or a core while a minority stays
 * broken for ever.
 */
public final class Convergence {
  private final SimCluster cluster;
  private final List<Integer> healthy;
  private final boolean clientsRun;
  private final Map<Long, Long> committed = new TreeMap<>();

  private Convergence(SimCluster cluster, List<Integer> healthy, boolean clientsRun) {
    this.cluster = cluster;
    this.healthy = List.copyOf(healthy);
    this.clientsRun = clientsRun;
    for (PartitionOfTopic partition : cluster.image().partitionsByGroup().values()) {
      long groupId = partition.partition().groupId();
      committed.put(groupId, cluster.world().invariants().committed(groupId));
    }
  }

  /** Of these brokers, while nobody uses them: their logs become equal. */
  public static Convergence atRest(SimCluster cluster, List<Integer> healthy) {
    return new Convergence(cluster, healthy, false);
  }

  /** The same while clients go on: all replicas come to have what was committed by now. */
  public static Convergence whileUsed(SimCluster cluster, List<Integer> healthy) {
    return new Convergence(cluster, healthy, true);
  }

  /** The first thing that is missing, in words; null if nothing is. */
  public @Nullable String missing() {
    MetadataImage image = cluster.image();
    List<Integer> there = cluster.deployed().stream().filter(healthy::contains).toList();
    for (int id : there) {
      RunningBroker running = cluster.broker(id).running();
      if (running == null) {
        String refusal = cluster.broker(id).refusal();
        return "broker " + id + " is down" + (refusal == null ? "" : ": " + refusal);
      }
    }
    String metadata = missing(metadataMembers(image.metadataGroup()), there);
    if (metadata != null) {
      return "metadata: " + metadata;
    }
    for (int id : there) {
      RunningBroker running = cluster.broker(id).running();
      if (running == null || !running.isReady() || running.image().revision() != image.revision()) {
        return "broker " + id + " is not ready with metadata of revision " + image.revision();
      }
    }
    for (TopicImage topic : image.topics().values()) {
      for (PartitionImage partition : topic.partitions()) {
        String group = missing(Members.of(partition), there);
        if (group != null) {
          return "group " + partition.groupId() + " of topic " + topic.name() + ": " + group;
        }
      }
    }
    return clientsRun ? null : leftBehind(image, there);
  }

  /** A group and who should be in it. */
  private record Members(
      long groupId, List<Integer> voters, List<Integer> learners, boolean isSettled) {
    static Members of(PartitionImage partition) {
      boolean isSettled = partition.isSettled() && partition.leaving().isEmpty();
      return new Members(partition.groupId(), partition.target(), List.of(), isSettled);
    }

    List<Integer> all() {
      List<Integer> all = new ArrayList<>(voters);
      all.addAll(learners);
      return all;
    }
  }

  private Members metadataMembers(MetadataGroupImage group) {
    List<Integer> formed = new ArrayList<>();
    for (int id = 1; id <= cluster.world().options().brokers(); id++) {
      formed.add(id);
    }
    boolean isSettled = group.isSettled() && group.leaving().isEmpty();
    return new Members(
        MetadataImage.METADATA_GROUP,
        group.isManaged() ? group.voters() : formed,
        group.learners(),
        isSettled);
  }

  private @Nullable String missing(Members members, List<Integer> there) {
    List<Integer> live =
        members.all().stream().filter(id -> there.contains(ReplicaId.broker(id))).toList();
    long liveVoters = members.voters().stream().filter(live::contains).count();
    if (liveVoters <= members.voters().size() / 2) {
      return null;
    }
    List<GroupView> views = new ArrayList<>();
    GroupView leader = null;
    for (int replica : live) {
      RunningBroker running = cluster.broker(ReplicaId.broker(replica)).running();
      GroupView view = running == null ? null : running.node().view(members.groupId());
      if (view == null || view.selfId() != replica) {
        return "there is no replica " + ReplicaId.show(replica);
      }
      views.add(view);
      boolean leads = view.role() == Role.LEADER && view.confirmed();
      leader = leads && (leader == null || view.term() > leader.term()) ? view : leader;
    }
    if (leader == null) {
      return "nobody leads: " + views;
    }
    boolean isWhole = live.size() == members.all().size();
    if (isWhole && (!members.isSettled() || !isAt(leader, members))) {
      return "is to have " + members + ", the leader has " + leader;
    }
    for (int i = 0; i < views.size(); i++) {
      GroupView view = views.get(i);
      if (view.term() != leader.term()
          || view.leaderId() != leader.leaderId()
          || !hasLog(view, leader)) {
        return "replica " + ReplicaId.show(live.get(i)) + " has " + view + ", leader " + leader;
      }
    }
    return null;
  }

  private static boolean isAt(GroupView leader, Members members) {
    GroupConfig config = leader.config();
    return leader.isConfigCommitted()
        && !config.isJoint()
        && config.voters().equals(members.voters().stream().sorted().toList())
        && config.learners().equals(members.learners().stream().sorted().toList());
  }

  /** A replica on a disk that should not be there. */
  private @Nullable String leftBehind(MetadataImage image, List<Integer> there) {
    for (int id : there) {
      for (StoredGroup stored : cluster.broker(id).disk().groups()) {
        PartitionOfTopic placed = image.partitionOf(stored.groupId());
        boolean isWanted =
            stored.groupId() == MetadataImage.METADATA_GROUP
                || (placed != null && placed.partition().target().contains(stored.selfId()));
        if (!stored.isDestroyed() && !isWanted) {
          return "broker "
              + id
              + " still holds "
              + ReplicaId.show(stored.selfId())
              + " of group "
              + stored.groupId();
        }
      }
    }
    return null;
  }

  private boolean hasLog(GroupView view, GroupView leader) {
    if (clientsRun) {
      return view.commitIndex() >= committed.getOrDefault(view.groupId(), 0L);
    }
    return view.lastIndex() == leader.lastIndex()
        && view.durableIndex() == leader.lastIndex()
        && view.commitIndex() == leader.lastIndex();
  }
}
