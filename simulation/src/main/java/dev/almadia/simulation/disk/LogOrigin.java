// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.log.LogStart;

/**
 * Where a stored log begins, and who its members were there.
 *
 * @param start the last entry that is gone
 * @param config newest configuration at or below it
 * @param configIndex index of its entry, 0 if the group was created with it, or it is not known
 */
public record LogOrigin(LogStart start, GroupConfig config, long configIndex) {
  /** Of a group that was just created. */
  static LogOrigin created(GroupConfig config) {
    return new LogOrigin(new LogStart(EntryId.ZERO, 0, 0), config, 0);
  }
}
