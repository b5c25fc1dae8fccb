// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.metadata.MetadataGroupImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.broker.core.routing.Hop;
import dev.almadia.broker.core.routing.Route;
import dev.almadia.broker.core.routing.Router;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.internal.v1.BrokerServiceGrpc;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.SettleGroups;
import dev.almadia.internal.v1.SettleReplicasRequest;
import dev.almadia.internal.v1.SettledGroup;
import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.MemberTarget;
import dev.almadia.raft.shard.GroupView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Tells the metadata which groups that this broker leads have got where they were to go, so that
 * the replicas that they have left are removed. Looks at every turn and tells again until the
 * metadata know: nothing is lost with a lost message. Timer thread only.
 */
final class SettleReports {
  private static final long CALL_MS = 3000;
  private static final int GROUPS_MAX = 1000;

  private final BrokerContext context;
  private final Router router;
  private final Forwarder forwarder;
  private long seenRevision;
  private List<Long> unsettled = List.of();
  private @Nullable CompletableFuture<?> call;

  SettleReports(BrokerContext context, Router router, Forwarder forwarder) {
    this.context = context;
    this.router = router;
    this.forwarder = forwarder;
  }

  /** One turn. */
  void turn() {
    CompletableFuture<?> underWay = call;
    if (context.isStopping() || (underWay != null && !underWay.isDone())) {
      return;
    }
    MetadataImage image = context.image();
    if (image.revision() != seenRevision) {
      seenRevision = image.revision();
      unsettled = unsettledIn(image);
    }
    List<SettledGroup> settled = new ArrayList<>();
    for (long groupId : unsettled) {
      SettledGroup report = settled.size() < GROUPS_MAX ? reportOf(image, groupId) : null;
      if (report != null) {
        settled.add(report);
      }
    }
    if (!settled.isEmpty()) {
      tell(settled);
    }
  }

  private static List<Long> unsettledIn(MetadataImage image) {
    List<Long> groups = new ArrayList<>();
    if (!image.metadataGroup().isSettled()) {
      groups.add(MetadataImage.METADATA_GROUP);
    }
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      if (!placed.partition().isSettled()) {
        groups.add(placed.partition().groupId());
      }
    }
    return groups;
  }

  private @Nullable SettledGroup reportOf(MetadataImage image, long groupId) {
    GroupView view = context.groups().view(groupId);
    if (view == null || view.role() != Role.LEADER || !view.confirmed()) {
      return null;
    }
    MemberTarget target = targetOf(image, groupId);
    if (target == null || !view.isConfigCommitted() || !view.config().isAt(target)) {
      return null;
    }
    return SettledGroup.newBuilder()
        .setGroupId(groupId)
        .addAllVoters(view.config().voters())
        .addAllLearners(view.config().learners())
        .setTargetRevision(target.version())
        .build();
  }

  private static @Nullable MemberTarget targetOf(MetadataImage image, long groupId) {
    if (groupId == MetadataImage.METADATA_GROUP) {
      MetadataGroupImage group = image.metadataGroup();
      return new MemberTarget(group.targetRevision(), group.voters(), group.learners());
    }
    PartitionOfTopic placed = image.partitionOf(groupId);
    if (placed == null) {
      return null;
    }
    PartitionImage partition = placed.partition();
    return new MemberTarget(partition.targetRevision(), partition.target(), List.of());
  }

  /** What comes of it is seen in the metadata. */
  private void tell(List<SettledGroup> settled) {
    Route route = router.routeMetadata(Hop.PROXY);
    if (route instanceof Route.Local) {
      call =
          context.proposeMetadata(
              MetadataCommand.newBuilder()
                  .setTimeMs(context.wallMillis())
                  .setSettleGroups(SettleGroups.newBuilder().addAllGroups(settled))
                  .build());
    } else if (route instanceof Route.Forward forward) {
      call =
          forwarder.unary(
              Forwarder.Destination.of(forward.brokerId()),
              BrokerServiceGrpc.getSettleReplicasMethod(),
              SettleReplicasRequest.newBuilder().addAllGroups(settled).build(),
              Forwarder.Effect.WRITE,
              context.deadlineAfter(CALL_MS));
    }
  }
}
