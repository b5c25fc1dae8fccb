// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.kernel;

import java.util.List;

/**
 * Chance from a seed: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), written out here so that a seed
 * means the same on every JDK. Each purpose splits off its own, so that one more draw in the
 * network does not change what the disks do.
 */
public final class SimRandom {
  private static final long GAMMA = 0x9E3779B97F4A7C15L;

  private final long origin;
  private long state;

  /** Chance of this seed. */
  public SimRandom(long seed) {
    origin = mix(seed + GAMMA);
    state = origin;
  }

  /** Chance for one purpose; depends on the seed and the purpose, not on draws made before. */
  public SimRandom split(String purpose) {
    long hash = origin;
    for (int i = 0; i < purpose.length(); i++) {
      hash = mix(hash * 31 + purpose.charAt(i));
    }
    return new SimRandom(hash);
  }

  /** Chance for one of many of a purpose. */
  public SimRandom split(String purpose, long number) {
    return new SimRandom(mix(split(purpose).origin + number * GAMMA));
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Any number. */
  public long nextLong() {
    state += GAMMA;
    return mix(state);
  }

  /** From 0 to below {@code bound}, which must be positive. */
  public int below(int bound) {
    return (int) below((long) bound);
  }

  /** From 0 to below {@code bound}, which must be positive. */
  public long below(long bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("bound " + bound);
    }
    return (nextLong() >>> 1) % bound;
  }

  /** From {@code low} to {@code high}, both included. */
  public long between(long low, long high) {
    return low + below(high - low + 1);
  }

  /** From {@code low} to {@code high}, both included. */
  public int between(int low, int high) {
    return (int) between((long) low, (long) high);
  }

  /** True with this probability. */
  public boolean chance(double probability) {
    return (nextLong() >>> 11) * 0x1.0p-53 < probability;
  }

  /** One of them. */
  public <T> T pick(List<T> some) {
    return some.get(below(some.size()));
  }
}
