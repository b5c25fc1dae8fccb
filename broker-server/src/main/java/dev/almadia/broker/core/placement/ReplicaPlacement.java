// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.placement;

import dev.almadia.broker.core.metadata.BrokerImage;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.internal.v1.Assignment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Spreads replicas over zones and brokers: replicas of a partition are in as many zones as there
 * are, evenly; each broker holds and leads about the same number, over all topics together; and the
 * partitions that one broker leads have their followers on many others, so that its load spreads
 * when it fails. Deterministic: equal images give equal placements.
 *
 * <p>Greedy: the leader of the next partition is the broker that is meant to lead the fewest, then
 * holds the fewest; each follower one of the zone that has the fewest replicas of this partition,
 * then the one that holds the fewest, then follows that leader least.
 */
public final class ReplicaPlacement {
  private final BrokerLoads loads;
  private final boolean[] usable;
  private final boolean[] preferred;

  /**
   * Begins a plan; what it places counts for what it places next.
   *
   * @param usable brokers that may be given replicas
   */
  public ReplicaPlacement(MetadataImage image, Collection<Integer> usable) {
    this(image, usable, usable);
  }

  private ReplicaPlacement(
      MetadataImage image, Collection<Integer> usable, Collection<Integer> preferred) {
    loads = new BrokerLoads(image);
    this.usable = loads.marked(usable);
    this.preferred = loads.marked(preferred);
  }

  /**
   * Replicas for new partitions, one assignment each; the first broker of it should lead. Brokers
   * that cannot be reached get replicas only if there are too few others, and then the last ones.
   *
   * @param replicationFactor at most the number of active brokers in the image, at least 1
   * @param reachable brokers that can be reached
   */
  public static List<Assignment> place(
      MetadataImage image, int partitions, int replicationFactor, Collection<Integer> reachable) {
    Set<Integer> active = activeBrokers(image);
    if (replicationFactor < 1 || replicationFactor > active.size()) {
      throw new IllegalArgumentException(
          replicationFactor + " replicas on " + active.size() + " brokers");
    }
    ReplicaPlacement placement = new ReplicaPlacement(image, active, reachable);
    List<Assignment> assignments = new ArrayList<>(partitions);
    for (int i = 0; i < partitions; i++) {
      assignments.add(
          Assignment.newBuilder().addAllBrokerIds(placement.next(replicationFactor)).build());
    }
    return assignments;
  }

  /** Brokers that may be given replicas. */
  public static Set<Integer> activeBrokers(MetadataImage image) {
    Set<Integer> active = new TreeSet<>();
    for (BrokerImage broker : image.brokers().values()) {
      if (broker.isActive()) {
        active.add(broker.brokerId());
      }
    }
    return active;
  }

  private List<Integer> next(int replicationFactor) {
    List<Integer> chosen = new ArrayList<>(replicationFactor);
    chosen.add(loads.ids[leastLeading()]);
    while (chosen.size() < replicationFactor) {
      chosen.add(loads.ids[bestFollower(chosen)]);
    }
    loads.count(chosen, 1);
    return chosen;
  }

  /**
   * Another place for a partition, with as few new replicas as can be; counted from now on.
   *
   * @param present where it is, or is to be
   * @param replicationFactor how many replicas it is to have
   * @param mustLeave brokers that it must not stay on
   * @return null if there are too few brokers for it; then nothing is counted
   */
  public @Nullable List<Integer> refit(
      List<Integer> present, int replicationFactor, Collection<Integer> mustLeave) {
    List<Integer> fitted = new ArrayList<>(present);
    fitted.removeAll(mustLeave);
    loads.count(present, -1);
    while (fitted.size() > replicationFactor) {
      fitted.remove(Integer.valueOf(loads.ids[worst(fitted)]));
    }
    while (fitted.size() < replicationFactor) {
      int broker = bestFollower(fitted);
      if (broker < 0) {
        loads.count(present, 1);
        return null;
      }
      fitted.add(loads.ids[broker]);
    }
    if (!fitted.isEmpty() && !fitted.get(0).equals(present.get(0))) {
      lead(fitted, present);
    }
    loads.count(fitted, 1);
    return fitted;
  }

  /** The one that leads the fewest comes first; one that holds the log already before others. */
  private void lead(List<Integer> fitted, List<Integer> present) {
    Integer best = null;
    for (Integer id : fitted) {
      if (best == null || isBetterLeader(id, best, present)) {
        best = id;
      }
    }
    fitted.remove(best);
    fitted.add(0, best);
  }

  private boolean isBetterLeader(int id, int best, List<Integer> present) {
    boolean holds = present.contains(id);
    if (holds != present.contains(best)) {
      return holds;
    }
    int one = loads.indexOf(id);
    int other = loads.indexOf(best);
    return one >= 0 && (other < 0 || loads.leads[one] < loads.leads[other]);
  }

  private int leastLeading() {
    int best = -1;
    for (int broker = 0; broker < loads.ids.length; broker++) {
      if (usable[broker] && (best < 0 || leadsLess(broker, best))) {
        best = broker;
      }
    }
    return best;
  }

  private boolean leadsLess(int broker, int best) {
    if (preferred[broker] != preferred[best]) {
      return preferred[broker];
    }
    return loads.leads[broker] < loads.leads[best]
        || (loads.leads[broker] == loads.leads[best] && loads.holds[broker] < loads.holds[best]);
  }

  /** Looks at the brokers after the leader first, so that ties do not all go to the lowest id. */
  private int bestFollower(List<Integer> chosen) {
    int count = loads.ids.length;
    int leader = chosen.isEmpty() ? -1 : loads.indexOf(chosen.get(0));
    int[] perZone = loads.perZone(chosen);
    int best = -1;
    for (int step = 1; step <= count; step++) {
      int broker = Math.floorMod(leader + step, count);
      if (usable[broker]
          && !chosen.contains(loads.ids[broker])
          && (best < 0 || isBetterFollower(leader, broker, best, perZone))) {
        best = broker;
      }
    }
    return best;
  }

  private boolean isBetterFollower(int leader, int broker, int best, int[] perZone) {
    if (preferred[broker] != preferred[best]) {
      return preferred[broker];
    }
    int zone = perZone[loads.zones[broker]] - perZone[loads.zones[best]];
    if (zone != 0) {
      return zone < 0;
    }
    if (loads.holds[broker] != loads.holds[best]) {
      return loads.holds[broker] < loads.holds[best];
    }
    return leader >= 0 && loads.follows[leader][broker] < loads.follows[leader][best];
  }

  /** Whom to take away: of the zone with the most, who holds the most; the first one last. */
  private int worst(List<Integer> fitted) {
    int[] perZone = loads.perZone(fitted);
    int worst = -1;
    for (int i = fitted.size() - 1; i >= 0; i--) {
      int broker = loads.indexOf(fitted.get(i));
      if (worst < 0 || isWorse(broker, worst, i == 0, perZone)) {
        worst = broker;
      }
    }
    return worst;
  }

  private boolean isWorse(int broker, int worst, boolean isFirst, int[] perZone) {
    int zone = perZone[loads.zones[broker]] - perZone[loads.zones[worst]];
    if (zone != 0) {
      return zone > 0;
    }
    return !isFirst && loads.holds[broker] > loads.holds[worst];
  }
}
