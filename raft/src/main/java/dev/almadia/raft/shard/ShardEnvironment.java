// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

/** Time and chance for shards; nothing else in Raft reads a clock or draws a number. */
public interface ShardEnvironment {
  /** Monotonic time in nanoseconds, for ticks. */
  long nanoTime();

  /** Wall clock in milliseconds since 1970, for append times only. */
  long wallMillis();

  /** A number from 0 to below {@code bound}. */
  int random(int bound);
}
