// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.server.config.BrokerConfig;
import dev.almadia.broker.server.config.Endpoint;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which other brokers there are and where: as the metadata say, and as long as those say nothing,
 * as this broker was told by its configuration or by those that it asked. Any thread.
 */
final class OtherBrokers {
  private static final Logger LOG = LoggerFactory.getLogger(OtherBrokers.class);

  private final BrokerConfig config;
  private final Supplier<MetadataImage> images;
  // Set once, when the broker starts.
  private volatile @Nullable ClusterEntry entry;

  OtherBrokers(BrokerConfig config, Supplier<MetadataImage> images) {
    this.config = config;
    this.images = images;
  }

  /** What those that are asked tell counts from now on. */
  void learnFrom(ClusterEntry looking) {
    entry = looking;
  }

  /** Brokers that may be peers before metadata say so. */
  Set<Integer> expected() {
    ClusterEntry looking = entry;
    return looking == null ? config.initialBrokers().keySet() : looking.known();
  }

  /** Those to keep links to; as long as metadata do not know this broker, all it was told of. */
  Set<Integer> wanted() {
    Set<Integer> known = images.get().brokers().keySet();
    Set<Integer> wanted = new TreeSet<>(known);
    if (!known.contains(config.brokerId())) {
      wanted.addAll(expected());
    }
    return wanted;
  }

  /** Where a broker's internal port is, null if it is not known. */
  @Nullable Endpoint addressOf(int brokerId) {
    BrokerImage known = images.get().brokers().get(brokerId);
    if (known != null) {
      try {
        return Endpoint.parse(known.internalEndpoint());
      } catch (IllegalArgumentException e) {
        LOG.warn("broker {} has a wrong address: {}", brokerId, e.getMessage());
      }
    }
    ClusterEntry looking = entry;
    return looking == null ? config.initialBrokers().get(brokerId) : looking.addressOf(brokerId);
  }

  /** Internal addresses of all others, to ask for the cluster. */
  List<Endpoint> seeds() {
    SortedMap<Integer, Endpoint> others = new TreeMap<>(config.initialBrokers());
    for (int brokerId : images.get().brokers().keySet()) {
      Endpoint address = addressOf(brokerId);
      if (address != null) {
        others.put(brokerId, address);
      }
    }
    others.remove(config.brokerId());
    Set<Endpoint> seeds = new LinkedHashSet<>(config.join());
    seeds.addAll(others.values());
    return List.copyOf(seeds);
  }
}
