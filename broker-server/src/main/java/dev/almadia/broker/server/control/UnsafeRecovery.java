// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.ClusterErrors;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.cluster.ClusterFacts;
import dev.almadia.broker.core.cluster.Operations;
import dev.almadia.broker.core.cluster.RecoveryPlan;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.OperationImage;
import dev.almadia.broker.core.metadata.OperationKind;
import dev.almadia.broker.server.BrokerException;
import dev.almadia.broker.server.grpc.CallHops;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.internal.v1.BrokerServiceGrpc;
import dev.almadia.internal.v1.ForceGroupsRequest;
import dev.almadia.internal.v1.ForceGroupsResponse;
import dev.almadia.internal.v1.ForcedGroup;
import dev.almadia.internal.v1.GroupTarget;
import dev.almadia.internal.v1.NoteForced;
import dev.almadia.internal.v1.OperationRecord;
import dev.almadia.internal.v1.ReplicaReport;
import dev.almadia.internal.v1.StartRecovery;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.Operation;
import dev.almadia.v1.RecoverPlan;
import dev.almadia.v1.UnsafeRecoverRequest;
import dev.almadia.v1.UnsafeRecoverResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unsafe recovery: lets the replicas that are left go on where a majority is lost for good. Done by
 * the broker that is asked, because there may be no leader of the metadata:
 *
 * <ol>
 *   <li>All brokers that are not lost must answer, or one of them might hold more.
 *   <li>The plan must be the one that was confirmed.
 *   <li>If the metadata group is among the groups, it is forced first.
 *   <li>Metadata record the order, give the lost brokers up with their disks, and begin an
 *       operation.
 *   <li>The other groups are forced, each at the replica with the greatest last entry.
 * </ol>
 *
 * If this broker dies on the way, the order is given again; what was forced has a quorum by then
 * and is left alone. Any thread.
 */
