// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceStreamAck;
import dev.almadia.v1.Record;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Appends records to one topic over {@code ProduceStream}s. Any thread.
 *
 * <p>Records gather in a batch per partition (one for all records whose partition the server
 * chooses) until it is full or its linger is over. The thread that completes a batch serializes and
 * compresses it, outside of the lock. Batches go out in order, as far as the server's window
 * allows, and are acknowledged in order: over one stream to the broker in use, or, with {@code
 * direct}, each over a stream to the broker that leads its partition ({@link ProducerRoutes}).
 *
 * <p>When a stream fails: batches that were never sent wait for the next stream. A batch that the
 * server named in its error gets the outcome of that error. Every other batch that was sent and not
 * acknowledged is {@link Outcome#UNKNOWN}: it fails, or with {@code resend} is sent again before
 * all others, so the order of what gets acknowledged stays. A refusal that no repetition can change
 * (such as an unknown topic) fails everything that waits.
 *
 * <p>Nothing waits for ever: {@code send} blocks at most the delivery timeout when the buffer is
 * full, a silent stream is given up after the ack timeout, and a record fails at the latest after
 * the delivery timeout plus the ack timeout. Futures complete on a gRPC, timer or sending thread,
 * outside all locks; what hangs on them must not block.
 */
public final class Producer implements AutoCloseable {
  private static final long TICK_MS = 50;
  private static final int SET_FRAME_BYTES = 6;

  /** Slot of records whose partition the server chooses, and no partition. */
  private static final int NONE = -1;

  private final ScheduledExecutorService timer;
  private final String topic;
  private final ProducerOptions options;
  private final SafeListener heard;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // All below: under the lock.
  private final ProducerRoutes routes;
  private final Map<Integer, PendingBatch> building = new HashMap<>();
  private final List<PendingBatch> toMake = new ArrayList<>();
  private final List<Runnable> completions = new ArrayList<>();
  private long bufferedBytes;
  private int completing;

  /** Number of partitions of the topic, once a stream told it; 0 before. */
  private int partitions;

  /** Partition for records without a key, until its batch is complete. */
  private int keyless = NONE;

  private boolean closed;
  private final Future<?> ticker;

  private Producer(ProducerContext context) {
    this.timer = context.timer();
    this.topic = context.topic();
    this.options = context.options();
    this.heard = new SafeListener(topic, options.listener());
    Lanes lanes = new Lanes();
    Brokers brokers = context.brokers();
    this.routes =
        new ProducerRoutes(
            new ProducerLane(context, lanes, null),
            endpoint -> {
              Brokers.Target target = brokers.at(endpoint);
              return target == null ? null : new ProducerLane(context, lanes, target);
            });
    this.ticker = timer.scheduleWithFixedDelay(this::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
  }

  /** A producer that is in use from now on. */
  static Producer open(ProducerContext context) {
    Producer producer = new Producer(context);
    producer.heard.opened(producer);
    return producer;
  }

  /** The topic. */
  public String topic() {
    return topic;
  }

  /**
   * Sends a record to the partition that its key belongs to.
   *
   * @see #send(Record, Integer)
   */
  public CompletableFuture<Acknowledged> send(Record record) {
    return send(record, null);
  }

  /**
   * Sends a record. Blocks while the buffer is full.
   *
   * @param partition from 0, or null for the one that the key belongs to
   * @return completes with the record's place, or with an {@link AlmadiaException} that has the
   *     outcome
   * @throws AlmadiaException NOT_APPLIED, if the buffer stayed full for the delivery timeout, the
   *     producer is closed, or the thread was interrupted
   */
  public CompletableFuture<Acknowledged> send(Record record, @Nullable Integer partition) {
    long recordBytes = (long) record.getSerializedSize() + SET_FRAME_BYTES;
    lock.lock();
    try {
      awaitRoom(recordBytes);
      int slot = partition == null ? chosen(record) : partition;
      PendingBatch batch = building.get(slot);
      if (batch != null && batch.bytes() + recordBytes > options.batchBytes()) {
        seal(slot);
        batch = null;
      }
      if (batch == null) {
        batch =
            new PendingBatch(slot == NONE ? null : slot, System.nanoTime(), options.compression());
        building.put(slot, batch);
        lingerFor(batch, slot);
      }
      if (partition == null && slot != NONE) {
        batch.routedAmong = partitions;
      }
      bufferedBytes += recordBytes;
      CompletableFuture<Acknowledged> future = batch.add(record, recordBytes);
      if (batch.bytes() >= options.batchBytes() || options.linger().isZero()) {
        seal(slot);
      }
      return future;
    } finally {
      unlock();
    }
  }

  /** The partition of a record whose caller named none; NONE to leave it to the server. */
  private int chosen(Record record) {
    if (!options.direct() || partitions == 0) {
      return NONE;
    }
    if (record.hasKey()) {
      return KeyHash.partition(record.getKey(), partitions);
    }
    if (keyless == NONE) {
      keyless = ThreadLocalRandom.current().nextInt(partitions);
    }
    return keyless;
  }

  /**
   * Sends a batch that was made before, as one batch; for callers that make their own, such as load
   * generators. Blocks while the buffer is full.
   *
   * @param partition from 0, or null to let the server choose by the keys: such batches keep their
   *     order among each other, and all others theirs
   * @return completes with the server's acknowledgement, or with an {@link AlmadiaException}
   * @throws AlmadiaException as {@link #send(Record, Integer)}
   */
  public CompletableFuture<ProduceStreamAck> sendBatch(
      PreparedBatch batch, @Nullable Integer partition) {
    CompletableFuture<ProduceStreamAck> future = new CompletableFuture<>();
    lock.lock();
    try {
      awaitRoom(batch.bytes());
      bufferedBytes += batch.bytes();
      routes.add(PendingBatch.ofReady(partition, batch.opaque(), future));
      return future;
    } finally {
      unlock();
    }
  }

  private void awaitRoom(long recordBytes) {
    long leftNanos = options.deliveryTimeout().toNanos();
    // A record above the whole buffer may pass alone, so that the server can say what is wrong.
    while (!closed && bufferedBytes > 0 && bufferedBytes + recordBytes > options.bufferBytes()) {
      if (leftNanos <= 0) {
        throw ProducerErrors.notSent(
            Status.Code.RESOURCE_EXHAUSTED,
            "the buffer of " + options.bufferBytes() + " bytes stayed full");
      }
      if (!building.isEmpty()) {
        sendAll();
        continue;
      }
      try {
        leftNanos = changed.awaitNanos(leftNanos);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw ProducerErrors.notSent(
            Status.Code.CANCELLED, "interrupted while the buffer was full");
      }
    }
    if (closed) {
      throw ProducerErrors.notSent(Status.Code.CANCELLED, "the producer is closed");
    }
  }

  /** Completes all batches and lets them go; the lock is given back for a moment. */
  private void sendAll() {
    sealAll();
    unlock();
    lock.lock();
  }

  private void lingerFor(PendingBatch batch, int slot) {
    if (options.linger().isZero()) {
      return;
    }
    try {
      var unused =
          timer.schedule(
              () -> lingerOver(batch, slot), options.linger().toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      building.remove(slot, batch);
      throw ProducerErrors.notSent(Status.Code.CANCELLED, "the client is closed");
    }
  }

  private void lingerOver(PendingBatch batch, int slot) {
    locked(
        () -> {
          if (building.get(slot) == batch) {
            seal(slot);
          }
        });
  }

  private void seal(int slot) {
    PendingBatch batch = building.remove(slot);
    if (batch != null && batch.count() > 0) {
      keyless = slot == keyless ? NONE : keyless;
      toMake.add(batch);
      routes.add(batch);
    }
  }

  private void sealAll() {
    List.copyOf(building.keySet()).forEach(this::seal);
  }

  /**
   * Sends all that was given so far and waits until each record is acknowledged or failed, and what
   * hangs on its future has run.
   *
   * @return false if the time was not enough or the thread was interrupted
   */
  public boolean flush(Duration timeout) {
    lock.lock();
    try {
      long leftNanos = timeout.toNanos();
      sendAll();
      while ((bufferedBytes > 0 || completing > 0) && leftNanos > 0) {
        leftNanos = changed.awaitNanos(leftNanos);
      }
      return bufferedBytes == 0 && completing == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      unlock();
    }
  }

  /** Bytes given and not yet acknowledged or failed. */
  public long bufferedBytes() {
    lock.lock();
    try {
      return bufferedBytes;
    } finally {
      lock.unlock();
    }
  }

  /** Flushes for at most the delivery timeout; what is left then fails. */
  @Override
  public void close() {
    boolean unused = flush(options.deliveryTimeout());
    locked(
        () -> {
          if (closed) {
            return;
          }
          sealAll();
          closed = true;
          completions.add(() -> heard.closed(this));
          ticker.cancel(false);
          routes.close(ProducerErrors.notSent(Status.Code.CANCELLED, "the producer was closed"));
        });
  }

  /** What the lanes report, under the lock. */
  private final class Lanes implements ProducerLane.Owner {
    @Override
    public void locked(Runnable step) {
      Producer.this.locked(step);
    }

    @Override
    public void opened(ProducerLane lane, int count) {
      if (count != partitions) {
        // Chosen among others before.
        keyless = NONE;
        partitions = count;
      }
      routes.opened(lane);
    }

    @Override
    public void acknowledged(PendingBatch batch, ProduceStreamAck ack, String where) {
      release(batch);
      completions.add(
          () -> {
            heard.acknowledged(batch, ack);
            batch.acknowledge(ack, where);
          });
      if (options.direct()) {
        for (PartitionResult result : ack.getResultsList()) {
          routes.hint(result.getPartition(), result.getHint().getEndpoint());
        }
      }
    }

    @Override
    public void finish(PendingBatch batch, AlmadiaException failure, Outcome outcome) {
      release(batch);
      AlmadiaException error = batch.error(failure, outcome);
      completions.add(
          () -> {
            heard.failed(batch, error);
            batch.fail(error);
          });
    }

    private void release(PendingBatch batch) {
      bufferedBytes -= batch.bytes();
      routes.ended(batch);
      changed.signalAll();
    }

    @Override
    public void streamFailed(AlmadiaException failure) {
      completions.add(() -> heard.streamFailed(failure));
    }

    @Override
    public void refused(AlmadiaException failure) {
      sealAll();
      routes.failWaiting(failure);
    }

    @Override
    public void leaving(ProducerLane lane) {
      routes.leaving(lane);
    }

    @Override
    public void lost(ProducerLane lane, AlmadiaException failure, List<PendingBatch> left) {
      routes.lost(lane, !failure.isTransient(), left);
    }
  }

  private void tick() {
    locked(
        () ->
            routes.tick(
                ProducerErrors.notSent(Status.Code.CANCELLED, "no partition is led there")));
  }

  private void locked(Runnable step) {
    lock.lock();
    try {
      step.run();
    } finally {
      unlock();
    }
  }

  /**
   * Lets the lanes send what they may, and gives the lock back. What takes long or belongs to the
   * callers is done after that: completed batches are made, futures complete.
   */
  private void unlock() {
    while (true) {
      if (!closed) {
        routes.pump();
      }
      List<PendingBatch> make = List.copyOf(toMake);
      toMake.clear();
      List<Runnable> run = List.copyOf(completions);
      completions.clear();
      completing += run.size();
      lock.unlock();
      if (make.isEmpty() && run.isEmpty()) {
        return;
      }
      make.forEach(PendingBatch::make);
      run.forEach(Runnable::run);
      lock.lock();
      completing -= run.size();
      changed.signalAll();
    }
  }
}
