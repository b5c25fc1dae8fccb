// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.cluster.ClusterFacts;
import dev.almadia.broker.core.cluster.GroupReport;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.OperationImage;
import dev.almadia.broker.core.metadata.OperationKind;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.internal.v1.ReplicaReport;
import dev.almadia.raft.core.config.GroupConfigCodec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
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
  private final Map<Integer, ClusterFacts.Link> links = new TreeMap<>();

  /** By broker: when it was connected last, milliseconds since 1970. Guarded by links. */
  private final Map<Integer, Long> heardMillis = new TreeMap<>();

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

  /** Notes who is connected; to be called a few times a second. */
  void look() {
    var unused =
        linksAt(parts.context().image(), TimeUnit.NANOSECONDS.toMillis(parts.context().nanoTime()));
  }

  /** When the broker was connected last, milliseconds since 1970; 0 if not since the start. */
  long lastHeardMillis(int brokerId) {
    if (parts.context().isReachable(brokerId)) {
      return parts.context().wallMillis();
    }
    synchronized (links) {
      return heardMillis.getOrDefault(brokerId, 0L);
    }
  }

  /**
   * The same with new reports of the groups that are not settled or that operations are about;
   * never fails.
   */
  CompletableFuture<ClusterFacts> gather() {
    MetadataImage image = parts.context().image();
    return ask(byLeader(concerned(image)))
        .thenApply(
            found -> {
              newest = found;
              return facts(image, found);
            });
  }

  /** What is known at once, with new reports of these groups, as many as are asked about. */
  CompletableFuture<ClusterFacts> gather(Collection<Long> groups) {
    List<Long> few = groups.stream().limit(REPORTS_MAX).toList();
    MetadataImage image = parts.context().image();
    return ask(byLeader(few)).thenApply(found -> facts(image, found));
  }

  private CompletableFuture<NavigableMap<Long, GroupReport>> ask(Map<Integer, List<Long>> asked) {
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
                return new TreeMap<>(found);
              }
            });
  }

  /** Groups that change first, then those that running operations are about. */
  private static Set<Long> concerned(MetadataImage image) {
    Set<Long> groups = new LinkedHashSet<>();
    if (!image.metadataGroup().isSettled()) {
      groups.add(MetadataImage.METADATA_GROUP);
    }
    Set<Integer> brokers = new TreeSet<>();
    List<OperationImage> running = image.runningOperations();
    running.stream()
        .filter(
            one -> one.kind() == OperationKind.DECOMMISSION || one.kind() == OperationKind.RESEED)
        .forEach(one -> brokers.add(one.brokerId()));
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      if (groups.size() < REPORTS_MAX && !placed.partition().isSettled()) {
        groups.add(placed.partition().groupId());
      }
    }
    if (!brokers.isEmpty()) {
      for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
        if (groups.size() < REPORTS_MAX && brokers.stream().anyMatch(placed.partition()::wants)) {
          groups.add(placed.partition().groupId());
        }
      }
    }
    for (OperationImage operation : running) {
      operation.moves().stream()
          .limit(Math.max(0, REPORTS_MAX - groups.size()))
          .forEach(move -> groups.add(move.groupId()));
    }
    return groups;
  }

  private Map<Integer, List<Long>> byLeader(Collection<Long> groups) {
    Map<Integer, List<Long>> asked = new TreeMap<>();
    for (long groupId : groups) {
      int leader = parts.router().leaderOf(groupId).brokerId();
      if (leader != 0) {
        asked.computeIfAbsent(leader, unused -> new ArrayList<>()).add(groupId);
      }
    }
    return asked;
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
      links.keySet().retainAll(image.brokers().keySet());
      heardMillis.keySet().retainAll(image.brokers().keySet());
      for (int broker : image.brokers().keySet()) {
        boolean isConnected = parts.context().isReachable(broker);
        if (isConnected) {
          heardMillis.put(broker, parts.context().wallMillis());
        }
        ClusterFacts.@Nullable Link before = links.get(broker);
        if (before == null || before.isConnected() != isConnected) {
          links.put(broker, new ClusterFacts.Link(isConnected, nowMillis));
        }
      }
      return new TreeMap<>(links);
    }
  }
}
