// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.raft.shard.GroupLimits;
import dev.almadia.raft.shard.RaftNodeConfig;
import dev.almadia.raft.shard.ShardLimits;
import dev.almadia.simulation.kernel.SimRandom;

/**
 * How much a broker may hold. Tiny limits make common what is rare in production: full windows, a
 * cache that has dropped what is asked for, refused loads.
 *
 * @param inflightMessagesMax see {@link GroupLimits}
 * @param inflightBytesMax see {@link GroupLimits}
 * @param appendBytesMax see {@link GroupLimits}
 * @param tailBytesMax see {@link GroupLimits}
 * @param cacheBytesMax see {@link ShardLimits}
 * @param loadsMax see {@link ShardLimits}
 * @param mailboxMessagesMax see {@link ShardLimits}
 * @param checkpointBytes see {@link GroupLimits}
 * @param budgetBytes what batches may take that are not in a log yet
 */
public record BrokerLimits(
    int inflightMessagesMax,
    long inflightBytesMax,
    long appendBytesMax,
    long tailBytesMax,
    long cacheBytesMax,
    int loadsMax,
    int mailboxMessagesMax,
    long checkpointBytes,
    int budgetBytes) {
  private static final long KIB = 1024;

  /** Clients write a quarter of it to all partitions together. */
  private static final long FILL_BYTES_PER_SECOND = 96 * KIB;

  private static final long MILLIS_PER_SECOND = 1_000;

  /** Those of production in one seed of three, tiny ones else. */
  public static BrokerLimits draw(SimRandom random) {
    return random.below(3) == 0 ? usual() : tiny(random);
  }

  /** Those of production. */
  public static BrokerLimits usual() {
    GroupLimits group = GroupLimits.defaults();
    ShardLimits shard = ShardLimits.defaults();
    return new BrokerLimits(
        group.inflightMessagesMax(),
        group.inflightBytesMax(),
        group.appendBytesMax(),
        group.tailBytesMax(),
        shard.cacheBytesMax(),
        shard.loadsMax(),
        shard.mailboxMessagesMax(),
        group.checkpointBytes(),
        1 << 20);
  }

  /** Tiny ones. */
  public static BrokerLimits tiny(SimRandom random) {
    return new BrokerLimits(
        random.between(1, 4),
        random.between(1, 16) * KIB,
        random.between(200L, 4 * KIB),
        random.between(0L, 4 * KIB),
        random.between(0L, 16 * KIB),
        random.between(1, 4),
        random.chance(0.5) ? random.between(60, 200) : shardDefaults().mailboxMessagesMax(),
        random.between(100L, 8 * KIB),
        random.between(32, 256) << 10);
  }

  /**
   * The same, but a replica gets entries faster than clients write them: a new one would else never
   * have all.
   *
   * @param linkMillis what the network takes for a message
   */
  public BrokerLimits filling(int linkMillis) {
    long windowBytes = FILL_BYTES_PER_SECOND * 2 * linkMillis / MILLIS_PER_SECOND;
    return new BrokerLimits(
        inflightMessagesMax,
        Math.max(inflightBytesMax, windowBytes),
        Math.max(appendBytesMax, windowBytes / inflightMessagesMax),
        tailBytesMax,
        cacheBytesMax,
        loadsMax,
        mailboxMessagesMax,
        checkpointBytes,
        budgetBytes);
  }

  private static ShardLimits shardDefaults() {
    return ShardLimits.defaults();
  }

  /** Whether a committed entry may have left the cache before it is on the leader's disk. */
  boolean areTiny() {
    return cacheBytesMax < ShardLimits.defaults().cacheBytesMax();
  }

  RaftNodeConfig applyTo(RaftNodeConfig config) {
    GroupLimits group = config.groupLimits();
    ShardLimits shard = config.shardLimits();
    return new RaftNodeConfig(
        config.selfId(),
        config.shards(),
        config.timings(),
        new GroupLimits(
            inflightMessagesMax,
            inflightBytesMax,
            appendBytesMax,
            group.uncommittedBytesMax(),
            tailBytesMax,
            checkpointBytes),
        new ShardLimits(
            mailboxMessagesMax,
            shard.mailboxBytesMax(),
            shard.roundBytesMax(),
            cacheBytesMax,
            loadsMax,
            shard.loadBytesMax()));
  }
}
