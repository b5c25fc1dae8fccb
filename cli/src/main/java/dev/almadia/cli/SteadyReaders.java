// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import dev.almadia.client.AlmadiaClient;
import dev.almadia.client.AlmadiaException;
import dev.almadia.client.HostAndPort;
import dev.almadia.client.ReadRecord;
import dev.almadia.client.Stretch;
import dev.almadia.client.Subscription;
import dev.almadia.history.FinalRead;
import dev.almadia.history.PartitionId;
import dev.almadia.history.Read;
import dev.almadia.history.Recorder;
import dev.almadia.history.Seen;
import dev.almadia.history.Value;
import dev.almadia.v1.Latest;
import dev.almadia.v1.Position;
import dev.almadia.v1.ResolvedOffset;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * The reading half of a steady load, recorded in a history: subscriptions that share the partitions
 * and read each from where it ended at the start, and a last reading of everything. {@link #start}
 * and the methods after it on one thread.
 */
final class SteadyReaders {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Recorder recorder;
  private final PartitionId topic;
  private final List<HostAndPort> addresses;
  private final int clientsBefore;
  private final AtomicLongArray reached;
  private final List<Thread> threads = new ArrayList<>();
  private final List<AlmadiaException> failures = Collections.synchronizedList(new ArrayList<>());
  // Set once by stop, read by the readers.
  private volatile boolean stopping;

  /**
   * Readers of a topic; nothing is read.
   *
   * @param clientsBefore clients and sessions below this number are taken by others
   */
  SteadyReaders(
      Recorder recorder,
      PartitionId topic,
      int partitions,
      List<HostAndPort> addresses,
      int clientsBefore) {
    this.recorder = recorder;
    this.topic = topic;
    this.addresses = addresses;
    this.clientsBefore = clientsBefore;
    this.reached = new AtomicLongArray(partitions);
  }

  /** Begins to read with so many clients, each starting at another broker. */
  void start(int count) {
    for (int i = 0; i < count; i++) {
      int number = i;
      List<Stretch> mine = new ArrayList<>();
      for (int partition = i; partition < reached.length(); partition += count) {
        mine.add(new Stretch(partition, 0, Stretch.NO_END));
      }
      Thread thread = new Thread(() -> read(number, mine), "almadia-steady-reader-" + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  private void read(int number, List<Stretch> mine) {
    List<HostAndPort> turned = new ArrayList<>(addresses);
    Collections.rotate(turned, -number);
    int client = clientsBefore + number;
    long[] next = new long[reached.length()];
    try (AlmadiaClient connected = AlmadiaClient.connect(turned, TIMEOUT);
        Subscription subscription = connected.subscribe(topic.topic(), mine)) {
      while (!stopping) {
        Subscription.Chunk chunk = subscription.poll(POLL);
        if (chunk != null && !chunk.records().isEmpty()) {
          int partition = chunk.partition();
          // The client goes on at another broker by itself, so watermarks are not of one session.
          Read.Answer answer =
              new Read.Answer(seen(chunk.records()), chunk.nextOffset(), -1, -1, 0);
          long from = next[partition] == 0 ? 0 : Read.ON;
          recorder
              .<Read>begin(
                  client,
                  client,
                  call -> Read.begun(call, at(partition), Read.Kind.SUBSCRIBE, from))
              .complete(read -> read.answered(answer));
          next[partition] = chunk.nextOffset();
          reached.set(partition, chunk.nextOffset());
        }
      }
    } catch (AlmadiaException e) {
      failures.add(e);
    }
  }

  private PartitionId at(int partition) {
    return new PartitionId(topic.topic(), topic.topicId(), partition);
  }

  private static List<Seen> seen(List<ReadRecord> records) {
    return records.stream()
        .map(
            record ->
                new Seen(record.offset(), Value.decode(record.record().getValue().toByteArray())))
        .toList();
  }

  /**
   * Reads every partition once more, from start to end, with another client; then waits until the
   * readers have come as far, and ends them.
   *
   * @return partitions in which a reader did not come to the end in time, empty if all did
   */
  List<Integer> finish(Duration atMost) throws InterruptedException {
    long endNanos = System.nanoTime() + atMost.toNanos();
    Map<Integer, Long> ends = new TreeMap<>();
    try (AlmadiaClient client = AlmadiaClient.connect(addresses, TIMEOUT)) {
      Position latest = Position.newBuilder().setLatest(Latest.getDefaultInstance()).build();
      for (ResolvedOffset end : client.admin().resolveOffsets(topic.topic(), List.of(), latest)) {
        ends.put(end.getPartition(), end.getOffset());
      }
      readAll(client, ends, endNanos);
    }
    while (!behind(ends).isEmpty() && failures.isEmpty() && System.nanoTime() < endNanos) {
      Thread.sleep(POLL.toMillis());
    }
    stopping = true;
    for (Thread thread : threads) {
      thread.join(TIMEOUT.toMillis());
    }
    return behind(ends);
  }

  private List<Integer> behind(Map<Integer, Long> ends) {
    return ends.keySet().stream().filter(p -> reached.get(p) < ends.getOrDefault(p, 0L)).toList();
  }

  private void readAll(AlmadiaClient client, Map<Integer, Long> ends, long endNanos) {
    Map<Integer, List<Seen>> all = new TreeMap<>();
    Map<Integer, Recorder.Begun<FinalRead>> begun = new TreeMap<>();
    List<Stretch> stretches = new ArrayList<>();
    int number = clientsBefore + threads.size();
    ends.forEach(
        (partition, end) -> {
          all.put(partition, new ArrayList<>());
          stretches.add(new Stretch(partition, 0, end));
          begun.put(
              partition,
              recorder.begin(number, number, call -> FinalRead.begun(call, at(partition))));
        });
    try (Subscription subscription = client.subscribe(topic.topic(), stretches)) {
      while (!subscription.isDone() && System.nanoTime() < endNanos) {
        Subscription.Chunk chunk = subscription.poll(POLL);
        if (chunk != null) {
          @Nullable List<Seen> list = all.get(chunk.partition());
          if (list != null) {
            list.addAll(seen(chunk.records()));
          }
        }
      }
      if (subscription.isDone()) {
        begun.forEach(
            (partition, read) ->
                read.complete(
                    r ->
                        r.answered(
                            0,
                            ends.getOrDefault(partition, 0L),
                            all.getOrDefault(partition, List.of()))));
      }
    }
  }

  /** Why readers gave up. */
  List<AlmadiaException> failures() {
    synchronized (failures) {
      return List.copyOf(failures);
    }
  }
}
