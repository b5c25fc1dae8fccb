// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A queue bounded in messages and bytes. Any thread offers, the owner polls; lock-free.
 *
 * <p>Polling does not make room: {@link #release} does, when the owner is done with an item. So the
 * bound also covers what the owner has taken over into queues of its own.
 */
final class BoundedQueue<T> {
  private final ConcurrentLinkedQueue<T> items = new ConcurrentLinkedQueue<>();
  private final AtomicInteger heldMessages = new AtomicInteger();
  private final AtomicLong heldBytes = new AtomicLong();
  private final int messagesMax;
  private final long bytesMax;

  BoundedQueue(int messagesMax, long bytesMax) {
    this.messagesMax = messagesMax;
    this.bytesMax = bytesMax;
  }

  /**
   * Adds the item, unless that would exceed a bound. Into an empty queue anything fits, or an item
   * larger than the bound could never pass.
   */
  boolean offer(T item, int messages, long bytes) {
    int messagesBefore = heldMessages.getAndAdd(messages);
    long bytesBefore = heldBytes.getAndAdd(bytes);
    boolean fits = messagesBefore + messages <= messagesMax && bytesBefore + bytes <= bytesMax;
    if (!fits && messagesBefore > 0) {
      release(messages, bytes);
      return false;
    }
    return items.add(item);
  }

  @Nullable T poll() {
    return items.poll();
  }

  /** The owner is done with so much of what it polled. */
  void release(int messages, long bytes) {
    heldMessages.addAndGet(-messages);
    heldBytes.addAndGet(-bytes);
  }

  /** Messages offered and not released. */
  int heldMessages() {
    return heldMessages.get();
  }

  /** Bytes offered and not released. */
  long heldBytes() {
    return heldBytes.get();
  }
}
