// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.config.ConfigHistory;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.LogStart;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.LogReset;
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
  private LogOrigin origin;
  private final List<Entry> entries = new ArrayList<>();

  /** Only asked for members, never walked through. */
  private final Set<EntryId> badEntries = new HashSet<>();

  private final Set<EntryId> badHeaders = new HashSet<>();
  private HardState hardState = HardState.INITIAL;
  private HardState syncedHardState = HardState.INITIAL;
  private long commitIndex;
  private @Nullable Checkpoint checkpoint;
  private long syncedIndex;
  private boolean destroyed;

  /** The life that was destroyed before this one began, until a power loss cannot undo that. */
  private @Nullable StoredGroup former;

  StoredGroup(long groupId, NewReplica replica, @Nullable StoredGroup former) {
    this.groupId = groupId;
    this.replica = replica;
    this.origin = LogOrigin.created(replica.config());
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

  /** Where its log begins. */
  public LogOrigin origin() {
    return origin;
  }

  /** Index of the first entry, if there is one. */
  public long firstIndex() {
    return origin.start().index() + 1;
  }

  /** Index of the newest configuration known to be committed, 0 if it was created with it. */
  public long configIndex() {
    return configAt(commitIndex).index();
  }

  /** The configuration from {@link #configIndex}. */
  public GroupConfig config() {
    return configAt(commitIndex).config();
  }

  private ConfigHistory.Placed configAt(long atIndex) {
    for (long index = atIndex; index >= firstIndex(); index--) {
      if (entry(index).kind() == EntryKind.CONFIG) {
        return new ConfigHistory.Placed(index, GroupConfigCodec.decode(entry(index).payload()));
      }
    }
    return new ConfigHistory.Placed(origin.configIndex(), origin.config());
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

  /** What the group's state machine made of its entries; null if that was never kept. */
  public @Nullable Checkpoint checkpoint() {
    return checkpoint;
  }

  /** Known to be committed. */
  public long commitIndex() {
    return commitIndex;
  }

  /** Index of the last entry; if there is none, of the one before the first. */
  public long lastIndex() {
    return origin.start().index() + entries.size();
  }

  /** Up to here a power loss takes no entry. */
  public long syncedIndex() {
    return syncedIndex;
  }

  /**
   * The entry as it was written, also where the disk has damaged it.
   *
   * @param index from {@link #firstIndex} to {@link #lastIndex}
   */
  public Entry entry(long index) {
    return entries.get(placeOf(index));
  }

  /**
   * Term of an entry; -1 if it is cut off, and not the last one that is.
   *
   * @param index from 0 to {@link #lastIndex}
   */
  public long termAt(long index) {
    LogStart start = origin.start();
    return index > start.index()
        ? entry(index).term()
        : index == start.index() ? start.id().term() : -1;
  }

  private int placeOf(long index) {
    return (int) (index - firstIndex());
  }

  /** Whether it has the entry. */
  public boolean holds(long index) {
    return index >= firstIndex() && index <= lastIndex();
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

  List<Entry> entries() {
    return entries;
  }

  List<Entry> tail(long fromIndex) {
    return List.copyOf(entries.subList(placeOf(fromIndex), entries.size()));
  }

  /** What the real store checks, and that entries are whole. Nothing is changed. */
  static void check(@Nullable StoredGroup before, GroupWrite write, boolean isDamaged) {
    long groupId = write.groupId();
    ContractBroken.check(groupId >= 0, groupId, "group ids are not negative");
    if (write.create() != null) {
      checkCreate(before, write, isDamaged);
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
    checkReset(write, commitIndex);
    checkStart(before, write, commitIndex);
    checkEntries(before, write);
    checkCheckpoint(before, write);
  }

  /** A log that does not begin at the beginning has a checkpoint that is not before its start. */
  private static void checkCheckpoint(@Nullable StoredGroup before, GroupWrite write) {
    LogReset reset = write.reset();
    LogStart start = write.logStart();
    Checkpoint added = write.checkpoint();
    List<Entry> entries = write.entries();
    LogStart last =
        entries.isEmpty() ? lastKept(before, write) : startAt(entries.get(entries.size() - 1));
    ContractBroken.check(
        added == null || reset != null || added.index() <= last.index(),
        write.groupId(),
        added + ", but the log ends at " + last.id());
    long startIndex = before == null || reset != null ? 0 : before.origin.start().index();
    startIndex = Math.max(startIndex, reset == null ? 0 : reset.start().index());
    startIndex = Math.max(startIndex, start == null ? 0 : start.index());
    Checkpoint kept = before == null || reset != null ? null : before.checkpoint;
    Checkpoint newest = added == null ? kept : added;
    ContractBroken.check(
        startIndex == 0 || (newest != null && newest.index() >= startIndex),
        write.groupId(),
        "starts at " + startIndex + " with " + newest);
  }

  private static void checkReset(GroupWrite write, long commitIndex) {
    LogReset reset = write.reset();
    if (reset != null) {
      ContractBroken.check(
          reset.start().index() > commitIndex,
          write.groupId(),
          "reset to " + reset.start() + ", but " + commitIndex + " is committed");
      ContractBroken.check(
          write.truncateFrom() == 0 && reset.configIndex() <= reset.start().index(),
          write.groupId(),
          "reset and cut in one write, or configuration behind " + reset);
    }
  }

  private static void checkStart(
      @Nullable StoredGroup before, GroupWrite write, long commitBefore) {
    LogStart start = write.logStart();
    LogReset reset = write.reset();
    long startBefore = before == null ? 0 : before.origin.start().index();
    if (start == null || start.index() <= (reset == null ? startBefore : reset.start().index())) {
      return;
    }
    long cutFrom = write.truncateFrom() == 0 ? Long.MAX_VALUE : write.truncateFrom();
    String notStored = "start at " + start + ", which is not stored";
    if (before == null) {
      throw new ContractBroken("group " + write.groupId() + " " + notStored);
    }
    ContractBroken.check(
        reset == null && before.holds(start.index()) && start.index() < cutFrom,
        write.groupId(),
        notStored);
    Entry last = before.entry(start.index());
    ContractBroken.check(
        start.index() <= Math.max(commitBefore, write.commitIndex()) && start.equals(startAt(last)),
        write.groupId(),
        "start at " + start + ", but there is " + last);
  }

  private static LogStart startAt(Entry last) {
    return new LogStart(last.id(), last.nextOffset(), last.header().maxTimestampMs());
  }

  /** A damaged group need not be destroyed before: it may begin anew, or go, in one write. */
  private static void checkCreate(
      @Nullable StoredGroup former, GroupWrite write, boolean isDamaged) {
    NewReplica replica = write.create();
    if (former != null && replica != null) {
      long groupId = write.groupId();
      int life = ReplicaId.life(replica.selfId());
      int formerLife = ReplicaId.life(former.selfId());
      ContractBroken.check(former.destroyed || isDamaged, groupId, "exists");
      ContractBroken.check(
          life > formerLife || (isDamaged && write.destroy() && life == formerLife),
          groupId,
          ("existed as replica " + ReplicaId.show(former.selfId()))
              + (" and cannot come back as " + ReplicaId.show(replica.selfId())));
    }
  }

  private static void checkEntries(@Nullable StoredGroup before, GroupWrite write) {
    long groupId = write.groupId();
    LogStart last = lastKept(before, write);
    for (Entry entry : write.entries()) {
      ContractBroken.check(
          entry.index() == last.index() + 1, groupId, "entry " + entry + " after " + last);
      ContractBroken.check(
          entry.term() >= last.id().term(), groupId, "entry " + entry + " after " + last);
      ContractBroken.check(
          entry.nextOffset() >= last.nextOffset(), groupId, "offset falls at " + entry);
      ContractBroken.check(
          entry.header().maxTimestampMs() >= last.maxTimestampMs() || last.index() == 0,
          groupId,
          "timestamp falls at " + entry);
      ContractBroken.check(entry.isIntact(groupId), groupId, "entry " + entry + " is damaged");
      ContractBroken.check(
          entry.kind() != EntryKind.CONFIG || isConfig(entry.payload()),
          groupId,
          "entry " + entry + " is no configuration");
      last = startAt(entry);
    }
  }

  /** The entry that the new ones have to follow. */
  private static LogStart lastKept(@Nullable StoredGroup before, GroupWrite write) {
    LogReset reset = write.reset();
    if (reset != null) {
      return reset.start();
    }
    if (before == null) {
      return new LogStart(EntryId.ZERO, 0, 0);
    }
    long fromIndex = write.truncateFrom();
    long lastIndex = before.lastIndex();
    long keptIndex = fromIndex == 0 ? lastIndex : Math.min(lastIndex, fromIndex - 1);
    return before.holds(keptIndex) ? startAt(before.entry(keptIndex)) : before.origin.start();
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
    LogOrigin originBefore = origin;
    List<Entry> removed = List.of();
    List<Entry> appended = List.of();
    List<Entry> removedBelow = List.of();
    Checkpoint checkpointBefore = checkpoint;
    if (write.destroy()) {
      checkpoint = null;
      removed = cut(firstIndex());
      origin = LogOrigin.created(replica.config());
      syncedIndex = 0;
      destroyed = true;
      commitIndex = 0;
    } else {
      if (write.hardState() != null) {
        hardState = write.hardState();
      }
      LogReset reset = write.reset();
      if (reset != null) {
        removed = cut(firstIndex());
        origin = new LogOrigin(reset.start(), reset.config(), reset.configIndex());
        commitIndex = reset.start().index();
        syncedIndex = reset.start().index();
        checkpoint = null;
      }
      if (write.truncateFrom() != 0 && write.truncateFrom() <= lastIndex()) {
        removed = cut(write.truncateFrom());
      }
      appended = List.copyOf(write.entries());
      append(appended);
      commitIndex = Math.max(commitIndex, Math.min(write.commitIndex(), lastIndex()));
      removedBelow = moveStart(write.logStart());
      checkpoint = write.checkpoint() == null ? checkpoint : write.checkpoint();
    }
    return new GroupChange(
        groupId,
        replica.selfId(),
        write.create() != null,
        write.destroy(),
        hardStateBefore,
        hardState,
        originBefore,
        origin,
        removedBelow,
        removed,
        appended,
        commitBefore,
        commitIndex,
        checkpointBefore);
  }

  private List<Entry> moveStart(@Nullable LogStart start) {
    if (start == null || start.index() <= origin.start().index()) {
      return List.of();
    }
    ConfigHistory.Placed config = configAt(start.index());
    List<Entry> below = entries.subList(0, placeOf(start.index()) + 1);
    List<Entry> removed = List.copyOf(below);
    below.clear();
    origin = new LogOrigin(start, config.config(), config.index());
    syncedIndex = Math.max(syncedIndex, start.index());
    return removed;
  }

  private List<Entry> cut(long fromIndex) {
    List<Entry> end = entries.subList(placeOf(fromIndex), entries.size());
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
    entries.addAll(0, change.removedBelow());
    origin = change.originBefore();
    hardState = change.hardStateBefore();
    commitIndex = change.commitIndexBefore();
    checkpoint = change.checkpointBefore();
  }

  void markSynced() {
    syncedIndex = lastIndex();
    syncedHardState = hardState;
    former = null;
  }
}
