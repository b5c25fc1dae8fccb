// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.config.GroupConfig;

/**
 * A group to run on a shard.
 *
 * @param groupId the group
 * @param selfId this replica's id if the group is new; a restored group has its own
 * @param config members if the group is new, {@link GroupConfig#UNKNOWN} for a replica that joins
 *     one that runs elsewhere; a restored group has its own
 * @param synced whether an acknowledgement waits for fsync (QUORUM_SYNCED)
 * @param campaignAtOnce this replica should lead if the group is new
 * @param machine what it replicates for
 */
public record GroupSpec(
    long groupId,
    int selfId,
    GroupConfig config,
    boolean synced,
    boolean campaignAtOnce,
    StateMachine machine) {}
