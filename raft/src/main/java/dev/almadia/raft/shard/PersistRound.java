// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Effects;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.Invariant;
import dev.almadia.raft.core.LogMark;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.LogStart;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.LogReset;
import dev.almadia.raft.store.NewReplica;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that many groups want persisted at once, and the messages that must not leave before.
 * Shard thread only. Open: filled by one turn after the other. Sealed: being written; nothing is
 * added. Released: the groups hear of it, once.
 *
 * <p>The effects of several turns of one group become one write: entries are joined; a truncation
 * cuts what waits here, and reaches into the store only if it goes below that; the newest hard
 * state, the newest start, checkpoint and mark win, because the round is there as a whole or not at
 * all; a reset makes what waits for the log before it pointless.
 */
final class PersistRound {
  /** One group in the round. */
  private static final class Part {
    final RoundOwner owner;
    @Nullable NewReplica create;
    boolean destroy;
    @Nullable HardState hardState;
    @Nullable LogReset reset;
    @Nullable LogStart logStart;
    @Nullable Checkpoint checkpoint;
    long truncateFrom;
    final List<Entry> entries = new ArrayList<>();
    @Nullable LogMark mark;
    final List<Message> messages = new ArrayList<>();

    Part(RoundOwner owner) {
      this.owner = owner;
    }

    boolean writesNothing() {
      return create == null
          && !destroy
          && hardState == null
          && reset == null
          && logStart == null
          && checkpoint == null
          && truncateFrom == 0
          && entries.isEmpty();
    }

    GroupWrite write() {
      return new GroupWrite(
          owner.groupId(),
          create,
          destroy,
          hardState,
          reset,
          truncateFrom,
          entries,
          owner.commitIndex(),
          logStart,
          checkpoint);
    }
  }

  private final Map<Long, Part> parts = new LinkedHashMap<>();
  private boolean synced;
  private long bytes;
  private int entryCount;

  /** Takes what a group wants written and what it says after. */
  void add(RoundOwner owner, Effects effects, boolean entriesSynced) {
    Part part = part(owner);
    HardState hardState = effects.hardState();
    if (hardState != null) {
      part.hardState = hardState;
      synced = true;
    }
    Effects.Reset reset = effects.reset();
    if (reset != null) {
      reset(part, reset);
      synced = true;
    }
    if (effects.logStart() != null) {
      part.logStart = effects.logStart();
    }
    if (effects.truncateFrom() != 0) {
      truncate(part, effects.truncateFrom());
      synced |= entriesSynced;
    }
    if (!effects.appended().isEmpty()) {
      append(part, effects.appended());
      synced |= entriesSynced;
    }
    if (effects.appendMark() != null) {
      part.mark = effects.appendMark();
    }
    part.messages.addAll(effects.sendAfterPersist());
  }

  /** Keeps what a group's machine made of entries that are in this round, or were in others. */
  void save(RoundOwner owner, Checkpoint checkpoint) {
    save(part(owner), checkpoint);
  }

  private void save(Part part, @Nullable Checkpoint checkpoint) {
    bytes -= bytesOf(part.checkpoint);
    part.checkpoint = checkpoint;
    bytes += bytesOf(checkpoint);
  }

  private static int bytesOf(@Nullable Checkpoint checkpoint) {
    return checkpoint == null ? 0 : checkpoint.state().length;
  }

  /** Starts a group in this round. */
  void create(RoundOwner owner, NewReplica replica) {
    part(owner).create = replica;
    synced = true;
  }

  /** Removes a group in this round; what else it wanted written no longer matters. */
  void destroy(RoundOwner owner) {
    Part before = parts.remove(owner.groupId());
    Part part = new Part(owner);
    part.create = before == null ? null : before.create;
    part.destroy = true;
    parts.put(owner.groupId(), part);
    synced = true;
  }

  /** The group closes here: what it wanted written stays, but it waits for nothing any more. */
  boolean contains(long groupId) {
    return parts.containsKey(groupId);
  }

  private Part part(RoundOwner owner) {
    Part part = parts.computeIfAbsent(owner.groupId(), id -> new Part(owner));
    Invariant.check(part.owner == owner, "two lives of a group in one round: {}", owner.groupId());
    return part;
  }

  /** What waits was never stored; what is stored goes as a whole. */
  private void reset(Part part, Effects.Reset reset) {
    dropEntries(part.entries, 0);
    part.truncateFrom = 0;
    part.logStart = null;
    part.reset = new LogReset(reset.start(), reset.config(), reset.configIndex());
    save(part, reset.checkpoint());
  }

  private void truncate(Part part, long fromIndex) {
    List<Entry> entries = part.entries;
    boolean reachesStore = entries.isEmpty() || fromIndex <= entries.get(0).index();
    if (reachesStore && part.reset == null) {
      part.truncateFrom =
          part.truncateFrom == 0 ? fromIndex : Math.min(part.truncateFrom, fromIndex);
    }
    // Example: entries 10..14 wait, truncate from 12: 10 and 11 stay, the store is not touched.
    dropEntries(entries, fromIndex);
  }

  private void dropEntries(List<Entry> entries, long fromIndex) {
    while (!entries.isEmpty() && entries.get(entries.size() - 1).index() >= fromIndex) {
      bytes -= entries.remove(entries.size() - 1).costBytes();
      entryCount--;
    }
  }

  private void append(Part part, List<Entry> appended) {
    long first = appended.get(0).index();
    List<Entry> entries = part.entries;
    Invariant.check(
        entries.isEmpty() || entries.get(entries.size() - 1).index() + 1 == first,
        "entries to persist have a gap: {}",
        first);
    for (Entry entry : appended) {
      entries.add(entry);
      bytes += entry.costBytes();
    }
    entryCount += appended.size();
  }

  boolean isEmpty() {
    return parts.isEmpty();
  }

  /** Whether any group in it has promises of its disk, or anything, to be made durable by fsync. */
  boolean synced() {
    return synced;
  }

  long bytes() {
    return bytes;
  }

  int entryCount() {
    return entryCount;
  }

  /** Seals it. */
  List<GroupWrite> writes() {
    List<GroupWrite> writes = new ArrayList<>(parts.size());
    for (Part part : parts.values()) {
      if (!part.writesNothing()) {
        writes.add(part.write());
      }
    }
    return writes;
  }

  /** It is written (or had nothing to write): tells all groups in it. */
  int release() {
    for (Part part : parts.values()) {
      part.owner.persisted(part.mark, part.messages);
    }
    return parts.size();
  }
}
