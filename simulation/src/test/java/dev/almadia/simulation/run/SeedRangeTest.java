// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Seeds and numbers of faults as people write them. */
class SeedRangeTest {
  @Test
  void oneSeedARangeAndFreshOnesAreUnderstood() {
    assertThat(SeedRange.parse("42", () -> 0)).isEqualTo(new SeedRange(42, 42));
    assertThat(SeedRange.parse("1..10000", () -> 0)).isEqualTo(new SeedRange(1, 10_000));
    assertThat(SeedRange.parse("1..10000", () -> 0).count()).isEqualTo(10_000);
    assertThat(SeedRange.parse("fresh:300", () -> 500)).isEqualTo(new SeedRange(500, 799));
    assertThat(SeedRange.parse("fresh", () -> 500).count()).isEqualTo(100);
  }

  @Test
  void whatIsWrittenIsReadBack() {
    for (String text : List.of("42", "0", "1..10000", "7..8")) {
      assertThat(SeedRange.parse(text, () -> 0).text()).isEqualTo(text);
    }
  }

  @Test
  void refusesWhatNamesNoSeeds() {
    for (String bad : List.of("", "x", "-1", "1..", "..5", "1...5", "5..1", "1,2", "fresh:0")) {
      assertThatThrownBy(() -> SeedRange.parse(bad, () -> 0))
          .as(bad)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + bad + "'");
    }
    assertThatThrownBy(() -> SeedRange.parse("99999999999999999999", () -> 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void freshBasesAreNotNegativeAndDiffer() {
    long one = SeedRange.freshBase();
    assertThat(one).isNotNegative();
    assertThat(List.of(SeedRange.freshBase(), SeedRange.freshBase())).doesNotContain(one);
  }

  @Test
  void faultNumbersAreReadBack() {
    assertThat(FaultNumbers.parse("3,7..9")).containsExactly(3, 7, 8, 9);
    assertThat(FaultNumbers.text(FaultNumbers.parse("9,3,7,8"))).isEqualTo("3,7..9");
    assertThat(FaultNumbers.text(new TreeSet<>(List.of(1, 2, 5)))).isEqualTo("1,2,5");
    for (String bad : List.of("", "x", "1,", "1-3", "-1")) {
      assertThatThrownBy(() -> FaultNumbers.parse(bad))
          .as(bad)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aReplayCommandSaysOnlyWhatIsNotTheDefault() {
    RunSpec spec = RunSpec.of(42);
    assertThat(ReplayCommand.of(spec)).isEqualTo("almadia simulate --replay 42");
    assertThat(
            ReplayCommand.of(
                spec.withScenario("ring")
                    .withFaultKinds(List.of("pause", "crash"))
                    .withDroppedFaults(List.of(9, 3, 4, 5))))
        .isEqualTo(
            "almadia simulate --replay 42 --scenario ring --faults crash,pause --without 3..5,9");
  }
}
