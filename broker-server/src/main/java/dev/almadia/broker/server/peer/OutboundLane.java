// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.peer;

import dev.almadia.internal.v1.PeerFrame;
import io.grpc.ClientCall;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * One stream to a peer, from its start to its end; a new stream is a new lane, so that frames meant
 * for the old one are never sent on it. Any thread may offer.
 *
 * <p>A gRPC call may be used by one thread at a time. Whoever offers takes the turn if nobody has
 * it, and sends as long as the transport is ready; whoever comes meanwhile leaves its frame in the
 * queue and goes. What waits is bounded in bytes.
 *
 * @param <Q> type of the stream's messages
 */
final class OutboundLane<Q> {
  private final ClientCall<Q, ?> call;
  private final Function<PeerFrame, Q> wrap;
  private final long queueBytesMax;
  private final ConcurrentLinkedQueue<PeerFrame> queue = new ConcurrentLinkedQueue<>();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final AtomicInteger turns = new AtomicInteger();
  // Set when the hello was accepted; read by senders.
  private volatile boolean open;
  // Set by whoever ends the lane; the thread that has the turn cancels the call.
  private volatile boolean ended;
  private boolean cancelled;

  OutboundLane(ClientCall<Q, ?> call, Function<PeerFrame, Q> wrap, long queueBytesMax) {
    this.call = call;
    this.wrap = wrap;
    this.queueBytesMax = queueBytesMax;
  }

  /** The peer accepted the hello. */
  void opened() {
    open = true;
  }

  boolean isOpen() {
    return open;
  }

  /** Takes the frames, or none of them if the lane is not open or its queue is full. */
  boolean offer(List<PeerFrame> frames, long bytes) {
    if (!open || ended) {
      return false;
    }
    long before = queuedBytes.getAndAdd(bytes);
    // A batch larger than the bound goes if nothing waits, else it could never go.
    if (before > 0 && before + bytes > queueBytesMax) {
      queuedBytes.addAndGet(-bytes);
      return false;
    }
    queue.addAll(frames);
    drain();
    return true;
  }

  long queuedBytes() {
    return queuedBytes.get();
  }

  /** Sends what waits as long as the transport is ready. */
  void drain() {
    if (turns.getAndIncrement() != 0) {
      return;
    }
    int missed = 1;
    do {
      while (open && !ended && call.isReady()) {
        PeerFrame frame = queue.poll();
        if (frame == null) {
          break;
        }
        call.sendMessage(wrap.apply(frame));
        queuedBytes.addAndGet(-frame.getSerializedSize());
      }
      if (ended && !cancelled) {
        cancelled = true;
        call.cancel("the link is closed", null);
      }
      missed = turns.addAndGet(-missed);
    } while (missed != 0);
  }

  /** Ends the stream. */
  void end() {
    ended = true;
    drain();
  }
}
