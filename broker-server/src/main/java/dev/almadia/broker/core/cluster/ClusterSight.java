// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.routing.LeaderTable.Leader;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a broker sees of the cluster at a moment.
 *
 * @param image its metadata
 * @param leaders by group, the metadata group's too: who leads, as far as it has heard; a group of
 *     which nothing was heard is not in it
 * @param connected brokers that it is connected to, itself included
 */
public record ClusterSight(
    MetadataImage image, NavigableMap<Long, Leader> leaders, NavigableSet<Integer> connected) {
  /** Copies the collections. */
  public ClusterSight {
    leaders = Collections.unmodifiableNavigableMap(new TreeMap<>(leaders));
    connected = Collections.unmodifiableNavigableSet(new TreeSet<>(connected));
  }
}
