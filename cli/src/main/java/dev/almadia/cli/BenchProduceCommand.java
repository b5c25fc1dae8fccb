// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.AlmadiaException;
import dev.almadia.client.HostAndPort;
import dev.almadia.client.PreparedBatch;
import dev.almadia.client.Producer;
import dev.almadia.client.ProducerOptions;
import dev.almadia.v1.CreateTopicRequest;
import dev.almadia.v1.Record;
import dev.almadia.v1.Topic;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Produces as much, or as evenly, as asked, and measures.
 *
 * <p>Batches are made once and sent many times, so that this process is not what is measured. With
 * a rate the load is open: a batch's latency counts from the moment at which it should have been
 * sent, so a stall of the broker is seen in full and not left out with the batches that it delayed.
 */
@Command(
    name = "produce",
    description = {
      "Produce random records and measure throughput and latency (from sending to the"
          + " acknowledgement of each batch).",
      "With --rate the load is open: latency counts from when a batch was due."
    },
    footerHeading = "Examples:%n",
    footer = {
      "  almadia bench produce --topic load --create --partitions 16",
      "  almadia bench produce --topic load --record-bytes 100 --producers 4 --duration 30s",
      "  almadia bench produce --topic load --batch-bytes 1 --rate 1000 -o json",
      ""
    })
@SuppressWarnings("NullAway.Init") // Filled in by picocli.
final class BenchProduceCommand implements Callable<Integer> {
  private static final int PRODUCERS_MAX = 256;
  private static final long LATENCY_MICROS_MAX = TimeUnit.MINUTES.toMicros(10);

  private final Console console;
  @Mixin private GlobalOptions global;

  @Option(names = "--topic", required = true, paramLabel = "TOPIC", description = "Topic to write")
  private String topic;

  @Option(names = "--create", description = "Create the topic if it does not exist")
  private boolean create;

  @Option(names = "--partitions", paramLabel = "N", description = "For --create (default 1)")
  private int partitions = 1;

  @Option(names = "--replication-factor", paramLabel = "N", description = "For --create")
  private int replicationFactor;

  @Option(
      names = "--record-bytes",
      paramLabel = "SIZE",
      converter = Units.SizeConverter.class,
      description = "Bytes of each value (default 1024)")
  private long recordBytes = 1024;

