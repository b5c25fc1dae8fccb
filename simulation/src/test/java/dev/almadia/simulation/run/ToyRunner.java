// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import dev.almadia.simulation.kernel.SimRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A simulation of nothing: each seed draws a fault schedule, and every tenth fails as soon as three
 * faults of its schedule have been there.
 */
final class ToyRunner implements SeedRunner {
  private static final long STEP_NANOS = 500_000_000;

  private final boolean canFail;

  ToyRunner() {
    this(true);
  }

  /**
   * A toy.
   *
   * @param canFail false: no seed ever does
   */
  ToyRunner(boolean canFail) {
    this.canFail = canFail;
  }

  /** The faults without which a seed does not fail; none if it never does. */
  static SortedSet<Integer> needed(long seed) {
    SortedSet<Integer> needed = new TreeSet<>();
    SimRandom chance = new SimRandom(seed).split("needed");
    while (seed % 10 == 7 && needed.size() < 3) {
      needed.add(chance.below(planned(seed)));
    }
    return needed;
  }

  static int planned(long seed) {
    return new SimRandom(seed).split("planned").between(10, 40);
  }

  @Override
  public RunResult run(RunSpec spec, @Nullable Consumer<String> traceReader) {
    long seed = spec.seed();
    SimRandom chance = new SimRandom(seed).split("faults");
    SortedSet<Integer> missing = needed(seed);
    boolean isBad = canFail && !missing.isEmpty();
    List<String> plan = new ArrayList<>();
    List<String> trace = new ArrayList<>();
    TreeMap<String, Long> faults = new TreeMap<>();
    Violation violation = null;
    long now = 0;
    for (int number = 0; number < planned(seed); number++) {
      String kind = chance.chance(0.5) ? "crash" : "partition";
      long at = (number + 1) * STEP_NANOS;
      plan.add(String.format(Locale.ROOT, "%8.3f s  %s b%d", at / 1e9, kind, chance.below(5) + 1));
      if (violation != null || spec.droppedFaults().contains(number)) {
        continue;
      }
      now = at;
      faults.merge(kind, 1L, Long::sum);
      trace.add(plan.get(number));
      missing.remove(number);
      if (isBad && missing.isEmpty()) {
        violation =
            new Violation("G2", "one leader per term", "b1 and b3 both lead group 4 in term 9", at);
      }
    }
    long hash = 17;
    for (String line : trace) {
      hash = hash * 31 + line.hashCode();
      if (traceReader != null) {
        traceReader.accept(line);
      }
    }
    TreeMap<String, Long> operations = new TreeMap<>();
    operations.put("produce applied", 80L);
    operations.put("produce unknown", 10L);
    operations.put("fetch ok", 10L);
    return new RunResult(
        seed,
        "brokers=5 partitions=3",
        violation,
        hash,
        trace.size(),
        now,
        faults,
        operations,
        plan,
        spec.keepsTrace() ? trace : List.of());
  }
}
