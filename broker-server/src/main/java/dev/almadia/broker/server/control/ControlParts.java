// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.control;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.routing.Hop;
import dev.almadia.broker.core.routing.Router;
import dev.almadia.broker.server.BrokerContext;
import dev.almadia.broker.server.grpc.Forwarder;
import dev.almadia.broker.server.runtime.DiskGuard;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What the control services work with.
 *
 * @param context the running broker
 * @param router where calls are done
 * @param forwarder the way to other brokers
 * @param hops how far the present call may travel; asked on the thread of its handler
 * @param imageWaits completes when this broker's metadata are as wanted, or after a bounded wait
 * @param disk the disk's room, and whether writes are refused for want of it
 * @param facts what does not change
 */
public record ControlParts(
    BrokerContext context,
    Router router,
    Forwarder forwarder,
    Supplier<Hop> hops,
    Function<Predicate<MetadataImage>, CompletableFuture<Void>> imageWaits,
    DiskGuard disk,
    ServerFacts facts) {
  /**
   * What does not change while the broker runs.
   *
   * @param version version of the software
   * @param maxMessageBytes largest message taken from a client
   * @param maxBatchBytes largest batch that a topic may allow
   * @param maxRecordBytes largest record
   * @param maxPartitions partitions of the cluster
   * @param defaultReplicationFactor of topics that do not say; 0 for 3, or the number of brokers if
   *     there are fewer
   * @param initialBrokers brokers that form the cluster with this one, itself included; empty if it
   *     was told to join
   */
  public record ServerFacts(
      String version,
      long maxMessageBytes,
      long maxBatchBytes,
      long maxRecordBytes,
      int maxPartitions,
      int defaultReplicationFactor,
      Set<Integer> initialBrokers) {}
}
