// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much a broker reads from its store for followers that are behind, in bytes per second, so
 * that many of them cannot take disk and network from what is being written. All shards share it;
 * lock-free. Times are those of the shards, so it is exact under virtual time too.
 *
 * <p>It is kept as the time up to which the rate is used up. A load may begin as long as that is
 * not far ahead, and moves it on by its own length; what was not used does not add up.
 */
final class CatchUpRate {
  /** No bound. */
  static final long UNLIMITED = Long.MAX_VALUE;

  /** Answer of {@link #take}: not now. */
  static final long REFUSED = -1;

  /** Longer than a tick, or a shard that looks once a tick could not use the rate up. */
  private static final long AHEAD_NANOS_MAX = 50_000_000;

  private static final double NANOS_PER_SECOND = 1e9;

  private final AtomicLong usedUntilNanos = new AtomicLong();
  private final AtomicLong sentBytes = new AtomicLong();
  private final AtomicLong delayedLoads = new AtomicLong();
  private volatile long bytesPerSecond = UNLIMITED;

  /**
   * Another rate from now on.
   *
   * @param bytesPerSecond at least 1
   */
  void set(long bytesPerSecond, long nowNanos) {
    if (bytesPerSecond < 1) {
      throw new IllegalArgumentException("catch-up rate " + bytesPerSecond);
    }
    usedUntilNanos.set(nowNanos);
    this.bytesPerSecond = bytesPerSecond;
  }

  /**
   * Takes room for a load.
   *
   * @param bytes as many as it may bring
   * @return the time that it takes up, for {@link #giveBack}; {@link #REFUSED} if it has to wait
   */
  long take(long nowNanos, long bytes) {
    long rate = bytesPerSecond;
    if (rate == UNLIMITED) {
      return 0;
    }
    long takenNanos = (long) (bytes * NANOS_PER_SECOND / rate);
    while (true) {
      long until = usedUntilNanos.get();
      long aheadNanos = Math.max(0, until - nowNanos);
      if (aheadNanos > AHEAD_NANOS_MAX) {
        return REFUSED;
      }
      if (usedUntilNanos.compareAndSet(until, nowNanos + aheadNanos + takenNanos)) {
        return takenNanos;
      }
    }
  }

  /**
   * The load brought less than it might have.
   *
   * @param takenNanos what {@link #take} said
   * @param shareUsed from 0 to 1
   */
  void giveBack(long takenNanos, double shareUsed) {
    usedUntilNanos.addAndGet(-(long) (takenNanos * (1 - Math.min(1, shareUsed))));
  }

  void sent(long bytes) {
    sentBytes.addAndGet(bytes);
  }

  void delayed() {
    delayedLoads.incrementAndGet();
  }

  /** Bytes read from the store for followers since the start. */
  long sentBytes() {
    return sentBytes.get();
  }

  /** Loads that had to wait for the rate. */
  long delayedLoads() {
    return delayedLoads.get();
  }
}
