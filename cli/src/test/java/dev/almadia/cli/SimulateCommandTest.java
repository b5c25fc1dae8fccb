// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.almadia.simulation.run.RunResult;
import dev.almadia.simulation.run.RunSpec;
import dev.almadia.simulation.run.SeedRunner;
import dev.almadia.simulation.run.Violation;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code almadia simulate} over a simulation of nothing: output, messages, exit codes. */
@Timeout(60)
class SimulateCommandTest {
  private record Run(int exitCode, String out, String err) {}

  /** Ten faults; of the seeds from 100 each tenth fails by the faults 2 and 5. */
  private static RunResult toy(RunSpec spec, @Nullable Consumer<String> reader) {
    List<String> plan = new ArrayList<>();
    List<String> trace = new ArrayList<>();
    for (int number = 0; number < 10; number++) {
      plan.add(number + ".000 s  crash b1");
      if (!spec.droppedFaults().contains(number)) {
        trace.add("   " + number + ".000000 b1 crashes");
      }
    }
    boolean isBroken =
        spec.seed() % 10 == 0
            && spec.seed() >= 100
            && !spec.droppedFaults().contains(2)
            && !spec.droppedFaults().contains(5);
    if (reader != null) {
      trace.forEach(reader);
    }
    TreeMap<String, Long> operations = new TreeMap<>();
    operations.put("produce applied", spec.seed() < 10 ? 1L : 90L);
    operations.put("produce unknown", 10L);
    TreeMap<String, Long> faults = new TreeMap<>();
    faults.put("crash", (long) trace.size());
    return new RunResult(
        spec.seed(),
        "brokers=3",
        isBroken ? new Violation("G1", "acknowledged is kept", "offset 7 is gone", 5_000) : null,
        trace.hashCode(),
        trace.size(),
        3_600_000_000_000L,
        faults,
        operations,
        plan,
        List.of());
  }

  private static Run run(String... args) {
    return run(SimulateCommandTest::toy, args);
  }

  private static Run run(SeedRunner runner, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Map.of(),
            false,
            false,
            false);
    List<String> all = new ArrayList<>(List.of("simulate"));
    all.addAll(List.of(args));
    int exitCode = Main.run(console, () -> runner, all.toArray(String[]::new));
    return new Run(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static JsonObject json(Run run) {
    return JsonParser.parseString(run.out()).getAsJsonObject();
  }

  private static void assertUsage(String part, String... args) {
    Run run = run(args);
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).startsWith("almadia: ").contains(part);
  }

