// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.peer;

import dev.almadia.broker.core.BrokerError;
import dev.almadia.broker.core.ClusterErrors;
import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.internal.v1.PeerHello;
import dev.almadia.v1.ErrorReason;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who may be a peer. Both sides of a stream check, and established links are checked again when the
 * metadata change: after a restart of all brokers the metadata come later than the first hello, and
 * a broker that lost its disk must not get to vote in between for longer than that. Any thread.
 */
public final class HelloRules {
  /** Version of the protocol. */
  static final int PROTOCOL = 1;

  private final int self;
  private final String incarnation;
  private final Supplier<String> clusterId;
  private final Supplier<MetadataImage> images;
  private final Supplier<Set<Integer>> expected;

  /**
   * Rules of this broker.
   *
   * @param clusterId of this broker, empty while the cluster forms
   * @param expected brokers that are expected before metadata know any
   */
  public HelloRules(
      int self,
      String incarnation,
      Supplier<String> clusterId,
      Supplier<MetadataImage> images,
      Supplier<Set<Integer>> expected) {
    this.self = self;
    this.incarnation = incarnation;
    this.clusterId = clusterId;
    this.images = images;
    this.expected = expected;
  }

  /** This broker's own hello. */
  public PeerHello helloTo(int brokerId) {
    return PeerHello.newBuilder()
        .setProtocol(PROTOCOL)
        .setClusterId(clusterId.get())
        .setBrokerId(self)
        .setIncarnation(incarnation)
        .setToBrokerId(brokerId)
        .setMetadataRevision(images.get().revision())
        .build();
  }

  /** Why the sender of this hello may not be a peer; null if it may. */
  public @Nullable BrokerError refusalOf(PeerHello hello) {
    int peer = hello.getBrokerId();
    if (hello.getProtocol() != PROTOCOL) {
      return refusal("speaks version " + hello.getProtocol() + " of the protocol", peer);
    }
    if (hello.getToBrokerId() != self) {
      return refusal("looks for broker " + hello.getToBrokerId() + ", this is " + self, peer);
    }
    String own = clusterId.get();
    if (!own.isEmpty() && !hello.getClusterId().isEmpty() && !own.equals(hello.getClusterId())) {
      return BrokerError.of(
          ErrorReason.ERROR_REASON_WRONG_CLUSTER,
          "Broker "
              + peer
              + " belongs to cluster "
              + hello.getClusterId()
              + ", broker "
              + self
              + " to cluster "
              + own
              + "; correct initial-brokers or data of the one that is wrong",
          "cluster_id",
          own,
          "peer_cluster_id",
          hello.getClusterId());
    }
    MetadataImage image = images.get();
    if (image.wasGivenUp(peer, hello.getIncarnation())) {
      return ClusterErrors.brokerDecommissioned(peer);
    }
    BrokerImage known = image.brokers().get(peer);
    if (peer == self || (known == null && !expected.get().contains(peer))) {
      return refusal("is not a broker of this cluster", peer);
    }
    // Who knows less cannot judge: it may still have to read that the peer's disk was replaced, and
    // the peer may be the leader that it has to read it from.
    boolean knowsEnough = image.revision() >= hello.getMetadataRevision();
    if (known != null && knowsEnough && !known.incarnation().equals(hello.getIncarnation())) {
      return BrokerError.of(
          ErrorReason.ERROR_REASON_WRONG_INCARNATION,
          "Broker "
              + peer
              + " is known with another data directory: it took the place of this one; stop this broker",
          "broker_id",
          peer);
    }
    return null;
  }

  private static BrokerError refusal(String why, int peer) {
    return BrokerError.of(
        ErrorReason.ERROR_REASON_INVALID_ARGUMENT,
        "Broker " + peer + " " + why,
        "field",
        "hello",
        "value",
        peer,
        "rule",
        why);
  }
}