  @Option(
      names = "--batch-bytes",
      paramLabel = "SIZE",
      converter = Units.SizeConverter.class,
      description = "Size of a batch, at least one record (default 128KiB)")
  private long batchBytes = 128 << 10;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      converter = Units.TimeConverter.class,
      description = "How long (default 10s)")
  private @Nullable Duration duration;

  @Option(names = "--records", paramLabel = "N", description = "How many, instead of --duration")
  private long records;

  @Option(names = "--producers", paramLabel = "N", description = "Streams (default 1)")
  private int producers = 1;

  @Option(names = "--rate", paramLabel = "N", description = "Records/s of all streams together")
  private long rate;

  @Option(
      names = "--direct",
      description =
          "Straight to the brokers that lead the partitions (--idempotent does it anyway)")
  private boolean direct;

  @Option(
      names = "--idempotent",
      description = "Number the records of each producer, so that each is stored once")
  private boolean idempotent;

  private final Histogram latencies = new ConcurrentHistogram(LATENCY_MICROS_MAX, 3);
  private final AtomicLong batchesStarted = new AtomicLong();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicReference<AlmadiaException> firstFailure = new AtomicReference<>();
  private final AtomicLong lastAckNanos = new AtomicLong();

  BenchProduceCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    check();
    int count = prepareTopic();
    PreparedBatch batch = batch();
    long batches = records > 0 ? (records + batch.records() - 1) / batch.records() : Long.MAX_VALUE;
    Duration limit = records > 0 && duration == null ? Duration.ofHours(24) : durationOrDefault();
    long startNanos = System.nanoTime();
    long endNanos = startNanos + limit.toNanos();
    Plan plan = new Plan(batch, batches, count, startNanos, endNanos);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < producers; i++) {
      int number = i;
      Thread thread = new Thread(() -> run(number, plan), "almadia-bench-" + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
    try (Progress progress =
        new Progress(
            console, global.color, "bench", records > 0 ? records : -1, acknowledged::get)) {
      for (Thread thread : threads) {
        while (thread.isAlive()) {
          thread.join(200);
          progress.update();
        }
      }
    }
    return report(batch, (Math.max(startNanos + 1, lastAckNanos.get()) - startNanos) / 1e9);
  }

  private Duration durationOrDefault() {
    return duration == null ? Duration.ofSeconds(10) : duration;
  }

  private void check() {
    if (producers < 1 || producers > PRODUCERS_MAX) {
      throw CliException.usage("--producers must be from 1 to " + PRODUCERS_MAX);
    }
    if (recordBytes < 0 || recordBytes > 3 << 20 || batchBytes < 1 || batchBytes > 3 << 20) {
      throw CliException.usage("--record-bytes and --batch-bytes may be at most 3MiB");
    }
    if (rate < 0 || records < 0) {
      throw CliException.usage("--rate and --records may not be negative");
    }
  }

  private int prepareTopic() {
    try (AlmadiaClient client = global.connect()) {
      try {
        return client.admin().getTopic(topic).getPartitions();
      } catch (AlmadiaException e) {
        if (!create || e.code() != Status.Code.NOT_FOUND) {
          throw e;
        }
      }
      Topic wanted =
          Topic.newBuilder()
              .setTopic(topic)
              .setPartitions(partitions)
              .setReplicationFactor(replicationFactor)
              .build();
      Topic made =
          client.admin().createTopic(CreateTopicRequest.newBuilder().setTopic(wanted).build());
      return made.getPartitions();
    }
  }

  private PreparedBatch batch() {
    // Random bytes, so that no compression below flatters the figures; a fixed seed, so that two
    // runs send the same.
    Random random = new Random(42);
    List<Record> list = new ArrayList<>();
    long size = 0;
    do {
      byte[] value = new byte[(int) recordBytes];
      random.nextBytes(value);
      Record record = Record.newBuilder().setValue(ByteString.copyFrom(value)).build();
      list.add(record);
      size += record.getSerializedSize() + 4L;
    } while (size + recordBytes + 8 <= batchBytes
        && (records == 0 || list.size() < Math.max(1, records / producers)));
    return PreparedBatch.of(list);
  }

  /** What each stream does, and when all of them end. */
  private record Plan(
      PreparedBatch batch, long batches, int partitionCount, long startNanos, long endNanos) {}

  private void run(int number, Plan plan) {
    PreparedBatch batch = plan.batch();
    long startNanos = plan.startNanos();
    long endNanos = plan.endNanos();
    // Each stream starts at another broker, as many clients would.
    List<HostAndPort> addresses = new ArrayList<>(global.addresses());
    Collections.rotate(addresses, -number);
    double gapNanos = rate == 0 ? 0 : 1e9 * batch.records() * producers / rate;
    ProducerOptions options = ProducerOptions.defaults();
    if (!idempotent) {
      options = options.withoutIdempotence().withDirect(direct);
    }
    try (AlmadiaClient client = AlmadiaClient.connect(addresses, global.timeoutOrDefault());
        Producer producer = client.producer(topic, options)) {
      int partition = number % plan.partitionCount();
      for (long i = 0; ; i++) {
        long due =
            rate == 0
                ? System.nanoTime()
                : startNanos + (long) (gapNanos * (i + (double) number / producers));
        if (due >= endNanos || batchesStarted.getAndIncrement() >= plan.batches() || isHopeless()) {
          return;
        }
        waitUntil(due);
        if (System.nanoTime() >= endNanos) {
          return;
        }
        var unused =
            producer
                .sendBatch(batch, partition)
                .whenComplete((ack, error) -> done(batch, due, error));
        partition = (partition + 1) % plan.partitionCount();
      }
    } catch (AlmadiaException e) {
      done(batch, startNanos, e);
    }
  }

  private boolean isHopeless() {
    AlmadiaException failure = firstFailure.get();
    return failure != null && !failure.isTransient();
  }

  private static void waitUntil(long dueNanos) {
    long left = dueNanos - System.nanoTime();
    while (left > 0) {
      java.util.concurrent.locks.LockSupport.parkNanos(left);
      left = dueNanos - System.nanoTime();
    }
  }

  private void done(PreparedBatch batch, long dueNanos, @Nullable Throwable error) {
    long now = System.nanoTime();
    if (error == null) {
      acknowledged.addAndGet(batch.records());
      long unused = lastAckNanos.accumulateAndGet(now, Math::max);
      latencies.recordValue(Math.min(LATENCY_MICROS_MAX, (now - dueNanos) / 1_000));
    } else {
      failed.addAndGet(batch.records());
      if (error instanceof AlmadiaException failure) {
        firstFailure.compareAndSet(null, failure);
      }
    }
  }

  private int report(PreparedBatch batch, double seconds) {
    AlmadiaException failure = firstFailure.get();
    if (failure != null) {
      console.say(Errors.line("bench produce " + topic, failure));
    }
    double perSecond = acknowledged.get() / seconds;
    JsonObject tree = new JsonObject();
    tree.addProperty("topic", topic);
    tree.addProperty("records", acknowledged.get());
    tree.addProperty("failedRecords", failed.get());
    tree.addProperty("recordBytes", recordBytes);
    tree.addProperty("batchRecords", batch.records());
    tree.addProperty("batchBytes", batch.bytes());
    tree.addProperty("producers", producers);
    tree.addProperty("seconds", seconds);
    tree.addProperty("recordsPerSecond", perSecond);
    tree.addProperty("megabytesPerSecond", perSecond * recordBytes / 1e6);
    JsonObject latency = new JsonObject();
    Table table = new Table("FIGURE", "VALUE");
    table
        .row("records", Units.count(acknowledged.get()))
        .row("failed records", Units.count(failed.get()))
        .row("seconds", String.format(Locale.ROOT, "%.2f", seconds))
        .row("records/s", Units.count((long) perSecond))
        .row("MB/s", String.format(Locale.ROOT, "%.1f", perSecond * recordBytes / 1e6));
    for (double percentile : new double[] {50, 90, 99, 99.9, 100}) {
      double ms = latencies.getValueAtPercentile(percentile) / 1e3;
      String name =
          percentile == 100
              ? "max"
              : "p" + (percentile == 99.9 ? "99.9" : String.valueOf((int) percentile));
      latency.addProperty(name, ms);
      table.row("latency " + name + " ms", String.format(Locale.ROOT, "%.2f", ms));
    }
    tree.add("latencyMs", latency);
    new Output(console, global).tree(tree, table);
    if (failed.get() == 0) {
      return ExitCode.OK;
    }
    return acknowledged.get() > 0 || failure == null
        ? ExitCode.PARTLY_DONE
        : Errors.exitCode(failure);
  }
}
