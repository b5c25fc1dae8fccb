// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.simulation.cluster.ClusterOptions;
import dev.almadia.simulation.fault.FaultPlan;
import dev.almadia.simulation.fault.FaultShape;
import dev.almadia.simulation.kernel.SimRandom;
import dev.almadia.simulation.run.RunSpec;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ScenariosTest {
  @Test
  void namesAreDifferentAndTheMixIsFirst() {
    assertThat(Scenarios.all()).extracting(Scenario::name).doesNotHaveDuplicates();
    assertThat(Scenarios.all().get(0).name()).isEqualTo(RunSpec.MIX);
    assertThatThrownBy(() -> Scenarios.named("mixx")).hasMessageContaining("'mixx'");
  }

  @Test
  void eachSeedOfEachScenarioHasAPlanOfItsKinds() {
    for (Scenario scenario : Scenarios.all()) {
      List<String> kinds = scenario.kinds().stream().map(kind -> kind.name()).toList();
      for (long seed = 0; seed < 20; seed++) {
        SimRandom random = new SimRandom(seed);
        ClusterOptions options = scenario.cluster(random);
        FaultShape shape = FaultShape.draw(random.split("shape"), options.brokers(), 2, 3);
        FaultPlan plan = scenario.plan(random, shape, Set.of());
        assertThat(kinds).containsAll(plan.kinds());
        assertThat(scenario.plan(random, shape, Set.of()).lines()).isEqualTo(plan.lines());
      }
    }
  }

  @Test
  void calmHasNoFaults() {
    FaultShape shape = new FaultShape(3, 1, List.of(1));
    assertThat(Scenarios.named("calm").plan(new SimRandom(1), shape, Set.of()).faults()).isEmpty();
  }

  @Test
  void kindsThatAreAskedForAreInEveryPlanAndNoOthers() {
    FaultShape shape = new FaultShape(3, 1, List.of(1));
    Scenario mix = Scenarios.named(RunSpec.MIX);
    for (long seed = 0; seed < 50; seed++) {
      FaultPlan plan = mix.plan(new SimRandom(seed), shape, Set.of("halves", "crash"));
      assertThat(Set.of("halves", "crash")).containsAll(plan.kinds());
      assertThat(plan.faults()).isNotEmpty();
    }
  }

  @Test
  void topicsAreBufferedOnlyWhereNothingUnsyncedIsLost() {
    FaultShape shape = new FaultShape(3, 1, List.of(1));
    Scenario buffered = Scenarios.named("buffered");
    Scenario power = Scenarios.named("power");
    for (long seed = 0; seed < 50; seed++) {
      SimRandom random = new SimRandom(seed);
      assertThat(buffered.bufferedShare(buffered.plan(random, shape, Set.of()))).isEqualTo(1);
      FaultPlan losing = power.plan(random, shape, Set.of("power-all"));
      assertThat(power.bufferedShare(losing)).isZero();
    }
  }

  @Test
  void clustersAreAsTheScenarioWants() {
    for (long seed = 0; seed < 50; seed++) {
      SimRandom random = new SimRandom(seed);
      assertThat(Scenarios.named("bridge-and-ring").cluster(random).brokers()).isIn(5, 7);
      assertThat(Scenarios.named("clocks").cluster(random).clockDriftPpmMax()).isEqualTo(20_000);
      assertThat(Scenarios.named("tiny").cluster(random).limits().inflightMessagesMax())
          .isLessThanOrEqualTo(4);
    }
  }
}
