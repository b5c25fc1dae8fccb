// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryHeader;
import dev.almadia.raft.core.log.LogStart;
import dev.almadia.raft.core.log.RestoredLog;
import dev.almadia.raft.core.log.TermRun;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.LogStore;
import dev.almadia.raft.store.RestoredGroup;
import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import dev.almadia.raft.store.WriteRound;
import dev.almadia.storage.LogDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What one process has of a {@link SimDisk}. It reads the same rows in the same order as the real
 * store does, so that damage is found by the same calls. One thread.
 */
public final class SimLogStore implements LogStore {
  private final SimDisk disk;
  private final Map<Long, String> damages = new TreeMap<>();
  private long lastNumber;
  private boolean closed;
  private boolean dead;
  private @Nullable Throwable failure;

  SimLogStore(SimDisk disk) {
    this.disk = disk;
  }

  /** The process is gone; whatever still calls is a defect. */
  void die() {
    dead = true;
  }

  @Override
  public void write(WriteRound round) {
    checkWritable(round);
    try {
      disk.write(round, lastNumber + 1, damages.keySet());
      lastNumber = round.number();
      round.groups().forEach(write -> damages.remove(write.groupId()));
    } catch (RuntimeException | Error e) {
      failure = e;
      throw e;
    }
  }

  /**
   * The process or the machine ends while this round is being written: it is there as a whole,
   * synced or not, or not at all; nobody is told. The caller ends the process at once.
   */
  public void writeCutShort(WriteRound round) {
    checkWritable(round);
    disk.writeCutShort(round, lastNumber + 1, damages.keySet());
    failure = new IllegalStateException("the process ended in a write");
  }

  private void checkWritable(WriteRound round) {
    checkOpen();
    if (failure != null) {
      throw new StoreException(
          Reason.IO, "an earlier write failed (" + failure.getMessage() + ")", failure);
    }
    for (GroupWrite write : round.groups()) {
      String damage = damages.get(write.groupId());
      if (damage != null && !write.destroy() && write.create() == null) {
        ContractBroken broken =
            new ContractBroken("group " + write.groupId() + " is damaged: " + damage);
        disk.noteBroken(broken);
        failure = broken;
        throw broken;
      }
    }
  }

  /** What the real store reads of each group when it is opened. */
  void loadDamages() {
    for (StoredGroup group : disk.groups()) {
      if (!group.isDestroyed() && group.holds(group.lastIndex())) {
        note(
            group,
            () -> {
              readEntry(group, group.lastIndex());
              readHeader(group, group.firstIndex());
              readHeader(group, group.lastIndex());
            });
      }
    }
  }

  private void note(StoredGroup group, Runnable reads) {
    try {
      reads.run();
    } catch (StoreException e) {
      damages.put(group.groupId(), String.valueOf(e.getMessage()));
    }
  }

  @Override
  public List<RestoredGroup> restore() {
    checkOpen();
    loadDamages();
    List<RestoredGroup> restored = new ArrayList<>();
    for (StoredGroup group : disk.groups()) {
      if (!group.isDestroyed() && !damages.containsKey(group.groupId())) {
        note(group, () -> restored.add(new RestoredGroup(group.groupId(), logOf(group))));
      }
    }
    damages.forEach(
        (groupId, damage) -> restored.add(new RestoredGroup(groupId, damage, selfIdOf(groupId))));
    return restored;
  }

  private int selfIdOf(long groupId) {
    StoredGroup group = disk.find(groupId);
    return group == null ? 0 : group.selfId();
  }

  private static RestoredLog logOf(StoredGroup group) {
    long commitIndex = group.commitIndex();
    LogStart start = group.origin().start();
    EntryHeader committed = group.holds(commitIndex) ? readHeader(group, commitIndex) : null;
    List<TermRun> runs = termRuns(group);
    for (long index = commitIndex + 1; index <= group.lastIndex(); index++) {
      readEntry(group, index);
    }
    return new RestoredLog(
        group.hardState(),
        group.selfId(),
        group.config(),
        group.configIndex(),
        start.id(),
        start.nextOffset(),
        start.maxTimestampMs(),
        runs,
        commitIndex,
        committed == null ? start.nextOffset() : committed.nextOffset(),
        committed == null ? start.maxTimestampMs() : committed.maxTimestampMs(),
        group.tail(commitIndex + 1),
        group.checkpoint());
  }

