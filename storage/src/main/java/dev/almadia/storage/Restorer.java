// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import dev.almadia.raft.core.EntryHeader;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.RestoredLog;
import dev.almadia.raft.store.RestoredGroup;
import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Finds all groups of an opened store. A few seeks per group, whatever the length of its log. What
 * is wrong with one group is kept with it and hinders no other (A18).
 */
final class Restorer {
  private final RocksFiles files;
  private final EntryReader reader;
  private final TreeMap<Long, GroupState> states = new TreeMap<>();
  private final Map<Long, String> damages = new TreeMap<>();

  Restorer(RocksFiles files) {
    this.files = files;
    this.reader = new EntryReader(files);
  }

  /**
   * Reads the bounds of all groups.
   *
   * @throws StoreException CORRUPT if the list of groups cannot be read
   */
  void load() {
    for (Map.Entry<Long, byte[]> row : metaRows().entrySet()) {
      long groupId = row.getKey();
      GroupMeta meta;
      try {
        meta = GroupMeta.decode(row.getValue(), groupId);
      } catch (IllegalArgumentException e) {
        damages.put(groupId, "meta record: " + e.getMessage());
        continue;
      }
      try {
        states.put(groupId, stateOf(groupId, meta));
      } catch (StoreException e) {
        damages.put(groupId, damageOf(e));
        // Which life it was is known, and must not be forgotten.
        states.put(groupId, GroupState.empty(meta));
      }
    }
    findOrphans(files.headers(), "headers");
    findOrphans(files.log(), "log");
  }

  private static String damageOf(StoreException e) {
    if (e.reason() != Reason.CORRUPT) {
      throw e;
    }
    return String.valueOf(e.getMessage());
  }

  private Map<Long, byte[]> metaRows() {
    Map<Long, byte[]> found = new TreeMap<>();
    try (ReadOptions options = new ReadOptions().setVerifyChecksums(true);
        RocksIterator rows = files.db().newIterator(files.meta(), options)) {
      for (rows.seek(Keys.groupsStart()); rows.isValid(); rows.next()) {
        if (Keys.isGroup(rows.key())) {
          found.put(Keys.groupOfMeta(rows.key()), rows.value());
        }
      }
      rows.status();
    } catch (RocksDBException e) {
      throw StoreErrors.of(e, "the list of groups cannot be read");
    }
    return found;
  }

  private GroupState stateOf(long groupId, GroupMeta meta) {
    GroupState empty = GroupState.empty(meta);
    if (meta.destroyed()) {
      return empty;
    }
    Checkpoint checkpoint = checkpointOf(groupId, meta);
    if (checkpoint != null) {
      empty = empty.withCheckpoint(checkpoint.index());
    }
    try (HeaderTable headers = new HeaderTable(files, groupId)) {
      long lastIndex = headers.lastIndex();
      long lastLogIndex = reader.lastIndex(groupId);
      if (lastIndex != lastLogIndex) {
        throw StoreErrors.corrupt(
            groupId,
            Math.min(lastIndex, lastLogIndex) + 1,
            "headers end at " + lastIndex + ", entries at " + lastLogIndex);
      }
      long prevIndex = meta.prev().index();
      if (Math.max(lastIndex, prevIndex) < meta.commitIndex()) {
        throw StoreErrors.corrupt(
            groupId, lastIndex + 1, "entry is missing; committed up to " + meta.commitIndex());
      }
      if (lastIndex <= prevIndex) {
        return empty;
      }
      EntryHeader first = headers.get(empty.firstIndex());
      GroupState state = empty.withLast(headers.get(lastIndex));
      if (first.term() > state.last().term()) {
        throw StoreErrors.corrupt(groupId, lastIndex, "term falls");
      }
      if (checkpoint != null && state.holds(checkpoint.index())) {
        long term = headers.get(checkpoint.index()).term();
        if (term != checkpoint.id().term()) {
          throw StoreErrors.corrupt(
              groupId, checkpoint.index(), checkpoint + ", but the entry is of term " + term);
        }
      }
      return state;
    }
  }

