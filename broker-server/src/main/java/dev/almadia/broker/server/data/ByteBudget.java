// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.data;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that a broker may hold for callers at once. Any thread. */
final class ByteBudget {
  private final long bytesMax;
  private final AtomicLong taken = new AtomicLong();

  ByteBudget(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Takes bytes if they fit, or if nothing else is held. */
  boolean tryTake(long bytes) {
    long now = taken.addAndGet(bytes);
    if (now <= bytesMax || now == bytes) {
      return true;
    }
    taken.addAndGet(-bytes);
    return false;
  }

  void giveBack(long bytes) {
    taken.addAndGet(-bytes);
  }

  long bytesMax() {
    return bytesMax;
  }

  long taken() {
    return taken.get();
  }
}
