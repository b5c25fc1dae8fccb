// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.NewReplica;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One group on a {@link SimDisk}, as its readers would see it, and how much of it is on stable
 * storage. To be looked at by checkers: nothing here fails because of damage.
 */
public final class StoredGroup {
  private final long groupId;
  private final NewReplica replica;
  private final List<Entry> entries = new ArrayList<>();

  /** Only asked for members, never walked through. */
  private final Set<EntryId> badEntries = new HashSet<>();

  private final Set<EntryId> badHeaders = new HashSet<>();
  private HardState hardState = HardState.INITIAL;
  private HardState syncedHardState = HardState.INITIAL;
  private long commitIndex;
  private long syncedIndex;
  private boolean destroyed;

  /** The life that was destroyed before this one began, until a power loss cannot undo that. */
  private @Nullable StoredGroup former;

  StoredGroup(long groupId, NewReplica replica, @Nullable StoredGroup former) {
    this.groupId = groupId;
    this.replica = replica;
    this.former = former;
  }

  /** The group. */
  public long groupId() {
    return groupId;
  }

  /** Replica id that it was created with. */
  public int selfId() {
    return replica.selfId();
  }

  /** Index of the newest configuration known to be committed, 0 if it was created with it. */
  public long configIndex() {
    long index = commitIndex;
    while (index > 0 && entry(index).kind() != EntryKind.CONFIG) {
      index--;
    }
    return index;
  }

  /** The configuration from {@link #configIndex}. */
  public GroupConfig config() {
    long index = configIndex();
    return index == 0 ? replica.config() : GroupConfigCodec.decode(entry(index).payload());
  }

  @Nullable StoredGroup former() {
    return former;
  }

  /** Whether it is gone; its hard state stays for ever. */
  public boolean isDestroyed() {
    return destroyed;
  }

  /** Term and vote. */
  public HardState hardState() {
    return hardState;
  }

  /** Term and vote as of the last sync. */
  public HardState syncedHardState() {
    return syncedHardState;
  }

  /** Known to be committed. */
  public long commitIndex() {
    return commitIndex;
  }

  /** Index of the last entry, 0 if there is none. */
  public long lastIndex() {
    return entries.size();
  }

  /** Up to here a power loss takes no entry. */
  public long syncedIndex() {
    return syncedIndex;
  }

  /**
   * The entry as it was written, also where the disk has damaged it.
   *
   * @param index from 1 to {@link #lastIndex}
   */
  public Entry entry(long index) {
    return entries.get((int) index - 1);
  }

  /** Whether reads of the entry give CORRUPT. */
  public boolean isEntryBad(long index) {
    return !badEntries.isEmpty() && badEntries.contains(entry(index).id());
  }

  /** Whether reads of the header give CORRUPT. */
  public boolean isHeaderBad(long index) {
    return !badHeaders.isEmpty() && badHeaders.contains(entry(index).id());
  }

  void harm(long index, boolean header) {
    boolean unused = (header ? badHeaders : badEntries).add(entry(index).id());
  }

  List<Entry> tail(long fromIndex) {
    return List.copyOf(entries.subList((int) fromIndex - 1, entries.size()));
  }

  /** What the real store checks, and that entries are whole. Nothing is changed. */
  static void check(@Nullable StoredGroup before, GroupWrite write) {
    long groupId = write.groupId();
    ContractBroken.check(groupId >= 0, groupId, "group ids are not negative");
    ContractBroken.check(
        write.reset() == null && write.logStart() == null,
        groupId,
        "this disk cannot move the start of a log yet");
    if (write.create() != null) {
      checkCreate(before, groupId, write.create());
      before = null;
    } else {
      ContractBroken.check(before != null && !before.destroyed, groupId, "does not exist");
    }
    if (write.destroy()) {
      return;
    }
    HardState hardState = before == null ? HardState.INITIAL : before.hardState;
    HardState wanted = write.hardState();
    ContractBroken.check(
        wanted == null || wanted.term() >= hardState.term(),
        groupId,
        "term fell from " + hardState + " to " + wanted);
    long commitIndex = before == null ? 0 : before.commitIndex;
    long fromIndex = write.truncateFrom();
    ContractBroken.check(
        fromIndex == 0 || fromIndex > commitIndex,
        groupId,
        "cut from " + fromIndex + ", but " + commitIndex + " is committed");
    checkEntries(before, write);
  }

