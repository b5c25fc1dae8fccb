// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Runs one spec and hands on all of its trace, then what came of it. */
public final class Replay {
  private Replay() {}

  /**
   * Runs it.
   *
   * @param out gets all lines; the same ones for the same spec
   */
  public static RunResult run(SeedRunner runner, RunSpec spec, Consumer<String> out) {
    RunResult result = runner.run(spec.withTrace(true), out);
    out.accept("");
    summary(spec, result).forEach(out);
    return result;
  }

  /** What came of a run: what was derived from the seed, the schedule, the violation, the hash. */
  public static List<String> summary(RunSpec spec, RunResult result) {
    List<String> lines = new ArrayList<>();
    lines.add("options    " + result.options());
    for (int number = 0; number < result.plan().size(); number++) {
      boolean isDropped = spec.droppedFaults().contains(number);
      lines.add(
          String.format(Locale.ROOT, "fault %4d ", number)
              + result.plan().get(number)
              + (isDropped ? " (left out)" : ""));
    }
    Violation violation = result.violation();
    lines.add(
        violation == null
            ? "violation  none"
            : "violation  "
                + violation.guarantee()
                + " "
                + violation.rule()
                + ": "
                + violation.text()
                + ", at "
                + seconds(violation.atNanos()));
    lines.add(
        String.format(
            Locale.ROOT,
            "trace      %d events, %s of virtual time, hash %016x",
            result.traceEvents(),
            seconds(result.virtualNanos()),
            result.traceHash()));
    return lines;
  }

  static String seconds(long nanos) {
    return String.format(
        Locale.ROOT, "%d.%06d s", nanos / 1_000_000_000, nanos / 1_000 % 1_000_000);
  }
}
