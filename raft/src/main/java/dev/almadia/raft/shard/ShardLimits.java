// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

/**
 * Bounds of what all groups share.
 *
 * @param mailboxMessagesMax messages waiting in each channel of a shard's mailbox
 * @param mailboxBytesMax bytes waiting in each channel
 * @param roundBytesMax bytes in an open persist round; beyond it a shard takes no more entries
 *     until the disk has caught up
 * @param cacheBytesMax bytes of recent entries kept for readers, of all groups together
 * @param loadsMax reads from the store on the way at once, of the whole broker
 * @param loadBytesMax bytes that these may bring into memory
 */
public record ShardLimits(
    int mailboxMessagesMax,
    long mailboxBytesMax,
    long roundBytesMax,
    long cacheBytesMax,
    int loadsMax,
    long loadBytesMax) {
  private static final long MIB = 1024 * 1024;

  /** For a broker with a few GiB of heap. */
  public static ShardLimits defaults() {
    return new ShardLimits(100_000, 64 * MIB, 64 * MIB, 128 * MIB, 64, 32 * MIB);
  }
}
