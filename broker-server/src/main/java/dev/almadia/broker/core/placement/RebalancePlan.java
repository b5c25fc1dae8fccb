// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.placement;

import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.MetadataImage.PartitionOfTopic;
import dev.almadia.broker.core.metadata.OperationImage.Move;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Evens out what is there. First, replicas go to other zones where a partition is spread worse than
 * it could be. Then, one replica at a time goes from the broker that holds the most to the one that
 * holds the fewest, as long as they differ by two or more and no partition's zones get worse: each
 * such step is needed, so that without zones no plan has fewer moves. Last, preferred leaders are
 * evened out among the replicas that there are, which copies nothing.
 */
public final class RebalancePlan {
  private final BrokerLoads loads;
  private final boolean[] usable;
  private final NavigableMap<Long, List<Integer>> placed = new TreeMap<>();
  private final int movesMax;
  private int steps;

  private RebalancePlan(MetadataImage image, Collection<Integer> usable, int movesMax) {
    this.movesMax = movesMax;
    loads = new BrokerLoads(image);
    this.usable = loads.marked(usable);
    image
        .partitionsByGroup()
        .forEach((group, one) -> placed.put(group, new ArrayList<>(one.partition().replicas())));
  }

  /**
   * The moves, by group.
   *
   * @param usable brokers that take part; what others hold stays
   * @param movesMax most replicas that change their broker
   */
  public static List<Move> of(MetadataImage image, Collection<Integer> usable, int movesMax) {
    RebalancePlan plan = new RebalancePlan(image, usable, movesMax);
    plan.spreadOverZones();
    plan.evenOut();
    plan.evenOutLeaders();
    List<Move> moves = new ArrayList<>();
    for (PartitionOfTopic one : image.partitionsByGroup().values()) {
      List<Integer> before = one.partition().replicas();
      List<Integer> after = plan.at(one.partition().groupId());
      if (!before.equals(after) && moves.size() < movesMax) {
        moves.add(new Move(one.partition().groupId(), before, after));
      }
    }
    return moves;
  }

  private List<Integer> at(long group) {
    return placed.getOrDefault(group, List.of());
  }

  private void spreadOverZones() {
    for (long group : List.copyOf(placed.navigableKeySet())) {
      boolean better = true;
      while (better && steps < movesMax) {
        better = improveZones(group);
      }
    }
  }

  /** Makes the one replacement that helps the zones of this partition most, if any does. */
  private boolean improveZones(long group) {
    List<Integer> present = at(group);
    int bestCost = loads.zoneCost(present);
    int bestLoad = Integer.MAX_VALUE;
    int from = -1;
    int to = -1;
    for (int place = present.size() - 1; place >= 0; place--) {
      for (int broker = 0; broker < usable.length; broker++) {
        int old = loads.indexOf(present.get(place));
        if (!mayReplace(present, place, broker)) {
          continue;
        }
        int cost = loads.zoneCost(replaced(present, place, broker));
        int load = loads.holds[broker] - loads.holds[old];
        if (cost < bestCost || (from >= 0 && cost == bestCost && load < bestLoad)) {
          bestCost = cost;
          bestLoad = load;
          from = place;
          to = broker;
        }
      }
    }
    if (from >= 0) {
      put(group, replaced(present, from, to));
      steps++;
    }
    return from >= 0;
  }

  private boolean mayReplace(List<Integer> present, int place, int broker) {
    int old = loads.indexOf(present.get(place));
    return old >= 0 && usable[old] && usable[broker] && !present.contains(loads.ids[broker]);
  }

  private List<Integer> replaced(List<Integer> present, int place, int broker) {
    List<Integer> changed = new ArrayList<>(present);
    changed.set(place, loads.ids[broker]);
    return changed;
  }

  private void put(long group, List<Integer> replicas) {
    loads.count(at(group), -1);
    loads.count(replicas, 1);
    placed.put(group, replicas);
  }

  private void evenOut() {
    boolean moved = true;
    while (moved && steps < movesMax) {
      moved = moveOne();
    }
  }

  /** From the fullest to the emptiest that zones allow. */
  private boolean moveOne() {
    Integer[] order = new Integer[usable.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (one, other) -> Integer.compare(loads.holds[other], loads.holds[one]));
    for (int from : order) {
      if (!usable[from]) {
        continue;
      }
      for (int i = order.length - 1; i >= 0; i--) {
        int to = order[i];
        if (loads.holds[from] - loads.holds[to] < 2) {
          break;
        }
        if (usable[to] && moveBetween(from, to)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Prefers replicas that move anyway, then those that are not meant to lead. */
  private boolean moveBetween(int from, int to) {
    long bestGroup = -1;
    int bestRank = Integer.MAX_VALUE;
    for (var entry : placed.entrySet()) {
      List<Integer> present = entry.getValue();
      int place = present.indexOf(loads.ids[from]);
      if (place < 0 || present.contains(loads.ids[to])) {
        continue;
      }
      List<Integer> changed = replaced(present, place, to);
      int rank = place == 0 ? 1 : 0;
      if (rank < bestRank && loads.zoneCost(changed) <= loads.zoneCost(present)) {
        bestRank = rank;
        bestGroup = entry.getKey();
      }
      if (bestRank == 0) {
        break;
      }
    }
    if (bestGroup < 0) {
      return false;
    }
    List<Integer> present = at(bestGroup);
    put(bestGroup, replaced(present, present.indexOf(loads.ids[from]), to));
    steps++;
    return true;
  }

  private void evenOutLeaders() {
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int from = 0; from < usable.length && !changed; from++) {
        changed = passLeadership(from);
      }
    }
  }

  /**
   * Finds the shortest chain of brokers, each leading a partition that the next one follows, from
   * this one to one that leads at least two fewer, and passes one leadership along it.
   */
  private boolean passLeadership(int from) {
    long[] through = new long[usable.length];
    int[] previous = new int[usable.length];
    Arrays.fill(previous, -1);
    previous[from] = from;
    ArrayDeque<Integer> open = new ArrayDeque<>(List.of(from));
    NavigableMap<Integer, List<Long>> led = ledGroups();
    while (!open.isEmpty()) {
      int at = open.remove();
      if (usable[at] && loads.leads[from] - loads.leads[at] >= 2) {
        pass(from, at, previous, through);
        return true;
      }
      for (long group : led.getOrDefault(at, List.of())) {
        for (int follower : at(group)) {
          int next = loads.indexOf(follower);
          if (next >= 0 && usable[next] && previous[next] < 0) {
            previous[next] = at;
            through[next] = group;
            open.add(next);
          }
        }
      }
    }
    return false;
  }

  private NavigableMap<Integer, List<Long>> ledGroups() {
    NavigableMap<Integer, List<Long>> led = new TreeMap<>();
    placed.forEach(
        (group, replicas) ->
            led.computeIfAbsent(loads.indexOf(replicas.get(0)), unused -> new ArrayList<>())
                .add(group));
    return led;
  }

  private void pass(int from, int last, int[] previous, long[] through) {
    for (int at = last; at != from; at = previous[at]) {
      List<Integer> changed = new ArrayList<>(at(through[at]));
      Integer leader = loads.ids[at];
      changed.remove(leader);
      changed.add(0, leader);
      put(through[at], changed);
    }
  }
}
