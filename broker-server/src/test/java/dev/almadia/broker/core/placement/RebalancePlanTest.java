// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.Commands;
import dev.almadia.broker.core.Images;
import dev.almadia.broker.core.metadata.MetadataImage;
import dev.almadia.broker.core.metadata.OperationImage.Move;
import dev.almadia.internal.v1.GroupTarget;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RebalancePlanTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void withoutZonesItEvensOutWithTheFewestMovesThatCanDoIt(long seed) {
    Random random = new Random(seed);
    MetadataImage image = grown(random, 1);
    Set<Integer> all = image.brokers().keySet();

    List<Move> plan = RebalancePlan.of(image, all, 10_000);
    MetadataImage after = applied(image, plan);

    assertThat(spread(holds(after))).isLessThanOrEqualTo(1);
    assertThat(moved(plan)).isEqualTo(fewestMoves(holds(image)));
    assertThat(RebalancePlan.of(after, all, 10_000)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void withZonesEachPartitionIsSpreadAsWellAsItCanBe(long seed) {
    Random random = new Random(seed);
    MetadataImage image = grown(random, 2 + random.nextInt(3));
    Set<Integer> all = image.brokers().keySet();

    MetadataImage after = applied(image, RebalancePlan.of(image, all, 10_000));

    assertZonesAreBest(after);
    assertThat(RebalancePlan.of(after, all, 10_000)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void newPartitionsAreSpreadOverZonesAsWellAsCanBe(long seed) {
    Random random = new Random(seed);
    MetadataImage image = MetadataImage.EMPTY;
    int brokers = 3 + random.nextInt(5);
    for (int id = 1; id <= brokers; id++) {
      image = Images.register(image, id, "i" + id, "z" + random.nextInt(3));
    }
    for (int topic = 0; topic < 5; topic++) {
      image = Images.with(image, "t" + topic, 1 + random.nextInt(6), 1 + random.nextInt(3));
    }

    assertZonesAreBest(image);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void preferredLeadersAreAsEvenAsTheReplicasAllow(long seed) {
    Random random = new Random(seed);
    MetadataImage image = Images.with(Images.brokers(4), "t", 6, 2);
    for (long group : image.partitionsByGroup().keySet()) {
      int first = 1 + random.nextInt(4);
      int second = 1 + (first + random.nextInt(3)) % 4;
      image = Images.apply(image, Commands.targets(Commands.target(group, first, second)).build());
    }
    MetadataImage start = image;

    MetadataImage after = applied(start, RebalancePlan.of(start, start.brokers().keySet(), 100));

    assertThat(squares(leads(after).values())).isEqualTo(fewestSquares(after));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anotherPlaceKeepsWhatMayStay(long seed) {
    Random random = new Random(seed);
    MetadataImage image = grown(random, 1 + random.nextInt(3));
    Set<Integer> usable = new TreeSet<>(image.brokers().keySet());
    int leaver = 1 + random.nextInt(3);
    usable.remove(leaver);
    ReplicaPlacement placement = new ReplicaPlacement(image, usable);
    image
        .partitionsByGroup()
        .values()
        .forEach(
            placed -> {
              List<Integer> present = placed.partition().replicas();
              int factor = 1 + random.nextInt(usable.size() + 1);
              List<Integer> fitted = placement.refit(present, factor, Set.of(leaver));
              if (factor > usable.size()) {
                assertThat(fitted).isNull();
                return;
              }
              assertThat(fitted).hasSize(factor).doesNotContain(leaver).doesNotHaveDuplicates();
              List<Integer> kept = new ArrayList<>(present);
              kept.remove(Integer.valueOf(leaver));
              long stays = fitted.stream().filter(kept::contains).count();
              assertThat(stays).isEqualTo(Math.min(factor, kept.size()));
              if (present.get(0) != leaver) {
                assertThat(fitted.get(0)).isEqualTo(present.get(0));
              }
            });
  }

  /** Topics on three brokers, and then more brokers. */
  private static MetadataImage grown(Random random, int zones) {
    MetadataImage image = MetadataImage.EMPTY;
    for (int id = 1; id <= 3; id++) {
      image = Images.register(image, id, "i" + id, "z" + random.nextInt(zones));
    }
    for (int topic = 0; topic < 4; topic++) {
      image = Images.with(image, "t" + topic, 1 + random.nextInt(12), 1 + random.nextInt(3));
    }
    int more = 1 + random.nextInt(5);
    for (int id = 4; id < 4 + more; id++) {
      image = Images.register(image, id, "i" + id, "z" + random.nextInt(zones));
    }
    return image;
  }

  private static MetadataImage applied(MetadataImage image, List<Move> plan) {
    GroupTarget[] targets =
        plan.stream()
            .map(move -> Commands.target(move.groupId(), move.after()))
            .toArray(GroupTarget[]::new);
    return Images.apply(image, Commands.targets(targets).build());
  }

  private static int moved(List<Move> plan) {
    int moved = 0;
    for (Move move : plan) {
      List<Integer> fresh = new ArrayList<>(move.after());
      fresh.removeAll(move.before());
      moved += fresh.size();
    }
    return moved;
  }

  /** Whoever has too many gives, whoever has too few gets: the larger sum is needed. */
  private static int fewestMoves(Map<Integer, Integer> holds) {
    int total = holds.values().stream().mapToInt(Integer::intValue).sum();
    int floor = total / holds.size();
    int ceiling = floor + (total % holds.size() == 0 ? 0 : 1);
    int gives = holds.values().stream().mapToInt(count -> Math.max(0, count - ceiling)).sum();
    int gets = holds.values().stream().mapToInt(count -> Math.max(0, floor - count)).sum();
    return Math.max(gives, gets);
  }

  private static void assertZonesAreBest(MetadataImage image) {
    image
        .partitionsByGroup()
        .values()
        .forEach(
            placed -> {
              List<Integer> replicas = placed.partition().replicas();
              List<Integer> all = List.copyOf(image.brokers().keySet());
              assertThat(zoneCost(image, replicas))
                  .as("%s on %s", placed.resource(), replicas)
                  .isEqualTo(bestCost(image, all, new ArrayList<>(), replicas.size()));
            });
  }

  /** Tries all sets of brokers. */
  private static int bestCost(
      MetadataImage image, List<Integer> left, List<Integer> chosen, int size) {
    if (chosen.size() == size) {
      return zoneCost(image, chosen);
    }
    int best = Integer.MAX_VALUE;
    for (int i = 0; i < left.size(); i++) {
      chosen.add(left.get(i));
      best = Math.min(best, bestCost(image, left.subList(i + 1, left.size()), chosen, size));
      chosen.remove(chosen.size() - 1);
    }
    return best;
  }

  private static int zoneCost(MetadataImage image, List<Integer> ids) {
    Map<String, Integer> perZone = new TreeMap<>();
    ids.forEach(id -> perZone.merge(image.brokers().get(id).zone(), 1, Integer::sum));
    return squares(perZone.values());
  }

  private static int squares(Collection<Integer> counts) {
    return counts.stream().mapToInt(count -> count * count).sum();
  }

  /** Tries all choices of leaders. */
  private static int fewestSquares(MetadataImage image) {
    List<List<Integer>> replicas =
        image.partitionsByGroup().values().stream()
            .map(placed -> placed.partition().replicas())
            .toList();
    return fewestSquares(replicas, 0, new TreeMap<>());
  }

  private static int fewestSquares(
      List<List<Integer>> replicas, int at, Map<Integer, Integer> leads) {
    if (at == replicas.size()) {
      return squares(leads.values());
    }
    int best = Integer.MAX_VALUE;
    for (int leader : replicas.get(at)) {
      leads.merge(leader, 1, Integer::sum);
      best = Math.min(best, fewestSquares(replicas, at + 1, leads));
      leads.merge(leader, -1, Integer::sum);
    }
    return best;
  }

  private static NavigableMap<Integer, Integer> holds(MetadataImage image) {
    NavigableMap<Integer, Integer> holds = new TreeMap<>();
    image.brokers().keySet().forEach(id -> holds.put(id, 0));
    image
        .partitionsByGroup()
        .values()
        .forEach(
            placed ->
                placed.partition().replicas().forEach(id -> holds.merge(id, 1, Integer::sum)));
    return holds;
  }

  private static NavigableMap<Integer, Integer> leads(MetadataImage image) {
    NavigableMap<Integer, Integer> leads = new TreeMap<>();
    image
        .partitionsByGroup()
        .values()
        .forEach(placed -> leads.merge(placed.partition().preferredLeader(), 1, Integer::sum));
    return leads;
  }

  private static int spread(Map<Integer, Integer> counts) {
    IntSummaryStatistics stats =
        counts.values().stream().mapToInt(Integer::intValue).summaryStatistics();
    return stats.getMax() - stats.getMin();
  }
}
