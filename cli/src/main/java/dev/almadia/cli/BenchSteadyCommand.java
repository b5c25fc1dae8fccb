// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.AlmadiaException;
import dev.almadia.client.HostAndPort;
import dev.almadia.history.History;
import dev.almadia.history.PartitionId;
import dev.almadia.history.Produce;
import dev.almadia.history.Read;
import dev.almadia.history.Recorder;
import dev.almadia.history.check.Anomaly;
import dev.almadia.history.check.Checks;
import dev.almadia.history.check.Vacuity;
import dev.almadia.v1.Latest;
import dev.almadia.v1.Position;
import dev.almadia.v1.ResolvedOffset;
import dev.almadia.v1.Topic;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Produces and consumes at a steady rate, records every request and answer, and judges them at the
 * end: nothing acknowledged is lost, readers see no gap and nothing twice, offsets agree.
 *
 * <p>The load is open: a record is due every 1/rate seconds whether or not earlier ones were
 * answered, and its latency counts from when it was due. The client library may retry what is safe
 * to retry; what still fails is a failure. The history is kept in memory, about 1 KiB for each
 * record.
 */
@Command(
    name = "steady",
    description = {
      "Produce and consume at a steady rate, check every answer, and report gaps. Needs an empty"
          + " topic, which nobody else uses.",
      "Exit code 0 if nothing failed and all is right, 7 if writes failed, 1 if something is wrong."
    },
    footerHeading = "Examples:%n",
    footer = {
      "  almadia topics create steady --partitions 200",
      "  almadia bench steady --topic steady --rate 2000 --duration 1m",
      "  (sleep 10; echo drain; almadia brokers drain 2 >&2; sleep 10) | almadia bench steady --topic"
          + " steady --phases",
      ""
    })
@SuppressWarnings("NullAway.Init") // Filled in by picocli.
final class BenchSteadyCommand implements Callable<Integer> {
  private static final int RATE_MAX = 100_000;
  private static final int CLIENTS_MAX = 100;
  private static final Duration SETTLE = Duration.ofSeconds(90);

  private final Console console;
  @Mixin private GlobalOptions global;

  @Option(names = "--topic", required = true, paramLabel = "TOPIC", description = "Topic to use")
  private String topic;