  @Test
  void cleanSeedsEndWithTheirTotals() {
    Run run = run("--seeds", "11..30", "--jobs", "2");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err()).contains("seeds 11..30 of scenario mix on 2 threads");
    assertThat(run.out())
        .startsWith("Seeds 11..30: 20 of 20 run, no violation\n")
        .contains("20.0 virtual hours")
        .contains("1 seeds run twice, each time the same")
        .containsPattern("crash +200\n")
        .containsPattern("produce applied +1,800\n");
  }

  @Test
  void aViolationEndsWithTheOneCommandThatReplaysIt() {
    Run run = run("--seeds", "91..1000", "--trace-lines", "1");
    assertThat(run.exitCode()).isEqualTo(ExitCode.UNHEALTHY);
    assertThat(run.err()).contains("looking for its shortest fault schedule");
    assertThat(run.out())
        .contains("Seed 100 breaks G1 durability")
        .contains("acknowledged is kept")
        .contains("2 of 10 faults, none of them can be left out")
        .contains("The last 1 of 2 events:\n     5.000000 b1 crashes\n")
        .endsWith("  almadia simulate --replay 100 --without 0,1,3,4,6..9\n");
    Run replay = run("--replay", "100", "--without", "0,1,3,4,6..9");
    assertThat(replay.exitCode()).isEqualTo(ExitCode.UNHEALTHY);
    assertThat(replay.out())
        .startsWith("   2.000000 b1 crashes\n   5.000000 b1 crashes\n\noptions    brokers=3\n")
        .contains("violation  G1 acknowledged is kept: offset 7 is gone")
        .containsPattern("hash [0-9a-f]{16}\n$");
    assertThat(run("--replay", "100", "--without", "0,1,3,4,6..9").out()).isEqualTo(replay.out());
    assertThat(run("--replay", "100", "--without", "5").exitCode()).isZero();
  }

  @Test
  void goesOnAndShowsTheFirstOfEachRuleInFull() {
    Run run = run("--seeds", "91..1000", "--keep-going", "3");
    assertThat(run.out())
        .contains("3 violated")
        .contains("Seed 100 breaks", "Seed 110 breaks", "Seed 120 breaks")
        .doesNotContain("Seed 130")
        .containsOnlyOnce("Shortest fault schedule found")
        .contains("almadia simulate --replay 120\n");
    assertThat(json(run("--seeds", "91..1000", "--keep-going", "-o", "json")).get("failures"))
        .satisfies(failures -> assertThat(failures.getAsJsonArray()).hasSize(20));
  }

  @Test
  void jsonHasAllThatTheTextHas() {
    JsonObject tree = json(run("--seeds", "91..1000", "-o", "json"));
    assertThat(tree.get("seeds").getAsString()).isEqualTo("91..1000");
    assertThat(tree.getAsJsonObject("faults").get("crash").getAsLong()).isPositive();
    JsonObject failure = tree.getAsJsonArray("failures").get(0).getAsJsonObject();
    assertThat(failure.get("seed").getAsLong()).isEqualTo(100);
    assertThat(failure.get("kind").getAsString()).isEqualTo("violation");
    assertThat(failure.getAsJsonObject("violation").get("guarantee").getAsString()).isEqualTo("G1");
    assertThat(failure.getAsJsonArray("schedule")).hasSize(2);
    assertThat(failure.getAsJsonArray("lastEvents")).hasSize(2);
    assertThat(failure.get("replay").getAsString()).endsWith("--without 0,1,3,4,6..9");
    JsonObject replay = json(run("--replay", "42", "-o", "json"));
    assertThat(replay.get("violation").isJsonNull()).isTrue();
    assertThat(replay.get("traceHash").getAsString()).hasSize(16);
  }

  @Test
  void runsThatProveNothingHaveTheirOwnExitCode() {
    Run idle = run("--seeds", "1..5");
    assertThat(idle.exitCode()).isEqualTo(ExitCode.PROVES_NOTHING);
    assertThat(idle.out()).contains("This proves nothing: 5 of 5 runs had fewer than 20");
    Run tired = run("--seeds", "11..30", "--minutes", "0.0000000001");
    assertThat(tired.exitCode()).isEqualTo(ExitCode.PROVES_NOTHING);
    assertThat(tired.out()).contains("0 of 20 run").contains("time is up");
    Run broken =
        run(
            (spec, reader) -> {
              throw new IllegalStateException("no such broker");
            },
            "--seeds",
            "7");
    assertThat(broken.exitCode()).isEqualTo(ExitCode.PROVES_NOTHING);
    assertThat(broken.out())
        .contains("Seed 7 ends in a defect of the simulator")
        .contains("no such broker");
    long[] calls = new long[1];
    Run unsteady =
        run(
            (spec, reader) -> {
              if (reader != null) {
                reader.accept("call " + calls[0]);
              }
              RunResult result =
                  toy(spec.withDroppedFaults(List.of((int) (calls[0]++ % 10))), null);
              return result;
            },
            "--seeds",
            "11",
            "--jobs",
            "1");
    assertThat(unsteady.exitCode()).isEqualTo(ExitCode.PROVES_NOTHING);
    assertThat(unsteady.out())
        .contains("Seed 11 is not deterministic")
        .contains("first run:  call 2\n")
        .contains("second run: call 3\n");
  }

  @Test
  void aTraceGoesToAFileIfOneIsNamed(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("run.txt");
    Run run = run("--replay", "42", "--trace", file.toString());
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("options    brokers=3\n").contains("hash ");
    assertThat(Files.readString(file))
        .isEqualTo(run("--replay", "42").out())
        .startsWith("   0.000000 b1 crashes\n")
        .endsWith(run.out());
    Run nowhere = run("--replay", "42", "--trace", folder.toString());
    assertThat(nowhere.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(nowhere.err()).startsWith("almadia: cannot write").contains("--trace");
  }

  @Test
  void freshSeedsAreNamedSoThatTheyCanBeRunAgain() {
    Run run = run("--seeds", "fresh:3", "--keep-going", "-o", "json");
    String seeds = json(run).get("seeds").getAsString();
    assertThat(run.err()).contains("seeds " + seeds);
    JsonObject again = json(run("--seeds", seeds, "--keep-going", "-o", "json"));
    assertThat(again.get("events")).isEqualTo(json(run).get("events"));
    assertThat(again.get("asked").getAsLong()).isEqualTo(3);
  }

  @Test
  void listsWhatCanBeChosen() {
    Run run = run("--list");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).containsPattern("scenario +mix ").containsPattern("fault +crash ");
    assertThat(json(run("--list", "-o", "json")).getAsJsonArray("scenarios")).isNotEmpty();
  }

  @Test
  void refusesWhatCannotBeMeant() {
    assertUsage("'9..1' ends before it begins", "--seeds", "9..1");
    assertUsage("did you mean 'crash'?", "--faults", "crahs");
    assertUsage("did you mean 'mix'?", "--scenario", "mux");
    assertUsage("--jobs", "--jobs", "0");
    assertUsage("--minutes", "--minutes", "0");
    assertUsage("--keep-going", "--keep-going", "0");
    assertUsage("--trace-lines", "--trace-lines", "-1");
    assertUsage("leave --seeds out", "--replay", "1", "--seeds", "1");
    assertUsage("--without belongs to --replay", "--seeds", "1", "--without", "3");
    assertUsage("--trace belongs to --replay", "--trace", "x");
    assertUsage("'3-4' names no faults", "--replay", "1", "--without", "3-4");
    assertUsage("did you mean '--seeds'?", "--seed", "1");
  }
}
