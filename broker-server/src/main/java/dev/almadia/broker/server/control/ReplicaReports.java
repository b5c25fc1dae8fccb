// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import com.google.protobuf.ByteString;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.server.BrokerException;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.internal.v1.BrokerServiceGrpc;
import dev.almadia.internal.v1.FollowerReport;
import dev.almadia.internal.v1.GetReplicasRequest;
import dev.almadia.internal.v1.GetReplicasResponse;
import dev.almadia.internal.v1.ReplicaReport;
import dev.almadia.raft.core.PeerStatus;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.shard.GroupView;
import dev.almadia.v1.ReplicaRole;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What brokers say of their replicas. Any thread; nothing blocks. */
final class ReplicaReports {
  /** A broker that does not answer in this time counts as not reachable. */
  private static final long CALL_MS = 2000;

  private final ControlParts parts;
  private final LogSizes sizes;
  private final LastEntries lastEntries;

  ReplicaReports(ControlParts parts) {
    this.parts = parts;
    this.sizes = new LogSizes(parts.context());
    this.lastEntries = new LastEntries(parts.context());
  }

  /**
   * Reports by broker and group.
   *
   * @param byBroker a broker that did not answer is not in it
   */
  record Reports(Map<Integer, Map<Long, ReplicaReport>> byBroker) {
    boolean answered(int brokerId) {
      return byBroker.containsKey(brokerId);
    }

    /** All replicas of a broker, by group; none if it did not answer. */
    Collection<ReplicaReport> allOf(int brokerId) {
      return new TreeMap<>(byBroker.getOrDefault(brokerId, Map.of())).values();
    }

    @Nullable ReplicaReport of(int brokerId, long groupId) {
      Map<Long, ReplicaReport> reports = byBroker.get(brokerId);
      return reports == null ? null : reports.get(groupId);
    }
  }

  /** Asks these brokers about these groups, all groups if there are none named. */
  CompletableFuture<Reports> ask(Collection<Integer> brokers, Collection<Long> groups) {
    return ask(brokers, GetReplicasRequest.newBuilder().addAllGroupIds(groups).build());
  }

  /** Asks these brokers about all their groups, and where their logs end. */
  CompletableFuture<Reports> askWithLastEntries(Collection<Integer> brokers) {
    return ask(brokers, GetReplicasRequest.newBuilder().setLastEntries(true).build());
  }

  private CompletableFuture<Reports> ask(Collection<Integer> brokers, GetReplicasRequest request) {
    Map<Integer, Map<Long, ReplicaReport>> answers = new ConcurrentHashMap<>();
    CompletableFuture<?>[] calls =
        brokers.stream()
            .map(
                broker ->
                    askOne(broker, request)
                        .handle(
                            (answer, thrown) -> {
                              if (thrown == null) {
                                answers.put(broker, byGroup(answer.getReplicasList()));
                              }
                              return null;
                            }))
            .toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.allOf(calls).thenApply(done -> new Reports(answers));
  }

  private CompletableFuture<GetReplicasResponse> askOne(int broker, GetReplicasRequest request) {
    if (broker == parts.context().brokerId()) {
      return here(request);
    }
    if (!parts.context().isReachable(broker)) {
      // Its links are down: a call would find that out at its deadline at the latest.
      return CompletableFuture.failedFuture(
          new BrokerException(Errors.noLeader("(broker " + broker + ")", 0)));
    }
    return parts
        .forwarder()
        .unary(
            Forwarder.Destination.of(broker),
            BrokerServiceGrpc.getGetReplicasMethod(),
            request,
            Forwarder.Effect.READ,
            parts.context().deadlineAfter(CALL_MS));
  }

