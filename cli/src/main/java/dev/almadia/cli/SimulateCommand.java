// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.almadia.simulation.run.Choices;
import dev.almadia.simulation.run.FaultNumbers;
import dev.almadia.simulation.run.Named;
import dev.almadia.simulation.run.Replay;
import dev.almadia.simulation.run.RunResult;
import dev.almadia.simulation.run.RunSpec;
import dev.almadia.simulation.run.SearchSpec;
import dev.almadia.simulation.run.SeedRange;
import dev.almadia.simulation.run.SeedRunner;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs simulated clusters with faults, each from a seed, and looks for broken promises. */
@Command(
    name = "simulate",
    description = {
      "Run whole clusters in one thread each, under virtual time, with faults, and check every"
          + " promise. A seed decides everything; the same seed is the same run, byte for byte.",
      "Exit code 0 if nothing was found, 10 if a promise is broken, 11 if the runs prove nothing"
          + " (too little traffic, a fault that never was, a run that differs from itself or ends in"
          + " a defect of the simulator)."
    },
    footerHeading = "Examples:%n",
    footer = {
      "  almadia simulate                              100 fresh seeds on all cores",
      "  almadia simulate --seeds 1..10000",
      "  almadia simulate --seeds fresh:300 --minutes 2 --jobs 2",
      "  almadia simulate --seeds 1..1000 --faults crash,partition --keep-going",
      "  almadia simulate --replay 4711 --without 0..6,9 --trace run.txt",
      "  almadia simulate --list",
      ""
    },
    optionListHeading = "%nOptions:%n")
@SuppressWarnings({"NullAway.Init", "unused"}) // Filled in by picocli.
final class SimulateCommand implements Callable<Integer> {
  private static final int JOBS_MAX = 1_024;
  private static final int LINES_MAX = 1_000_000;
  private static final double NANOS_OF_A_MINUTE = 60e9;

  private final Console console;
  private final Supplier<SeedRunner> simulator;

