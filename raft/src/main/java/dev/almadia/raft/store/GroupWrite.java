// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.store;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.LogStart;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one group wants written; one group has at most one of these in a round. Applied in the order
 * of the fields.
 *
 * @param groupId the group
 * @param create if not null: the group starts here as this replica; it must not exist, and if it
 *     did, the new life must be higher than the one that was destroyed
 * @param destroy the group and all its rows go, leaving a tombstone that says which life it was
 * @param hardState if not null: new term and vote
 * @param reset if not null: all stored entries go and the log starts there; the round is to be
 *     synced, and nothing is truncated in it
 * @param truncateFrom if not 0: stored entries from this index on go first
 * @param entries consecutive; the first continues the stored log (after the truncation). The store
 *     keeps the configurations among them (kind CONFIG, payload {@link
 *     dev.almadia.raft.core.config.GroupConfigCodec}) apart too, and forgets those that are cut
 * @param commitIndex index known to be committed, to shorten the next restart; 0 if not known. The
 *     store keeps min(this, last index)
 * @param logStart if not null: stored entries up to there go. That entry is stored and, with
 *     commitIndex, known to be committed; a place at or before the present start changes nothing
 * @param checkpoint if not null: takes the place of the stored one. Without a reset in the same
 *     write it is of an entry that is stored after it. A log that is cut or reset has one that is
 *     not before its start
 */
public record GroupWrite(
    long groupId,
    @Nullable NewReplica create,
    boolean destroy,
    @Nullable HardState hardState,
    @Nullable LogReset reset,
    long truncateFrom,
    List<Entry> entries,
    long commitIndex,
    @Nullable LogStart logStart,
    @Nullable Checkpoint checkpoint) {
  /** A write that leaves the start of the log where it is, and the checkpoint. */
  public GroupWrite(
      long groupId,
      @Nullable NewReplica create,
      boolean destroy,
      @Nullable HardState hardState,
      long truncateFrom,
      List<Entry> entries,
      long commitIndex) {
    this(groupId, create, destroy, hardState, null, truncateFrom, entries, commitIndex, null, null);
  }
}
