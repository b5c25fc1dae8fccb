// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.core.EntryHeader;
import dev.almadia.raft.core.EntryId;

/**
 * A group's bounds as of the last round that was written. Immutable: the writer publishes a new one
 * after each round, readers take one and keep to it.
 *
 * @param meta what the meta family holds
 * @param last the last entry; meta.prev if there is none
 * @param lastNextOffset record offset after it
 * @param lastTimestampMs highest timestamp up to it
 * @param checkpointIndex index of the checkpoint in the state family, 0 if there is none
 */
record GroupState(
    GroupMeta meta, EntryId last, long lastNextOffset, long lastTimestampMs, long checkpointIndex) {
  /** A group without entries, and without a checkpoint. */
  static GroupState empty(GroupMeta meta) {
    return new GroupState(meta, meta.prev(), meta.startOffset(), meta.startTimestampMs(), 0);
  }

  GroupState withMeta(GroupMeta changed) {
    return new GroupState(changed, last, lastNextOffset, lastTimestampMs, checkpointIndex);
  }

  GroupState withCheckpoint(long index) {
    return new GroupState(meta, last, lastNextOffset, lastTimestampMs, index);
  }

  GroupState withLast(EntryHeader header) {
    return new GroupState(
        meta,
        new EntryId(header.term(), header.index()),
        header.nextOffset(),
        header.maxTimestampMs(),
        checkpointIndex);
  }

  long firstIndex() {
    return meta.prev().index() + 1;
  }

  long lastIndex() {
    return last.index();
  }

  boolean holds(long index) {
    return index >= firstIndex() && index <= lastIndex();
  }
}
