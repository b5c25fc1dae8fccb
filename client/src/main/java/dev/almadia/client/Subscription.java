// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import com.google.protobuf.ByteString;
import dev.almadia.internal.v1.OpaqueSubscribeResponse;
import dev.almadia.v1.GoingAway;
import dev.almadia.v1.Position;
import dev.almadia.v1.SubscribeRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Follows stretches of partitions over {@code Subscribe}, one stream per partition, and carries on
 * at the next broker after an interruption exactly where it stopped. One reading thread.
 *
 * <p>Each partition has at most one message in memory that was not taken yet (3.5 MiB as the server
 * cuts them, more only if a single record set is larger): the next is asked for when it is taken.
 * Interruptions are bridged for two minutes without a word from any broker; then, and at once after
 * a failure that no repetition can change (such as an offset below the log start), {@link #poll}
 * throws.
 */
public final class Subscription implements AutoCloseable {
  private static final long SILENCE_MS_MAX = 120_000;
  private static final int PROGRESS_INTERVAL_MS = 1_000;

  /** A partition that sends nothing at all for so long has lost its broker: 15 times progress. */
  private static final long STREAM_SILENCE_MS_MAX = 15_000;

  private final Brokers brokers;
  private final ScheduledExecutorService timer;
  private final String topic;
  private final LinkedBlockingQueue<Item> queue = new LinkedBlockingQueue<>();
  private final List<Part> parts = new ArrayList<>();
  private int unfinished;
  private boolean closed;

  /**
   * What came of one partition.
   *
   * @param partition the partition
   * @param records in order; empty for news of progress
   * @param nextOffset next offset to come
   * @param highWatermark end of what is readable
   * @param caughtUp everything readable was given
   */
  public record Chunk(
      int partition,
      List<ReadRecord> records,
      long nextOffset,
      long highWatermark,
      boolean caughtUp) {}

  private record Item(
      Part part,
      int attempt,
      @Nullable OpaqueSubscribeResponse message,
      @Nullable Status failed,
      @Nullable Metadata trailers) {}

  Subscription(
      Brokers brokers, ScheduledExecutorService timer, String topic, List<Stretch> stretches) {
    this.brokers = brokers;
    this.timer = timer;
    this.topic = topic;
    Set<Integer> seen = new HashSet<>();
    for (Stretch stretch : stretches) {
      if (!seen.add(stretch.partition())) {
        throw new IllegalArgumentException("partition " + stretch.partition() + " named twice");
      }
      if (stretch.startOffset() < stretch.endOffset()) {
        Part part = new Part(stretch);
        parts.add(part);
        unfinished++;
      }
    }
    parts.forEach(Part::open);
  }

  /** Whether every stretch was read to its end. */
  public boolean isDone() {
    return unfinished == 0;
  }

  /**
   * Takes what comes next. Blocks at most the given time.
   *
   * @return null if nothing came, all is done, or the thread was interrupted
   * @throws AlmadiaException if a partition cannot be read on
   */
  public @Nullable Chunk poll(Duration timeout) {
    long endNanos = System.nanoTime() + timeout.toNanos();
    try {
      while (unfinished > 0 && !closed) {
        checkSilence();
        long leftNanos = endNanos - System.nanoTime();
        long sliceNanos = Math.min(leftNanos, TimeUnit.SECONDS.toNanos(1));
        Item item = queue.poll(Math.max(0, sliceNanos), TimeUnit.NANOSECONDS);
        Chunk chunk = item == null ? null : handle(item);
        if (chunk != null) {
          return chunk;
        }
        if (item == null && leftNanos <= 0) {
          return null;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return null;
  }

  /** Ends all streams. */
  @Override
  public void close() {
    closed = true;
    parts.forEach(Part::cancel);
    queue.clear();
  }

  private void checkSilence() {
    long now = System.nanoTime();
    for (Part part : parts) {
      if (!part.done
          && part.call != null
          && now - part.heardNanos > msToNanos(STREAM_SILENCE_MS_MAX)) {
        part.cancel();
        part.attempt++;
        part.again(
            Status.UNAVAILABLE.withDescription("no word for " + STREAM_SILENCE_MS_MAX + " ms"),
            new Metadata());
      }
    }
  }

  private static long msToNanos(long ms) {
    return TimeUnit.MILLISECONDS.toNanos(ms);
  }

  private @Nullable Chunk handle(Item item) {
    Part part = item.part;
    if (part.attempt != item.attempt || part.done) {
      return null;
    }
    if (item.message != null) {
      part.heardNanos = System.nanoTime();
      part.failuresInRow = 0;
      return part.take(item.message);
    }
    if (item.failed == null) {
      part.open();
      return null;
    }
    part.again(item.failed, item.trailers == null ? new Metadata() : item.trailers);
    return null;
  }

  /** One partition. Reading thread only, but for its inbound listener, which only queues. */
  private final class Part {
    private final Stretch stretch;
    private long nextOffset;
    private int attempt;
    private boolean done;
    private int failuresInRow;
    private long heardNanos = System.nanoTime();
    private long firstFailureNanos;
    private Brokers.@Nullable Target target;
    private @Nullable ClientCall<SubscribeRequest, OpaqueSubscribeResponse> call;

    Part(Stretch stretch) {
      this.stretch = stretch;
      this.nextOffset = stretch.startOffset();
    }

    private void open() {
      if (closed) {
        return;
      }
      attempt++;
      heardNanos = System.nanoTime();
      SubscribeRequest.Builder request =
          SubscribeRequest.newBuilder()
              .setTopic(topic)
              .addPartitions(stretch.partition())
              .setStart(Position.newBuilder().setOffset(nextOffset))
              .setProgressIntervalMs(PROGRESS_INTERVAL_MS)
              .addAllAcceptCodecs(Batches.ACCEPTED);
      if (stretch.endOffset() != Stretch.NO_END) {
        request.setStop(Position.newBuilder().setOffset(stretch.endOffset()));
      }
      Brokers.Target chosen = brokers.current();
      target = chosen;
      var opened = chosen.channel().newCall(Methods.SUBSCRIBE, CallOptions.DEFAULT);
      call = opened;
      opened.start(new Inbound(this, attempt), new Metadata());
      opened.sendMessage(request.build());
      opened.halfClose();
      opened.request(1);
    }

    private void cancel() {
      if (call != null) {
        call.cancel("closed by the reader", null);
        call = null;
      }
    }

    private @Nullable Chunk take(OpaqueSubscribeResponse message) {
      Chunk chunk = null;
      switch (message.getMessageCase()) {
        case RECORDS -> chunk = records(message);
        case PROGRESS -> {
          var progress = message.getProgress();
          nextOffset = Math.max(nextOffset, progress.getNextOffset());
          chunk =
              new Chunk(
                  stretch.partition(),
                  List.of(),
                  nextOffset,
                  progress.getHighWatermark(),
                  progress.getCaughtUp());
          if (progress.getDone()) {
            finish();
          }
        }
        case GOING_AWAY -> {
          if (move(message.getGoingAway())) {
            return null;
          }
        }
        case MESSAGE_NOT_SET -> {
          // A message of a newer server.
        }
      }
      if (!done && call != null) {
        call.request(1);
      }
      return chunk;
    }

    /** Carries on elsewhere at once, if there is another broker; else until this one ends it. */
    private boolean move(GoingAway asked) {
      Brokers.Target from = target;
      if (from == null || brokers.leave(from, asked.getEndpointsList()) == null) {
        return false;
      }
      cancel();
      open();
      return true;
    }

    private Chunk records(OpaqueSubscribeResponse message) {
      var records = message.getRecords();
      List<ReadRecord> list = new ArrayList<>();
      for (ByteString batch : records.getBatchesList()) {
        Batches.unpack(stretch.partition(), batch, nextOffset, stretch.endOffset(), list);
      }
      nextOffset = Math.max(nextOffset, records.getNextOffset());
      if (nextOffset >= stretch.endOffset()) {
        finish();
      }
      return new Chunk(
          stretch.partition(),
          list,
          nextOffset,
          records.getHighWatermark(),
          nextOffset >= records.getHighWatermark());
    }

    private void finish() {
      done = true;
      unfinished--;
      cancel();
    }

    /** Tries again after a pause, unless that is in vain. */
    private void again(Status status, Metadata trailers) {
      Brokers.Target from = target;
      String where = from == null ? "" : from.address();
      call = null;
      if (status.isOk() && nextOffset >= stretch.endOffset()) {
        finish();
        return;
      }
      Status told = status.isOk() ? Status.UNAVAILABLE.withDescription("stream ended") : status;
      AlmadiaException failure =
          AlmadiaException.ofRead(told.asRuntimeException(trailers), "Subscribe", where);
      long now = System.nanoTime();
      if (failuresInRow++ == 0) {
        firstFailureNanos = now;
      }
      if (!failure.isTransient() || now - firstFailureNanos > msToNanos(SILENCE_MS_MAX)) {
        throw failure;
      }
      if (from != null) {
        brokers.failed(from);
      }
      int mine = attempt;
      try {
        var unused =
            timer.schedule(
                () -> queue.add(new Item(this, mine, null, null, null)),
                Calls.pauseMs(failuresInRow, failure),
                TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        throw failure;
      }
    }
  }

  /** Puts what comes into the queue; gRPC threads. */
  private final class Inbound extends ClientCall.Listener<OpaqueSubscribeResponse> {
    private final Part part;
    private final int attempt;

    Inbound(Part part, int attempt) {
      this.part = part;
      this.attempt = attempt;
    }

    @Override
    public void onMessage(OpaqueSubscribeResponse message) {
      queue.add(new Item(part, attempt, message, null, null));
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      queue.add(new Item(part, attempt, null, status, trailers));
    }
  }
}
