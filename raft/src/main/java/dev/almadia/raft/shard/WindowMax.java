// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

/**
 * The highest number of about the last ten seconds: of the present window and the one before. Owner
 * thread only.
 */
final class WindowMax {
  private static final long WINDOW_NANOS = 10_000_000_000L;

  private long windowStartNanos;
  private long present;
  private long before;

  void add(long number) {
    present = Math.max(present, number);
  }

  long max(long nowNanos) {
    if (TickClock.elapsedNanos(windowStartNanos, nowNanos) >= WINDOW_NANOS) {
      windowStartNanos = nowNanos;
      before = present;
      present = 0;
    }
    return Math.max(before, present);
  }
}