final class UnsafeRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(UnsafeRecovery.class);
  private static final long FORCE_MS = 20_000;

  private final ControlParts parts;
  private final ReplicaReports reports;
  private final ForcedGroups forced;
  private final RecoveryRecords records;
  private final FactsSource source;

  UnsafeRecovery(ControlParts parts, ReplicaReports reports, FactsSource source) {
    this.parts = parts;
    this.reports = reports;
    this.source = source;
    this.forced = new ForcedGroups(parts.context());
    this.records = new RecoveryRecords(parts);
  }

  CompletableFuture<UnsafeRecoverResponse> start(UnsafeRecoverRequest request) {
    MetadataImage image = parts.context().image();
    NavigableSet<Integer> lost = new TreeSet<>(request.getLostBrokerIdsList());
    BrokerError refusal = refusalOf(image, lost);
    if (refusal != null) {
      return failed(refusal);
    }
    String requestedBy = CallHops.requestedBy();
    NavigableSet<Integer> left = new TreeSet<>(image.brokers().keySet());
    left.add(parts.context().brokerId());
    left.removeAll(lost);
    return reports
        .askWithLastEntries(left)
        .thenCompose(
            found -> {
              for (int broker : left) {
                if (!found.answered(broker)) {
                  return failed(silent(broker));
                }
              }
              RecoveryPlan plan = RecoveryPlan.of(image, lost, seen(left, found));
              return request.getValidateOnly()
                  ? CompletableFuture.completedFuture(show(image, plan, Map.of()).build())
                  : confirmed(image, request, plan, requestedBy);
            });
  }

  private @Nullable BrokerError refusalOf(MetadataImage image, NavigableSet<Integer> lost) {
    if (lost.isEmpty()) {
      return Errors.invalid("lost_broker_ids", "", "must name the brokers that are lost for good");
    }
    for (int broker : lost) {
      if (!image.brokers().containsKey(broker)) {
        return ClusterErrors.brokerNotFound(broker, image.brokers().keySet());
      }
      if (parts.context().isReachable(broker)) {
        return ClusterErrors.quorumAtRisk(
            "Broker "
                + broker
                + " is alive: unsafe recovery is for brokers whose disks are lost for good; to take"
                + " one out that runs, decommission it",
            "brokers/" + broker,
            1);
      }
    }
    return null;
  }

  private static BrokerError silent(int broker) {
    return ClusterErrors.quorumAtRisk(
        "Broker "
            + broker
            + " does not answer and is not among the lost ones: it may hold more than all others;"
            + " bring it back, or name it as lost too",
        "brokers/" + broker,
        1);
  }

  private static NavigableMap<Long, List<RecoveryPlan.Seen>> seen(
      NavigableSet<Integer> brokers, ReplicaReports.Reports found) {
    NavigableMap<Long, List<RecoveryPlan.Seen>> seen = new TreeMap<>();
    for (int broker : brokers) {
      for (ReplicaReport report : found.allOf(broker)) {
        if (report.getProblem().isEmpty() && !report.getConfig().isEmpty()) {
          seen.computeIfAbsent(report.getGroupId(), unused -> new ArrayList<>())
              .add(
                  new RecoveryPlan.Seen(
                      ReplicaId.of(broker, report.getLife()),
                      GroupConfigCodec.decode(report.getConfig().toByteArray()),
                      report.getLastTerm(),
                      report.getLastIndex(),
                      report.getEndOffset()));
        }
      }
    }
    return seen;
  }

  private CompletableFuture<UnsafeRecoverResponse> confirmed(
      MetadataImage image, UnsafeRecoverRequest request, RecoveryPlan plan, String requestedBy) {
    if (!plan.confirm().equals(request.getConfirm())) {
      return failed(
          BrokerError.of(
              ErrorReason.ERROR_REASON_CONFIRMATION_NEEDED,
              "The confirmation is not that of what would be lost now; look at the plan again",
              "field",
              "confirm"));
    }
    if (plan.groups().stream().allMatch(group -> group.survivor() == null)) {
      return CompletableFuture.completedFuture(show(image, plan, Map.of()).build());
    }
    List<Integer> lost = request.getLostBrokerIdsList();
    LOG.warn("unsafe: {} gives up brokers {}: {}", requestedBy, lost, plan.confirm());
    List<RecoveryPlan.Group> metadata = only(plan, true);
    List<RecoveryPlan.Group> others = only(plan, false);
    return force(metadata, lost)
        .thenCompose(
            problems -> {
              String problem = problems.getOrDefault(MetadataImage.METADATA_GROUP, "");
              if (!problem.isEmpty()) {
                return failed(notForced(problem));
              }
              return records.begin(startOf(image, lost, others, requestedBy));
            })
        .thenCompose(
            operationId ->
                force(others, lost)
                    .thenCompose(
                        problems -> {
                          records.note(summary(others, problems));
                          return answer(image, plan, problems, operationId);
                        }));
  }

  private static List<RecoveryPlan.Group> only(RecoveryPlan plan, boolean isMetadata) {
    return plan.groups().stream()
        .filter(group -> group.survivor() != null)
        .filter(group -> (group.groupId() == MetadataImage.METADATA_GROUP) == isMetadata)
        .toList();
  }

  private static BrokerError notForced(String problem) {
    return ClusterErrors.quorumAtRisk(
        "The metadata group could not be forced ("
            + problem
            + "), so nothing was done; see that the lost brokers are down, and look at the plan"
            + " again",
        "metadata",
        1);
  }

  private StartRecovery startOf(
      MetadataImage image, List<Integer> lost, List<RecoveryPlan.Group> groups, String by) {
    OperationRecord.Builder operation =
        OperationRecord.newBuilder().setKind(OperationKind.RECOVER.apiName()).setRequestedBy(by);
    for (RecoveryPlan.Group group : groups) {
      PartitionOfTopic placed = image.partitionOf(group.groupId());
      if (placed != null) {
        operation.addMoves(
            GroupTarget.newBuilder()
                .setGroupId(group.groupId())
                .addAllBrokerIds(placed.partition().replicas()));
      }
    }
    return StartRecovery.newBuilder()
        .addAllLostBrokerIds(lost)
        .setOperation(operation)
        .setMessage(
            "unsafe recovery by "
                + by
                + ": brokers "
                + lost
                + " are given up with their disks; "
                + groups.size()
                + " partitions go on with the replicas that are left")
        .build();
  }

  /** Why each group was not forced, by group; an empty text if it was. Never fails. */
  private CompletableFuture<Map<Long, String>> force(
      List<RecoveryPlan.Group> groups, List<Integer> lost) {
    Map<Integer, List<RecoveryPlan.Group>> byBroker = new TreeMap<>();
    for (RecoveryPlan.Group group : groups) {
      RecoveryPlan.Seen survivor = group.survivor();
      if (survivor != null) {
        byBroker
            .computeIfAbsent(ReplicaId.broker(survivor.replicaId()), unused -> new ArrayList<>())
            .add(group);
      }
    }
    Map<Long, String> problems = new TreeMap<>();
    List<CompletableFuture<?>> calls = new ArrayList<>();
    byBroker.forEach(
        (broker, here) ->
            calls.add(
                forceAt(broker, here, lost)
                    .handle(
                        (answer, thrown) -> {
                          synchronized (problems) {
                            take(here, answer, thrown, problems);
                          }
                          return null;
                        })));
    return CompletableFuture.allOf(calls.toArray(CompletableFuture<?>[]::new))
        .thenApply(
            done -> {
              synchronized (problems) {
                return new TreeMap<>(problems);
              }
            });
  }

  private static void take(
      List<RecoveryPlan.Group> groups,
      @Nullable ForceGroupsResponse answer,
      @Nullable Throwable thrown,
      Map<Long, String> problems) {
    for (int i = 0; i < groups.size(); i++) {
      String problem =
          answer != null && i < answer.getProblemsCount()
              ? answer.getProblems(i)
              : "its broker did not answer: " + (thrown == null ? "" : thrown.getMessage());
      problems.put(groups.get(i).groupId(), problem);
    }
  }

  private CompletableFuture<ForceGroupsResponse> forceAt(
      int broker, List<RecoveryPlan.Group> groups, List<Integer> lost) {
    ForceGroupsRequest.Builder request = ForceGroupsRequest.newBuilder().addAllLostBrokerIds(lost);
    for (RecoveryPlan.Group group : groups) {
      request.addGroups(
          ForcedGroup.newBuilder().setGroupId(group.groupId()).addAllVoters(group.voters()));
    }
    return broker == parts.context().brokerId()
        ? forced.force(request.build())
        : parts
            .forwarder()
            .unary(
                Forwarder.Destination.of(broker),
                BrokerServiceGrpc.getForceGroupsMethod(),
                request.build(),
                Forwarder.Effect.WRITE,
                parts.context().deadlineAfter(FORCE_MS));
  }

  private static NoteForced summary(List<RecoveryPlan.Group> groups, Map<Long, String> problems) {
    long done = problems.values().stream().filter(String::isEmpty).count();
    return NoteForced.newBuilder()
        .setGroupId(-1)
        .setMessage("unsafe recovery: " + done + " of " + groups.size() + " partitions were forced")
        .build();
  }

  private CompletableFuture<UnsafeRecoverResponse> answer(
      MetadataImage planned, RecoveryPlan plan, Map<Long, String> problems, long operationId) {
    return source
        .gather()
        .thenApply(
            facts ->
                show(planned, plan, problems).setOperation(operation(facts, operationId)).build());
  }

  private Operation operation(ClusterFacts facts, long id) {
    MetadataImage image = parts.context().image();
    OperationImage begun = image.operations().get(id);
    return begun == null
        ? Operation.newBuilder().setName("operations/" + id).build()
        : Operations.describe(image, facts, begun);
  }

  private static UnsafeRecoverResponse.Builder show(
      MetadataImage image, RecoveryPlan plan, Map<Long, String> problems) {
    UnsafeRecoverResponse.Builder answer =
        UnsafeRecoverResponse.newBuilder().setConfirm(plan.confirm());
    for (RecoveryPlan.Group group : plan.groups()) {
      RecoverPlan.Builder shown = RecoverPlan.newBuilder();
      PartitionOfTopic placed = image.partitionOf(group.groupId());
      if (placed != null) {
        shown.setTopic(placed.topic().name()).setPartition(placed.partition().partition());
      }
      RecoveryPlan.Seen survivor = group.survivor();
      if (survivor != null) {
        shown
            .setSurvivorBrokerId(ReplicaId.broker(survivor.replicaId()))
            .setKeptEndOffset(survivor.endOffset());
      }
      String problem = problems.getOrDefault(group.groupId(), "");
      answer.addPartitions(
          shown.setLoss(problem.isEmpty() ? group.loss() : "not forced: " + problem));
    }
    return answer;
  }

  private static <T> CompletableFuture<T> failed(BrokerError error) {
    return CompletableFuture.failedFuture(new BrokerException(error));
  }
}
