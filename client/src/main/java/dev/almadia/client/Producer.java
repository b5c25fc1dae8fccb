// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.v1.GoingAway;
import dev.almadia.v1.ProduceStreamAck;
import dev.almadia.v1.ProduceWindow;
import dev.almadia.v1.Record;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Appends records to one topic over a {@code ProduceStream}. Any thread.
 *
 * <p>Records gather in a batch per partition (one for all records whose partition the server
 * chooses) until it is full or its linger is over. Batches go out in order, as far as the server's
 * window allows, and are acknowledged in order.
 *
 * <p>When the stream fails: batches that were never sent wait for the next stream. A batch that the
 * server named in its error gets the outcome of that error. Every other batch that was sent and not
 * acknowledged is {@link Outcome#UNKNOWN}: it fails, or with {@code resend} is sent again before
 * all others, so the order of what gets acknowledged stays. A refusal that no repetition can change
 * (such as an unknown topic) fails everything that waits.
 *
 * <p>Nothing waits for ever: {@code send} blocks at most the delivery timeout when the buffer is
 * full, a silent stream is given up after the ack timeout, and a record fails at the latest after
 * the delivery timeout plus the ack timeout. Futures complete on a gRPC or timer thread, outside
 * all locks; what hangs on them must not block.
 */
public final class Producer implements AutoCloseable {
  private static final long TICK_MS = 50;
  private static final int SET_FRAME_BYTES = 6;

  private final Brokers brokers;
  private final ScheduledExecutorService timer;
  private final String topic;
  private final ProducerOptions options;
  private final SafeListener heard;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // All below: under the lock.
  private final Map<Integer, PendingBatch> building = new HashMap<>();
  private final ArrayDeque<PendingBatch> ready = new ArrayDeque<>();
  private final ArrayDeque<PendingBatch> inFlight = new ArrayDeque<>();
  private final List<Runnable> completions = new ArrayList<>();
  private @Nullable ProduceConnection connection;
  // Where to go on when the broker asks to be left: used as soon as it is open and nothing is in
  // flight on the other, because two streams would not keep the order.
  private @Nullable ProduceConnection successor;
  private long bufferedBytes;
  private long inFlightBytes;
  private int completing;
  private long nextBatchId = 1;
  private int singleFile;
  private int failuresInRow;
  private boolean reopening;
  private boolean closed;
  private final Future<?> ticker;

  private Producer(
      Brokers brokers, ScheduledExecutorService timer, String topic, ProducerOptions options) {
    this.brokers = brokers;
    this.timer = timer;
    this.topic = topic;
    this.options = options;
    this.heard = new SafeListener(topic, options.listener());
    this.ticker = timer.scheduleWithFixedDelay(this::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
  }

  /** A producer that is in use from now on. */
  static Producer open(
      Brokers brokers, ScheduledExecutorService timer, String topic, ProducerOptions options) {
    Producer producer = new Producer(brokers, timer, topic, options);
    producer.heard.opened(producer);
    return producer;
  }

  /** The topic. */
  public String topic() {
    return topic;
  }

  /**
   * Sends a record to the partition that the server chooses by its key.
   *
   * @see #send(Record, Integer)
   */
  public CompletableFuture<Acknowledged> send(Record record) {
    return send(record, null);
  }

  /**
   * Sends a record. Blocks while the buffer is full.
   *
   * @param partition from 0, or null to let the server choose by the key
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
      int slot = partition == null ? -1 : partition;
      PendingBatch batch = building.get(slot);
      if (batch != null && batch.bytes() + recordBytes > options.batchBytes()) {
        seal(slot);
        batch = null;
      }
      if (batch == null) {
        batch = new PendingBatch(partition, System.nanoTime(), options.compression());
        building.put(slot, batch);
        lingerFor(batch, slot);
      }
      bufferedBytes += recordBytes;
      CompletableFuture<Acknowledged> future = batch.add(record, recordBytes);
      if (batch.bytes() >= options.batchBytes() || options.linger().isZero()) {
        seal(slot);
      }
      pump();
      return future;
    } finally {
      unlockAndComplete();
    }
  }

  /**
   * Sends a batch that was made before, as one batch; for callers that make their own, such as load
   * generators. Blocks while the buffer is full.
   *
   * @param partition from 0, or null to let the server choose by the keys
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
      ready.add(PendingBatch.ofReady(partition, batch.opaque(), future));
      pump();
      return future;
    } finally {
      unlockAndComplete();
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
      sealAll();
      pump();
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
    lock.lock();
    try {
      if (building.get(slot) == batch) {
        seal(slot);
        pump();
      }
    } finally {
      unlockAndComplete();
    }
  }

  private void seal(int slot) {
    PendingBatch batch = building.remove(slot);
    if (batch != null && batch.count() > 0) {
      ready.add(batch);
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
      sealAll();
      pump();
      while ((bufferedBytes > 0 || completing > 0) && leftNanos > 0) {
        leftNanos = changed.awaitNanos(leftNanos);
      }
      return bufferedBytes == 0 && completing == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      unlockAndComplete();
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
    boolean flushed = flush(options.deliveryTimeout());
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      completions.add(() -> heard.closed(this));
      ticker.cancel(false);
      ProduceConnection open = connection;
      connection = null;
      if (successor != null) {
        successor.cancel("closed");
        successor = null;
      }
      if (open != null && flushed) {
        open.halfClose();
      } else if (open != null) {
        open.cancel("closed");
      }
      AlmadiaException failure =
          ProducerErrors.notSent(Status.Code.CANCELLED, "the producer was closed");
      inFlight.forEach(batch -> finish(batch, failure, Outcome.UNKNOWN));
      inFlight.clear();
      sealAll();
      ready.forEach(batch -> finish(batch, failure, Outcome.NOT_APPLIED));
      ready.clear();
    } finally {
      unlockAndComplete();
    }
  }

  /** Sends what may be sent; opens a stream if there is none and something waits. */
  private void pump() {
    if (ready.isEmpty() || closed) {
      return;
    }
    if (connection == null) {
      if (!reopening) {
        connection = ProduceConnection.open(brokers.current(), topic, new Events());
      }
      return;
    }
    move();
    while (!ready.isEmpty() && mayStart(connection, ready.peek())) {
      PendingBatch batch = ready.remove();
      batch.batchId = nextBatchId++;
      batch.sentNanos = System.nanoTime();
      batch.sends++;
      inFlight.add(batch);
      inFlightBytes += batch.bytes();
      connection.send(batch);
    }
  }

  /** Goes on with the successor if that is open and the other stream has no more to say. */
  private void move() {
    ProduceConnection next = successor;
    if (next != null && next.window() != null && inFlight.isEmpty()) {
      if (connection != null) {
        connection.halfClose();
      }
      connection = next;
      successor = null;
    }
  }

  private boolean mayStart(ProduceConnection open, PendingBatch batch) {
    ProduceWindow window = open.window();
    boolean waitsToMove = successor != null && successor.window() != null;
    if (window == null || waitsToMove || !open.isReady()) {
      return false;
    }
    if (inFlight.isEmpty()) {
      return true;
    }
    return singleFile == 0
        && inFlight.size() < window.getMaxUnackedBatches()
        && inFlightBytes + batch.bytes() <= window.getMaxUnackedBytes();
  }

  /** What a stream reports. Each method takes the lock; reports of an old stream do nothing. */
  private final class Events implements ProduceConnection.Listener {
    @Override
    public void mayProceed(ProduceConnection from) {
      lock.lock();
      try {
        if (from == connection || from == successor) {
          move();
          pump();
        }
      } finally {
        unlockAndComplete();
      }
    }

    @Override
    public void acknowledged(ProduceConnection from, ProduceStreamAck ack) {
      lock.lock();
      try {
        if (from != connection) {
          return;
        }
        PendingBatch head = inFlight.peek();
        if (head == null || head.batchId != ack.getBatchId()) {
          from.cancel("acknowledgement out of order");
          broken(from, ProducerErrors.outOfOrder(ack.getBatchId()));
          return;
        }
        inFlight.remove();
        inFlightBytes -= head.bytes();
        bufferedBytes -= head.bytes();
        singleFile = Math.max(0, singleFile - 1);
        failuresInRow = 0;
        completions.add(
            () -> {
              heard.acknowledged(head, ack);
              head.acknowledge(ack, from.where());
            });
        changed.signalAll();
        move();
        pump();
      } finally {
        unlockAndComplete();
      }
    }

    @Override
    public void goingAway(ProduceConnection from, GoingAway asked) {
      lock.lock();
      try {
        if (from != connection || successor != null) {
          return;
        }
        Brokers.Target next = brokers.leave(from.target(), asked.getEndpointsList());
        if (next != null) {
          successor = ProduceConnection.open(next, topic, this);
        }
      } finally {
        unlockAndComplete();
      }
    }

    @Override
    public void ended(ProduceConnection from, AlmadiaException failure) {
      lock.lock();
      try {
        if (from == connection) {
          broken(from, failure);
        } else if (from == successor) {
          // The stream in use goes on; when it ends, another broker is looked for.
          successor = null;
          brokers.failed(from.target());
        }
      } finally {
        unlockAndComplete();
      }
    }
  }

  /** The stream is gone: decides what becomes of every batch. */
  private void broken(ProduceConnection from, AlmadiaException failure) {
    connection = successor;
    successor = null;
    completions.add(() -> heard.streamFailed(failure));
    boolean wasOpen = from.window() != null;
    long named = namedBatch(failure);
    List<PendingBatch> again = new ArrayList<>();
    for (PendingBatch batch : inFlight) {
      boolean isNamed = batch.batchId == named;
      Outcome outcome = isNamed ? failure.outcome() : Outcome.UNKNOWN;
      boolean isHopeless = isNamed && outcome == Outcome.NOT_APPLIED && !failure.isTransient();
      if (options.resend() && !isHopeless && !isExpired(batch)) {
        batch.maybeApplied |= outcome == Outcome.UNKNOWN;
        again.add(batch);
      } else {
        finish(batch, failure, outcome);
      }
    }
    inFlight.clear();
    inFlightBytes = 0;
    for (int i = again.size() - 1; i >= 0; i--) {
      ready.addFirst(again.get(i));
    }
    // A refusal that names no batch: one at a time, so that the next refusal can only mean one.
    singleFile = failure.isTransient() ? 0 : again.size();
    if (!wasOpen && !failure.isTransient()) {
      sealAll();
      ready.forEach(batch -> finish(batch, failure, Outcome.NOT_APPLIED));
      ready.clear();
      return;
    }
    if (failure.isTransient()) {
      brokers.failed(from.target());
    }
    if (connection == null) {
      scheduleReopen(failure);
    } else {
      pump();
    }
  }

  /** The batch that a failure is about, or 0 if nobody can know. */
  private long namedBatch(AlmadiaException failure) {
    if (failure.reason().isEmpty()) {
      return 0;
    }
    String named = failure.metadata().get("batch_id");
    if (named != null && named.matches("[0-9]{1,18}")) {
      return Long.parseLong(named);
    }
    PendingBatch head = inFlight.peek();
    return inFlight.size() == 1 && head != null ? head.batchId : 0;
  }

  private void scheduleReopen(AlmadiaException failure) {
    failuresInRow++;
    reopening = true;
    try {
      var unused =
          timer.schedule(
              this::reopen, Calls.pauseMs(failuresInRow, failure), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      ready.forEach(batch -> finish(batch, failure, Outcome.NOT_APPLIED));
      ready.clear();
    }
  }

  private void reopen() {
    lock.lock();
    try {
      reopening = false;
      pump();
    } finally {
      unlockAndComplete();
    }
  }

  /** Gives up silent streams and batches that waited too long. */
  private void tick() {
    lock.lock();
    try {
      long now = System.nanoTime();
      PendingBatch head = inFlight.peek();
      ProduceConnection open = connection;
      if (open != null) {
        long since = head != null ? head.sentNanos : open.openedNanos();
        boolean waits = head != null || (open.window() == null && !ready.isEmpty());
        if (waits && now - since > options.ackTimeout().toNanos()) {
          open.cancel("silent");
          broken(open, ProducerErrors.silent(options.ackTimeout(), open.where()));
        }
      }
      for (Iterator<PendingBatch> i = ready.iterator(); i.hasNext(); ) {
        PendingBatch batch = i.next();
        if (isExpired(batch)) {
          i.remove();
          finish(batch, ProducerErrors.expired(options.deliveryTimeout()), Outcome.NOT_APPLIED);
        }
      }
      pump();
    } finally {
      unlockAndComplete();
    }
  }

  private boolean isExpired(PendingBatch batch) {
    return System.nanoTime() - batch.createdNanos > options.deliveryTimeout().toNanos();
  }

  private void finish(PendingBatch batch, AlmadiaException failure, Outcome outcome) {
    bufferedBytes -= batch.bytes();
    AlmadiaException error = batch.error(failure, outcome);
    completions.add(
        () -> {
          heard.failed(batch, error);
          batch.fail(error);
        });
    changed.signalAll();
  }

  /** Runs the callers' code only after the lock is free. */
  private void unlockAndComplete() {
    List<Runnable> run = List.of();
    if (!completions.isEmpty()) {
      run = List.copyOf(completions);
      completions.clear();
      completing += run.size();
    }
    lock.unlock();
    if (run.isEmpty()) {
      return;
    }
    try {
      run.forEach(Runnable::run);
    } finally {
      completed(run.size());
    }
  }

  private void completed(int count) {
    lock.lock();
    try {
      completing -= count;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
