// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataResult;
import dev.almadia.broker.core.routing.Hop;
import dev.almadia.broker.core.routing.Route;
import dev.almadia.broker.core.routing.Router;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.BrokerException;
import dev.almadia.broker.server.BrokerIdentity;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.internal.v1.BrokerRegistration;
import dev.almadia.internal.v1.BrokerServiceGrpc;
import dev.almadia.internal.v1.InitCluster;
import dev.almadia.internal.v1.MetadataCommand;
import dev.almadia.internal.v1.RegisterBrokerRequest;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this broker a member of the cluster, and keeps it one: the first metadata leader names the
 * cluster, each broker writes the name into its data directory, and each makes its addresses known.
 * Looks at the metadata at every turn and does what is missing, so that nothing has to be repeated
 * by those who failed. Timer thread only.
 */
final class ClusterMembership {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterMembership.class);
  private static final long CALL_MS = 3000;
  private static final long VERSION_MASK = 0xF000;
  private static final long VERSION_4 = 0x4000;
  private static final long VARIANT = 1L << 63;

  private final BrokerContext context;
  private final BrokerIdentity identity;
  private final Router router;
  private final Forwarder forwarder;
  private final BrokerRegistration registration;
  private final Consumer<Throwable> fatal;
  // Written on the timer thread and by the call's end, read on the timer thread.
  private volatile boolean calling;
  private volatile String lastProblem = "";

  ClusterMembership(Parts parts, BrokerRegistration registration, Consumer<Throwable> fatal) {
    this.context = parts.context();
    this.identity = parts.identity();
    this.router = parts.router();
    this.forwarder = parts.forwarder();
    this.registration = registration;
    this.fatal = fatal;
  }

  /** What it works with. */
  record Parts(
      BrokerContext context, BrokerIdentity identity, Router router, Forwarder forwarder) {}

  /** Whether metadata know this broker as it is now. */
  boolean isRegistered() {
    BrokerImage known = context.image().brokers().get(context.brokerId());
    return known != null
        && known.incarnation().equals(registration.getIncarnation())
        && known.endpoint().equals(registration.getEndpoint())
        && known.internalEndpoint().equals(registration.getInternalEndpoint())
        && known.httpEndpoint().equals(registration.getHttpEndpoint())
        && known.version().equals(registration.getVersion())
        && known.zone().equals(registration.getZone());
  }

  /** One turn. */
  void turn() {
    MetadataImage image = context.image();
    keepClusterId(image);
    if (calling || context.isStopping()) {
      return;
    }
    Route route = router.routeMetadata(Hop.PROXY);
    if (route instanceof Route.Local && image.clusterId().isEmpty()) {
      follow(
          context.proposeMetadata(
              command()
                  .setInitCluster(
                      InitCluster.newBuilder()
                          .setClusterId(newClusterId())
                          .putAllFormedWith(identity.formedWith()))
                  .build()));
    } else if (!isRegistered() && route instanceof Route.Local) {
      follow(context.proposeMetadata(command().setRegisterBroker(registration).build()));
    } else if (!isRegistered() && route instanceof Route.Forward forward) {
      follow(
          forwarder.unary(
              Forwarder.Destination.of(forward.brokerId()),
              BrokerServiceGrpc.getRegisterBrokerMethod(),
              RegisterBrokerRequest.newBuilder().setBroker(registration).build(),
              Forwarder.Effect.WRITE,
              context.deadlineAfter(CALL_MS)));
    }
  }

  private void keepClusterId(MetadataImage image) {
    if (image.clusterId().isEmpty() || identity.clusterId().equals(image.clusterId())) {
      return;
    }
    try {
      identity.setClusterId(image.clusterId());
      LOG.info("belongs to cluster {}", image.clusterId());
    } catch (RuntimeException e) {
      fatal.accept(e);
    }
  }

  /** A UUID, drawn from the broker's own chance. */
  private String newClusterId() {
    long high = (draw() & ~VERSION_MASK) | VERSION_4;
    long low = (draw() >>> 2) | VARIANT;
    return new UUID(high, low).toString();
  }

  private long draw() {
    long bits = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      bits = (bits << Byte.SIZE) | context.random(1 << Byte.SIZE);
    }
    return bits;
  }

  private MetadataCommand.Builder command() {
    return MetadataCommand.newBuilder().setTimeMs(context.wallMillis());
  }

  private void follow(CompletableFuture<?> call) {
    calling = true;
    var unused =
        call.whenComplete(
            (answer, thrown) -> {
              calling = false;
              if (thrown != null) {
                report(thrown);
              } else if (answer instanceof MetadataResult result && result.error() != null) {
                report(new BrokerException(result.error()));
              }
            });
  }

  /** Logged when it begins or changes; the next turn tries again. */
  private void report(Throwable thrown) {
    BrokerError error = Statuses.errorOf(thrown);
    String problem = error == null ? String.valueOf(thrown.getMessage()) : error.message();
    if (!problem.equals(lastProblem)) {
      lastProblem = problem;
      LOG.warn("not a member of the cluster yet: {}", problem);
    }
  }
}
