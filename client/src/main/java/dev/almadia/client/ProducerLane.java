// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.internal.v1.OpaqueProduceStreamOpen;
import dev.almadia.v1.GoingAway;
import dev.almadia.v1.ProduceStreamAck;
import dev.almadia.v1.ProduceWindow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Batches that go to one broker, in order, over one stream at a time. All methods under the
 * producer's lock.
 *
 * <p>A producer has one lane to whichever broker is in use (its home): that lane lives as long as
 * the producer, opens a stream after the other, and moves when a broker asks to be left. A direct
 * lane to a partition's leader has one stream, and gives what is left back when that ends.
 */
final class ProducerLane {
  /** The producer. All methods but {@link #locked} are called under its lock. */
  interface Owner {
    /** Takes the lock, runs the step, lets all lanes send what they may, and gives it back. */
    void locked(Runnable step);

    /** A stream is open. */
    void opened(ProducerLane lane, ProduceConnection stream);

    /** A batch is acknowledged and no longer here. */
    void acknowledged(PendingBatch batch, ProduceStreamAck ack, String where);

    /** A batch is given up and no longer here. */
    void finish(PendingBatch batch, AlmadiaException failure, Outcome outcome);

    /** A stream ended with an error. */
    void streamFailed(AlmadiaException failure);

    /** The stream was refused for good, so everything that waits for it is. */
    void refused(AlmadiaException failure);

    /** The broker of a direct lane asks to be left. */
    void leaving(ProducerLane lane);

    /** A direct lane ended; what it had and may be sent elsewhere, in order. */
    void lost(ProducerLane lane, AlmadiaException failure, List<PendingBatch> left);
  }

  private final Owner owner;
  private final Brokers brokers;
  private final ScheduledExecutorService timer;
  private final String topic;
  private final ProducerOptions options;
  private final @Nullable ProducerSession session;
  private final Brokers.@Nullable Target direct;

  private final Deque<PendingBatch> ready = new ArrayDeque<>();
  private final Deque<PendingBatch> inFlight = new ArrayDeque<>();
  private @Nullable ProduceConnection connection;
  // Where to go on when the broker asks to be left: used as soon as it is open and nothing is in
  // flight on the other, because two streams would not keep the order.
  private @Nullable ProduceConnection successor;
  private @Nullable ProduceConnection announced;
  private long inFlightBytes;
  private long nextBatchId = 1;
  private int singleFile;
  private int failuresInRow;
  private boolean reopening;
  private boolean closed;

  /**
   * A lane that has no stream yet.
   *
   * @param direct the one broker that it goes to; null for whichever is in use
   */
  ProducerLane(ProducerContext context, Owner owner, Brokers.@Nullable Target direct) {
    this.owner = owner;
    this.brokers = context.brokers();
    this.timer = context.timer();
    this.topic = context.topic();
    this.options = context.options();
    this.session = context.session();
    this.direct = direct;
  }

  /** Address of the broker that it sends to, host:port; empty if there is none at present. */
  String where() {
    ProduceConnection open = connection;
    return direct != null ? direct.address() : open == null ? "" : open.where();
  }

  /** Whether it may send at once. */
  boolean isOpen() {
    return connection != null && connection.window() != null;
  }

  /** Whether it has nothing to send and nothing to hear. */
  boolean isIdle() {
    return ready.isEmpty() && inFlight.isEmpty();
  }

  /** Takes a batch; it goes out when the lanes are pumped. */
  void add(PendingBatch batch) {
    ready.addLast(batch);
  }

  /**
   * Takes batches of a lane that was lost; one after the other, if it is not known which of them a
   * refusal meant.
   */
  void takeOver(List<PendingBatch> batches, boolean oneByOne) {
    ready.addAll(batches);
    if (oneByOne && !batches.isEmpty()) {
      singleFile = Math.max(singleFile, inFlight.size() + ready.size());
    }
  }

  /** Begins a stream, though there is nothing to send yet. */
  void open() {
    if (connection == null && !reopening && !closed) {
      Brokers.Target target = direct == null ? brokers.current() : direct;
      connection = connect(target);
    }
  }

