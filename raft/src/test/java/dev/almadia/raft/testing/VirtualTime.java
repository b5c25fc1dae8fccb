// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.testing;

import dev.almadia.raft.shard.ShardEnvironment;
import java.util.Random;

/** Time that moves when a test says so, and chance from a seed. One thread only. */
public final class VirtualTime implements ShardEnvironment {
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long WALL_START_MILLIS = 1_750_000_000_000L;

  private final Random random;
  private long nowNanos;

  /** Starts at zero. */
  public VirtualTime(long seed) {
    random = new Random(seed);
  }

  /** Moves on. */
  public void advanceMillis(long millis) {
    nowNanos += millis * NANOS_PER_MILLI;
  }

  /** Since the start. */
  public long nowMillis() {
    return nowNanos / NANOS_PER_MILLI;
  }

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public long wallMillis() {
    return WALL_START_MILLIS + nowMillis();
  }

  @Override
  public int random(int bound) {
    return random.nextInt(bound);
  }
}
