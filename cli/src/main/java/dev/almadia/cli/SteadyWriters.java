// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import com.google.protobuf.ByteString;
import dev.almadia.client.Acknowledged;
import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.AlmadiaException;
import dev.almadia.client.Batches;
import dev.almadia.client.HostAndPort;
import dev.almadia.client.Outcome;
import dev.almadia.client.Producer;
import dev.almadia.client.ProducerOptions;
import dev.almadia.history.PartitionId;
import dev.almadia.history.Produce;
import dev.almadia.history.Recorder;
import dev.almadia.history.Value;
import dev.almadia.v1.ProduceRequest;
import dev.almadia.v1.ProduceResponse;
import dev.almadia.v1.Record;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The writing half of a steady load, recorded in a history. Streams share the load, each starting
 * at another broker and going elsewhere as the client library does. Besides, each broker gets a few
 * unary calls that are tried once and go nowhere else: they tell what a caller sees who knows just
 * that broker. One thread calls; answers come on others.
 */
final class SteadyWriters implements AutoCloseable {
  /** Answers of unary calls that may be missing at one time, for each broker. */
  private static final int PROBES_UNDER_WAY_MAX = 1_000;

  /** Of these failures the report names each; of more only the number. */
  private static final int FAILURES_KEPT_MAX = 1_000;

  /** Longer than a broker looks for a leader, so that its own answer arrives. */
  private static final Duration PROBE_DEADLINE = Duration.ofSeconds(10);

  /** A slow machine shows in the slowest write; only what is stuck fails. */
  private static final ProducerOptions OPTIONS =
      ProducerOptions.defaults()
          .withoutIdempotence()
          .withTimeouts(Duration.ofSeconds(30), Duration.ofSeconds(60));

  /**
   * A write that failed.
   *
   * @param millis when, wall clock since 1970
   * @param probe whether it was a unary call to one broker, tried once
   * @param where that broker, or the one that a stream used
   */
  record Failure(
      long millis, boolean probe, String where, int partition, Outcome outcome, String text) {}

  private final Recorder recorder;
  private final PartitionId topic;
  private final int partitions;
  private final SteadyPhases phases;
  private final List<AlmadiaClient> clients = new ArrayList<>();
  private final List<Producer> streams = new ArrayList<>();
  private final List<Probe> probes = new ArrayList<>();
  private final List<Failure> failures = Collections.synchronizedList(new ArrayList<>());
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong failedProbes = new AtomicLong();
  private long nextSequence;

  private record Probe(int client, String where, AlmadiaClient to, Semaphore room) {}

  /**
   * Writers of a topic; nothing is sent.
   *
   * @param topic its name and id; the number is not used
   */
  SteadyWriters(Recorder recorder, PartitionId topic, int partitions, SteadyPhases phases) {
    this.recorder = recorder;
    this.topic = topic;
    this.partitions = partitions;
    this.phases = phases;
  }

  /** Adds as many streams, and a prober for each address if there are to be any. */
  void connect(List<HostAndPort> addresses, int streamCount, boolean isProbed) {
    for (int i = 0; i < streamCount; i++) {
      List<HostAndPort> turned = new ArrayList<>(addresses);
      Collections.rotate(turned, -i);
      AlmadiaClient client = AlmadiaClient.connect(turned, PROBE_DEADLINE);
      clients.add(client);
      streams.add(client.producer(topic.topic(), OPTIONS));
    }
    for (HostAndPort address : isProbed ? addresses : List.<HostAndPort>of()) {
      AlmadiaClient client = AlmadiaClient.connect(List.of(address), PROBE_DEADLINE);
      clients.add(client);
      int number = streamCount + probes.size();
      Semaphore room = new Semaphore(PROBES_UNDER_WAY_MAX);
      probes.add(new Probe(number, address.toString(), client, room));
    }
  }

  /** Number of brokers that get unary calls. */
  int probeCount() {
    return probes.size();
  }

  /** Sends record number i of the load; it goes to the partition and stream of its number. */
  void send(long i, long dueNanos) {
    int partition = (int) (i % partitions);
    // The same stream for all of a partition, so that its order can be judged.
    int number = partition % streams.size();
    Value value = new Value(number, nextSequence++, topic.topicId());
    var begun =
        recorder.<Produce>begin(
            number,
            number,
            call -> Produce.begun(call, at(partition), List.of(value), Produce.Sending.STREAMED));
    try {
      var unused =
          streams
              .get(number)
              .send(recordOf(value), partition)
              .whenComplete((place, error) -> streamed(begun, partition, dueNanos, place, error));
    } catch (AlmadiaException e) {
      begun.complete(produce -> failed(produce, e));
      fail(false, e.where(), partition, e);
    }
  }

