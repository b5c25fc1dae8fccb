// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.v1.PartitionResult;
import dev.almadia.v1.ProduceStreamAck;
import dev.almadia.v1.ProducerPosition;
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
  private final @Nullable ProducerSession session;
  private final @Nullable ProducerOpening opening;
  private final EarlyRecords early = new EarlyRecords();
  private final Map<Integer, PendingBatch> building = new HashMap<>();
  private final List<PendingBatch> toMake = new ArrayList<>();
  private final List<Runnable> completions = new ArrayList<>();
  private long bufferedBytes;
  private int completing;

  /** Number of partitions of the topic, once a stream told it; 0 before. */
  private int partitions;

  /** Partition for records without a key, until its batch is complete. */
  private int keyless = NONE;

  /** Somebody waits for the positions. */
  private boolean positionsWanted;

  /** Why the producer could not be opened the last time. */
  private @Nullable AlmadiaException openingRefusal;

  private boolean closed;
  private final Future<?> ticker;

  private Producer(ProducerContext context) {
    this.timer = context.timer();
    this.topic = context.topic();
    this.options = context.options();
    this.heard = new SafeListener(topic, options.listener());
    this.session = context.session();
    Lanes lanes = new Lanes();
    this.opening = session == null ? null : new ProducerOpening(context, session, lanes);
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
    CompletableFuture<Acknowledged> future = new CompletableFuture<>();
    lock.lock();
    try {
      awaitRoom(recordBytes);
      EarlyRecords.Early given =
          new EarlyRecords.Early(record, partition, recordBytes, System.nanoTime(), future);
      if (session != null && partitions == 0) {
        early.add(given);
      } else {
        gather(given);
      }
      bufferedBytes += recordBytes;
      return future;
    } finally {
      unlock();
    }
  }

  /** Puts a record into the batch of its partition. */
  private void gather(EarlyRecords.Early given) {
    Integer partition = given.partition();
    int slot = partition == null ? chosen(given.record()) : partition;
    PendingBatch batch = building.get(slot);
    if (batch != null && batch.bytes() + given.bytes() > options.batchBytes()) {
      seal(slot);
      batch = null;
    }
    if (batch == null) {
      batch =
          new PendingBatch(slot == NONE ? null : slot, given.sinceNanos(), options.compression());
      building.put(slot, batch);
      lingerFor(batch, slot);
    }
    if (partition == null && slot != NONE) {
      batch.routedAmong = partitions;
    }
    batch.add(given.record(), given.bytes(), given.future());
    if (batch.bytes() >= options.batchBytes() || options.linger().isZero()) {
      seal(slot);
    }
  }

  /** The partition of a record whose caller named none; NONE to leave it to the server. */
  private int chosen(Record record) {
    if ((session == null && !options.direct()) || partitions == 0) {
      return NONE;
    }
    if (record.hasKey()) {
      return KeyHash.partition(record.getKey(), partitions);
    }
    if (!record.getRecordId().isEmpty()) {
      // As the broker does, so that one that is sent again finds its original.
      return KeyHash.partition(record.getRecordId(), partitions);
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
   *     order among each other, and all others theirs. An idempotent producer needs it
   * @return completes with the server's acknowledgement, or with an {@link AlmadiaException}
   * @throws AlmadiaException as {@link #send(Record, Integer)}
   */
  public CompletableFuture<ProduceStreamAck> sendBatch(
      PreparedBatch batch, @Nullable Integer partition) {
    if (session != null && partition == null) {
      throw new IllegalArgumentException("an idempotent producer's batches name their partition");
    }
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
      checkNotEnded();
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
    checkNotEnded();
  }

  private void checkNotEnded() {
    AlmadiaException end = session == null ? null : session.end();
    if (end != null) {
      throw end.withOutcome(Outcome.NOT_APPLIED);
    }
  }

  /**
   * Where each partition stood when an idempotent producer was opened, ascending: what its earlier
   * instances gave there and is behind its last sequence is not in the log. Waits for that.
   *
   * @throws AlmadiaException if it could not be opened within the delivery timeout
   * @throws IllegalStateException if the producer is not idempotent
   */
  public List<ProducerPosition> positions() {
    ProducerSession asked = session;
    if (asked == null) {
      throw new IllegalStateException("the producer is not idempotent");
    }
    lock.lock();
    try {
      long leftNanos = options.deliveryTimeout().toNanos();
      openingRefusal = null;
      while (asked.positions().isEmpty()) {
        checkNotEnded();
        if (closed) {
          throw ProducerErrors.notSent(Status.Code.CANCELLED, "the producer is closed");
        }
        if (openingRefusal != null) {
          throw openingRefusal;
        }
        if (leftNanos <= 0) {
          AlmadiaException last = asked.lastFailure();
          throw last == null ? ProducerErrors.expired(options.deliveryTimeout()) : last;
        }
        positionsWanted = true;
        unlock();
        lock.lock();
        leftNanos = changed.awaitNanos(leftNanos);
      }
      return asked.positions();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ProducerErrors.notSent(Status.Code.CANCELLED, "interrupted while it was opened");
    } finally {
      positionsWanted = false;
      unlock();
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
          AlmadiaException over =
              ProducerErrors.notSent(Status.Code.CANCELLED, "the producer was closed");
          early.takeAll().forEach(given -> fail(given, over));
          routes.close(over);
        });
  }

  /** What the lanes report, under the lock. */
  private final class Lanes implements ProducerLane.Owner, ProducerOpening.Owner {
    @Override
    public void locked(Runnable step) {
      Producer.this.locked(step);
    }

    @Override
    public void opened() {
      routes.forEachReady(batch -> Producer.this.renumber(batch));
      if (session != null && partitions == 0) {
        partitions = session.partitions();
        early.takeAll().forEach(Producer.this::gather);
      }
      changed.signalAll();
    }

    @Override
    public void opened(ProducerLane lane, ProduceConnection stream) {
      if (session != null) {
        session.attached(stream.topicId());
      } else if (stream.partitions() != partitions) {
        // Chosen among others before.
        keyless = NONE;
        partitions = stream.partitions();
      }
      routes.opened(lane);
    }

    @Override
    public void acknowledged(PendingBatch batch, ProduceStreamAck ack, String where) {
      release(batch);
      if (session != null) {
        session.acknowledged();
      }
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
      if (session != null && !closed) {
        session.gaveUp(batch.firstSequence > 0, error);
      }
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
      if (session != null) {
        session.streamFailed(failure);
      }
      completions.add(() -> heard.streamFailed(failure));
    }

    @Override
    public void refused(AlmadiaException failure) {
      openingRefusal = failure;
      failWaiting(failure);
      changed.signalAll();
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
        () -> {
          long oldestNanos = System.nanoTime() - options.deliveryTimeout().toNanos();
          early
              .takeOlder(oldestNanos)
              .forEach(given -> fail(given, ProducerErrors.expired(options.deliveryTimeout())));
          routes.tick(ProducerErrors.notSent(Status.Code.CANCELLED, "no partition is led there"));
        });
  }

  private void renumber(PendingBatch batch) {
    if (session != null) {
      session.renumber(batch);
    }
  }

  /** Fails everything that was given and is not with a direct lane. */
  private void failWaiting(AlmadiaException failure) {
    early.takeAll().forEach(given -> fail(given, failure.withOutcome(Outcome.NOT_APPLIED)));
    sealAll();
    routes.failWaiting(failure);
  }

  private void fail(EarlyRecords.Early given, AlmadiaException failure) {
    bufferedBytes -= given.bytes();
    changed.signalAll();
    if (session != null && !closed) {
      session.gaveUp(false, failure);
    }
    completions.add(() -> given.future().completeExceptionally(failure));
  }

  /** Does what the session asks for: ends streams, opens the producer, fails what waits. */
  private void steer() {
    if (session == null || opening == null) {
      return;
    }
    if (session.takeInterrupt()) {
      routes.interrupt();
    }
    AlmadiaException end = session.end();
    if (end != null && bufferedBytes > 0) {
      failWaiting(end);
    } else if (bufferedBytes > 0 || (positionsWanted && session.positions().isEmpty())) {
      opening.pump();
    }
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
        steer();
        routes.pump();
        steer();
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
