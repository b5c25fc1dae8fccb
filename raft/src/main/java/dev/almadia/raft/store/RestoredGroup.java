// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.store;

import dev.almadia.raft.core.log.RestoredLog;
import org.jspecify.annotations.Nullable;

/**
 * A group found on disk.
 *
 * @param groupId the group
 * @param log its state; null if damaged
 * @param damage what is wrong with it, naming index and file as far as known; null if sound. A
 *     damaged group is not started and not served; the others are (A18)
 * @param selfId replica id that it was created with; 0 if that cannot be read any more
 */
public record RestoredGroup(
    long groupId, @Nullable RestoredLog log, @Nullable String damage, int selfId) {
  /** A sound one. */
  public RestoredGroup(long groupId, RestoredLog log) {
    this(groupId, log, null, log.selfId());
  }

  /** A damaged one. */
  public RestoredGroup(long groupId, String damage, int selfId) {
    this(groupId, null, damage, selfId);
  }
}
