// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.routing.LeaderTable;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.internal.v1.BrokerServiceGrpc;
import dev.almadia.internal.v1.LostReplica;
import dev.almadia.internal.v1.ReportDamageRequest;
import dev.almadia.raft.core.config.ReplicaId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the metadata leader which of this broker's replicas are damaged, so that they are given up
 * where others have all of it, and filled again. A damaged replica that leads hands over first. To
 * be asked regularly: it is told until it is no more. Timer thread only.
 */
final class DamageReports {
  private static final Logger LOG = LoggerFactory.getLogger(DamageReports.class);
  private static final long CALL_MS = 3000;
  private static final int REPLICAS_MAX = 100;

  private final BrokerContext context;
  private final LongFunction<LeaderTable.Leader> leaders;
  private final Forwarder forwarder;
  private @Nullable CompletableFuture<?> call;

  DamageReports(
      BrokerContext context, LongFunction<LeaderTable.Leader> leaders, Forwarder forwarder) {
    this.context = context;
    this.leaders = leaders;
    this.forwarder = forwarder;
  }

  /**
   * One turn.
   *
   * @param damaged groups whose replica here has a problem: they are led elsewhere
   * @param isUnreadable those of them that can be given up
   */
  void turn(List<Long> damaged, LongPredicate isUnreadable) {
    CompletableFuture<?> underWay = call;
    if (damaged.isEmpty() || context.isStopping() || (underWay != null && !underWay.isDone())) {
      return;
    }
    ReportDamageRequest.Builder request = ReportDamageRequest.newBuilder();
    for (long groupId : damaged) {
      PartitionOfTopic placed = context.image().partitionOf(groupId);
      if (placed == null || request.getReplicasCount() >= REPLICAS_MAX) {
        continue;
      }
      int replica = wanted(placed);
      if (replica != 0) {
        handOver(placed);
        if (isUnreadable.test(groupId)) {
          request.addReplicas(LostReplica.newBuilder().setGroupId(groupId).setReplicaId(replica));
        }
      }
    }
    int leader = leaders.apply(MetadataImage.METADATA_GROUP).brokerId();
    if (leader != 0 && request.getReplicasCount() > 0) {
      tell(leader, request.build());
    }
  }

  private int wanted(PartitionOfTopic placed) {
    for (int replica : placed.partition().target()) {
      if (ReplicaId.broker(replica) == context.brokerId()) {
        return replica;
      }
    }
    return 0;
  }

  private void handOver(PartitionOfTopic placed) {
    long groupId = placed.partition().groupId();
    if (leaders.apply(groupId).brokerId() != context.brokerId()) {
      return;
    }
    for (int broker : placed.partition().replicas()) {
      if (broker != context.brokerId() && context.isReachable(broker)) {
        context.groups().transferLeadership(groupId, broker);
        return;
      }
    }
  }

  /** What comes of it is seen in the metadata. To itself too: the internal port knows the way. */
  private void tell(int leader, ReportDamageRequest request) {
    call =
        forwarder
            .unary(
                Forwarder.Destination.of(leader),
                BrokerServiceGrpc.getReportDamageMethod(),
                request,
                Forwarder.Effect.WRITE,
                context.deadlineAfter(CALL_MS))
            .whenComplete(
                (answer, thrown) -> {
                  if (thrown == null) {
                    LOG.warn("damaged replicas are given up and filled again: {}", request);
                  } else {
                    LOG.debug("damaged replicas are not given up yet", thrown);
                  }
                });
  }
}
