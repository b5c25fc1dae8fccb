// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

/**
 * What the shards of a broker share; all of it may be used by any of their threads.
 *
 * @param config settings
 * @param services what comes from outside
 * @param cache recent entries
 * @param loader reads from the store
 * @param catchUp bound of what is read for followers
 * @param views what others see of the groups
 */
record NodeParts(
    RaftNodeConfig config,
    RaftNodeServices services,
    TailCache cache,
    EntryLoader loader,
    CatchUpRate catchUp,
    GroupViews views) {}
