// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.broker.core.cluster.EntryRules.Asker;
import dev.almadia.broker.core.cluster.EntryRules.Decision;
import dev.almadia.broker.core.cluster.EntryRules.Step;
import dev.almadia.internal.v1.AskClusterResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Who forms a cluster, who joins one, and who has to wait. */
final class EntryRulesTest {
  private static final Asker THREE = new Asker(3, "c", "", new TreeSet<>(Set.of(1, 2, 3)));

  private static AskClusterResponse.Builder fresh(int brokerId, String incarnation) {
    return AskClusterResponse.newBuilder()
        .setBrokerId(brokerId)
        .setIncarnation(incarnation)
        .addAllInitialBrokerIds(List.of(1, 2, 3));
  }

  private static Decision decide(Asker asker, AskClusterResponse.Builder... answers) {
    return EntryRules.decide(
        asker, List.of(answers).stream().map(AskClusterResponse.Builder::build).toList());
  }

  private static String messageOf(Decision decision) {
    return decision.error() == null ? "" : decision.error().message();
  }

  @Test
  void formsWhenAllInitialBrokersHaveNothing() {
    Decision decision = decide(THREE, fresh(1, "a"), fresh(2, "b"));
    assertThat(decision.step()).isEqualTo(Step.FORM);
    assertThat(decision.formWith()).isEqualTo(Map.of(1, "a", 2, "b", 3, "c"));
  }

  @Test
  void aSingleBrokerAsksNobody() {
    Decision decision = decide(new Asker(7, "x", "", new TreeSet<>(Set.of(7))));
    assertThat(decision.step()).isEqualTo(Step.FORM);
    assertThat(decision.formWith()).isEqualTo(Map.of(7, "x"));
  }

  @Test
  void waitsForEveryInitialBrokerAndNamesWhoIsMissing() {
    Decision decision = decide(THREE, fresh(1, "a"));
    assertThat(decision.step()).isEqualTo(Step.WAIT);
    assertThat(messageOf(decision)).contains("not there yet: broker 2");
  }

  @Test
  void formsWithThoseWhoFormedWithExactlyThisDisk() {
    Map<Integer, String> with = Map.of(1, "a", 2, "b", 3, "c");
    Decision decision =
        decide(THREE, fresh(1, "a").setFormed(true).setClusterId("K").putAllFormedWith(with));
    assertThat(decision.step()).isEqualTo(Step.FORM);
    assertThat(decision.formWith()).isEqualTo(with);
  }

  @Test
  void aLostDiskDoesNotFormAgainWithThoseWhoHaveFormed() {
    Decision decision =
        decide(
            THREE,
            fresh(1, "a").setFormed(true).putAllFormedWith(Map.of(1, "a", 2, "b", 3, "old")),
            fresh(2, "b"));
    assertThat(decision.step()).isEqualTo(Step.WAIT);
    assertThat(messageOf(decision)).contains("without this disk");
  }

  @Test
  void aLostDiskJoinsTheClusterThatIsThere() {
    Decision decision =
        decide(
            THREE,
            fresh(1, "a")
                .setFormed(true)
                .setClusterId("K")
                .putAllFormedWith(Map.of(1, "a", 2, "b", 3, "old")));
    assertThat(decision.step()).isEqualTo(Step.JOIN);
  }

  @Test
  void aDirectoryOfAnotherClusterIsRefused() {
    Asker asker = new Asker(3, "c", "L", new TreeSet<>(Set.of(1, 2, 3)));
    Decision decision = decide(asker, fresh(1, "a").setFormed(true).setClusterId("K"));
    assertThat(decision.step()).isEqualTo(Step.REFUSED);
    assertThat(messageOf(decision)).contains("cluster L").contains("cluster K");
  }

  @Test
  void whoWasDecommissionedWithItsDiskIsRefused() {
    Decision decision =
        decide(THREE, fresh(1, "a").setFormed(true).setClusterId("K").setDecommissioned(true));
    assertThat(decision.step()).isEqualTo(Step.REFUSED);
    assertThat(messageOf(decision)).contains("decommissioned").contains("empty one");
  }

  @Test
  void brokersWithOtherInitialBrokersDoNotForm() {
    Decision decision =
        decide(
            THREE,
            fresh(1, "a"),
            AskClusterResponse.newBuilder()
                .setBrokerId(2)
                .setIncarnation("b")
                .addAllInitialBrokerIds(List.of(2, 3)));
    assertThat(decision.step()).isEqualTo(Step.REFUSED);
    assertThat(messageOf(decision)).contains("broker 2 has other initial-brokers [2, 3]");
  }

  @Test
  void whoMayOnlyJoinNeverForms() {
    Asker asker = new Asker(4, "d", "", new TreeSet<>());
    assertThat(decide(asker).step()).isEqualTo(Step.WAIT);
    assertThat(decide(asker, fresh(1, "a"), fresh(2, "b"), fresh(3, "c")).step())
        .isEqualTo(Step.WAIT);
    assertThat(decide(asker, fresh(1, "a").setFormed(true).setClusterId("K")).step())
        .isEqualTo(Step.JOIN);
  }
}
