// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.cluster.ClusterActions;
import dev.almadia.broker.core.cluster.ClusterController;
import dev.almadia.broker.core.cluster.ClusterFacts;
import dev.almadia.broker.core.cluster.ControllerSettings;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.routing.Hop;
import dev.almadia.broker.core.routing.Route;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.internal.v1.BrokerServiceGrpc;
import dev.almadia.internal.v1.GroupHandOver;
import dev.almadia.internal.v1.HandOverGroupsRequest;
import dev.almadia.internal.v1.MetadataCommand;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the {@link ClusterController} while this broker leads the metadata group: brings it facts,
 * proposes its commands, and asks leaders to hand over. Every leadership begins with a fresh one;
 * all that it has to know is in the metadata. Timer thread; one turn at a time.
 */
final class ControllerLoop {
  private static final Logger LOG = LoggerFactory.getLogger(ControllerLoop.class);
  private static final long TURN_MS = 500;
  private static final long CALL_MS = 2000;

  private final ControlParts parts;
  private final FactsSource source;
  private @Nullable ClusterController controller;
  private long term;
  private @Nullable CompletableFuture<?> turn;

  ControllerLoop(ControlParts parts, FactsSource source) {
    this.parts = parts;
    this.source = source;
  }

  /** Begins to take turns, until the broker's timers end. */
  void start() {
    try {
      ScheduledFuture<?> unused =
          parts
              .context()
              .timers()
              .scheduleWithFixedDelay(this::turnQuietly, TURN_MS, TURN_MS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("the broker ends before it began", e);
    }
  }

  private void turnQuietly() {
    try {
      turn();
    } catch (RuntimeException e) {
      // An executor would silently never run it again.
      LOG.error("a turn of the cluster's controller failed", e);
    }
  }

  private void turn() {
    source.look();
    CompletableFuture<?> underWay = turn;
    if (underWay != null && !underWay.isDone()) {
      return;
    }
    boolean leads = parts.router().routeMetadata(Hop.PROXY) instanceof Route.Local;
    MetadataImage image = parts.context().image();
    if (!leads || image.clusterId().isEmpty() || parts.context().isStopping()) {
      controller = null;
      return;
    }
    long leading = parts.router().leaderOf(MetadataImage.METADATA_GROUP).term();
    ClusterController present = controller;
    if (present == null || leading != term) {
      present = new ClusterController(ControllerSettings.DEFAULT);
      controller = present;
      term = leading;
    }
    ClusterController running = present;
    turn = source.gather().thenCompose(facts -> act(running, facts));
  }

  private CompletableFuture<Void> act(ClusterController running, ClusterFacts facts) {
    ClusterActions actions = running.turn(parts.context().image(), facts);
    handOver(actions);
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    for (MetadataCommand command : actions.commands()) {
      done =
          done.thenCompose(
              before ->
                  parts
                      .context()
                      .proposeMetadata(command)
                      .handle(
                          (result, thrown) -> {
                            if (thrown != null) {
                              LOG.debug("the controller's command was not taken", thrown);
                            } else if (result.error() != null) {
                              LOG.info("not done: {}", result.error().message());
                            }
                            return null;
                          }));
    }
    return done;
  }

  private void handOver(ClusterActions actions) {
    Map<Integer, HandOverGroupsRequest.Builder> byLeader = new TreeMap<>();
    for (ClusterActions.HandOver one : actions.handOvers()) {
      byLeader
          .computeIfAbsent(one.fromBrokerId(), unused -> HandOverGroupsRequest.newBuilder())
          .addGroups(
              GroupHandOver.newBuilder().setGroupId(one.groupId()).setToBrokerId(one.toBrokerId()));
    }
    byLeader.forEach((leader, request) -> HandOvers.ask(parts, leader, request.build()));
  }

  /** Asks leaders to hand over. */
  static final class HandOvers {
    private HandOvers() {}

    /** Asks; what comes of it is seen in who leads. */
    static void ask(ControlParts parts, int leader, HandOverGroupsRequest request) {
      if (leader == parts.context().brokerId()) {
        request
            .getGroupsList()
            .forEach(
                one ->
                    parts
                        .context()
                        .groups()
                        .transferLeadership(one.getGroupId(), one.getToBrokerId()));
        return;
      }
      var unused =
          parts
              .forwarder()
              .unary(
                  Forwarder.Destination.of(leader),
                  BrokerServiceGrpc.getHandOverGroupsMethod(),
                  request,
                  Forwarder.Effect.WRITE,
                  parts.context().deadlineAfter(CALL_MS));
    }
  }
}
