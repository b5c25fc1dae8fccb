// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.metadata.MetadataGroupImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.internal.v1.ForceGroupsRequest;
import dev.almadia.internal.v1.ForceGroupsResponse;
import dev.almadia.internal.v1.ForcedGroup;
import dev.almadia.raft.core.config.MemberTarget;
import dev.almadia.raft.shard.ForceResult;
import io.grpc.Deadline;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Forces groups whose replica on this broker is to lead them without a majority. Any thread. */
final class ForcedGroups {
  private static final Logger LOG = LoggerFactory.getLogger(ForcedGroups.class);

  /** So long a replica may remember a leader that is lost by now. */
  private static final long PATIENCE_MS = 10_000;

  private static final long PAUSE_MS = 200;

  private final BrokerContext context;

  ForcedGroups(BrokerContext context) {
    this.context = context;
  }

  CompletableFuture<ForceGroupsResponse> force(ForceGroupsRequest request) {
    List<CompletableFuture<String>> forced = new ArrayList<>();
    for (ForcedGroup group : request.getGroupsList()) {
      forced.add(new Attempt(group, request.getLostBrokerIdsList()).start());
    }
    return CompletableFuture.allOf(forced.toArray(CompletableFuture<?>[]::new))
        .thenApply(
            done -> {
              ForceGroupsResponse.Builder answer = ForceGroupsResponse.newBuilder();
              forced.forEach(one -> answer.addProblems(one.join()));
              return answer.build();
            });
  }

  /** One group, until it is through. One thread at a time. */
  private final class Attempt {
    private final CompletableFuture<String> done = new CompletableFuture<>();
    private final ForcedGroup group;
    private final List<Integer> lost;
    private final Deadline patience = context.deadlineAfter(PATIENCE_MS);

    Attempt(ForcedGroup group, List<Integer> lost) {
      this.group = group;
      this.lost = lost;
    }

    CompletableFuture<String> start() {
      run();
      return done;
    }

    private void run() {
      for (int broker : lost) {
        if (context.isReachable(broker)) {
          done.complete("broker " + broker + " is alive");
          return;
        }
      }
      LOG.warn(
          "unsafe: group {} is made to go on with replicas {} alone; given up are brokers {}",
          group.getGroupId(),
          group.getVotersList(),
          lost);
      var unused =
          context
              .groups()
              .forceConfig(group.getGroupId(), group.getVotersList())
              .whenComplete(
                  (result, thrown) -> {
                    if (thrown != null) {
                      done.complete(String.valueOf(thrown.getMessage()));
                    } else {
                      answered(result);
                    }
                  });
    }

    private void answered(ForceResult result) {
      LOG.warn("unsafe: group {}: {}", group.getGroupId(), result);
      switch (result) {
        case FORCED -> {
          tellTarget(group.getGroupId());
          done.complete("");
        }
        case LEADS, HAS_LEADER -> again(result);
        case KNOWS_NO_MEMBERS, NOT_MEMBERS, NO_SUCH_GROUP, NOT_COMMITTED ->
            done.complete(result.name());
      }
    }

    private void again(ForceResult result) {
      if (patience.isExpired()) {
        done.complete(result.name());
        return;
      }
      try {
        var unused = context.timers().schedule(this::run, PAUSE_MS, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        done.complete("the broker stops");
      }
    }
  }

  /** The replica has forgotten it. Should the metadata be older than the force, it comes later. */
  private void tellTarget(long groupId) {
    MetadataImage image = context.image();
    MetadataGroupImage metadata = image.metadataGroup();
    PartitionOfTopic placed = image.partitionOf(groupId);
    if (placed != null) {
      context
          .groups()
          .setTarget(
              groupId,
              new MemberTarget(
                  placed.partition().targetRevision(), placed.partition().target(), List.of()));
    } else if (groupId == MetadataImage.METADATA_GROUP && metadata.isManaged()) {
      context
          .groups()
          .setTarget(
              groupId,
              new MemberTarget(metadata.targetRevision(), metadata.voters(), metadata.learners()));
    }
  }
}
