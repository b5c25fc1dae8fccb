// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Role;
import dev.almadia.raft.core.config.GroupConfig;

/**
 * What a replica looked like at the end of its shard's last turn. Published for any thread; may be
 * a turn old.
 *
 * @param groupId the group
 * @param selfId replica id of this replica
 * @param role its role
 * @param term its term
 * @param leaderId broker id of the known leader, 0 if none
 * @param confirmed leader with an entry of its own term committed and applied: it may serve
 * @param config configuration in force here, which may not be committed yet
 * @param configIndex index of its entry, 0 if the group was created with it
 * @param firstIndex first index kept
 * @param logStartOffset first record offset kept
 * @param lastIndex last index, in memory or on disk
 * @param lastTerm term of the entry at lastIndex; of several replicas the one with the greatest
 *     lastTerm, then lastIndex, has all that any of them knows to be committed
 * @param durableIndex last index that is durable here
 * @param commitIndex last index known to be committed
 * @param highWatermark record offset after commitIndex: the end of what may be read
 * @param appliedIndex last index given to the state machine
 */
public record GroupView(
    long groupId,
    int selfId,
    Role role,
    long term,
    int leaderId,
    boolean confirmed,
    GroupConfig config,
    long configIndex,
    long firstIndex,
    long logStartOffset,
    long lastIndex,
    long lastTerm,
    long durableIndex,
    long commitIndex,
    long highWatermark,
    long appliedIndex) {
  /** Whether {@link #config} can no longer be taken back. */
  public boolean isConfigCommitted() {
    return configIndex <= commitIndex;
  }
}
