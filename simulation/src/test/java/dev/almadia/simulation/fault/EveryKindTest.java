// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.simulation.cluster.SimCluster;
import dev.almadia.simulation.fault.kinds.FaultKinds;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each kind on a real cluster: it begins, ends, and the cluster heals. */
class EveryKindTest {
  private static final long LENGTH_NANOS = 20_000_000_000L;
  private static final Intensity SOME = new Intensity(1, 12, 30, false);
  private static final Intensity MANY = new Intensity(45, 90, 90, false);

  private record Run(SimCluster cluster, FaultRunner runner, FaultPlan plan) {
    static Run of(long seed, int brokers, List<FaultKind> kinds, Intensity intensity) {
      SimRandom random = new SimRandom(seed);
      SimCluster cluster = Clusters.resting(random, brokers);
      FaultShape shape = FaultShape.draw(random.split("shape"), brokers, 1, 3);
      SimRandom chance = random.split("faults");
      FaultPlan plan = FaultPlan.drawAllOf(chance, shape, kinds, intensity, LENGTH_NANOS);
      FaultRunner runner = new FaultRunner(cluster, chance, shape, plan, Set.of());
      runner.start();
      cluster.runFor(LENGTH_NANOS / 1_000_000);
      return new Run(cluster, runner, plan);
    }
  }

  private static Stream<String> kinds() {
    return FaultKinds.all().stream().map(FaultKind::name);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aClusterHealsFromEachKind(String kind) {
    for (int brokers : new int[] {4, 5}) {
      Run run = Run.of(brokers, brokers, FaultKinds.named(List.of(kind)), SOME);
      assertThat(run.runner().injected()).containsOnlyKeys(kind);
      run.runner().healAll();
      assertThat(run.runner().active()).isZero();
      Clusters.rests(run.cluster(), run.runner().healthy());
    }
  }

  @Test
  void aClusterHealsFromAllKindsAtOnce() {
    for (long seed = 1; seed <= 6; seed++) {
      Run run = Run.of(seed, 5, FaultKinds.all(), MANY);
      run.runner().healAll();
      Clusters.rests(run.cluster(), run.runner().healthy());
    }
  }

  @Test
  void aMajorityComesToRestWhileAMinorityIsBrokenForEver() {
    for (long seed = 1; seed <= 12; seed++) {
      Run run = Run.of(seed, 3, FaultKinds.named(List.of("crash", "isolate")), SOME);
      run.runner().healAllButVictims();
      assertThat(run.runner().healthy()).hasSize(2);
      Clusters.rests(run.cluster(), run.runner().healthy());
    }
  }

  @Test
  void aSeedGivesTheSameTraceTwice() {
    assertThat(
            Stream.of(3L, 3L)
                .map(seed -> Run.of(seed, 3, FaultKinds.all(), MANY))
                .map(run -> run.cluster().world().trace().hash())
                .distinct())
        .hasSize(1);
  }

  @Test
  void faultsWaitForElectionsIfTheyAreTo() {
    Intensity atElections = new Intensity(1, 20, 20, true);
    Run run = Run.of(1, 3, FaultKinds.named(List.of("crash-leader")), atElections);
    assertThat(run.plan().atElections()).isTrue();
    assertThat(run.runner().injected().get("crash-leader")).isPositive();
    run.runner().healAll();
    Clusters.rests(run.cluster(), run.runner().healthy());
  }
}