  /**
   * The group's checkpoint. One that cannot be read is taken for none where all entries are there:
   * these say the same. Where some were cut nothing else says it.
   */
  private @Nullable Checkpoint checkpointOf(long groupId, GroupMeta meta) {
    long startIndex = meta.prev().index();
    try {
      byte[] row = files.db().get(files.state(), Keys.state(groupId));
      Checkpoint checkpoint = row == null ? null : CheckpointCodec.decode(groupId, row);
      if (startIndex > 0 && (checkpoint == null || checkpoint.index() < startIndex)) {
        throw StoreErrors.corrupt(
            groupId, startIndex, "entries up to here are gone, and there is no checkpoint of them");
      }
      return checkpoint;
    } catch (IllegalArgumentException e) {
      if (startIndex > 0) {
        throw StoreErrors.corrupt(groupId, startIndex, e);
      }
      return null;
    } catch (RocksDBException e) {
      StoreException error = StoreErrors.of(e, "checkpoint of group " + groupId);
      if (startIndex > 0 || error.reason() != Reason.CORRUPT) {
        throw error;
      }
      return null;
    }
  }

  /**
   * Rows of groups that meta does not know: their term and vote are lost (bug class 41). A damaged
   * block on the way is left to those who read the group that it belongs to; the search goes on
   * behind the next known group, so that it always ends.
   */
  private void findOrphans(ColumnFamilyHandle family, String name) {
    try (ReadOptions options = new ReadOptions().setVerifyChecksums(true).setFillCache(false);
        RocksIterator rows = files.db().newIterator(family, options)) {
      long reachedGroup = -1;
      rows.seekToFirst();
      while (rows.isValid() || isDamagedAt(rows, name)) {
        if (rows.isValid()) {
          reachedGroup = Keys.groupOfEntry(rows.key());
          noteIfOrphan(reachedGroup, name);
        } else {
          Long next = states.higherKey(reachedGroup);
          if (next == null) {
            return;
          }
          reachedGroup = next;
        }
        rows.seek(Keys.entry(reachedGroup, Long.MAX_VALUE));
      }
    }
  }

  private static boolean isDamagedAt(RocksIterator rows, String name) {
    try {
      rows.status();
      return false;
    } catch (RocksDBException e) {
      StoreException error = StoreErrors.of(e, "the groups in " + name + " cannot be listed");
      if (error.reason() != Reason.CORRUPT) {
        throw error;
      }
      return true;
    }
  }

  private void noteIfOrphan(long groupId, String name) {
    GroupState state = states.get(groupId);
    if ((state == null || state.meta().destroyed()) && !damages.containsKey(groupId)) {
      damages.put(
          groupId, "it has rows in " + name + " but no meta record: its term and vote are lost");
    }
  }

  /** Groups whose meta can be read, destroyed ones and damaged ones included. */
  Map<Long, GroupState> states() {
    return states;
  }

  /** What is wrong with the others. */
  Map<Long, String> damages() {
    return damages;
  }

  /** Everything that the groups need to start. */
  List<RestoredGroup> restore() {
    List<RestoredGroup> groups = new ArrayList<>();
    for (Map.Entry<Long, GroupState> group : new ArrayList<>(states.entrySet())) {
      long groupId = group.getKey();
      if (group.getValue().meta().destroyed() || damages.containsKey(groupId)) {
        continue;
      }
      try {
        groups.add(new RestoredGroup(groupId, logOf(groupId, group.getValue())));
      } catch (StoreException e) {
        damages.put(groupId, damageOf(e));
      }
    }
    damages.forEach(
        (groupId, damage) -> groups.add(new RestoredGroup(groupId, damage, selfIdOf(groupId))));
    return groups;
  }

  private int selfIdOf(long groupId) {
    GroupState state = states.get(groupId);
    return state == null ? 0 : state.meta().selfId();
  }

  private RestoredLog logOf(long groupId, GroupState state) {
    GroupMeta meta = state.meta();
    long commitIndex = Math.max(meta.commitIndex(), meta.prev().index());
    long commitNextOffset = meta.startOffset();
    long commitTimestampMs = meta.startTimestampMs();
    try (HeaderTable headers = new HeaderTable(files, groupId)) {
      if (state.holds(commitIndex)) {
        EntryHeader header = headers.get(commitIndex);
        commitNextOffset = header.nextOffset();
        commitTimestampMs = header.maxTimestampMs();
      }
      return new RestoredLog(
          meta.hardState(),
          meta.selfId(),
          meta.committedConfig().config(),
          meta.committedConfig().index(),
          meta.prev(),
          meta.startOffset(),
          meta.startTimestampMs(),
          headers.termRuns(state.firstIndex(), state.lastIndex()),
          commitIndex,
          commitNextOffset,
          commitTimestampMs,
          commitIndex < state.lastIndex()
              ? reader.read(groupId, commitIndex + 1, state.lastIndex(), Long.MAX_VALUE)
              : List.of(),
          checkpointOf(groupId, meta));
    }
  }
}
