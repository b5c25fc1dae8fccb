// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** The shortest fault schedule. */
class ShrinkerTest {
  private static final long MINUTE = 60_000_000_000L;

  private static Failure failure(SeedRunner runner, RunSpec spec) {
    return new Failure(Failure.Kind.VIOLATION, spec, runner.run(spec, null), List.of());
  }

  private static Shrunk shrink(SeedRunner runner, long seed) {
    return new Shrinker(runner, 1_000, MINUTE).shrink(failure(runner, RunSpec.of(seed)), 40);
  }

  /** Fails while this holds for the faults that are left, of 20. */
  private static SeedRunner failsIf(Predicate<List<Integer>> condition, String rule) {
    return (spec, reader) -> {
      List<Integer> kept = new ArrayList<>();
      List<String> plan = new ArrayList<>();
      for (int number = 0; number < 20; number++) {
        plan.add("fault " + number);
        if (!spec.droppedFaults().contains(number)) {
          kept.add(number);
        }
      }
      boolean isBroken = condition.test(kept);
      // Without the fault that counts, another promise breaks.
      Violation violation = new Violation("G1", isBroken ? rule : "another rule", "text", 5);
      return new RunResult(
          spec.seed(), "", violation, 1, 1, 1, new TreeMap<>(), new TreeMap<>(), plan, List.of());
    };
  }

  @Test
  void findsExactlyTheFaultsThatAreNeeded() {
    for (long seed = 7; seed < 1_000; seed += 10) {
      Shrunk shrunk = shrink(new ToyRunner(), seed);
      assertThat(shrunk.kept()).containsExactlyElementsOf(ToyRunner.needed(seed));
      assertThat(shrunk.isShortest()).isTrue();
      assertThat(shrunk.runs()).isLessThan(150);
      assertThat(shrunk.lastLines()).hasSize(3);
      assertThat(shrunk.result().violation()).isNotNull();
    }
  }

  @Test
  void countsOnlyTheSameGuaranteeAndRule() {
    Shrunk shrunk = shrink(failsIf(kept -> kept.contains(11), "rule"), 1);
    assertThat(shrunk.kept()).containsExactly(11);
    assertThat(shrunk.violation().rule()).isEqualTo("rule");
  }

  @Test
  void dropsAllAtOnceIfNoneIsNeeded() {
    Shrunk shrunk = shrink(failsIf(kept -> true, "rule"), 1);
    assertThat(shrunk.kept()).isEmpty();
    assertThat(shrunk.runs()).isEqualTo(1);
    assertThat(FailureReport.of(shrunk)).anyMatch(line -> line.contains("without any fault"));
  }

  @Test
  void triesAgainWhatBecameNeedlessOnlyWhenAnotherWasGone() {
    // 15 can go only after 3 has gone, and is tried before it.
    Predicate<List<Integer>> condition =
        kept -> kept.contains(8) && (kept.contains(15) || !kept.contains(3));
    assertThat(shrink(failsIf(condition, "rule"), 1).kept()).containsExactly(8);
  }

  @Test
  void aDefectOfTheSimulatorIsNoViolation() {
    SeedRunner plain = failsIf(kept -> kept.contains(4), "rule");
    SeedRunner fragile =
        (spec, reader) -> {
          if (spec.droppedFaults().contains(6)) {
            throw new IllegalStateException("no simulation without 6");
          }
          return plain.run(spec, reader);
        };
    assertThat(shrink(fragile, 1).kept()).containsExactly(4, 6);
  }

  @Test
  void keepsToItsRunsAndItsTime() {
    AtomicInteger runs = new AtomicInteger();
    SeedRunner counted =
        (spec, reader) -> {
          runs.incrementAndGet();
          return new ToyRunner().run(spec, reader);
        };
    Failure failure = failure(new ToyRunner(), RunSpec.of(7));
    Shrunk few = new Shrinker(counted, 5, MINUTE).shrink(failure, 40);
    assertThat(few.isShortest()).isFalse();
    assertThat(few.runs()).isEqualTo(5);
    assertThat(runs).hasValue(6);
    assertThat(few.kept()).containsAll(ToyRunner.needed(7));
    assertThat(new Shrinker(counted, 100, 0).shrink(failure, 40).runs()).isZero();
  }

  @Test
  void whatWasDroppedBeforeStaysDropped() {
    RunSpec spec = RunSpec.of(7).withDroppedFaults(List.of(other(7)));
    Shrunk shrunk =
        new Shrinker(new ToyRunner(), 1_000, MINUTE).shrink(failure(new ToyRunner(), spec), 2);
    assertThat(shrunk.kept()).containsExactlyElementsOf(ToyRunner.needed(7));
    assertThat(shrunk.lastLines()).hasSize(2);
  }

  private static int other(long seed) {
    int number = 0;
    while (ToyRunner.needed(seed).contains(number)) {
      number++;
    }
    return number;
  }

  @Test
  void whatIsFoundIsRunExactlyByItsCommand() {
    Shrunk shrunk = shrink(new ToyRunner(), 17);
    String command = ReplayCommand.of(shrunk.spec());
    String numbers = command.substring(command.indexOf("--without ") + "--without ".length());
    RunSpec again = RunSpec.of(17).withDroppedFaults(FaultNumbers.parse(numbers));
    RunResult result = new ToyRunner().run(again, null);
    assertThat(result.traceHash()).isEqualTo(shrunk.result().traceHash());
    assertThat(result.violation()).isEqualTo(shrunk.result().violation());
  }
}
