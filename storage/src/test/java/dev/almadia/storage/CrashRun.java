// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.storage.testing.PlainLogs;
import dev.almadia.storage.testing.Workload;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A process that ended at one point of the {@link CrashScript}, and what it had said until then.
 *
 * @param seed of its workload
 * @param startedRound the last round that it gave to the store; rounds count from 1
 * @param doneRound the last round whose write returned
 * @param fingerprint what the store holds when it is opened again
 */
public record CrashRun(long seed, int startedRound, int doneRound, String fingerprint) {
  static final String REACHED = "reached";

  /** Flushes run beside the rounds, so their number differs from run to run. */
  private static final int FLUSHES_SURE = 2;

  /** How often each point is reached: before and after each step, by the step's name. */
  public static Map<String, Integer> count(Path temp, long seed) throws IOException {
    Map<DurableStep, int[]> counts = new EnumMap<>(DurableStep.class);
    for (DurableStep step : DurableStep.values()) {
      counts.put(step, new int[2]);
    }
    CrashPoints counter =
        (step, done) -> {
          synchronized (counts) {
            counts.get(step)[done ? 1 : 0]++;
          }
        };
    new CrashScript(temp.resolve("count" + seed), counter, seed, line -> {}).run();
    Map<String, Integer> found = new TreeMap<>();
    counts.forEach(
        (step, count) -> {
          found.put(step + " before", count[0]);
          found.put(step + " after", count[1]);
        });
    return found;
  }

  /**
   * Ends a process at this point, at one of the times that it is reached, opens what is left, and
   * checks that it is all that it must be.
   *
   * @param point such as {@code ROUND_SYNC before}
   * @param count how often it is reached
   */
  public static CrashRun at(String point, int count, long seed, Path temp) throws Exception {
    boolean flush = point.startsWith(DurableStep.FLUSH.name());
    int time = 1 + new Random(seed + point.hashCode()).nextInt(flush ? FLUSHES_SURE : count);
    Path directory = temp.resolve(point.replace(' ', '-') + seed);
    Told told = new Told();
    Process process =
        new ProcessBuilder(command(point, time, seed, directory, temp))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (line.equals(REACHED)) {
          // SIGKILL; by its handle, because the other way closes what it has said too.
          process.toHandle().destroyForcibly();
          told.reached = true;
        } else {
          told.hear(line);
        }
      }
    } finally {
      process.toHandle().destroyForcibly();
      process.onExit().join();
    }
    assertThat(told.reached).as(point + ", time " + time).isTrue();
    return told.check(point + ", time " + time, directory, seed);
  }

  private static List<String> command(String point, int time, long seed, Path directory, Path temp)
      throws IOException {
    String[] parts = point.split(" ");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add(NativeLibrary.optionFor(temp.resolve("library")));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(CrashScript.class.getName(), directory.toString()));
    command.addAll(List.of(parts[0], parts[1], "" + time, "" + seed));
    return command;
  }

  /** What a process said. */
  private static final class Told {
    private int startedRound;
    private int doneRound;
    private boolean reached;
    private String incarnation = "";
    private String clusterId = "";

    void hear(String line) {
      String[] parts = line.split(" ");
      switch (parts[0]) {
        case "start" -> startedRound = Integer.parseInt(parts[1]);
        case "done" -> doneRound = Integer.parseInt(parts[1]);
        case "incarnation" -> incarnation = parts[1];
        case "cluster" -> clusterId = parts[1];
        default -> throw new IllegalArgumentException(line);
      }
    }

    CrashRun check(String where, Path path, long seed) {
      Workload workload = new Workload(seed);
      for (int round = 1; round <= doneRound; round++) {
        workload.next();
      }
      PlainLogs logs = workload.logs().copy();
      String fingerprint;
      try (DataDirectory directory = DataDirectory.openAny(path)) {
        if (!incarnation.isEmpty()) {
          assertThat(directory.incarnation()).as(where).hasToString(incarnation);
        }
        assertThat(directory.clusterId()).as(where).isIn(clusterId, "c1");
        try (RocksLogStore store = RocksLogStore.open(directory, CrashScript.OPTIONS)) {
          fingerprint = PlainLogs.fingerprintOf(store);
          if (startedRound > doneRound && !fingerprint.equals(logs.fingerprint())) {
            workload.next();
          }
          assertThat(fingerprint).as(where).isEqualTo(workload.logs().fingerprint());
          goOn(store, workload, seed);
        }
      }
      try (RocksLogStore store = RocksLogStore.open(path, CrashScript.OPTIONS)) {
        workload.logs().compare(store, new Random(seed));
      }
      return new CrashRun(seed, startedRound, doneRound, fingerprint);
    }

    private static void goOn(RocksLogStore store, Workload workload, long seed) {
      workload.logs().compare(store, new Random(seed));
      for (int i = 0; i < 5; i++) {
        store.write(workload.next());
      }
    }
  }
}
