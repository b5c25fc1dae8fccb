// SPDX-License-Identifier: Apache-2.0
package dev.almadia.client;

import dev.almadia.v1.ClusterEvent;
import dev.almadia.v1.ClusterServiceGrpc;
import dev.almadia.v1.WatchClusterRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Follows what happens in the cluster, as the broker in use learns it. One reading thread.
 *
 * <p>At most one event is in memory that was not taken yet; a broker whose reader is slow leaves
 * events out and says how many. When the broker is lost the next one is watched. Nobody knows what
 * happened in between, so an event of type {@link #RESUMED} says that there is a gap. Interruptions
 * are bridged for two minutes (before the first word: for the client's timeout); then, and at once
 * if no repetition can help, {@link #poll} throws.
 */
public final class ClusterWatch implements AutoCloseable {
  /** Type of the event that this class makes when it goes on after an interruption. */
  public static final String RESUMED = "WATCH_RESUMED";

  private static final long SILENCE_NANOS_MAX = TimeUnit.MINUTES.toNanos(2);
  private static final long STABLE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Brokers brokers;
  private final long firstWordNanos;
  private final LinkedBlockingQueue<Item> queue = new LinkedBlockingQueue<>();
  private boolean includePresent;
  private boolean closed;
  private boolean heard;
  private int attempt;
  private long openedNanos;
  private int failuresInRow;
  private long firstFailureNanos;
  private long openNotBeforeNanos = System.nanoTime();
  private @Nullable String lostAt;
  private Brokers.@Nullable Target target;
  private @Nullable ClientCall<WatchClusterRequest, ClusterEvent> call;

  private record Item(
      int attempt,
      @Nullable ClusterEvent event,
      @Nullable Status ended,
      @Nullable Metadata trailers) {}

  /**
   * A watch.
   *
   * @param firstWord how long brokers may be silent before the first of them has answered
   */
  ClusterWatch(Brokers brokers, Duration firstWord, boolean includePresent) {
    this.brokers = brokers;
    this.firstWordNanos = firstWord.toNanos();
    this.includePresent = includePresent;
  }

  /**
   * Takes the next event. Blocks at most the given time.
   *
   * @return null if nothing came, the watch is closed, or the thread was interrupted
   * @throws AlmadiaException if the cluster cannot be watched
   */
  public @Nullable ClusterEvent poll(Duration timeout) {
    long endNanos = System.nanoTime() + timeout.toNanos();
    try {
      while (!closed) {
        long now = System.nanoTime();
        if (call == null && now - openNotBeforeNanos >= 0) {
          open();
        }
        long waitNanos = endNanos - now;
        if (call == null) {
          waitNanos = Math.min(waitNanos, openNotBeforeNanos - now);
        }
        Item item = queue.poll(Math.max(0, waitNanos), TimeUnit.NANOSECONDS);
        ClusterEvent event = item == null ? null : handle(item);
        if (event != null) {
          return event;
        }
        if (System.nanoTime() - endNanos >= 0) {
          return null;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return null;
  }

  /** Ends the watch. */
  @Override
  public void close() {
    closed = true;
    if (call != null) {
      call.cancel("closed by the reader", null);
      call = null;
    }
    queue.clear();
  }

  private void open() {
    attempt++;
    openedNanos = System.nanoTime();
    Brokers.Target chosen = brokers.current();
    target = chosen;
    var opened =
        chosen.channel().newCall(ClusterServiceGrpc.getWatchClusterMethod(), CallOptions.DEFAULT);
    call = opened;
    opened.start(new Inbound(attempt), new Metadata());
    opened.sendMessage(WatchClusterRequest.newBuilder().setIncludePresent(includePresent).build());
    opened.halfClose();
    opened.request(1);
  }

  private @Nullable ClusterEvent handle(Item item) {
    if (item.attempt != attempt) {
      return null;
    }
    if (item.ended != null) {
      again(item.ended, item.trailers == null ? new Metadata() : item.trailers);
      return null;
    }
    if (item.event == null) {
      return resumed();
    }
    if (call != null) {
      call.request(1);
    }
    return item.event;
  }

  /** The broker has taken the call. Null if it is the first. */
  private @Nullable ClusterEvent resumed() {
    heard = true;
    failuresInRow = 0;
    // What was present before was told; from now on it is news.
    includePresent = false;
    String lost = lostAt;
    Brokers.Target at = target;
    if (lost == null || at == null) {
      return null;
    }
    lostAt = null;
    return ClusterEvent.newBuilder()
        .setTimeMs(System.currentTimeMillis())
        .setType(RESUMED)
        .setResource("watch")
        .setText(
            "the watch at "
                + lost
                + " broke off and goes on at "
                + at.address()
                + "; what happened in between is not known")
        .build();
  }

  private void again(Status status, Metadata trailers) {
    Brokers.Target from = target;
    String where = from == null ? "" : from.address();
    call = null;
    Status told = status.isOk() ? Status.UNAVAILABLE.withDescription("stream ended") : status;
    AlmadiaException failure =
        AlmadiaException.ofRead(told.asRuntimeException(trailers), "WatchCluster", where);
    long now = System.nanoTime();
    if (now - openedNanos > STABLE_NANOS) {
      // A broker where nothing happens says nothing; that it kept the stream is word enough.
      heard = true;
      failuresInRow = 0;
    }
    if (failuresInRow++ == 0) {
      firstFailureNanos = now;
    }
    long bridgeNanos = heard ? SILENCE_NANOS_MAX : firstWordNanos;
    if (!failure.isTransient() || now - firstFailureNanos > bridgeNanos) {
      throw failure;
    }
    if (heard && lostAt == null) {
      lostAt = where;
    }
    if (from != null) {
      brokers.failed(from);
    }
    openNotBeforeNanos = now + TimeUnit.MILLISECONDS.toNanos(Calls.pauseMs(failuresInRow, failure));
  }

  /** Puts what comes into the queue; gRPC threads. */
  private final class Inbound extends ClientCall.Listener<ClusterEvent> {
    private final int mine;

    Inbound(int mine) {
      this.mine = mine;
    }

    @Override
    public void onHeaders(Metadata headers) {
      queue.add(new Item(mine, null, null, null));
    }

    @Override
    public void onMessage(ClusterEvent event) {
      queue.add(new Item(mine, event, null, null));
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      queue.add(new Item(mine, null, status, trailers));
    }
  }
}
