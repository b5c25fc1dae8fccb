// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import dev.almadia.broker.core.metadata.PartitionImage;
import dev.almadia.broker.core.metadata.TopicImage;
import dev.almadia.simulation.cluster.SimCluster;
import dev.almadia.simulation.disk.EntryFilter;
import dev.almadia.simulation.disk.StoredGroup;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Allows harm to an entry of which a majority of the group's replicas, this broker not counted, has
 * a whole copy that no power loss takes. Entries of the metadata are spared: without them a broker
 * does not start.
 */
final class WholeElsewhere implements EntryFilter {
  private final SimCluster cluster;
  private final int victim;
  private final Map<Long, List<Integer>> replicas = new TreeMap<>();

  WholeElsewhere(SimCluster cluster, int victim) {
    this.cluster = cluster;
    this.victim = victim;
    for (TopicImage topic : cluster.image().topics().values()) {
      for (PartitionImage partition : topic.partitions()) {
        replicas.put(partition.groupId(), partition.replicas());
      }
    }
  }

  @Override
  public boolean mayHarm(long groupId, long index) {
    StoredGroup own = cluster.broker(victim).disk().find(groupId);
    List<Integer> brokers = replicas.getOrDefault(groupId, List.of());
    if (own == null || own.isDestroyed() || !own.holds(index) || index > own.commitIndex()) {
      return false;
    }
    long whole =
        brokers.stream()
            .filter(id -> id != victim && isWhole(id, groupId, index, own.entry(index).term()))
            .count();
    return !brokers.isEmpty() && whole > brokers.size() / 2;
  }

  private boolean isWhole(int id, long groupId, long index, long term) {
    StoredGroup stored = cluster.broker(id).disk().find(groupId);
    return stored != null
        && stored.holds(index)
        && index <= stored.syncedIndex()
        && stored.entry(index).term() == term
        && !stored.isEntryBad(index)
        && !stored.isHeaderBad(index);
  }
}