  private void streamed(
      Recorder.Begun<Produce> begun,
      int partition,
      long dueNanos,
      @Nullable Acknowledged place,
      @Nullable Throwable error) {
    if (place != null) {
      begun.complete(produce -> produce.applied(place.offset()));
      phases.acknowledged(dueNanos, System.nanoTime());
      return;
    }
    AlmadiaException failure = of(error);
    begun.complete(produce -> failed(produce, failure));
    fail(false, failure.where(), partition, failure);
  }

  /** Sends a unary call to one broker. */
  void probe(int which, long i) {
    Probe probe = probes.get(which);
    if (!probe.room().tryAcquire()) {
      return;
    }
    int partition = (int) (i % partitions);
    Value value = new Value(probe.client(), nextSequence++, topic.topicId());
    var begun =
        recorder.<Produce>begin(
            probe.client(),
            probe.client(),
            call -> Produce.begun(call, at(partition), List.of(value), Produce.Sending.ONCE));
    ProduceRequest request =
        ProduceRequest.newBuilder()
            .setTopic(topic.topic())
            .setPartition(partition)
            .setBatch(Batches.of(List.of(recordOf(value))))
            .build();
    var unused =
        probe
            .to()
            .produceOnce(request, PROBE_DEADLINE)
            .whenComplete((answer, error) -> probed(probe, begun, partition, answer, error));
  }

  private void probed(
      Probe probe,
      Recorder.Begun<Produce> begun,
      int partition,
      @Nullable ProduceResponse answer,
      @Nullable Throwable error) {
    probe.room().release();
    if (answer != null) {
      begun.complete(produce -> produce.applied(answer.getResults(0).getFirstOffset()));
      return;
    }
    AlmadiaException failure = of(error);
    begun.complete(produce -> failed(produce, failure));
    fail(true, probe.where(), partition, failure);
  }

  private PartitionId at(int partition) {
    return new PartitionId(topic.topic(), topic.topicId(), partition);
  }

  private static Record recordOf(Value value) {
    return Record.newBuilder().setValue(ByteString.copyFrom(value.encode())).build();
  }

  private static AlmadiaException of(@Nullable Throwable error) {
    Throwable cause = error instanceof CompletionException ? error.getCause() : error;
    if (cause instanceof AlmadiaException failure) {
      return failure;
    }
    throw new IllegalStateException("a write failed in an unknown way", cause);
  }

  private static Produce failed(Produce produce, AlmadiaException failure) {
    return failure.outcome() == Outcome.NOT_APPLIED
        ? produce.notApplied(failure.reason())
        : produce.unknown(failure.reason());
  }

  private void fail(boolean isProbe, String where, int partition, AlmadiaException failure) {
    long unused = (isProbe ? failedProbes : failed).incrementAndGet();
    if (failures.size() < FAILURES_KEPT_MAX) {
      String reason = failure.reason().isEmpty() ? failure.code().name() : failure.reason();
      String text = reason + ": " + Errors.oneLine(String.valueOf(failure.getMessage()));
      failures.add(
          new Failure(
              System.currentTimeMillis(), isProbe, where, partition, failure.outcome(), text));
    }
  }

  /**
   * Waits until each write has been answered.
   *
   * @return whether it was
   */
  boolean flush(Duration atMost) throws InterruptedException {
    long endNanos = System.nanoTime() + atMost.toNanos();
    boolean isDone = true;
    for (Producer stream : streams) {
      isDone &= stream.flush(Duration.ofNanos(Math.max(1, endNanos - System.nanoTime())));
    }
    for (Probe probe : probes) {
      long leftNanos = Math.max(1, endNanos - System.nanoTime());
      isDone &= probe.room().tryAcquire(PROBES_UNDER_WAY_MAX, leftNanos, TimeUnit.NANOSECONDS);
    }
    return isDone;
  }

  /** The first thousand failures. */
  List<Failure> failures() {
    synchronized (failures) {
      return List.copyOf(failures);
    }
  }

  /** Number of failed records of streams. */
  long failedCount() {
    return failed.get();
  }

  /** Number of failed unary calls. */
  long failedProbeCount() {
    return failedProbes.get();
  }

  @Override
  public void close() {
    // A stream that has nothing to wait for closes at once.
    streams.forEach(Producer::close);
    clients.forEach(AlmadiaClient::close);
  }
}
