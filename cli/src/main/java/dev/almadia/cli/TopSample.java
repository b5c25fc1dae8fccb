// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.Admin;
import dev.almadia.v1.Broker;
import dev.almadia.v1.Partition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the cluster carries at one moment.
 *
 * @param epochMs when, by the clock of this machine
 * @param nanos when, for rates
 * @param brokers by id
 * @param partitions by topic and number
 */
record TopSample(long epochMs, long nanos, List<Broker> brokers, List<Partition> partitions) {
  /** Copies the lists. */
  TopSample {
    brokers = List.copyOf(brokers);
    partitions = List.copyOf(partitions);
  }

  static TopSample take(Admin admin) {
    List<Partition> partitions = admin.listPartitions("");
    return new TopSample(
        System.currentTimeMillis(), System.nanoTime(), admin.listBrokers(), partitions);
  }

  /**
   * Records per second of each partition since an earlier sample, by group id, which no other
   * partition ever has. A partition that was not there, or shows less than before because another
   * replica answered, counts as 0.
   */
  Map<Long, Double> ratesSince(TopSample before) {
    double seconds = (nanos - before.nanos) / 1e9;
    Map<Long, Long> ends = new HashMap<>();
    before.partitions.forEach(p -> ends.put(p.getGroupId(), p.getHighWatermark()));
    Map<Long, Double> rates = new HashMap<>();
    for (Partition partition : partitions) {
      long end = partition.getHighWatermark();
      long earlier = ends.getOrDefault(partition.getGroupId(), end);
      rates.put(partition.getGroupId(), seconds <= 0 ? 0 : Math.max(0, end - earlier) / seconds);
    }
    return rates;
  }
}
