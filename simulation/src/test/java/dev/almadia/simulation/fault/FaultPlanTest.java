// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.simulation.fault.kinds.FaultKinds;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class FaultPlanTest {
  private static final long MINUTE = 60_000_000_000L;
  private static final FaultShape FIVE = new FaultShape(5, 3, List.of(2));

  private static FaultPlan plan(long seed) {
    return FaultPlan.draw(new SimRandom(seed), FIVE, FaultKinds.all(), Intensity.USUAL, MINUTE);
  }

  @Test
  void aPlanFollowsFromItsSeedAlone() {
    for (long seed = 0; seed < 50; seed++) {
      assertThat(plan(seed).lines()).isEqualTo(plan(seed).lines()).isNotEmpty();
    }
    assertThat(plan(1).lines()).isNotEqualTo(plan(2).lines());
  }

  @Test
  void aFaultDependsOnItsNumberAndNotOnTheOthers() {
    FaultPlan plan = plan(7);
    Set<Integer> dropped = Set.of(0, 2);
    assertThat(plan.without(dropped))
        .isEqualTo(plan.faults().stream().filter(f -> f.number() != 0 && f.number() != 2).toList());
    assertThat(plan.faults()).extracting(PlannedFault::number).isSorted().startsWith(0, 1, 2);
  }

  @Test
  void faultsBeginInTheOrderOfTheirNumbersAndAreOverInTime() {
    for (long seed = 0; seed < 200; seed++) {
      FaultPlan plan = plan(seed);
      assertThat(plan.faults()).extracting(PlannedFault::atNanos).isSorted();
      assertThat(plan.faults())
          .allMatch(f -> f.lastsNanos() > 0 && f.atNanos() + f.lastsNanos() <= MINUTE + 1_000_000);
    }
  }

  @Test
  void aSeedHasFewKindsAndAllSeedsTogetherHaveAll() {
    Set<String> seen = new TreeSet<>();
    for (long seed = 0; seed < 1_000; seed++) {
      List<String> kinds = plan(seed).kinds();
      // Brokers come and go in every seed where they may at all.
      assertThat(kinds.stream().filter(kind -> !changesMembers(kind)).toList())
          .hasSizeLessThanOrEqualTo(6);
      assertThat(kinds).isNotEmpty();
      seen.addAll(kinds);
    }
    // What needs brokers that last is nowhere beside those that come and go.
    assertThat(seen)
        .containsExactlyInAnyOrderElementsOf(
            FaultKinds.all().stream()
                .filter(kind -> !kind.needsLastingProcesses())
                .map(FaultKind::name)
                .toList());
  }

  private static boolean changesMembers(String kind) {
    return FaultKinds.named(List.of(kind)).get(0).changesMembers();
  }

  @Test
  void aSeedHasFromTwoToFortyFaultsPerMinute() {
    for (long seed = 0; seed < 300; seed++) {
      assertThat(plan(seed).faults()).hasSizeBetween(2, 40);
    }
  }

  @Test
  void aLostDiskIsNeverInAPlanInWhichBrokersStartAgain() {
    List<FaultKind> both = FaultKinds.named(List.of("lost-disk", "crash"));
    FaultPlan plan = FaultPlan.drawAllOf(new SimRandom(1), FIVE, both, Intensity.USUAL, MINUTE);
    assertThat(plan.kinds()).containsExactly("crash");
  }

  @Test
  void kindsThatAClusterCannotHaveAreLeftOut() {
    FaultShape one = new FaultShape(1, 0, List.of());
    for (long seed = 0; seed < 300; seed++) {
      FaultPlan plan =
          FaultPlan.draw(new SimRandom(seed), one, FaultKinds.all(), Intensity.USUAL, MINUTE);
      assertThat(plan.kinds()).doesNotContain("bit-flip", "lost-disk", "isolate", "client-cut");
    }
  }

  @Test
  void victimsLeaveEachGroupAMajority() {
    for (long seed = 0; seed < 100; seed++) {
      SimRandom random = new SimRandom(seed);
      assertThat(FaultShape.draw(random, 5, 0, 1).victims()).isEmpty();
      assertThat(FaultShape.draw(random, 5, 0, 2).victims()).isEmpty();
      assertThat(FaultShape.draw(random, 5, 0, 3).victims()).hasSize(1);
      assertThat(FaultShape.draw(random, 5, 0, 5).victims()).hasSize(2);
      assertThat(FaultShape.draw(random, 1, 0, 3).victims()).isEmpty();
    }
  }

  @Test
  void linesSayWhenHowLongAndWhat() {
    Fault fault = Fault.of("b1 does not hear b2", hold -> {});
    assertThat(new PlannedFault(0, 12_345_000_000L, 3_200_000_000L, "one-way", fault).line())
        .isEqualTo(" 12.345 s for  3.200 s  one-way           b1 does not hear b2");
  }

  @Test
  void namesAreDifferentAndReadable() {
    assertThat(FaultKinds.all()).extracting(FaultKind::name).doesNotHaveDuplicates();
    assertThat(FaultKinds.all()).extracting(FaultKind::name).allMatch(n -> n.matches("[a-z-]+"));
    assertThat(FaultKinds.all()).extracting(FaultKind::text).allMatch(t -> !t.contains("\n"));
  }
}
