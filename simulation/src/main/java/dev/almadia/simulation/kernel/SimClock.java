// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.kernel;

/** The clocks of one machine: they may run fast or slow, and the wall clock may jump. */
public final class SimClock {
  /**
   * Where wall clocks start: in June 2025, long before timestamps have another number of digits.
   */
  public static final long WALL_START_MILLIS = 1_750_000_000_000L;

  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long PARTS_PER_MILLION = 1_000_000;

  private final int driftPpm;
  private final long startNanos;
  private long wallOffsetMillis;

  /**
   * Clocks of a machine.
   *
   * @param driftPpm how fast they run: microseconds gained per second
   * @param startNanos what the monotonic clock shows at the world's start
   */
  public SimClock(int driftPpm, long startNanos) {
    this.driftPpm = driftPpm;
    this.startNanos = startNanos;
  }

  int driftPpm() {
    return driftPpm;
  }

  /** The monotonic clock at this world time. */
  public long monotonicNanos(long worldNanos) {
    return startNanos + worldNanos + worldNanos / PARTS_PER_MILLION * driftPpm;
  }

  /** The wall clock at this world time. */
  public long wallMillis(long worldNanos) {
    long nanos = worldNanos + worldNanos / PARTS_PER_MILLION * driftPpm;
    return WALL_START_MILLIS + wallOffsetMillis + nanos / NANOS_PER_MILLI;
  }

  /** The wall clock jumps, forward or back. */
  public void jumpMillis(long millis) {
    wallOffsetMillis += millis;
  }
}
