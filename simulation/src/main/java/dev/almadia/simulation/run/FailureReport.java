// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Says what went wrong at a seed, what is behind it, and how to see it again. Lines for people. */
public final class FailureReport {
  private FailureReport() {}

  /** All about a violation. */
  public static List<String> of(Shrunk shrunk) {
    RunResult result = shrunk.result();
    Violation violation = shrunk.violation();
    List<String> lines = new ArrayList<>();
    lines.addAll(head(shrunk.spec(), violation));
    lines.add("  options   " + result.options());
    lines.add("");
    lines.addAll(schedule(shrunk));
    lines.add("");
    if (!shrunk.lastLines().isEmpty()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "The last %,d of %,d events:",
              shrunk.lastLines().size(),
              result.traceEvents()));
      shrunk.lastLines().forEach(line -> lines.add("  " + line));
      lines.add("");
    }
    if (result.violation() == null || !result.violation().isSameAs(shrunk.searched())) {
      lines.add(
          "Run once more, this schedule did not fail so again: the seed is not deterministic.");
    }
    lines.addAll(replay(shrunk.spec()));
    return lines;
  }

  /** The same without a schedule and events: for one of many. */
  public static List<String> brief(Failure failure) {
    List<String> lines = new ArrayList<>();
    Violation violation = failure.violation();
    if (violation != null) {
      lines.addAll(head(failure.spec(), violation));
    } else {
      lines.add("Seed " + failure.spec().seed() + " " + words(failure.kind()));
      failure.details().forEach(detail -> lines.add("  " + detail));
    }
    lines.addAll(replay(failure.spec()));
    return lines;
  }

  private static List<String> head(RunSpec spec, Violation violation) {
    Named promise = Guarantees.of(violation.guarantee());
    String kinds = spec.faultKinds().isEmpty() ? "all" : String.join(", ", spec.faultKinds());
    return List.of(
        "Seed "
            + spec.seed()
            + " breaks "
            + violation.guarantee()
            + " "
            + promise.name()
            + ": "
            + promise.text(),
        "  rule      " + violation.rule(),
        "  seen      " + violation.text(),
        "  at        " + Replay.seconds(violation.atNanos()) + " of virtual time",
        "  scenario  " + spec.scenario() + ", faults: " + kinds);
  }

  private static List<String> schedule(Shrunk shrunk) {
    List<Integer> kept = shrunk.kept();
    int planned = shrunk.result().plan().size();
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "Shortest fault schedule found: %d of %d faults, %s (%d runs)%s",
            kept.size(),
            planned,
            shrunk.isShortest() ? "none of them can be left out" : "perhaps not all are needed",
            shrunk.runs(),
            kept.isEmpty() ? ": it fails without any fault" : ""));
    for (int number : kept) {
      lines.add(
          String.format(Locale.ROOT, "  %4d  %s", number, shrunk.result().plan().get(number)));
    }
    return lines;
  }

  private static List<String> replay(RunSpec spec) {
    return List.of("Replay exactly this:", "  " + ReplayCommand.of(spec));
  }

  private static String words(Failure.Kind kind) {
    return switch (kind) {
      case VIOLATION -> "breaks a promise";
      case NOT_DETERMINISTIC -> "is not deterministic: two runs of it differ";
      case DEFECT -> "ends in a defect of the simulator";
      case STUCK -> "does not come to its end";
    };
  }
}
