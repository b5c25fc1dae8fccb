// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.server.runtime.RunningBroker;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.shard.GroupView;
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
    for (int id : healthy) {
      RunningBroker running = cluster.broker(id).running();
      if (running == null) {
        String refusal = cluster.broker(id).refusal();
        return "broker " + id + " is down" + (refusal == null ? "" : ": " + refusal);
      }
    }
    List<Integer> all = cluster.brokers().stream().map(SimBroker::id).toList();
    String metadata = missing(MetadataImage.METADATA_GROUP, all);
    if (metadata != null) {
      return "metadata: " + metadata;
    }
    for (int id : healthy) {
      RunningBroker running = cluster.broker(id).running();
      if (running == null || !running.isReady() || running.image().revision() != image.revision()) {
        return "broker " + id + " is not ready with metadata of revision " + image.revision();
      }
    }
    for (TopicImage topic : image.topics().values()) {
      for (PartitionImage partition : topic.partitions()) {
        String group = missing(partition.groupId(), partition.replicas());
        if (group != null) {
          return "group " + partition.groupId() + " of topic " + topic.name() + ": " + group;
        }
      }
    }
    return null;
  }

  private @Nullable String missing(long groupId, List<Integer> replicas) {
    List<Integer> live = replicas.stream().filter(healthy::contains).toList();
    if (live.size() <= replicas.size() / 2) {
      return null;
    }
    List<GroupView> views = new ArrayList<>();
    GroupView leader = null;
    for (int id : live) {
      RunningBroker running = cluster.broker(id).running();
      GroupView view = running == null ? null : running.node().view(groupId);
      if (view == null) {
        return "broker " + id + " has no replica";
      }
      views.add(view);
      boolean leads = view.role() == Role.LEADER && view.confirmed();
      leader = leads && (leader == null || view.term() > leader.term()) ? view : leader;
    }
    if (leader == null) {
      return "nobody leads: " + views;
    }
    for (int i = 0; i < views.size(); i++) {
      GroupView view = views.get(i);
      if (view.term() != leader.term()
          || view.leaderId() != leader.leaderId()
          || !hasLog(view, leader)) {
        return "broker " + live.get(i) + " has " + view + ", the leader has " + leader;
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