  @Option(
      names = "--seeds",
      paramLabel = "RANGE",
      description =
          "42, 1..10000, or fresh:300 for ones that nobody has run (default fresh:100); the"
              + " report says which they were")
  private @Nullable String seeds;

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      description = "What is simulated (default mix; see --list)")
  private String scenario = RunSpec.MIX;

  @Option(
      names = "--faults",
      split = ",",
      paramLabel = "KIND",
      description = "Only these kinds of fault (default: all of the scenario; see --list)")
  private List<String> faults = new ArrayList<>();

  @Option(names = "--jobs", paramLabel = "N", description = "Threads (default: one per core)")
  private int jobs = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--minutes",
      paramLabel = "M",
      description = "Begin no more seeds after so long, such as 30 or 0.5")
  private @Nullable Double minutes;

  @Option(
      names = "--keep-going",
      arity = "0..1",
      fallbackValue = "20",
      paramLabel = "N",
      description = "Do not stop at the first failure but at the N-th (20 if not said)")
  private int failuresMax = 1;

  @Option(
      names = "--shrink-runs",
      paramLabel = "N",
      description = "Most runs to find the shortest fault schedule (default 500)")
  private int shrinkRuns = 500;

  @Option(
      names = "--trace-lines",
      paramLabel = "N",
      description = "How many of the last events a report shows (default 40)")
  private int traceLines = 40;

  @Option(
      names = "--replay",
      paramLabel = "SEED",
      description = "Run this one and print all its events, then the hash over them")
  private @Nullable Long replay;

  @Option(
      names = "--without",
      paramLabel = "NUMBERS",
      description = "With --replay: leave out these faults of its schedule, such as 3,7..9")
  private @Nullable String without;

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description = "With --replay: write the events there instead of to standard output")
  private @Nullable Path traceFile;

  @Option(names = "--list", description = "List scenarios and kinds of fault")
  private boolean list;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "table (text for people), json, jsonl or yaml")
  private GlobalOptions.Format format = GlobalOptions.Format.table;

  @Option(
      names = {"-v", "--verbose"},
      description = "With a defect, show where it is")
  private boolean verbose;

  @Option(names = "--color", paramLabel = "WHEN", description = "auto, always or never")
  private GlobalOptions.Color color = GlobalOptions.Color.auto;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  private boolean help;

  SimulateCommand(Console console, Supplier<SeedRunner> simulator) {
    this.console = console;
    this.simulator = simulator;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (list) {
      return list();
    }
    check();
    RunSpec run =
        RunSpec.of(0)
            .withScenario(known("scenario", scenario, Choices.scenarios()))
            .withFaultKinds(
                faults.stream().map(kind -> known("fault", kind, Choices.faults())).toList());
    if (replay != null) {
      return replay(run.withSeed(replay));
    }
    SearchSpec search = new SearchSpec(range(), run, jobs, timeBoxNanos(), failuresMax);
    return new SimulateSearch(console, simulator.get(), search)
        .run(color, format, new SimulateSearch.Depth(shrinkRuns, traceLines));
  }

  private void check() {
    demand(jobs >= 1 && jobs <= JOBS_MAX, "--jobs must be from 1 to " + JOBS_MAX);
    demand(failuresMax >= 1, "--keep-going must be at least 1");
    demand(shrinkRuns >= 0, "--shrink-runs must not be negative");
    demand(
        traceLines >= 0 && traceLines <= LINES_MAX, "--trace-lines must be from 0 to " + LINES_MAX);
    demand(minutes == null || minutes > 0, "--minutes must be more than 0");
    demand(replay == null || replay >= 0, "--replay takes a seed, which is not negative");
    demand(replay == null || seeds == null, "--replay runs one seed; leave --seeds out");
    demand(replay != null || without == null, "--without belongs to --replay");
    demand(replay != null || traceFile == null, "--trace belongs to --replay");
  }

  private static void demand(boolean isRight, String line) {
    if (!isRight) {
      throw CliException.usage(line);
    }
  }

  private SeedRange range() {
    try {
      return SeedRange.parse(seeds == null ? "fresh" : seeds, SeedRange::freshBase);
    } catch (IllegalArgumentException e) {
      throw CliException.usage("--seeds: " + e.getMessage());
    }
  }

  private long timeBoxNanos() {
    return minutes == null ? 0 : Math.max(1, (long) (minutes * NANOS_OF_A_MINUTE));
  }

  private static String known(String what, String name, List<Named> all) {
    List<String> names = all.stream().map(Named::name).toList();
    if (names.contains(name)) {
      return name;
    }
    throw CliException.usage(
        "no "
            + what
            + " '"
            + name
            + "'"
            + Suggest.near(name, names).map(near -> "; did you mean '" + near + "'?").orElse("")
            + "; see: almadia simulate --list");
  }

  private int list() {
    Table table = new Table("WHAT", "NAME", "IS");
    JsonObject tree = new JsonObject();
    tree.add("scenarios", list("scenario", Choices.scenarios(), table));
    tree.add("faults", list("fault", Choices.faults(), table));
    new Output(console, format).tree(tree, table);
    return ExitCode.OK;
  }

  private static JsonArray list(String what, List<Named> all, Table table) {
    JsonArray array = new JsonArray();
    for (Named one : all) {
      table.row(what, one.name(), one.text());
      JsonObject item = new JsonObject();
      item.addProperty("name", one.name());
      item.addProperty("text", one.text());
      array.add(item);
    }
    return array;
  }

  private int replay(RunSpec seed) {
    RunSpec spec = seed;
    if (without != null) {
      try {
        spec = seed.withDroppedFaults(FaultNumbers.parse(without));
      } catch (IllegalArgumentException e) {
        throw CliException.usage("--without: " + e.getMessage());
      }
    }
    boolean isForPeople = format == GlobalOptions.Format.table;
    RunResult result;
    if (traceFile != null) {
      result = replayTo(traceFile, spec);
      if (isForPeople) {
        Replay.summary(spec, result).forEach(this::print);
      }
    } else if (isForPeople) {
      result = Replay.run(simulator.get(), spec, this::print);
    } else {
      result = simulator.get().run(spec, null);
    }
    if (!isForPeople) {
      new Output(console, format).tree(SimulateJson.of(spec, result), new Table());
    }
    // A reader that has gone (head, less) is no failure.
    boolean unused = console.flush();
    return result.violation() == null ? ExitCode.OK : ExitCode.UNHEALTHY;
  }

  private RunResult replayTo(Path file, RunSpec spec) {
    // A stream that keeps its error: thrown inside of a run, it would look like one of the run's.
    try (PrintStream out = new PrintStream(file.toFile(), StandardCharsets.UTF_8)) {
      RunResult result = Replay.run(simulator.get(), spec, line -> out.print(line + "\n"));
      if (out.checkError()) {
        throw new CliException(ExitCode.FAILED, "cannot write all of '" + file + "'");
      }
      return result;
    } catch (IOException e) {
      throw new CliException(
          ExitCode.FAILED, "cannot write '" + file + "': " + e.getMessage() + "; see --trace");
    }
  }

  private void print(String line) {
    console.out().print(line + "\n");
  }
}
