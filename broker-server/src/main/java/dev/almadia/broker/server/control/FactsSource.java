// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.cluster.ClusterFacts;
import dev.almadia.broker.core.cluster.GroupReport;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.internal.v1.ReplicaReport;
import dev.almadia.raft.core.config.GroupConfigCodec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gathers what this broker knows of the cluster besides the metadata: who is connected, who leads
 * what, and what leaders of groups that change say about them. Any thread.
 */
final class FactsSource {
  /** Groups that are asked about at a time; the others count as not known. */
  private static final int REPORTS_MAX = 2000;

  private final ControlParts parts;
  private final ReplicaReports reports;
  private final Map<Integer, ClusterFacts.Link> links = new HashMap<>();
  // Written by ends of calls, read by any.
  private volatile NavigableMap<Long, GroupReport> newest = new TreeMap<>();

  FactsSource(ControlParts parts, ReplicaReports reports) {
    this.parts = parts;
    this.reports = reports;
  }

  /** What is known at once; of the groups what the last {@link #gather} brought. */
  ClusterFacts now() {
    return facts(parts.context().image(), newest);
  }

  /** The same with new reports of the groups that are not settled; never fails. */
  CompletableFuture<ClusterFacts> gather() {
    MetadataImage image = parts.context().image();
    Map<Integer, List<Long>> asked = unsettledByLeader(image);
    NavigableMap<Long, GroupReport> found = new TreeMap<>();
    CompletableFuture<?>[] calls =
        asked.entrySet().stream()
            .map(
                one ->
                    reports
                        .ask(List.of(one.getKey()), one.getValue())
                        .handle(
                            (answer, thrown) -> {
                              if (thrown == null) {
                                take(one.getKey(), one.getValue(), answer, found);
                              }
                              return null;
                            }))
            .toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.allOf(calls)
        .thenApply(
            done -> {
              synchronized (found) {
                newest = new TreeMap<>(found);
              }
              return facts(image, newest);
            });
  }

  private Map<Integer, List<Long>> unsettledByLeader(MetadataImage image) {
    Map<Integer, List<Long>> asked = new TreeMap<>();
    int count = 0;
    if (!image.metadataGroup().isSettled()) {
      count += add(asked, MetadataImage.METADATA_GROUP);
    }
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      if (!placed.partition().isSettled() && count < REPORTS_MAX) {
        count += add(asked, placed.partition().groupId());
      }
    }
    return asked;
  }

  private int add(Map<Integer, List<Long>> asked, long groupId) {
    int leader = parts.router().leaderOf(groupId).brokerId();
    if (leader != 0) {
      asked.computeIfAbsent(leader, unused -> new ArrayList<>()).add(groupId);
    }
    return 1;
  }

  private static void take(
      int broker,
      List<Long> groups,
      ReplicaReports.Reports answer,
      NavigableMap<Long, GroupReport> found) {
    for (long groupId : groups) {
      ReplicaReport report = answer.of(broker, groupId);
      if (report != null && !report.getConfig().isEmpty()) {
        GroupReport read = read(broker, report);
        synchronized (found) {
          found.put(groupId, read);
        }
      }
    }
  }

  private static GroupReport read(int broker, ReplicaReport report) {
    List<GroupReport.Follower> followers = new ArrayList<>();
    report
        .getFollowersList()
        .forEach(
            one ->
                followers.add(
                    new GroupReport.Follower(
                        one.getReplicaId(), one.getMatchIndex(), one.getActive())));
    return new GroupReport(
        broker,
        GroupConfigCodec.decode(report.getConfig().toByteArray()),
        report.getLastIndex(),
        followers,
        report.getLogBytes());
  }

  private ClusterFacts facts(MetadataImage image, NavigableMap<Long, GroupReport> found) {
    BrokerContext context = parts.context();
    long nowMillis = TimeUnit.NANOSECONDS.toMillis(context.nanoTime());
    NavigableMap<Long, Integer> leaders = new TreeMap<>();
    for (long groupId : image.partitionsByGroup().keySet()) {
      int leader = parts.router().leaderOf(groupId).brokerId();
      if (leader != 0) {
        leaders.put(groupId, leader);
      }
    }
    int leader = parts.router().leaderOf(MetadataImage.METADATA_GROUP).brokerId();
    if (leader != 0) {
      leaders.put(MetadataImage.METADATA_GROUP, leader);
    }
    return new ClusterFacts(
        nowMillis, context.wallMillis(), linksAt(image, nowMillis), leaders, found);
  }

  private NavigableMap<Integer, ClusterFacts.Link> linksAt(MetadataImage image, long nowMillis) {
    synchronized (links) {
      links.keySet().retainAll(new TreeSet<>(image.brokers().keySet()));
      for (int broker : image.brokers().keySet()) {
        boolean isConnected = parts.context().isReachable(broker);
        ClusterFacts.@Nullable Link before = links.get(broker);
        if (before == null || before.isConnected() != isConnected) {
          links.put(broker, new ClusterFacts.Link(isConnected, nowMillis));
        }
      }
      return new TreeMap<>(links);
    }
  }
}
