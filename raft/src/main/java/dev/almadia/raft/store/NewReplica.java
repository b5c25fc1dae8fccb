// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.store;

import dev.almadia.raft.core.config.GroupConfig;

/**
 * A replica that begins here with an empty log.
 *
 * @param selfId its replica id. Where a former life of the group was destroyed, this one's life is
 *     a higher one
 * @param config what it knows of its group; {@link GroupConfig#UNKNOWN} if it joins one
 */
public record NewReplica(int selfId, GroupConfig config) {}
