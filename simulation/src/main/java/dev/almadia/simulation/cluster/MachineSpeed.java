// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.simulation.kernel.SimRandom;

/** How long a machine's parts take at the moment; faults change it. */
public final class MachineSpeed {
  private static final long NANOS_PER_MICRO = 1_000;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final ClusterOptions options;
  private long diskPauseMillis;
  private long turnPauseMillis;

  MachineSpeed(ClusterOptions options) {
    this.options = options;
  }

  /** Each write and read of the disk takes so much longer; 0 as before. */
  public void diskPauseMillis(long millis) {
    diskPauseMillis = millis;
  }

  /** Each turn of a shard takes so much longer; 0 as before. */
  public void turnPauseMillis(long millis) {
    turnPauseMillis = millis;
  }

  long writeNanos(SimRandom random) {
    return jitter(random, options.syncMicrosMax() * NANOS_PER_MICRO, diskPauseMillis);
  }

  long readNanos(SimRandom random) {
    return jitter(random, options.syncMicrosMax() * NANOS_PER_MICRO / 2, diskPauseMillis);
  }

  long turnNanos(SimRandom random) {
    return jitter(random, options.turnMicrosMax() * NANOS_PER_MICRO, turnPauseMillis);
  }

  private static long jitter(SimRandom random, long nanosMax, long pauseMillis) {
    long pauseNanos = pauseMillis == 0 ? 0 : random.below(2 * pauseMillis * NANOS_PER_MILLI + 1);
    return random.below(nanosMax + 1) + pauseNanos;
  }
}