  private static List<TermRun> termRuns(StoredGroup group) {
    List<TermRun> runs = new ArrayList<>();
    long start = group.holds(group.lastIndex()) ? group.firstIndex() : 0;
    while (start != 0) {
      long term = readHeader(group, start).term();
      runs.add(new TermRun(start, term));
      start = firstIndex(group, start, header -> header.term() > term);
    }
    return runs;
  }

  @Override
  public List<Entry> read(long groupId, long fromIndex, long toIndex, long maxBytes) {
    StoredGroup group = reading(groupId);
    checkHolds(group, fromIndex);
    if (toIndex < fromIndex) {
      throw new IllegalArgumentException("read from " + fromIndex + " to " + toIndex);
    }
    List<Entry> found = new ArrayList<>();
    long bytes = 0;
    for (long index = fromIndex; index <= Math.min(toIndex, group.lastIndex()); index++) {
      Entry entry = readEntry(group, index);
      bytes += entry.costBytes();
      if (bytes > maxBytes && !found.isEmpty()) {
        break;
      }
      found.add(entry);
    }
    return found;
  }

  @Override
  public EntryHeader header(long groupId, long index) {
    StoredGroup group = reading(groupId);
    checkHolds(group, index);
    return readHeader(group, index);
  }

  @Override
  public long indexOfOffset(long groupId, long offset) {
    StoredGroup group = reading(groupId);
    long last = group.lastIndex();
    if (!group.holds(last) || group.entry(last).nextOffset() <= offset) {
      return 0;
    }
    return firstIndex(group, group.firstIndex(), header -> header.nextOffset() > offset);
  }

  @Override
  public long indexOfTimestamp(long groupId, long timestampMs) {
    StoredGroup group = reading(groupId);
    return firstIndex(group, group.firstIndex(), header -> header.maxTimestampMs() >= timestampMs);
  }

  @Override
  public byte[] digest(long groupId, long fromIndex, long toIndex) {
    LogDigest digest = new LogDigest();
    StoredGroup group = reading(groupId);
    for (long index = fromIndex; index <= toIndex; index++) {
      checkHolds(group, index);
      digest.add(readEntry(group, index));
    }
    return digest.value();
  }

  /**
   * Binary search that asks for the same rows as the real one, so that it meets the same damage.
   */
  private static long firstIndex(StoredGroup group, long low, Predicate<EntryHeader> condition) {
    long high = group.lastIndex();
    if (low > high || !condition.test(readHeader(group, high))) {
      return 0;
    }
    long below = low;
    long found = high;
    while (below < found) {
      long middle = below + (found - below) / 2;
      if (condition.test(readHeader(group, middle))) {
        found = middle;
      } else {
        below = middle + 1;
      }
    }
    return found;
  }

  private static Entry readEntry(StoredGroup group, long index) {
    checkSound(!group.isEntryBad(index), group, index, "checksum of the entry is wrong");
    return group.entry(index);
  }

  private static EntryHeader readHeader(StoredGroup group, long index) {
    checkSound(!group.isHeaderBad(index), group, index, "checksum of the header is wrong");
    return group.entry(index).header();
  }

  private static void checkSound(boolean sound, StoredGroup group, long index, String what) {
    if (!sound) {
      throw new StoreException(
          Reason.CORRUPT, "group " + group.groupId() + ", index " + index + ": " + what);
    }
  }

  private static void checkHolds(StoredGroup group, long index) {
    if (!group.holds(index)) {
      throw new StoreException(
          Reason.NOT_FOUND,
          "group "
              + group.groupId()
              + " holds "
              + group.firstIndex()
              + " to "
              + group.lastIndex()
              + ", not "
              + index);
    }
  }

  private StoredGroup reading(long groupId) {
    checkOpen();
    String damage = damages.get(groupId);
    if (damage != null) {
      throw new StoreException(Reason.CORRUPT, "group " + groupId + " is damaged: " + damage);
    }
    StoredGroup group = disk.find(groupId);
    if (group == null || group.isDestroyed()) {
      throw new StoreException(Reason.NOT_FOUND, "group " + groupId + " is not here");
    }
    return group;
  }

  private void checkOpen() {
    if (dead) {
      throw new IllegalStateException("the process with this store has ended");
    }
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
  }

  @Override
  public long freeBytes() {
    checkOpen();
    return disk.freeBytes();
  }

  @Override
  public void close() {
    if (dead || closed) {
      return;
    }
    closed = true;
    disk.closed(failure != null);
  }
}
