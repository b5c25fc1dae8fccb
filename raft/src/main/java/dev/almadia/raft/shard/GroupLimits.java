// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

/**
 * Bounds of each group, see {@link dev.almadia.raft.core.CoreConfig}.
 *
 * @param inflightMessagesMax append requests on the way to one follower
 * @param inflightBytesMax bytes in them
 * @param appendBytesMax bytes in one append request
 * @param uncommittedBytesMax bytes that a leader has not committed; beyond it proposals fail
 * @param tailBytesMax bytes kept by each core for slightly slow followers. Small, because it counts
 *     once per group; what is dropped here is mostly still in the cache of all groups
 * @param checkpointBytes entries that are applied between two checkpoints of a small state, in
 *     bytes: a restart after a crash reads as much again. A large state is kept less often
 */
public record GroupLimits(
    int inflightMessagesMax,
    long inflightBytesMax,
    long appendBytesMax,
    long uncommittedBytesMax,
    long tailBytesMax,
    long checkpointBytes) {
  private static final long KIB = 1024;

  /** A learner that lacks less than that may be made a voter; see CoreConfig. */
  static final long PROMOTE_LAG_BYTES = KIB * KIB;

  /** For thousands of groups on a few GiB of heap. */
  public static GroupLimits defaults() {
    return new GroupLimits(64, 8 * KIB * KIB, KIB * KIB, 32 * KIB * KIB, 64 * KIB, 256 * KIB);
  }
}
