// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import dev.almadia.raft.store.WriteRound;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The disk of a simulated machine: outlives the processes on it, and does to their data what real
 * disks do. It keeps the contract of {@link dev.almadia.raft.store.LogStore} and promises nothing
 * that the real store does not keep.
 *
 * <p>It holds one copy of each group, as readers see it, and for each round that was not synced the
 * changes that would have to be undone. A power loss undoes some of them, the newest first.
 *
 * <p>Time is not in it: a write happens when it is called, and {@link #writeNanos} says how long
 * the caller has to wait before it calls, or before it tells anybody. One thread.
 */
public final class SimDisk {
  private static final long ROW_COST_BYTES = 128;

  /** Rows that lie in one block of a table share its fate. */
  private static final long BLOCK_BYTES = 16 << 10;

  private final SimRandom random;
  private final DiskSpeed speed;
  private final long capacityBytes;
  private final TreeMap<Long, StoredGroup> groups = new TreeMap<>();
  private final Deque<List<GroupChange>> unsynced = new ArrayDeque<>();
  private final List<DiskWatcher> watchers = new ArrayList<>();
  private @Nullable SimLogStore opened;
  private @Nullable ContractBroken contractBroken;
  private String incarnation;
  private String clusterId = "";
  private SortedMap<Integer, String> formedWith = new TreeMap<>();
  private long usedBytes;
  private long ballastBytes;
  private boolean failNextWrite;
  private boolean failNextSync;
  private boolean logDamaged;

  /** The round whose write failed, until it is decided what became of it. */
  private @Nullable WriteRound unsettled;

  private boolean unsettledSync;

  /**
   * A new, empty disk.
   *
   * @param random chance of this disk
   * @param capacityBytes what it holds
   */
  public SimDisk(SimRandom random, long capacityBytes) {
    this.random = random.split("disk");
    this.speed = new DiskSpeed(random.split("disk speed"));
    this.capacityBytes = capacityBytes;
    this.incarnation = newIncarnation();
  }

  private String newIncarnation() {
    return new UUID(random.nextLong(), random.nextLong()).toString();
  }

  /**
   * A process opens it. All that is there is on stable storage afterwards: the real store writes
   * and syncs a round of its own at the start.
   *
   * @throws StoreException LOCKED if a process has it open; CORRUPT if the write-ahead log is
   *     damaged; IO if it is full or refuses
   */
  public SimLogStore open() {
    if (opened != null) {
      throw new StoreException(Reason.LOCKED, "the disk is in use by another process");
    }
    settle();
    if (logDamaged) {
      throw new StoreException(Reason.CORRUPT, "write-ahead log damaged; the disk is to be wiped");
    }
    if (isRefused(ROW_COST_BYTES, true)) {
      throw new StoreException(Reason.IO, "the store does not open: the disk refuses");
    }
    syncAll();
    SimLogStore store = new SimLogStore(this);
    opened = store;
    store.loadDamages();
    return store;
  }

  /** The process with the store ends at once, as by kill -9: what was written stays. */
  public void processEnds() {
    if (opened != null) {
      opened.die();
      opened = null;
    }
    settle();
  }

  /**
   * The power goes, and the process with it. Of the rounds that were not synced none, some or all
   * stay: the first ones in order. One more may be half there, torn; the next start cuts it, so it
   * is as if it had never been.
   */
  public void powerLoss() {
    processEnds();
    int kept =
        switch (random.below(3)) {
          case 0 -> 0;
          case 1 -> unsynced.size();
          default -> random.between(0, unsynced.size());
        };
    loseBehind(kept);
    syncAll();
  }

  /** Another, empty disk is in its place. A process that had it open is ended. */
  public void wipe() {
    if (opened != null) {
      opened.die();
      opened = null;
    }
    unsettled = null;
    groups.clear();
    unsynced.clear();
    clusterId = "";
    formedWith = new TreeMap<>();
    incarnation = newIncarnation();
    usedBytes = 0;
    logDamaged = false;
    watchers.forEach(DiskWatcher::onWiped);
  }

  private void loseBehind(int kept) {
    while (unsynced.size() > kept) {
      List<GroupChange> lost = unsynced.removeLast();
      for (GroupChange change : lost) {
        if (change.created()) {
          StoredGroup former = group(change.groupId()).former();
          if (former == null) {
            groups.remove(change.groupId());
          } else {
            groups.put(change.groupId(), former);
            usedBytes += bytes(former.entries());
          }
        } else {
          group(change.groupId()).undo(change);
        }
        usedBytes -= bytesAdded(change);
      }
      watchers.forEach(watcher -> watcher.onLost(lost));
    }
  }

  private StoredGroup group(long groupId) {
    StoredGroup group = groups.get(groupId);
    if (group == null) {
      throw new IllegalStateException("group " + groupId + " was never here");
    }
    return group;
  }

  /** Decides what became of a write that failed. */
  private void settle() {
    WriteRound round = unsettled;
    if (round == null) {
      return;
    }
    unsettled = null;
    if (!unsettledSync) {
      if (random.chance(0.5)) {
        apply(round, false);
      }
    } else if (random.chance(0.5)) {
      apply(round, false);
    } else {
      // A page whose sync failed may be marked clean and dropped: what it held is gone, and with
      // it all behind it, also rounds that were written before without sync.
      loseBehind(random.between(0, unsynced.size()));
    }
  }

  /** Called by the store of the process. */
  void write(WriteRound round, long expectedNumber, Set<Long> damaged) {
    check(round, expectedNumber, damaged);
    long bytes = bytes(round);
    if (isRefused(bytes, round.sync())) {
      unsettled = round;
      throw new StoreException(Reason.IO, "the disk refuses; the round's fate is unknown");
    }
    apply(round, round.sync());
  }

  /** Called by the store of the process: the process ends before the write returns. */
  void writeCutShort(WriteRound round, long expectedNumber, Set<Long> damaged) {
    check(round, expectedNumber, damaged);
    if (!isRefused(bytes(round), false) && random.chance(0.6)) {
      apply(round, round.sync() && random.chance(0.5));
    }
  }

  private boolean isRefused(long bytes, boolean sync) {
    boolean writeFails = failNextWrite || bytes > freeBytes();
    boolean syncFails = sync && failNextSync;
    unsettledSync = !writeFails && syncFails;
    failNextWrite = false;
    failNextSync &= !syncFails;
    return writeFails || syncFails;
  }

  private void check(WriteRound round, long expectedNumber, Set<Long> damaged) {
    try {
      if (round.number() != expectedNumber) {
        throw new ContractBroken("round " + round.number() + ", expected " + expectedNumber);
      }
      Set<Long> seen = new LinkedHashSet<>();
      for (GroupWrite write : round.groups()) {
        long groupId = write.groupId();
        ContractBroken.check(seen.add(groupId), groupId, "is twice in one round");
        ContractBroken.check(
            write.reset() == null || round.sync(), groupId, "is reset in an unsynced round");
        StoredGroup.check(groups.get(groupId), write, damaged.contains(groupId));
      }
    } catch (ContractBroken e) {
      noteBroken(e);
      throw e;
    }
  }

  void noteBroken(ContractBroken broken) {
    contractBroken = contractBroken == null ? broken : contractBroken;
  }

  private void apply(WriteRound round, boolean synced) {
    List<GroupChange> changes = new ArrayList<>(round.groups().size());
    for (GroupWrite write : round.groups()) {
      StoredGroup group = groups.get(write.groupId());
      if (write.create() != null) {
        // What a destroyed one has is nothing; a damaged one is replaced with all that it has.
        usedBytes -= group == null ? 0 : bytes(group.entries());
        group = new StoredGroup(write.groupId(), write.create(), group);
        groups.put(write.groupId(), group);
      }
      GroupChange change = group(write.groupId()).apply(write);
      usedBytes += bytesAdded(change);
      changes.add(change);
    }
    unsynced.add(changes);
    if (synced) {
      markAllSynced();
    }
    watchers.forEach(watcher -> watcher.onRound(changes, synced));
  }

  private void markAllSynced() {
    for (List<GroupChange> changes : unsynced) {
      for (GroupChange change : changes) {
        group(change.groupId()).markSynced();
      }
    }
    unsynced.clear();
  }

  /** All that is there stays from now on. */
  private void syncAll() {
    unsynced.clear();
    groups.values().forEach(StoredGroup::markSynced);
    watchers.forEach(DiskWatcher::onSynced);
  }

  /** The store of the process ends in good order. */
  void closed(boolean failed) {
    opened = null;
    if (!failed) {
      if (isRefused(0, true)) {
        throw new StoreException(Reason.IO, "cannot sync at the end");
      }
      syncAll();
    }
  }

  private static long bytes(WriteRound round) {
    long bytes = ROW_COST_BYTES;
    for (GroupWrite write : round.groups()) {
      Checkpoint checkpoint = write.checkpoint();
      bytes += ROW_COST_BYTES + bytes(write.entries());
      bytes += checkpoint == null ? 0 : ROW_COST_BYTES + checkpoint.state().length;
    }
    return bytes;
  }

  private static long bytesAdded(GroupChange change) {
    return bytes(change.appended()) - bytes(change.removed()) - bytes(change.removedBelow());
  }

  private static long bytes(List<Entry> entries) {
    long bytes = 0;
    for (Entry entry : entries) {
      bytes += ROW_COST_BYTES + entry.header().payloadBytes();
    }
    return bytes;
  }

  /** Made with the disk; another one after {@link #wipe}. */
  public String incarnation() {
    return incarnation;
  }

  /** The cluster that its broker belongs to; empty as long as that is not known. */
  public String clusterId() {
    return clusterId;
  }

  /**
   * Keeps the cluster's id for ever; on stable storage when it returns.
   *
   * @throws StoreException WRONG_DIRECTORY if it has another one already
   */
  public void setClusterId(String id) {
    if (id.isEmpty()) {
      throw new IllegalArgumentException("not a cluster id: " + id);
    }
    if (!clusterId.isEmpty() && !clusterId.equals(id)) {
      throw new StoreException(
          Reason.WRONG_DIRECTORY,
          "the disk belongs to cluster " + clusterId + ", this is cluster " + id);
    }
    clusterId = id;
  }

  /** Brokers that its broker formed the cluster with and their incarnations. */
  public SortedMap<Integer, String> formedWith() {
    return new TreeMap<>(formedWith);
  }

  /** Keeps who formed the cluster; on stable storage when it returns. */
  public void setFormedWith(SortedMap<Integer, String> incarnations) {
    formedWith = new TreeMap<>(incarnations);
  }

  /** The next write fails. The process cannot know what became of the round. */
  public void failNextWrite() {
    failNextWrite = true;
  }

  /**
   * The next sync fails. The round may be there at the next start; or not, and then rounds before
   * it that were not synced may be gone too.
   */
  public void failNextSync() {
    failNextSync = true;
  }

  /** Something else takes all the room there is: every write fails. */
  public void fill() {
    fill(0);
  }

  /** Something else takes the room but for so many bytes. */
  public void fill(long remainingBytes) {
    ballastBytes = Math.max(0, capacityBytes - usedBytes - remainingBytes);
  }

  /** The room is there again. */
  public void free() {
    ballastBytes = 0;
  }

  /** All writes take so many times as long. */
  public void slow(int factor) {
    speed.slow(factor);
  }

  /** Writes take as long as ever. */
  public void normal() {
    speed.slow(1);
  }

  /** The next start finds the write-ahead log damaged and refuses; only {@link #wipe} helps. */
  public void damageLog() {
    logDamaged = true;
  }

  /** Takes back every fault that is not damage: failures to come, the fill, the slowness. */
  public void heal() {
    failNextWrite = false;
    failNextSync = false;
    free();
    normal();
  }

  /**
   * One bit of a table changes. Reads of the block around it give CORRUPT: one entry or some
   * neighbours of one group, all of which the filter allows; either the whole entries or the
   * headers alone.
   *
   * @return whether there was anything that may be harmed
   */
  public boolean flipBit(EntryFilter filter) {
    long count = 0;
    for (StoredGroup group : groups.values()) {
      count += countHarmable(group, filter);
    }
    if (count == 0) {
      return false;
    }
    long chosen = random.below(count);
    for (StoredGroup group : groups.values()) {
      for (long index = group.firstIndex(); index <= group.lastIndex(); index++) {
        if (filter.mayHarm(group.groupId(), index) && chosen-- == 0) {
          harm(group, index, filter);
          return true;
        }
      }
    }
    throw new IllegalStateException("the filter changes its mind");
  }

  private static long countHarmable(StoredGroup group, EntryFilter filter) {
    long count = 0;
    for (long index = group.firstIndex(); index <= group.lastIndex(); index++) {
      count += filter.mayHarm(group.groupId(), index) ? 1 : 0;
    }
    return count;
  }

  private void harm(StoredGroup group, long index, EntryFilter filter) {
    boolean header = random.chance(0.25);
    long bytes = 0;
    long first = index - random.below(4);
    for (long i = Math.max(group.firstIndex(), first);
        i <= Math.min(group.lastIndex(), first + 4);
        i++) {
      bytes += ROW_COST_BYTES + (header ? 0 : group.entry(i).header().payloadBytes());
      if (i == index || (bytes <= BLOCK_BYTES && filter.mayHarm(group.groupId(), i))) {
        group.harm(i, header);
      }
    }
  }

  /** How long this round takes: draws from the disk's chance, so ask once for each round. */
  public long writeNanos(WriteRound round) {
    return speed.nanos(bytes(round), round.sync());
  }

  /** Bytes that are not taken. */
  public long freeBytes() {
    return Math.max(0, capacityBytes - usedBytes - ballastBytes);
  }

  /** Is told of everything from now on. */
  public void watch(DiskWatcher watcher) {
    watchers.add(watcher);
  }

  /** The first rule of the store's contract that its user broke; null if none. */
  public @Nullable ContractBroken contractBroken() {
    return contractBroken;
  }

  /** Groups by id, the destroyed ones included; live. */
  public Collection<StoredGroup> groups() {
    return Collections.unmodifiableCollection(groups.values());
  }

  /** The group, also a destroyed one; null if it was never here. */
  public @Nullable StoredGroup find(long groupId) {
    return groups.get(groupId);
  }

  /** Rounds that a power loss may take. */
  public int unsyncedRounds() {
    return unsynced.size();
  }
}
