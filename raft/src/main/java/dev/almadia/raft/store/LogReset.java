// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.store;

import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.log.LogStart;

/**
 * A log that goes as a whole with its checkpoint and starts anew elsewhere, with another.
 *
 * @param start where it starts now; that entry is committed, and above what was known to be
 * @param config configuration in force there
 * @param configIndex index of its entry, 0 if it is not known
 */
public record LogReset(LogStart start, GroupConfig config, long configIndex) {}