  /** What this broker says of its own; what it knows of followers only if it is asked by group. */
  CompletableFuture<GetReplicasResponse> here(GetReplicasRequest request) {
    GetReplicasResponse.Builder answer = GetReplicasResponse.newBuilder();
    if (request.getGroupIdsCount() == 0) {
      Set<Long> seen =
          parts.context().groups().views().stream()
              .map(GroupView::groupId)
              .collect(Collectors.toCollection(TreeSet::new));
      seen.addAll(parts.context().image().partitionsByGroup().keySet());
      seen.forEach(group -> addReport(answer, group));
      if (request.getLastEntries()) {
        return lastEntries.addTo(answer);
      }
    } else {
      request.getGroupIdsList().forEach(group -> addReport(answer, group));
      return withFollowers(answer);
    }
    return CompletableFuture.completedFuture(answer.build());
  }

  private CompletableFuture<GetReplicasResponse> withFollowers(GetReplicasResponse.Builder answer) {
    Map<Integer, CompletableFuture<List<PeerStatus>>> asked = new TreeMap<>();
    List<Long> led = new ArrayList<>();
    for (int i = 0; i < answer.getReplicasCount(); i++) {
      if (answer.getReplicas(i).getRole() == ReplicaRole.REPLICA_ROLE_LEADER) {
        CompletableFuture<List<PeerStatus>> peers = new CompletableFuture<>();
        asked.put(i, peers);
        led.add(answer.getReplicas(i).getGroupId());
        parts.context().groups().peers(answer.getReplicas(i).getGroupId(), peers::complete);
      }
    }
    return CompletableFuture.allOf(asked.values().toArray(CompletableFuture<?>[]::new))
        .thenCombine(
            sizes.of(led),
            (all, bytes) -> {
              asked.forEach(
                  (i, peers) -> {
                    ReplicaReport.Builder report = answer.getReplicasBuilder(i);
                    addFollowers(report, peers.join());
                    report.setLogBytes(bytes.getOrDefault(report.getGroupId(), 0L));
                  });
              return answer.build();
            });
  }

  private static void addFollowers(ReplicaReport.Builder report, List<PeerStatus> peers) {
    for (PeerStatus peer : peers) {
      report.addFollowers(
          FollowerReport.newBuilder()
              .setReplicaId(peer.replicaId())
              .setMatchIndex(peer.matchIndex())
              .setActive(peer.active()));
    }
  }

  private void addReport(GetReplicasResponse.Builder answer, long group) {
    GroupView view = parts.context().groups().view(group);
    String problem = parts.context().groups().problem(group);
    if (view == null && problem == null) {
      return;
    }
    ReplicaReport.Builder report = ReplicaReport.newBuilder().setGroupId(group);
    if (problem != null) {
      report.setProblem(problem);
    }
    if (view != null) {
      report
          .setLife(ReplicaId.life(view.selfId()))
          .setConfig(ByteString.copyFrom(GroupConfigCodec.encode(view.config())))
          .setConfigIndex(view.configIndex())
          .setRole(roleOf(view.role()))
          .setTerm(view.term())
          .setLeaderBrokerId(view.leaderId())
          .setFirstIndex(view.firstIndex())
          .setLastIndex(view.lastIndex())
          .setLastTerm(view.lastTerm())
          .setDurableIndex(view.durableIndex())
          .setCommitIndex(view.commitIndex())
          .setLogStartOffset(view.logStartOffset())
          .setHighWatermark(view.highWatermark());
    }
    answer.addReplicas(report);
  }

  private static Map<Long, ReplicaReport> byGroup(List<ReplicaReport> reports) {
    Map<Long, ReplicaReport> map = new HashMap<>();
    reports.forEach(report -> map.put(report.getGroupId(), report));
    return map;
  }

  private static ReplicaRole roleOf(Role role) {
    return switch (role) {
      case LEADER -> ReplicaRole.REPLICA_ROLE_LEADER;
      case FOLLOWER -> ReplicaRole.REPLICA_ROLE_FOLLOWER;
      case PRE_CANDIDATE, CANDIDATE -> ReplicaRole.REPLICA_ROLE_CANDIDATE;
      case LEARNER -> ReplicaRole.REPLICA_ROLE_LEARNER;
    };
  }
}
