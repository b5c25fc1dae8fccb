// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import java.util.Collections;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the metadata leader knows of the cluster besides the metadata.
 *
 * @param nowMillis monotonic time
 * @param wallMillis wall clock, milliseconds since 1970
 * @param links by broker, the metadata leader's own included; a broker that is missing counts as
 *     not connected since ever
 * @param leaders by group: broker that leads it; without an entry nobody is known to
 * @param reports by group, at least of those that are not settled and that have a leader
 */
public record ClusterFacts(
    long nowMillis,
    long wallMillis,
    NavigableMap<Integer, Link> links,
    NavigableMap<Long, Integer> leaders,
    NavigableMap<Long, GroupReport> reports) {
  /** Copies the maps. */
  public ClusterFacts {
    links = Collections.unmodifiableNavigableMap(new TreeMap<>(links));
    leaders = Collections.unmodifiableNavigableMap(new TreeMap<>(leaders));
    reports = Collections.unmodifiableNavigableMap(new TreeMap<>(reports));
  }

  /**
   * Whether a broker is connected.
   *
   * @param isConnected both ways
   * @param sinceMillis since when it is so, or since when the metadata leader looks
   */
  public record Link(boolean isConnected, long sinceMillis) {}

  /** Whether the broker is connected now. */
  public boolean isConnected(int brokerId) {
    Link link = links.get(brokerId);
    return link != null && link.isConnected();
  }

  /** Whether the broker has been connected for so long. */
  boolean isConnectedFor(int brokerId, long millis) {
    Link link = links.get(brokerId);
    return link != null && link.isConnected() && nowMillis - link.sinceMillis() >= millis;
  }

  /** Whether the broker has been gone for so long. */
  boolean isGoneFor(int brokerId, long millis) {
    Link link = links.get(brokerId);
    return link == null || (!link.isConnected() && nowMillis - link.sinceMillis() >= millis);
  }

  /** Those of these brokers that are not connected. */
  public NavigableSet<Integer> unreachable(Iterable<Integer> brokerIds) {
    NavigableSet<Integer> gone = new TreeSet<>();
    for (int brokerId : brokerIds) {
      if (!isConnected(brokerId)) {
        gone.add(brokerId);
      }
    }
    return gone;
  }

  /** Broker that leads the group, 0 if nobody is known to. */
  int leaderOf(long groupId) {
    return leaders.getOrDefault(groupId, 0);
  }

  @Nullable GroupReport reportOf(long groupId) {
    return reports.get(groupId);
  }

  /** Nothing is known; for checks that need no facts. */
  public static ClusterFacts none() {
    return new ClusterFacts(0, 0, new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
  }
}
