// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.simulation.run.Failure;
import dev.almadia.simulation.run.FailureReport;
import dev.almadia.simulation.run.Search;
import dev.almadia.simulation.run.SearchReport;
import dev.almadia.simulation.run.SearchResult;
import dev.almadia.simulation.run.SearchSpec;
import dev.almadia.simulation.run.SeedRunner;
import dev.almadia.simulation.run.Shrinker;
import dev.almadia.simulation.run.Shrunk;
import dev.almadia.simulation.run.Totals;
import dev.almadia.simulation.run.Vacuity;
import dev.almadia.simulation.run.Violation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs many seeds, shows how far it is, and reports. One thread. */
final class SimulateSearch {
  /** Real time for one shortest schedule. */
  private static final long SHRINK_NANOS_MAX = TimeUnit.MINUTES.toNanos(3);

  private final Console console;
  private final SeedRunner runner;
  private final SearchSpec spec;

  /**
   * How deep a report goes.
   *
   * @param shrinkRuns most runs to find a shortest schedule
   * @param traceLines how many of the last events it shows
   */
  record Depth(int shrinkRuns, int traceLines) {}

  SimulateSearch(Console console, SeedRunner runner, SearchSpec spec) {
    this.console = console;
    this.runner = runner;
    this.spec = spec;
  }

  /** All of it; gives the exit code. */
  int run(GlobalOptions.Color color, GlobalOptions.Format format, Depth depth)
      throws InterruptedException {
    console.say(
        String.format(
            Locale.ROOT,
            "simulate: seeds %s of scenario %s on %d threads",
            spec.seeds().text(),
            spec.run().scenario(),
            spec.jobs()));
    SearchResult result = search(color);
    Map<Failure, Shrunk> shrunk = shrink(result.failures(), depth);
    new Output(console, format).tree(SimulateJson.of(result, shrunk), () -> text(result, shrunk));
    if (result.hasViolation()) {
      return ExitCode.UNHEALTHY;
    }
    boolean isProof = result.failures().isEmpty() && Vacuity.of(result).isEmpty();
    return isProof ? ExitCode.OK : ExitCode.PROVES_NOTHING;
  }

  private SearchResult search(GlobalOptions.Color color) throws InterruptedException {
    Search search = new Search(runner, spec);
    Progress.Work work =
        new Progress.Work(
            "simulate",
            spec.seeds().count(),
            "seeds",
            () -> search.totals().done(),
            () -> more(search.totals()));
    try (Progress progress = new Progress(console, color, work)) {
      return search.run(totals -> progress.update());
    }
  }

  private static String more(Totals totals) {
    return String.format(
        Locale.ROOT,
        ", %.1f virtual hours, %s faults",
        totals.virtualHours(),
        Units.count(totals.faultCount()));
  }

  /** Of each rule that was broken only the first: the others mostly have the same cause. */
  private Map<Failure, Shrunk> shrink(List<Failure> failures, Depth depth) {
    Map<Failure, Shrunk> shrunk = new LinkedHashMap<>();
    List<Violation> known = new ArrayList<>();
    Shrinker shrinker = new Shrinker(runner, depth.shrinkRuns(), SHRINK_NANOS_MAX);
    for (Failure failure : failures) {
      Violation violation = failure.violation();
      if (violation != null && known.stream().noneMatch(violation::isSameAs)) {
        known.add(violation);
        console.say(
            String.format(
                Locale.ROOT,
                "simulate: seed %d breaks %s, %s; looking for its shortest fault schedule",
                failure.spec().seed(),
                violation.guarantee(),
                violation.rule()));
        shrunk.put(failure, shrinker.shrink(failure, depth.traceLines()));
      }
    }
    return shrunk;
  }

  private static String text(SearchResult result, Map<Failure, Shrunk> shrunk) {
    List<String> lines = new ArrayList<>(SearchReport.of(result));
    for (Failure failure : result.failures()) {
      Shrunk shortest = shrunk.get(failure);
      lines.add("");
      lines.addAll(shortest == null ? FailureReport.brief(failure) : FailureReport.of(shortest));
    }
    return String.join("\n", lines) + "\n";
  }
}
