// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.metadata.MetadataImage;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Facts for tests that are about something else. */
final class ClusterFactsOf {
  private ClusterFactsOf() {}

  /** Everybody is connected; of groups nothing is known. */
  static ClusterFacts allConnected(MetadataImage image) {
    NavigableMap<Integer, ClusterFacts.Link> links = new TreeMap<>();
    image.brokers().keySet().forEach(id -> links.put(id, new ClusterFacts.Link(true, 0)));
    return new ClusterFacts(1, 1, links, new TreeMap<>(), new TreeMap<>());
  }
}
