// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.testing;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryHeader;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.config.ConfigHistory;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.LogStart;
import dev.almadia.raft.core.log.RestoredLog;
import dev.almadia.raft.core.log.TermRun;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.LogReset;
import dev.almadia.raft.store.LogStore;
import dev.almadia.raft.store.NewReplica;
import dev.almadia.raft.store.RestoredGroup;
import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import dev.almadia.raft.store.WriteRound;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A store that keeps its contract in memory, and checks that its user keeps his. One thread only.
 *
 * <p>It holds two copies of everything: what readers see, and what a power loss would leave. A
 * round with sync makes the second equal to the first. {@link #crash} is a power loss.
 */
public final class MemoryLogStore implements LogStore {
  /** A group in one of the copies. */
  private static final class Stored {
    final NewReplica replica;
    HardState hardState = HardState.INITIAL;
    final List<Entry> entries = new ArrayList<>();
    LogReset origin;
    Checkpoint checkpoint;
    long commitIndex;
    boolean destroyed;

    Stored(NewReplica replica) {
      this.replica = replica;
      this.origin = new LogReset(new LogStart(EntryId.ZERO, 0, 0), replica.config(), 0);
    }

    ConfigHistory.Placed configAt(long atIndex) {
      for (long index = atIndex; index > origin.start().index(); index--) {
        if (at(index).kind() == EntryKind.CONFIG) {
          return new ConfigHistory.Placed(index, GroupConfigCodec.decode(at(index).payload()));
        }
      }
      return new ConfigHistory.Placed(origin.configIndex(), origin.config());
    }

    long lastIndex() {
      return origin.start().index() + entries.size();
    }

    boolean holds(long index) {
      return index > origin.start().index() && index <= lastIndex();
    }

    Entry at(long index) {
      if (!holds(index)) {
        throw new StoreException(Reason.NOT_FOUND, "no entry " + index);
      }
      return entries.get((int) (index - origin.start().index()) - 1);
    }

    LogStart placeAt(long index) {
      if (index == origin.start().index()) {
        return origin.start();
      }
      Entry entry = at(index);
      return new LogStart(entry.id(), entry.nextOffset(), entry.header().maxTimestampMs());
    }

    void reset(LogReset to) {
      check(to.start().index() > commitIndex, "resets to " + to + ", commit " + commitIndex);
      entries.clear();
      checkpoint = null;
      origin = to;
      commitIndex = to.start().index();
    }

    void moveStart(LogStart to) {
      if (to.index() > origin.start().index()) {
        check(to.index() <= commitIndex && to.equals(placeAt(to.index())), "starts at " + to);
        ConfigHistory.Placed config = configAt(to.index());
        entries.subList(0, (int) (to.index() - origin.start().index())).clear();
        origin = new LogReset(to, config.config(), config.index());
      }
    }
  }

  private final Map<Long, Stored> seen = new TreeMap<>();
  private final Map<Long, Stored> safe = new TreeMap<>();
  private final List<WriteRound> unsynced = new ArrayList<>();
  private final Map<Long, String> damaged = new TreeMap<>();
  private final List<Consumer<WriteRound>> watchers = new ArrayList<>();
  private long lastNumber;
  private long writes;
  private long syncs;
  private long reads;
  private boolean failNext;
  private boolean failed;

  @Override
  public void write(WriteRound round) {
    if (failNext || failed) {
      failed = true;
      lastNumber = round.number();
      throw new StoreException(Reason.IO, "the disk refuses");
    }
    check(round.number() == lastNumber + 1, "round " + round.number() + " after " + lastNumber);
    lastNumber = round.number();
    Set<Long> groups = new HashSet<>();
    for (GroupWrite write : round.groups()) {
      check(groups.add(write.groupId()), "group " + write.groupId() + " twice in a round");
      check(write.reset() == null || round.sync(), "a reset without sync");
      replaceDamaged(write);
      apply(seen, write);
    }
    unsynced.add(round);
    writes++;
    if (round.sync()) {
      syncs++;
      unsynced.forEach(done -> done.groups().forEach(write -> apply(safe, write)));
      unsynced.clear();
    }
    watchers.forEach(watcher -> watcher.accept(round));
  }

  /** Of a damaged group nothing is kept; it goes, or begins anew as a later life. */
  private void replaceDamaged(GroupWrite write) {
    if (damaged.remove(write.groupId()) == null) {
      return;
    }
    NewReplica replica = write.create();
    int formerId = seen.get(write.groupId()).replica.selfId();
    check(
        replica != null
            && (ReplicaId.life(replica.selfId()) > ReplicaId.life(formerId)
                || (write.destroy() && replica.selfId() == formerId)),
        "group " + write.groupId() + " is damaged");
    seen.remove(write.groupId());
    safe.remove(write.groupId());
  }

  private static void apply(Map<Long, Stored> groups, GroupWrite write) {
    long groupId = write.groupId();
    Stored stored = groups.get(groupId);
    if (write.create() != null) {
      check(stored == null || stored.destroyed, "group " + groupId + " exists");
      int life = ReplicaId.life(write.create().selfId());
      check(
          stored == null || life > ReplicaId.life(stored.replica.selfId()),
          "group " + groupId + " was here in life " + life);
      stored = new Stored(write.create());
      groups.put(groupId, stored);
    }
    check(stored != null && !stored.destroyed, "group " + groupId + " does not exist");
    if (write.destroy()) {
      stored.destroyed = true;
      stored.entries.clear();
      return;
    }
    if (write.hardState() != null) {
      check(write.hardState().term() >= stored.hardState.term(), "term goes back");
      stored.hardState = write.hardState();
    }
    if (write.reset() != null) {
      stored.reset(write.reset());
      check(write.truncateFrom() == 0, "resets and truncates");
    }
    if (write.truncateFrom() != 0) {
      check(write.truncateFrom() > stored.commitIndex, "truncates committed entries");
      while (stored.lastIndex() >= write.truncateFrom()) {
        stored.entries.remove(stored.entries.size() - 1);
      }
    }
    for (Entry entry : write.entries()) {
      check(entry.index() == stored.lastIndex() + 1, "gap before " + entry);
      check(entry.isIntact(groupId), "damaged " + entry);
      stored.entries.add(entry);
    }
    stored.commitIndex =
        Math.max(stored.commitIndex, Math.min(write.commitIndex(), stored.lastIndex()));
    if (write.logStart() != null) {
      stored.moveStart(write.logStart());
    }
    if (write.checkpoint() != null) {
      long index = write.checkpoint().index();
      check(write.reset() != null || index <= stored.lastIndex(), "state of " + index);
      stored.checkpoint = write.checkpoint();
    }
    long start = stored.origin.start().index();
    check(
        start == 0 || (stored.checkpoint != null && stored.checkpoint.index() >= start),
        "starts behind " + start + " with " + stored.checkpoint);
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError("contract of the store broken: " + what);
    }
  }

  /** Power loss: rounds without a sync behind them are gone. For a new process on the same disk. */
  public void crash() {
    seen.clear();
    safe.forEach((groupId, stored) -> seen.put(groupId, copy(stored)));
    unsynced.clear();
    lastNumber = 0;
    failNext = false;
    failed = false;
  }

  /** End of the process: everything written stays. For a new process on the same disk. */
  public void reopen() {
    lastNumber = 0;
    failNext = false;
    failed = false;
  }

  /** Another, empty disk is in its place. For a new process on it. */
  public void wipe() {
    seen.clear();
    safe.clear();
    unsynced.clear();
    damaged.clear();
    reopen();
  }

  private static Stored copy(Stored stored) {
    Stored copy = new Stored(stored.replica);
    copy.destroyed = stored.destroyed;
    copy.hardState = stored.hardState;
    copy.entries.addAll(stored.entries);
    copy.origin = stored.origin;
    copy.checkpoint = stored.checkpoint;
    copy.commitIndex = stored.commitIndex;
    return copy;
  }

  /** All writes from the next on fail. */
  public void failWrites() {
    failNext = true;
  }

  /** Writes work again, against the contract: nobody may try. */
  public void forgiveWrites() {
    failNext = false;
    failed = false;
  }

  /** The group is found damaged at the next start. */
  public void damage(long groupId, String what) {
    damaged.put(groupId, what);
  }

  /** Is told of each round after it was written. */
  public void watch(Consumer<WriteRound> watcher) {
    watchers.add(watcher);
  }

  /** Rounds written. */
  public long writes() {
    return writes;
  }

  /** Rounds written with sync. */
  public long syncs() {
    return syncs;
  }

  /** Calls of read. */
  public long reads() {
    return reads;
  }

  /** Entries of a group. */
  public List<Entry> entries(long groupId) {
    Stored stored = seen.get(groupId);
    return stored == null ? List.of() : List.copyOf(stored.entries);
  }

  /** Index before the first entry of a group. */
  public long startIndex(long groupId) {
    Stored stored = seen.get(groupId);
    return stored == null ? 0 : stored.origin.start().index();
  }

  /** The checkpoint of a group, null if it has none. */
  public Checkpoint checkpoint(long groupId) {
    Stored stored = seen.get(groupId);
    return stored == null ? null : stored.checkpoint;
  }

  /** Entries of a group that a power loss would leave. */
  public List<Entry> safeEntries(long groupId) {
    Stored stored = safe.get(groupId);
    return stored == null ? List.of() : List.copyOf(stored.entries);
  }

  @Override
  public List<RestoredGroup> restore() {
    List<RestoredGroup> groups = new ArrayList<>();
    seen.forEach(
        (groupId, stored) -> {
          String damage = damaged.get(groupId);
          if (!stored.destroyed) {
            groups.add(
                damage == null
                    ? new RestoredGroup(groupId, log(stored))
                    : new RestoredGroup(groupId, damage, stored.replica.selfId()));
          }
        });
    return groups;
  }

  private static RestoredLog log(Stored stored) {
    List<TermRun> runs = new ArrayList<>();
    for (Entry entry : stored.entries) {
      if (runs.isEmpty() || runs.get(runs.size() - 1).term() != entry.term()) {
        runs.add(new TermRun(entry.index(), entry.term()));
      }
    }
    long commit = stored.commitIndex;
    LogStart start = stored.origin.start();
    LogStart committed = stored.placeAt(commit);
    ConfigHistory.Placed config = stored.configAt(commit);
    return new RestoredLog(
        stored.hardState,
        stored.replica.selfId(),
        config.config(),
        config.index(),
        start.id(),
        start.nextOffset(),
        start.maxTimestampMs(),
        runs,
        commit,
        committed.nextOffset(),
        committed.maxTimestampMs(),
        stored.entries.subList((int) (commit - start.index()), stored.entries.size()),
        stored.checkpoint);
  }

  private Stored group(long groupId) {
    Stored stored = seen.get(groupId);
    if (stored == null || stored.destroyed) {
      throw new StoreException(Reason.NOT_FOUND, "no group " + groupId);
    }
    return stored;
  }

  @Override
  public List<Entry> read(long groupId, long fromIndex, long toIndex, long maxBytes) {
    reads++;
    Stored stored = group(groupId);
    List<Entry> found = new ArrayList<>();
    found.add(stored.at(fromIndex));
    long bytes = found.get(0).costBytes();
    for (long index = fromIndex + 1; index <= Math.min(toIndex, stored.lastIndex()); index++) {
      bytes += stored.at(index).costBytes();
      if (bytes > maxBytes) {
        break;
      }
      found.add(stored.at(index));
    }
    return found;
  }

  @Override
  public EntryHeader header(long groupId, long index) {
    return group(groupId).at(index).header();
  }

  @Override
  public long indexOfOffset(long groupId, long offset) {
    return first(groupId, entry -> entry.nextOffset() > offset);
  }

  @Override
  public long indexOfTimestamp(long groupId, long timestampMs) {
    return first(groupId, entry -> entry.header().maxTimestampMs() >= timestampMs);
  }

  private long first(long groupId, java.util.function.Predicate<Entry> wanted) {
    return group(groupId).entries.stream().filter(wanted).findFirst().map(Entry::index).orElse(0L);
  }

  @Override
  public byte[] digest(long groupId, long fromIndex, long toIndex) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (long index = fromIndex; index <= toIndex; index++) {
        Entry entry = group(groupId).at(index);
        digest.update(entry.header().toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        digest.update(entry.payload());
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public long freeBytes() {
    return Long.MAX_VALUE;
  }

  @Override
  public void close() {
    // Memory needs no closing; the groups stay for the next process.
  }
}
