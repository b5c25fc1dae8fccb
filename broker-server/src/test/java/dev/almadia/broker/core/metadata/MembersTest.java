// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.core.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.config.ReplicaId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MembersTest {
  @Test
  void aBrokerThatIsStillLeavingTakesItsReplicaBack() {
    Members away = Members.first(List.of(1, 2, 3)).retarget(List.of(1, 2, 4));

    assertThat(away.leaving()).containsExactly(3);
    assertThat(away.retarget(List.of(1, 2, 3)).target()).containsExactly(1, 2, 3);
    assertThat(away.settle().retarget(List.of(1, 2, 3)).target())
        .containsExactly(1, 2, ReplicaId.of(3, 1));
  }

  @Test
  void aReplicaThatWasLostWhileItWasLeavingIsNotTakenBack() {
    Members lost = Members.first(List.of(1, 2, 3)).retarget(List.of(1, 2, 4)).lose(3);

    assertThat(lost.target()).containsExactly(1, 2, 4);
    assertThat(lost.leaving()).containsExactly(3);
    assertThat(lost.retarget(List.of(1, 2, 3)).target()).contains(ReplicaId.of(3, 1));
  }

  @Test
  void ofTwoReplicasOnABrokerTheLivingOneIsTakenBack() {
    Members lost = Members.first(List.of(1, 2, 3)).lose(3);

    assertThat(lost.target()).containsExactly(1, 2, ReplicaId.of(3, 1));
    assertThat(lost.retarget(List.of(1, 2)).retarget(List.of(3, 2, 1)).target())
        .containsExactly(ReplicaId.of(3, 1), 2, 1);
  }

  @Test
  void livesRunOutAndThatIsSeenBefore() {
    Members members = Members.first(List.of(1, 2));
    for (int i = 0; i < ReplicaId.LIFE_MAX; i++) {
      assertThat(members.hasNoLifeLeft(List.of(2))).isFalse();
      members = members.lose(2).settle();
    }

    assertThat(members.hasNoLifeLeft(List.of(2))).isTrue();
    assertThat(members.hasNoLifeLeft(List.of(1))).isFalse();
  }

  /** The twin writes down what each broker's disk holds, and which lives there have been. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aLifeIsNeverGivenTwiceAndWhatIsLostNeverComesBack(long seed) {
    Random random = new Random(seed);
    Members members = Members.first(List.of(1, 2, 3));
    Set<Integer> ever = new TreeSet<>(members.target());
    Set<Integer> gone = new HashSet<>();
    for (int step = 0; step < 3000; step++) {
      Members before = members;
      int broker = 1 + random.nextInt(6);
      switch (random.nextInt(4)) {
        case 0 -> {
          before.target().stream().filter(id -> ReplicaId.broker(id) == broker).forEach(gone::add);
          before.leaving().stream().filter(id -> ReplicaId.broker(id) == broker).forEach(gone::add);
          members = before.lose(broker);
        }
        case 1 -> {
          gone.addAll(before.leaving());
          members = before.settle();
        }
        default -> members = before.retarget(randomBrokers(random));
      }
      assertThat(members.target()).noneMatch(gone::contains);
      assertThat(members.target()).noneMatch(members.leaving()::contains);
      assertThat(members.leaving()).doesNotHaveDuplicates();
      Map<Integer, Integer> perBroker = new TreeMap<>();
      members.target().forEach(id -> perBroker.merge(ReplicaId.broker(id), 1, Integer::sum));
      assertThat(perBroker.values()).containsOnly(1);
      for (int replica : members.target()) {
        boolean known = before.target().contains(replica) || before.leaving().contains(replica);
        assertThat(ever.add(replica)).as("%s is new", ReplicaId.show(replica)).isEqualTo(!known);
      }
    }
  }

  private static List<Integer> randomBrokers(Random random) {
    List<Integer> brokers = new ArrayList<>(List.of(1, 2, 3, 4, 5, 6));
    Collections.shuffle(brokers, random);
    return brokers.subList(0, 1 + random.nextInt(4));
  }
}
