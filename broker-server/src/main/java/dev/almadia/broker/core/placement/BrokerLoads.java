// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.placement;

import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * How much each broker holds and is meant to lead, over all topics together, while something is
 * being planned. Brokers are numbered by their place in {@link #ids}.
 */
final class BrokerLoads {
  final int[] ids;
  final int[] zones;
  final int zoneCount;
  final int[] holds;
  final int[] leads;
  final int[][] follows;

  /** Loads of all brokers of the image by their targets. */
  BrokerLoads(MetadataImage image) {
    ids = image.brokers().keySet().stream().mapToInt(Integer::intValue).toArray();
    zones = new int[ids.length];
    List<String> names = new ArrayList<>();
    for (BrokerImage broker : image.brokers().values()) {
      names.add(broker.zone());
    }
    List<String> distinct = List.copyOf(new TreeSet<>(names));
    for (int broker = 0; broker < ids.length; broker++) {
      zones[broker] = distinct.indexOf(names.get(broker));
    }
    zoneCount = distinct.size();
    holds = new int[ids.length];
    leads = new int[ids.length];
    follows = new int[ids.length][ids.length];
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      count(placed.partition().replicas(), 1);
    }
  }

  /** Place of a broker, below 0 if it is not known. */
  int indexOf(int brokerId) {
    return Arrays.binarySearch(ids, brokerId);
  }

  /** Which of all brokers are in the collection. */
  boolean[] marked(Collection<Integer> brokerIds) {
    boolean[] marks = new boolean[ids.length];
    for (int broker = 0; broker < ids.length; broker++) {
      marks[broker] = brokerIds.contains(ids[broker]);
    }
    return marks;
  }

  /**
   * Counts a placed partition; brokers that are not known are passed over.
   *
   * @param sign 1 to add it, -1 to take it away
   */
  void count(List<Integer> replicas, int sign) {
    int leader = replicas.isEmpty() ? -1 : indexOf(replicas.get(0));
    for (int i = 0; i < replicas.size(); i++) {
      int broker = indexOf(replicas.get(i));
      if (broker < 0) {
        continue;
      }
      holds[broker] += sign;
      if (i == 0) {
        leads[broker] += sign;
      } else if (leader >= 0) {
        follows[leader][broker] += sign;
      }
    }
  }

  /** How many of these brokers are in each zone. */
  int[] perZone(List<Integer> brokerIds) {
    int[] counts = new int[zoneCount];
    for (int id : brokerIds) {
      int broker = indexOf(id);
      if (broker >= 0) {
        counts[zones[broker]]++;
      }
    }
    return counts;
  }

  /** How badly these brokers are spread over zones: lower is better, equal is as good. */
  int zoneCost(List<Integer> brokerIds) {
    int cost = 0;
    for (int count : perZone(brokerIds)) {
      cost += count * count;
    }
    return cost;
  }
}
