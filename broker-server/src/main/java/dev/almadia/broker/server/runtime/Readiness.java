// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.ClusterErrors;
import dev.almadia.broker.core.Errors;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.server.BrokerIdentity;
import dev.almadia.broker.server.grpc.Statuses;
import dev.almadia.v1.ErrorReason;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether this broker may serve: it is a member of the cluster, has metadata as new as its disk
 * asks for, does not stop, and was not decommissioned. Any thread.
 */
final class Readiness {
  private static final String PRODUCER_METHODS = "almadia.v1.ProducerService/";
  private static final String CLUSTER_METHODS = "almadia.v1.ClusterService/";

  private final int self;
  private final BrokerIdentity identity;
  private final Parts parts;

  Readiness(int self, BrokerIdentity identity, Parts parts) {
    this.self = self;
    this.identity = identity;
    this.parts = parts;
  }

  /**
   * What it goes by.
   *
   * @param image own metadata
   * @param isCaughtUp whether they are as new as the disk asks for
   * @param isRegistered whether they know this broker as it is
   * @param problem why this broker is not in the cluster, as far as it was told; null if nothing
   * @param isStopping whether a stop has begun
   * @param diskRefusal why writes are refused; null if they are not
   */
  record Parts(
      Supplier<MetadataImage> image,
      BooleanSupplier isCaughtUp,
      BooleanSupplier isRegistered,
      Supplier<@Nullable BrokerError> problem,
      BooleanSupplier isStopping,
      Supplier<@Nullable BrokerError> diskRefusal) {}

  /** Why a method of the public API is refused at the moment; null if it is not. */
  @Nullable BrokerError refusalOf(String method) {
    if (parts.isStopping().getAsBoolean()) {
      return Errors.stopping(self);
    }
    if (isGivenUp()) {
      return ClusterErrors.brokerDecommissioned(self);
    }
    if (method.startsWith(CLUSTER_METHODS)) {
      return null;
    }
    if (!knowsCluster()) {
      return starting(parts.problem().get());
    }
    return method.startsWith(PRODUCER_METHODS) ? parts.diskRefusal().get() : null;
  }

  /** With what keeps it out, so that whoever started it wrongly need not look for its log. */
  private BrokerError starting(@Nullable BrokerError problem) {
    String why =
        problem == null
            ? " has just started and does not know the cluster yet"
            : " is not in the cluster: " + problem.message();
    BrokerError error =
        BrokerError.of(
                ErrorReason.ERROR_REASON_BROKER_STARTING, "Broker " + self + why, "broker_id", self)
            .retryAfter(Errors.RETRY_AFTER_MS);
    return problem == null ? error : error.with("problem", Statuses.nameOf(problem.reason()));
  }

  /** Whether the broker is a member of the cluster and may serve. */
  boolean isReady() {
    return !parts.isStopping().getAsBoolean()
        && !isGivenUp()
        && parts.isRegistered().getAsBoolean()
        && knowsCluster();
  }

  /** By its own metadata, if they have got so far, or by the word of the others. */
  private boolean isGivenUp() {
    BrokerError problem = parts.problem().get();
    return (problem != null && problem.reason() == ErrorReason.ERROR_REASON_BROKER_DECOMMISSIONED)
        || parts.image().get().wasGivenUp(self, identity.incarnation());
  }

  /** Whether metadata are as new as they can be known to be. */
  private boolean knowsCluster() {
    return parts.isCaughtUp().getAsBoolean() && parts.image().get().brokers().containsKey(self);
  }
}
