// SPDX-License-Identifier: Apache-2.0
package dev.almadia.broker.server.runtime;

import dev.almadia.broker.server.config.BrokerConfig;
import dev.almadia.raft.shard.GroupLimits;
import dev.almadia.raft.shard.RaftNodeConfig;
import dev.almadia.raft.shard.RaftTimings;
import dev.almadia.raft.shard.ShardLimits;

/** Raft's settings, from the broker's. */
final class NodeSettings {
  private static final long STORE_LOAD_BYTES_MAX = 32L << 20;

  private NodeSettings() {}

  static RaftNodeConfig of(BrokerConfig config) {
    BrokerConfig.Timing timing = config.timing();
    int tickMs = timing.tickMs();
    ShardLimits shardDefaults = ShardLimits.defaults();
    GroupLimits groupDefaults = GroupLimits.defaults();
    return new RaftNodeConfig(
        config.brokerId(),
        config.threads().shards(),
        new RaftTimings(
            tickMs,
            Math.max(2, timing.electionTimeoutMs() / tickMs),
            Math.max(1, timing.heartbeatMs() / tickMs)),
        new GroupLimits(
            groupDefaults.inflightMessagesMax(),
            groupDefaults.inflightBytesMax(),
            groupDefaults.appendBytesMax(),
            Math.min(groupDefaults.uncommittedBytesMax(), config.memory().inflightBytes()),
            groupDefaults.tailBytesMax(),
            groupDefaults.checkpointBytes()),
        new ShardLimits(
            shardDefaults.mailboxMessagesMax(),
            config.memory().inflightBytes(),
            Math.min(shardDefaults.roundBytesMax(), config.memory().inflightBytes()),
            config.memory().tailCacheBytes(),
            shardDefaults.loadsMax(),
            STORE_LOAD_BYTES_MAX));
  }
}