  @Option(names = "--rate", paramLabel = "N", description = "Records/s (default 2000)")
  private int rate = 2_000;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      converter = Units.TimeConverter.class,
      description = "How long (default 30s), with --phases at most (default 1h)")
  private Duration duration;

  @Option(names = "--producers", paramLabel = "N", description = "Streams (default 3)")
  private int producers = 3;

  @Option(names = "--consumers", paramLabel = "N", description = "Subscriptions (default 3)")
  private int consumers = 3;

  @Option(
      names = "--probe-rate",
      paramLabel = "N",
      description =
          "Besides, unary writes/s to each broker in --server, tried once and nowhere else"
              + " (default 0)")
  private int probeRate;

  @Option(
      names = "--phases",
      description =
          "Read standard input: each line names a phase that begins, the end of input ends the run")
  private boolean phased;

  // Set by the thread that reads standard input.
  private volatile boolean inputEnded;

  BenchSteadyCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    check();
    List<HostAndPort> addresses = global.addresses();
    PartitionId id;
    int count;
    try (AlmadiaClient client = global.connect()) {
      Topic found = client.admin().getTopic(topic);
      id = new PartitionId(topic, found.getTopicId(), PartitionId.UNKNOWN);
      count = found.getPartitions();
      demandEmpty(client);
    }
    Recorder recorder = new Recorder(System::nanoTime);
    SteadyPhases phases = new SteadyPhases("start", System.currentTimeMillis(), System.nanoTime());
    try (SteadyWriters writers = new SteadyWriters(recorder, id, count, phases)) {
      writers.connect(addresses, producers, probeRate > 0);
      SteadyReaders readers =
          new SteadyReaders(recorder, id, count, addresses, producers + writers.probeCount());
      readers.start(consumers);
      if (phased) {
        followInput(phases);
      }
      load(writers);
      boolean isAnswered = writers.flush(SETTLE);
      List<SteadyPhases.Phase> seen = phases.finish(System.nanoTime());
      List<Integer> behind = readers.finish(SETTLE);
      List<String> problems = problems(isAnswered, behind, readers.failures());
      History history = recorder.history();
      List<Anomaly> anomalies = Checks.all().check(history);
      anomalies.forEach(anomaly -> problems.add(anomaly.toString()));
      return report(new Result(seen, writers, history, problems));
    }
  }

  private record Result(
      List<SteadyPhases.Phase> phases,
      SteadyWriters writers,
      History history,
      List<String> problems) {}

  private void check() {
    if (rate < 1 || rate > RATE_MAX || probeRate < 0 || probeRate > rate) {
      throw CliException.usage(
          "--rate must be from 1 to " + RATE_MAX + ", --probe-rate from 0 to --rate");
    }
    if (producers < 1 || producers > CLIENTS_MAX || consumers < 1 || consumers > CLIENTS_MAX) {
      throw CliException.usage("--producers and --consumers must be from 1 to " + CLIENTS_MAX);
    }
  }

  /** What others wrote could not be told from what this run did not. */
  private void demandEmpty(AlmadiaClient client) {
    Position latest = Position.newBuilder().setLatest(Latest.getDefaultInstance()).build();
    for (ResolvedOffset end : client.admin().resolveOffsets(topic, List.of(), latest)) {
      if (end.getOffset() != 0) {
        throw new CliException(
            ExitCode.PRECONDITION,
            "topic '" + Errors.oneLine(topic) + "' is not empty; give one that was just created");
      }
    }
  }

  private void followInput(SteadyPhases phases) {
    Thread thread =
        new Thread(
            () -> {
              try (BufferedReader lines =
                  new BufferedReader(new InputStreamReader(console.in(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                  phases.next(line.strip(), System.currentTimeMillis(), System.nanoTime());
                }
              } catch (IOException e) {
                console.say("almadia: standard input: " + Errors.oneLine(e.toString()));
              } finally {
                inputEnded = true;
              }
            },
            "almadia-steady-phases");
    thread.setDaemon(true);
    thread.start();
  }

  private void load(SteadyWriters writers) {
    Duration longest = phased ? Duration.ofHours(1) : Duration.ofSeconds(30);
    long startNanos = System.nanoTime();
    long total = (duration == null ? longest : duration).toMillis() * rate / 1_000;
    double pauseNanos = 1e9 / rate;
    long probeEvery = probeRate == 0 ? Long.MAX_VALUE : Math.max(1, rate / probeRate);
    long probes = 0;
    for (long i = 0; i < total && !inputEnded; i++) {
      long due = startNanos + (long) (i * pauseNanos);
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      writers.send(i, due);
      for (int which = 0; which < writers.probeCount(); which++) {
        // Not all brokers in one moment.
        if ((i + which * probeEvery / writers.probeCount()) % probeEvery == 0) {
          writers.probe(which, probes++);
        }
      }
    }
  }

  private static List<String> problems(
      boolean isAnswered, List<Integer> behind, List<AlmadiaException> failures) {
    List<String> problems = new ArrayList<>();
    if (!isAnswered) {
      problems.add("some writes were not answered within " + SETTLE.toSeconds() + " s");
    }
    if (!behind.isEmpty()) {
      problems.add("readers did not come to the end of partitions " + behind);
    }
    failures.forEach(failure -> problems.add("a reader gave up: " + failure.getMessage()));
    return problems;
  }

  private int report(Result result) {
    Vacuity counts = Vacuity.of(result.history());
    List<String> problems = result.problems();
    problems.addAll(counts.tooLittle(1, 0));
    JsonObject tree = new JsonObject();
    Table table = new Table("PHASE", "SECONDS", "ACKNOWLEDGED", "LONGEST GAP MS", "SLOWEST MS");
    JsonArray phases = new JsonArray();
    double gap = 0;
    double slowest = 0;
    for (SteadyPhases.Phase phase : result.phases()) {
      table.row(
          phase.name(),
          String.format(Locale.ROOT, "%.1f", phase.seconds()),
          Units.count(phase.acknowledged()),
          String.format(Locale.ROOT, "%.1f", phase.longestGapMs()),
          String.format(Locale.ROOT, "%.1f", phase.longestLatencyMs()));
      phases.add(json(phase));
      gap = Math.max(gap, phase.longestGapMs());
      slowest = Math.max(slowest, phase.longestLatencyMs());
    }
    tree.addProperty("topic", topic);
    tree.addProperty("rate", rate);
    tree.addProperty("writes", counts.count(Produce.class).begun());
    tree.addProperty("acknowledged", counts.count(Produce.class).succeeded());
    tree.addProperty("reads", counts.count(Read.class).succeeded());
    tree.addProperty("failed", result.writers().failedCount());
    tree.addProperty("failedProbes", result.writers().failedProbeCount());
    tree.addProperty("longestGapMs", gap);
    tree.addProperty("longestLatencyMs", slowest);
    tree.add("phases", phases);
    JsonArray failures = new JsonArray();
    result.writers().failures().forEach(failure -> failures.add(json(failure)));
    tree.add("failures", failures);
    JsonArray wrong = new JsonArray();
    problems.forEach(wrong::add);
    tree.add("problems", wrong);
    new Output(console, global).tree(tree, table);
    problems.forEach(problem -> console.say("almadia: bench steady " + topic + ": " + problem));
    long failed = result.writers().failedCount() + result.writers().failedProbeCount();
    console.say(
        String.format(
            Locale.ROOT,
            "longest gap %.1f ms, slowest write %.1f ms; %s acknowledged, %s failed; %s",
            gap,
            slowest,
            Units.count(counts.count(Produce.class).succeeded()),
            Units.count(failed),
            problems.isEmpty() ? "all is right" : problems.size() + " problems"));
    if (!problems.isEmpty()) {
      return ExitCode.FAILED;
    }
    return failed == 0 ? ExitCode.OK : ExitCode.PARTLY_DONE;
  }

  private static JsonObject json(SteadyPhases.Phase phase) {
    JsonObject item = new JsonObject();
    item.addProperty("phase", phase.name());
    item.addProperty("startMillis", phase.startMillis());
    item.addProperty("seconds", phase.seconds());
    item.addProperty("acknowledged", phase.acknowledged());
    item.addProperty("longestGapMs", phase.longestGapMs());
    item.addProperty("longestLatencyMs", phase.longestLatencyMs());
    item.addProperty("slow", phase.slow());
    return item;
  }

  private static JsonObject json(SteadyWriters.Failure failure) {
    JsonObject item = new JsonObject();
    item.addProperty("millis", failure.millis());
    item.addProperty("probe", failure.probe());
    item.addProperty("where", failure.where());
    item.addProperty("partition", failure.partition());
    item.addProperty("outcome", failure.outcome().name());
    item.addProperty("text", failure.text());
    return item;
  }
}
