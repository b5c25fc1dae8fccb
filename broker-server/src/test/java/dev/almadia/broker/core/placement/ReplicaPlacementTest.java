// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.broker.core.Images;
import dev.almadia.broker.core.metadata.MetadataImage;
import java.util.HashSet;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicaPlacementTest {
  @ParameterizedTest
  @CsvSource({
    "3, 1, 6",
    "3, 3, 6",
    "3, 2, 7",
    "5, 3, 100",
    "5, 3, 7",
    "7, 3, 500",
    "4, 2, 1",
    "10, 3, 1000"
  })
  void oneTopicIsSpreadEvenly(int brokers, int replicas, int partitions) {
    assertEven(Images.with(Images.brokers(brokers), "t", partitions, replicas), brokers);
  }

  @Test
  void manySmallTopicsAreSpreadEvenlyTogether() {
    MetadataImage image = Images.brokers(5);
    for (int topic = 0; topic < 60; topic++) {
      image = Images.with(image, "t" + topic, 1 + topic % 4, 1 + topic % 3);
      assertEven(image, 5);
    }
  }

  @Test
  void followersOfALeaderAreSpreadSoThatItsLoadSpreadsWhenItFails() {
    MetadataImage image = Images.with(Images.brokers(5), "t", 200, 3);
    Map<String, Integer> pairs = new TreeMap<>();
    image
        .partitionsByGroup()
        .values()
        .forEach(
            placed -> {
              List<Integer> ids = placed.partition().replicas();
              ids.subList(1, ids.size())
                  .forEach(id -> pairs.merge(ids.get(0) + ">" + id, 1, Integer::sum));
            });

    assertThat(pairs).hasSize(20);
    assertThat(pairs.values()).allMatch(count -> count >= 10 && count <= 30);
  }

  @Test
  void equalImagesGiveEqualPlacements() {
    MetadataImage image = Images.with(Images.brokers(6), "t", 11, 3);

    assertThat(ReplicaPlacement.place(image, 30, 3, Set.of(1, 2, 3, 4, 5, 6)))
        .isEqualTo(ReplicaPlacement.place(image, 30, 3, Set.of(1, 2, 3, 4, 5, 6)));
  }

  @Test
  void brokersThatCannotBeReachedGetOnlyTheLastReplicasAndOnlyWhereOthersAreTooFew() {
    MetadataImage image = Images.brokers(5);

    assertThat(ReplicaPlacement.place(image, 30, 3, Set.of(2, 3, 5)))
        .allSatisfy(one -> assertThat(one.getBrokerIdsList()).containsExactlyInAnyOrder(2, 3, 5));
    assertThat(ReplicaPlacement.place(image, 30, 3, Set.of(2, 5)))
        .allSatisfy(one -> assertThat(one.getBrokerIdsList().subList(0, 2)).contains(2, 5));
  }

  @Test
  void moreReplicasThanBrokersAreAMistakeOfTheCaller() {
    assertThatThrownBy(() -> ReplicaPlacement.place(Images.brokers(2), 1, 3, Set.of(1, 2)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void assertEven(MetadataImage image, int brokers) {
    Map<Integer, Integer> leads = new TreeMap<>();
    Map<Integer, Integer> holds = new TreeMap<>();
    for (int id = 1; id <= brokers; id++) {
      leads.put(id, 0);
      holds.put(id, 0);
    }
    image
        .partitionsByGroup()
        .values()
        .forEach(
            placed -> {
              List<Integer> ids = placed.partition().replicas();
              assertThat(new HashSet<>(ids)).hasSameSizeAs(ids);
              leads.merge(ids.get(0), 1, Integer::sum);
              ids.forEach(id -> holds.merge(id, 1, Integer::sum));
            });
    assertThat(spread(leads)).as("leaders %s", leads).isLessThanOrEqualTo(1);
    assertThat(spread(holds)).as("replicas %s", holds).isLessThanOrEqualTo(2);
  }

  private static int spread(Map<Integer, Integer> counts) {
    IntSummaryStatistics stats =
        counts.values().stream().mapToInt(Integer::intValue).summaryStatistics();
    return stats.getMax() - stats.getMin();
  }
}