  private static void checkCreate(@Nullable StoredGroup former, long groupId, NewReplica replica) {
    if (former != null) {
      ContractBroken.check(former.destroyed, groupId, "exists");
      ContractBroken.check(
          ReplicaId.life(replica.selfId()) > ReplicaId.life(former.selfId()),
          groupId,
          ("existed as replica " + ReplicaId.show(former.selfId()))
              + (" and cannot come back as " + ReplicaId.show(replica.selfId())));
    }
  }

  private static void checkEntries(@Nullable StoredGroup before, GroupWrite write) {
    long groupId = write.groupId();
    long lastIndex = before == null ? 0 : before.lastIndex();
    long fromIndex = write.truncateFrom();
    long keptIndex = fromIndex == 0 ? lastIndex : Math.min(lastIndex, fromIndex - 1);
    Entry last = before == null || keptIndex == 0 ? null : before.entry(keptIndex);
    for (Entry entry : write.entries()) {
      long expectedIndex = last == null ? 1 : last.index() + 1;
      ContractBroken.check(
          entry.index() == expectedIndex, groupId, "entry " + entry + " after " + last);
      if (last != null) {
        ContractBroken.check(
            entry.term() >= last.term(), groupId, "entry " + entry + " after " + last);
        ContractBroken.check(
            entry.nextOffset() >= last.nextOffset(), groupId, "offset falls at " + entry);
        ContractBroken.check(
            entry.header().maxTimestampMs() >= last.header().maxTimestampMs(),
            groupId,
            "timestamp falls at " + entry);
      }
      ContractBroken.check(entry.isIntact(groupId), groupId, "entry " + entry + " is damaged");
      ContractBroken.check(
          entry.kind() != EntryKind.CONFIG || isConfig(entry.payload()),
          groupId,
          "entry " + entry + " is no configuration");
      last = entry;
    }
  }

  private static boolean isConfig(byte[] payload) {
    try {
      return GroupConfigCodec.decode(payload) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Does what was checked; says what it was. */
  GroupChange apply(GroupWrite write) {
    HardState hardStateBefore = hardState;
    long commitBefore = commitIndex;
    List<Entry> removed = List.of();
    List<Entry> appended = List.of();
    if (write.destroy()) {
      removed = cut(1);
      destroyed = true;
      commitIndex = 0;
    } else {
      if (write.hardState() != null) {
        hardState = write.hardState();
      }
      if (write.truncateFrom() != 0 && write.truncateFrom() <= lastIndex()) {
        removed = cut(write.truncateFrom());
      }
      appended = List.copyOf(write.entries());
      append(appended);
      commitIndex = Math.max(commitIndex, Math.min(write.commitIndex(), lastIndex()));
    }
    return new GroupChange(
        groupId,
        write.create() != null,
        write.destroy(),
        hardStateBefore,
        hardState,
        removed,
        appended,
        commitBefore,
        commitIndex);
  }

  private List<Entry> cut(long fromIndex) {
    List<Entry> end = entries.subList((int) fromIndex - 1, entries.size());
    List<Entry> removed = List.copyOf(end);
    end.clear();
    syncedIndex = Math.min(syncedIndex, fromIndex - 1);
    return removed;
  }

  private void append(List<Entry> added) {
    entries.addAll(added);
    if (!badEntries.isEmpty() || !badHeaders.isEmpty()) {
      // Rows written anew are whole.
      for (Entry entry : added) {
        badEntries.remove(entry.id());
        badHeaders.remove(entry.id());
      }
    }
  }

  /** Takes back the newest change. */
  void undo(GroupChange change) {
    destroyed = false;
    entries.subList(entries.size() - change.appended().size(), entries.size()).clear();
    entries.addAll(change.removed());
    hardState = change.hardStateBefore();
    commitIndex = change.commitIndexBefore();
  }

  void markSynced() {
    syncedIndex = lastIndex();
    syncedHardState = hardState;
    former = null;
  }
}
