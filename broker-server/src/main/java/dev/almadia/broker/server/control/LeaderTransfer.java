// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.ClusterErrors;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.broker.core.routing.LeaderTable;
import dev.almadia.broker.core.topics.TopicNames;
import dev.almadia.broker.server.BrokerException;
import dev.almadia.internal.v1.GroupHandOver;
import dev.almadia.internal.v1.HandOverGroupsRequest;
import dev.almadia.v1.ErrorReason;
import dev.almadia.v1.TransferLeadershipRequest;
import dev.almadia.v1.TransferLeadershipResponse;
import io.grpc.Context;
import io.grpc.Deadline;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Moves leadership of one partition: asks who leads, and waits until the other does. Asked again
 * while nothing comes of it, because a transfer may fail. Any broker can do it.
 */
final class LeaderTransfer {
  private static final long PATIENCE_MS = 5000;
  private static final long LOOK_MS = 20;
  private static final int LOOKS_PER_ASK = 50;

  private final ControlParts parts;

  LeaderTransfer(ControlParts parts) {
    this.parts = parts;
  }

  CompletableFuture<TransferLeadershipResponse> start(TransferLeadershipRequest request) {
    MetadataImage image = parts.context().image();
    TopicImage topic = image.topic(request.getTopic());
    if (topic == null) {
      return failed(TopicNames.notFound(image, request.getTopic()));
    }
    if (request.getPartition() < 0 || request.getPartition() >= topic.partitions().size()) {
      return failed(
          Errors.partitionNotFound(
              topic.name(), request.getPartition(), topic.partitions().size()));
    }
    PartitionImage partition = topic.partitions().get(request.getPartition());
    int leader = parts.router().leaderOf(partition.groupId()).brokerId();
    if (leader == 0) {
      return failed(Errors.noLeader(topic.name(), request.getPartition()));
    }
    List<Integer> able =
        partition.replicas().stream()
            .filter(id -> id != leader && parts.context().isReachable(id) && image.isActive(id))
            .toList();
    int target = request.getToBrokerId();
    if (target == 0 && !able.isEmpty()) {
      target = able.get(0);
    }
    BrokerError refusal = target == leader ? null : refusalOf(image, partition, target, able);
    if (refusal != null) {
      return failed(refusal);
    }
    Wait wait = new Wait(partition.groupId(), topic.name(), request.getPartition(), target);
    wait.look();
    return wait.done;
  }

  private static @Nullable BrokerError refusalOf(
      MetadataImage image, PartitionImage partition, int target, List<Integer> able) {
    BrokerImage broker = image.brokers().get(target);
    if (target == 0) {
      return ClusterErrors.quorumAtRisk(
          "No other replica can lead: the others are down, drained, or there are none",
          "replicas",
          1);
    }
    if (broker == null) {
      return ClusterErrors.brokerNotFound(target, image.brokers().keySet());
    }
    if (!partition.wants(target)) {
      return Errors.invalid(
          "to_broker_id",
          String.valueOf(target),
          "must be one of the replicas " + partition.replicas());
    }
    if (!broker.isActive()) {
      return ClusterErrors.brokerDraining(target, broker.stateName());
    }
    return able.contains(target)
        ? null
        : ClusterErrors.quorumAtRisk(
            "Broker " + target + " cannot be reached and so cannot lead", "brokers/" + target, 1);
  }

  private static <T> CompletableFuture<T> failed(BrokerError error) {
    return CompletableFuture.failedFuture(new BrokerException(error));
  }

  /** One transfer under way. One thread at a time. */
  private final class Wait {
    final CompletableFuture<TransferLeadershipResponse> done = new CompletableFuture<>();
    private final long groupId;
    private final String topic;
    private final int partition;
    private final int target;
    private final @Nullable Deadline deadline = Context.current().getDeadline();
    private final Deadline patience = parts.context().deadlineAfter(PATIENCE_MS);
    private int looks;

    Wait(long groupId, String topic, int partition, int target) {
      this.groupId = groupId;
      this.topic = topic;
      this.partition = partition;
      this.target = target;
    }

    void look() {
      LeaderTable.Leader leader = parts.router().leaderOf(groupId);
      if (leader.brokerId() == target) {
        done.complete(
            TransferLeadershipResponse.newBuilder()
                .setLeaderBrokerId(target)
                .setTerm(leader.term())
                .build());
        return;
      }
      if (patience.isExpired() || (deadline != null && deadline.isExpired())) {
        done.completeExceptionally(new BrokerException(late()));
        return;
      }
      if (leader.brokerId() != 0 && looks++ % LOOKS_PER_ASK == 0) {
        ControllerLoop.HandOvers.ask(
            parts,
            leader.brokerId(),
            HandOverGroupsRequest.newBuilder()
                .addGroups(GroupHandOver.newBuilder().setGroupId(groupId).setToBrokerId(target))
                .build());
      }
      try {
        var unused = parts.context().timers().schedule(this::look, LOOK_MS, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        done.completeExceptionally(
            new BrokerException(Errors.stopping(parts.context().brokerId())));
      }
    }

    private BrokerError late() {
      return BrokerError.of(
          ErrorReason.ERROR_REASON_OUTCOME_UNKNOWN,
          "Broker "
              + target
              + " does not lead partition "
              + partition
              + " of topic '"
              + topic
              + "' yet; it may be behind, or still take over: look again",
          "topic",
          topic,
          "partition",
          partition);
    }
  }
}
