// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.Batches;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.Record;
import dev.almadia.v1.WriteOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Measures the longest time in which a partition acknowledged nothing.
 *
 * <p>The load is open: a record is due every 1/rate seconds whether or not earlier ones were
 * answered. Each is its own batch over the unary call with a short deadline. One that fails is not
 * repeated, the next one goes to the next broker: that is how soon a client that retries would be
 * served again, and keeps an outage from being followed by a burst that is part of no workload.
 */
@Command(
    name = "gap",
    description = {
      "Send small batches at a fixed rate and report the longest gap between two acknowledged"
          + " writes of a partition. Goes on when brokers die: name several in --server."
    },
    footerHeading = "Examples:%n",
    footer = {
      "  almadia bench gap --topic load --server 127.0.0.1:9400,127.0.0.1:9410,127.0.0.1:9420",
      "  almadia bench gap --topic load --rate 1000 --duration 30s -p 0 -o json",
      ""
    })
@SuppressWarnings("NullAway.Init") // Filled in by picocli.
final class BenchGapCommand implements Callable<Integer> {
  private static final int IN_FLIGHT_MAX = 10_000;
  private static final int RATE_MAX = 100_000;

  private final Console console;
  @Mixin private GlobalOptions global;

  @Option(names = "--topic", required = true, paramLabel = "TOPIC", description = "Topic to write")
  private String topic;

  @Option(
      names = {"-p", "--partition"},
      split = ",",
      paramLabel = "N",
      description = "Only these (default: all, in turn)")
  private List<Integer> partitions = new ArrayList<>();

  @Option(names = "--rate", paramLabel = "N", description = "Records/s (default 1000)")
  private int rate = 1_000;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      converter = Units.TimeConverter.class,
      description = "How long (default 10s)")
  private Duration duration = Duration.ofSeconds(10);

  @Option(
      names = "--attempt",
      paramLabel = "TIME",
      converter = Units.TimeConverter.class,
      description = "Deadline of each batch (default 200ms)")
  private Duration attempt = Duration.ofMillis(200);

  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong skipped = new AtomicLong();

  BenchGapCommand(Console console) {
    this.console = console;
  }

  /** Acknowledgements of one partition. Any thread. */
  static final class Track {
    final int partition;
    private long acknowledged;
    private long lastNanos;
    private long longestNanos;
    private long longestFromNanos;

    Track(int partition) {
      this.partition = partition;
    }

    synchronized void acknowledged(long nowNanos) {
      // Answers of several brokers can arrive in another order than their times were taken.
      if (acknowledged++ > 0 && nowNanos - lastNanos > longestNanos) {
        longestNanos = nowNanos - lastNanos;
        longestFromNanos = lastNanos;
      }
      lastNanos = acknowledged == 1 ? nowNanos : Math.max(lastNanos, nowNanos);
    }

    /** A gap that is still open at the end counts. */
    synchronized void close(long nowNanos) {
      if (acknowledged > 0 && nowNanos - lastNanos > longestNanos) {
        longestNanos = nowNanos - lastNanos;
        longestFromNanos = lastNanos;
      }
    }

    synchronized long acknowledged() {
      return acknowledged;
    }

    synchronized double longestMs() {
      return longestNanos / 1e6;
    }

    synchronized long longestFromNanos() {
      return longestFromNanos;
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    if (rate < 1 || rate > RATE_MAX) {
      throw CliException.usage("--rate must be from 1 to " + RATE_MAX);
    }
    long startNanos;
    Instant start;
    List<Track> tracks = new ArrayList<>();
    try (AlmadiaClient client = global.connect()) {
      int count = client.admin().getTopic(topic).getPartitions();
      if (partitions.isEmpty()) {
        for (int i = 0; i < count; i++) {
          tracks.add(new Track(i));
        }
      }
      partitions.forEach(partition -> tracks.add(new Track(partition)));
      start = Instant.now();
      startNanos = System.nanoTime();
      run(client, tracks, startNanos);
    }
    return report(tracks, startNanos, start);
  }

  private void run(AlmadiaClient client, List<Track> tracks, long startNanos)
      throws InterruptedException {
    Semaphore inFlight = new Semaphore(IN_FLIGHT_MAX);
    long total = duration.toMillis() * rate / 1_000;
    double gapNanos = 1e9 / rate;
    for (long i = 0; i < total; i++) {
      long due = startNanos + (long) (i * gapNanos);
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      if (!inFlight.tryAcquire()) {
        skipped.incrementAndGet();
        continue;
      }
      Track track = tracks.get((int) (i % tracks.size()));
      var unused =
          client
              .produceOnce(request(track.partition, i), attempt)
              .whenComplete(
                  (answer, error) -> {
                    inFlight.release();
                    boolean isApplied =
                        error == null
                            && answer.getResultsCount() > 0
                            && answer.getResults(0).getOutcome()
                                == WriteOutcome.WRITE_OUTCOME_APPLIED;
                    if (isApplied) {
                      track.acknowledged(System.nanoTime());
                    } else {
                      failed.incrementAndGet();
                    }
                  });
    }
    long nowNanos = System.nanoTime();
    tracks.forEach(track -> track.close(nowNanos));
    boolean unused =
        inFlight.tryAcquire(IN_FLIGHT_MAX, attempt.toMillis() + 1_000, TimeUnit.MILLISECONDS);
  }

  private ProduceRequest request(int partition, long number) {
    ByteString value = ByteString.copyFromUtf8("gap-" + number);
    return ProduceRequest.newBuilder()
        .setTopic(topic)
        .setPartition(partition)
        .setBatch(Batches.of(List.of(Record.newBuilder().setValue(value).build())))
        .build();
  }

  private int report(List<Track> tracks, long startNanos, Instant start) {
    Table table = new Table("PARTITION", "ACKNOWLEDGED", "LONGEST GAP MS", "GAP STARTED");
    JsonArray list = new JsonArray();
    double longest = 0;
    long acknowledged = 0;
    for (Track track : tracks) {
      Instant from = start.plusNanos(Math.max(0, track.longestFromNanos() - startNanos));
      table.row(
          track.partition,
          Units.count(track.acknowledged()),
          String.format(Locale.ROOT, "%.1f", track.longestMs()),
          track.acknowledged() > 0 ? from : "-");
      JsonObject item = new JsonObject();
      item.addProperty("partition", track.partition);
      item.addProperty("acknowledged", track.acknowledged());
      item.addProperty("longestGapMs", track.longestMs());
      item.addProperty("gapStarted", from.toString());
      list.add(item);
      longest = Math.max(longest, track.longestMs());
      acknowledged += track.acknowledged();
    }
    JsonObject tree = new JsonObject();
    tree.addProperty("topic", topic);
    tree.addProperty("rate", rate);
    tree.addProperty("acknowledged", acknowledged);
    tree.addProperty("failed", failed.get());
    tree.addProperty("skipped", skipped.get());
    tree.addProperty("longestGapMs", longest);
    tree.add("partitions", list);
    new Output(console, global).tree(tree, table);
    console.say(
        String.format(
            Locale.ROOT,
            "longest gap %.1f ms; %s acknowledged, %s failed, %s not sent (too many unanswered)",
            longest,
            Units.count(acknowledged),
            Units.count(failed.get()),
            Units.count(skipped.get())));
    if (acknowledged == 0) {
      return ExitCode.UNAVAILABLE;
    }
    return failed.get() + skipped.get() == 0 ? ExitCode.OK : ExitCode.PARTLY_DONE;
  }
}
