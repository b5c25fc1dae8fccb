// SPDX-License-Identifier: Apache-2.0
package dev.almadia.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * What a steady load saw in each of its phases: gaps between acknowledgements of any partition, and
 * latencies counted from when a record was due. A phase ends where the next begins. Any thread.
 */
final class SteadyPhases {
  /**
   * A phase.
   *
   * @param name what went on, as given
   * @param startMillis wall clock, since 1970
   * @param seconds how long it lasted
   * @param acknowledged number of records
   * @param longestGapMs longest time without an acknowledgement that ended in it
   * @param longestLatencyMs longest time from due to acknowledged of a record acknowledged in it
   * @param slow number of records that took longer than {@link #SLOW_MS}
   */
  record Phase(
      String name,
      long startMillis,
      double seconds,
      long acknowledged,
      double longestGapMs,
      double longestLatencyMs,
      long slow) {}

  /** What counts as slow. */
  static final long SLOW_MS = 100;

  private static final double NANOS_PER_MS = 1e6;

  private final List<Phase> ended = new ArrayList<>();
  private String name;
  private long startMillis;
  private long startNanos;
  private long lastAckNanos;
  private long acknowledged;
  private long longestGapNanos;
  private long longestLatencyNanos;
  private long slow;

  /** The first phase begins now, by both clocks. */
  SteadyPhases(String name, long nowMillis, long nowNanos) {
    this.name = name;
    begin(name, nowMillis, nowNanos);
    lastAckNanos = nowNanos;
  }

  /** Notes an acknowledgement. */
  synchronized void acknowledged(long dueNanos, long nowNanos) {
    acknowledged++;
    longestGapNanos = Math.max(longestGapNanos, nowNanos - lastAckNanos);
    // Threads do not come here in the order in which they read the clock.
    lastAckNanos = Math.max(lastAckNanos, nowNanos);
    long latencyNanos = nowNanos - dueNanos;
    longestLatencyNanos = Math.max(longestLatencyNanos, latencyNanos);
    if (latencyNanos > SLOW_MS * NANOS_PER_MS) {
      slow++;
    }
  }

  /** Another phase begins. */
  synchronized void next(String nextName, long nowMillis, long nowNanos) {
    end(nowNanos);
    begin(nextName, nowMillis, nowNanos);
  }

  /** All phases; the last one ends now. */
  synchronized List<Phase> finish(long nowNanos) {
    end(nowNanos);
    return List.copyOf(ended);
  }

  private void begin(String nextName, long nowMillis, long nowNanos) {
    name = nextName;
    startMillis = nowMillis;
    startNanos = nowNanos;
    acknowledged = 0;
    longestGapNanos = 0;
    longestLatencyNanos = 0;
    slow = 0;
  }

  /** A gap that is still open counts for the phase that ends. */
  private void end(long nowNanos) {
    ended.add(
        new Phase(
            name,
            startMillis,
            (nowNanos - startNanos) / 1e9,
            acknowledged,
            Math.max(longestGapNanos, nowNanos - lastAckNanos) / NANOS_PER_MS,
            longestLatencyNanos / NANOS_PER_MS,
            slow));
  }
}
