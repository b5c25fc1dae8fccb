// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.placement;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.internal.v1.Assignment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Spreads replicas over brokers: each broker holds and leads about the same number, over all topics
 * together; and the partitions that one broker leads have their followers on many others, so that
 * its load spreads when it fails. Deterministic: equal images give equal placements.
 *
 * <p>Greedy: the leader of the next partition is the broker that is meant to lead the fewest, then
 * holds the fewest; each follower the one that holds the fewest, then follows that leader least.
 */
public final class ReplicaPlacement {
  private final int[] ids;
  private final int[] leads;
  private final int[] holds;
  private final int[][] follows;

  private ReplicaPlacement(MetadataImage image) {
    ids = image.brokers().keySet().stream().mapToInt(Integer::intValue).toArray();
    leads = new int[ids.length];
    holds = new int[ids.length];
    follows = new int[ids.length][ids.length];
    for (PartitionOfTopic placed : image.partitionsByGroup().values()) {
      count(placed.partition().replicas());
    }
  }

  /**
   * Replicas for new partitions, one assignment each; the first broker of it should lead.
   *
   * @param replicationFactor at most the number of brokers in the image, at least 1
   */
  public static List<Assignment> place(MetadataImage image, int partitions, int replicationFactor) {
    if (replicationFactor < 1 || replicationFactor > image.brokers().size()) {
      throw new IllegalArgumentException(
          replicationFactor + " replicas on " + image.brokers().size() + " brokers");
    }
    ReplicaPlacement placement = new ReplicaPlacement(image);
    List<Assignment> assignments = new ArrayList<>(partitions);
    for (int i = 0; i < partitions; i++) {
      assignments.add(placement.next(replicationFactor));
    }
    return assignments;
  }

  private Assignment next(int replicationFactor) {
    boolean[] taken = new boolean[ids.length];
    int leader = leastLeading();
    leads[leader]++;
    take(leader, taken);
    Assignment.Builder assignment = Assignment.newBuilder().addBrokerIds(ids[leader]);
    for (int i = 1; i < replicationFactor; i++) {
      int follower = leastHolding(leader, taken);
      follows[leader][follower]++;
      take(follower, taken);
      assignment.addBrokerIds(ids[follower]);
    }
    return assignment.build();
  }

  private void take(int broker, boolean[] taken) {
    taken[broker] = true;
    holds[broker]++;
  }

  private int leastLeading() {
    int best = 0;
    for (int broker = 1; broker < ids.length; broker++) {
      if (leads[broker] < leads[best]
          || (leads[broker] == leads[best] && holds[broker] < holds[best])) {
        best = broker;
      }
    }
    return best;
  }

  /** Looks at the brokers after the leader first, so that ties do not all go to the lowest id. */
  private int leastHolding(int leader, boolean[] taken) {
    int best = -1;
    for (int step = 1; step < ids.length; step++) {
      int broker = (leader + step) % ids.length;
      if (!taken[broker] && (best < 0 || isBetterFollower(leader, broker, best))) {
        best = broker;
      }
    }
    return best;
  }

  private boolean isBetterFollower(int leader, int broker, int best) {
    return holds[broker] < holds[best]
        || (holds[broker] == holds[best] && follows[leader][broker] < follows[leader][best]);
  }

  /** Counts a placed partition; brokers that are no longer known are passed over. */
  private void count(List<Integer> replicas) {
    int leader = Arrays.binarySearch(ids, replicas.get(0));
    for (int i = 0; i < replicas.size(); i++) {
      int broker = Arrays.binarySearch(ids, replicas.get(i));
      if (broker < 0) {
        continue;
      }
      holds[broker]++;
      if (i == 0) {
        leads[broker]++;
      } else if (leader >= 0) {
        follows[leader][broker]++;
      }
    }
  }
}
