// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

import dev.almadia.simulation.kernel.SimRandom;

/** How long writes take: the bytes, a sync, and now and then a stall as real devices have them. */
final class DiskSpeed {
  private static final long MICROS = 1_000;
  private static final long MILLIS = 1_000_000;

  /** About 500 MB/s. */
  private static final long NANOS_PER_BYTE = 2;

  private static final long ROUND_NANOS = 10 * MICROS;
  private static final double STALL_CHANCE = 0.002;

  private final SimRandom random;
  private int factor = 1;

  DiskSpeed(SimRandom random) {
    this.random = random;
  }

  /** All takes so many times as long; 1 is normal. */
  void slow(int times) {
    if (times < 1) {
      throw new IllegalArgumentException("slower by " + times);
    }
    factor = times;
  }

  long nanos(long bytes, boolean sync) {
    long nanos = ROUND_NANOS + bytes * NANOS_PER_BYTE;
    if (sync) {
      nanos += random.between(200 * MICROS, random.chance(0.9) ? MILLIS : 3 * MILLIS);
    }
    if (random.chance(STALL_CHANCE)) {
      nanos += random.between(20 * MILLIS, 300 * MILLIS);
    }
    return nanos * factor;
  }
}