  private ProduceConnection connect(Brokers.Target target) {
    OpaqueProduceStreamOpen.Builder opening =
        session == null ? OpaqueProduceStreamOpen.newBuilder() : session.attach();
    return ProduceConnection.open(target, opening.setTopic(topic).build(), new Events());
  }

  /** Sends what may be sent; opens a stream if there is none and something waits. */
  void pump() {
    if (ready.isEmpty() || closed || !maySend()) {
      return;
    }
    open();
    move();
    ProduceConnection open = connection;
    while (open != null && !ready.isEmpty() && mayStart(open, ready.element())) {
      PendingBatch batch = ready.element();
      AlmadiaException misfit = misfit(batch, open);
      if (misfit != null) {
        ready.remove();
        owner.finish(batch, misfit, Outcome.NOT_APPLIED);
        if (!maySend()) {
          return;
        }
        continue;
      }
      if (session != null) {
        session.number(batch);
        if (!open.follows(batch)) {
          renew(open);
          return;
        }
      }
      ready.remove();
      batch.batchId = nextBatchId++;
      batch.sentNanos = System.nanoTime();
      batch.sends++;
      inFlight.add(batch);
      inFlightBytes += batch.bytes();
      open.send(batch);
    }
  }

  private boolean maySend() {
    return session == null || session.isOpen();
  }

  private @Nullable AlmadiaException misfit(PendingBatch batch, ProduceConnection open) {
    AlmadiaException misfit = batch.misfit(open.partitions());
    return misfit != null || session == null ? misfit : session.misfit(batch);
  }

  /**
   * Some of a partition went elsewhere since this stream had it: its next batch would be a gap
   * here, and so needs a new stream, once nothing is under way on this one.
   */
  private void renew(ProduceConnection open) {
    if (inFlight.isEmpty()) {
      open.halfClose();
      connection = successor;
      successor = null;
      open();
    }
  }

  /** Ends the streams, and takes back what was sent and not answered, before what was not sent. */
  List<PendingBatch> interrupt() {
    ProduceConnection open = connection;
    connection = null;
    if (open != null) {
      open.cancel("the producer is opened again");
    }
    if (successor != null) {
      successor.cancel("the producer is opened again");
      successor = null;
    }
    inFlight.forEach(batch -> batch.maybeApplied = true);
    List<PendingBatch> all = new ArrayList<>(inFlight);
    all.addAll(ready);
    inFlight.clear();
    inFlightBytes = 0;
    singleFile = 0;
    ready.clear();
    if (direct == null) {
      ready.addAll(all);
    } else {
      closed = true;
    }
    return all;
  }

  /** What waits here, in order. */
  void forEachReady(Consumer<PendingBatch> step) {
    ready.forEach(step);
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
    if (window == null || waitsToMove || !open.isReady() || !batch.isMade()) {
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
      owner.locked(
          () -> {
            move();
            ProduceConnection open = connection;
            if (open != null && open.window() != null && open != announced) {
              announced = open;
              owner.opened(ProducerLane.this, open);
            }
          });
    }

    @Override
    public void acknowledged(ProduceConnection from, ProduceStreamAck ack) {
      owner.locked(
          () -> {
            if (from == connection) {
              ProducerLane.this.acknowledged(from, ack);
            }
          });
    }

    @Override
    public void goingAway(ProduceConnection from, GoingAway asked) {
      owner.locked(
          () -> {
            if (from != connection || successor != null) {
              return;
            }
            if (direct != null) {
              owner.leaving(ProducerLane.this);
              return;
            }
            Brokers.Target next = brokers.leave(from.target(), asked.getEndpointsList());
            if (next != null) {
              successor = connect(next);
            }
          });
    }

    @Override
    public void ended(ProduceConnection from, AlmadiaException failure) {
      owner.locked(
          () -> {
            if (from == connection) {
              broken(from, failure);
            } else if (from == successor) {
              // The stream in use goes on; when it ends, another broker is looked for.
              successor = null;
              brokers.failed(from.target());
            }
          });
    }
  }

  private void acknowledged(ProduceConnection from, ProduceStreamAck ack) {
    PendingBatch head = inFlight.peek();
    if (head == null || head.batchId != ack.getBatchId()) {
      from.cancel("acknowledgement out of order");
      broken(from, ProducerErrors.outOfOrder(ack.getBatchId()));
      return;
    }
    inFlight.remove();
    inFlightBytes -= head.bytes();
    singleFile = Math.max(0, singleFile - 1);
    failuresInRow = 0;
    owner.acknowledged(head, ack, from.where());
    move();
  }

