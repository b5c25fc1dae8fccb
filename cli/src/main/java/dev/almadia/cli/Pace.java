// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.util.concurrent.locks.LockSupport;

/** Lets so many steps pass per second, evenly. One thread. */
final class Pace {
  private final long perSecond;
  private final long startNanos = System.nanoTime();
  private long steps;

  /**
   * A pace that begins now.
   *
   * @param perSecond 0 for as many as come
   */
  Pace(long perSecond) {
    this.perSecond = perSecond;
  }

  /** Waits until the next step is due. */
  void await() {
    if (perSecond == 0) {
      return;
    }
    long dueNanos = startNanos + (long) (1e9 * steps++ / perSecond);
    for (long left = dueNanos - System.nanoTime();
        left > 0 && !Thread.currentThread().isInterrupted();
        left = dueNanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
