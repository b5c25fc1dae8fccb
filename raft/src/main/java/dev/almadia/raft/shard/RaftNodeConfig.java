// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.CoreConfig;

/**
 * Settings of a {@link RaftNode}.
 *
 * @param selfId broker id of this broker
 * @param shards number of shards, each wants a thread
 * @param timings times
 * @param groupLimits bounds of each group
 * @param shardLimits bounds of what all groups share
 */
public record RaftNodeConfig(
    int selfId, int shards, RaftTimings timings, GroupLimits groupLimits, ShardLimits shardLimits) {
  /** Checks. */
  public RaftNodeConfig {
    if (selfId < 1 || shards < 1) {
      throw new IllegalArgumentException("selfId " + selfId + ", shards " + shards);
    }
  }

  /** Defaults for this broker. */
  public static RaftNodeConfig defaults(int selfId, int shards) {
    return new RaftNodeConfig(
        selfId, shards, RaftTimings.defaults(), GroupLimits.defaults(), ShardLimits.defaults());
  }

  CoreConfig core(long groupId, int replicaId) {
    return new CoreConfig(
        groupId,
        replicaId,
        timings.electionTimeoutTicks(),
        timings.heartbeatTicks(),
        groupLimits.inflightMessagesMax(),
        groupLimits.inflightBytesMax(),
        groupLimits.appendBytesMax(),
        groupLimits.uncommittedBytesMax(),
        groupLimits.tailBytesMax(),
        GroupLimits.PROMOTE_LAG_BYTES);
  }
}