  /** The stream is gone: decides what becomes of every batch. */
  private void broken(ProduceConnection from, AlmadiaException failure) {
    connection = successor;
    successor = null;
    owner.streamFailed(failure);
    List<PendingBatch> again = unanswered(failure);
    if (direct != null) {
      again.addAll(ready);
      ready.clear();
      closed = true;
      owner.lost(this, failure, again);
      return;
    }
    for (int i = again.size() - 1; i >= 0; i--) {
      ready.addFirst(again.get(i));
    }
    // A refusal that names no batch: one at a time, so that the next refusal can only mean one.
    singleFile = failure.isTransient() ? 0 : again.size();
    if (from.window() == null && !failure.isTransient()) {
      owner.refused(failure);
      return;
    }
    if (failure.isTransient()) {
      brokers.failed(from.target());
    }
    if (connection == null) {
      scheduleReopen(failure);
    }
  }

  /** Gives up what was sent, but for what may be sent again, which it returns. */
  private List<PendingBatch> unanswered(AlmadiaException failure) {
    long named = namedBatch(failure);
    List<PendingBatch> sent = new ArrayList<>(inFlight);
    List<PendingBatch> again = new ArrayList<>();
    inFlight.clear();
    inFlightBytes = 0;
    for (PendingBatch batch : sent) {
      boolean isNamed = batch.batchId == named;
      Outcome outcome = isNamed ? failure.outcome() : Outcome.UNKNOWN;
      boolean isHopeless =
          isNamed
              && outcome == Outcome.NOT_APPLIED
              && !failure.isTransient()
              && (session == null || !session.isAboutNumbers(failure));
      if ((options.resend() || session != null) && !isHopeless && !isExpired(batch)) {
        batch.maybeApplied |= outcome == Outcome.UNKNOWN;
        again.add(batch);
      } else {
        owner.finish(batch, failure, outcome);
      }
    }
    return again;
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
              () -> owner.locked(() -> reopening = false),
              Calls.pauseMs(failuresInRow, failure),
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      failReady(failure);
    }
  }

  /** Fails everything that waits here. */
  void failReady(AlmadiaException failure) {
    List<PendingBatch> waiting = new ArrayList<>(ready);
    ready.clear();
    waiting.forEach(batch -> owner.finish(batch, failure, Outcome.NOT_APPLIED));
  }

  /** Gives up a silent stream, and batches that waited too long. */
  void tick() {
    PendingBatch head = inFlight.peek();
    ProduceConnection open = connection;
    if (open != null) {
      long since = head != null ? head.sentNanos : open.openedNanos();
      boolean opens = open.window() == null && (direct != null || !ready.isEmpty());
      if ((head != null || opens) && System.nanoTime() - since > options.ackTimeout().toNanos()) {
        open.cancel("silent");
        broken(open, ProducerErrors.silent(options.ackTimeout(), open.where()));
      }
    }
    List<PendingBatch> expired = new ArrayList<>();
    for (Iterator<PendingBatch> i = ready.iterator(); i.hasNext(); ) {
      PendingBatch batch = i.next();
      if (isExpired(batch)) {
        i.remove();
        expired.add(batch);
      }
    }
    expired.forEach(
        batch ->
            owner.finish(
                batch, ProducerErrors.expired(options.deliveryTimeout()), Outcome.NOT_APPLIED));
  }

  private boolean isExpired(PendingBatch batch) {
    return System.nanoTime() - batch.createdNanos > options.deliveryTimeout().toNanos();
  }

  /** Ends the stream; what is left here fails. */
  void close(AlmadiaException failure) {
    closed = true;
    ProduceConnection open = connection;
    connection = null;
    if (successor != null) {
      successor.cancel("closed");
      successor = null;
    }
    if (open != null && isIdle()) {
      open.halfClose();
    } else if (open != null) {
      open.cancel("closed");
    }
    List<PendingBatch> sent = new ArrayList<>(inFlight);
    inFlight.clear();
    sent.forEach(batch -> owner.finish(batch, failure, Outcome.UNKNOWN));
    failReady(failure);
  }
}
