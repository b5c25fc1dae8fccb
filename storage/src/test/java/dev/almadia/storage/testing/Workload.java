// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage.testing;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryDraft;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.EntryKind;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.GroupConfigCodec;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.LogStart;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.LogReset;
import dev.almadia.raft.store.NewReplica;
import dev.almadia.raft.store.WriteRound;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Random rounds over many groups: groups come and go, logs grow and are cut, terms rise, with sync
 * and without. All of it follows from the seed, so a process that was killed can be asked for what
 * it should have.
 */
public final class Workload {
  private static final int BROKER = 1;

  private final Random random;
  private PlainLogs logs = new PlainLogs();
  private long nextGroup = 1;
  private long lastNumber;

  /** A workload on an empty store. */
  public Workload(long seed) {
    random = new Random(seed);
  }

  /** What a store holds that was given all rounds so far. */
  public PlainLogs logs() {
    return logs;
  }

  /** The store was opened by another process: its rounds are numbered anew. */
  public void restarted() {
    lastNumber = 0;
  }

  /** The store holds something else, because it lost rounds. */
  public void continueFrom(PlainLogs kept) {
    logs = kept.copy();
  }

  /** The next round; the model has it. */
  public WriteRound next() {
    List<GroupWrite> writes = new ArrayList<>();
    if (logs.groups.size() < 5 || random.nextInt(20) == 0) {
      writes.add(create(nextGroup++, ReplicaId.of(BROKER, random.nextInt(3))));
    }
    logs.gone.forEach(
        (groupId, formerId) -> {
          if (random.nextInt(30) == 0) {
            int life = ReplicaId.life(formerId) + 1 + random.nextInt(2);
            writes.add(create(groupId, ReplicaId.of(BROKER, life)));
          }
        });
    logs.groups.forEach(
        (groupId, group) -> {
          if (random.nextInt(100) == 0) {
            writes.add(new GroupWrite(groupId, null, true, null, 0, List.of(), 0));
          } else if (random.nextBoolean()) {
            writes.add(grow(groupId, null, group.copy()));
          }
        });
    boolean resets = writes.stream().anyMatch(write -> write.reset() != null);
    WriteRound round = new WriteRound(++lastNumber, writes, resets || random.nextBoolean());
    logs.apply(round);
    return round;
  }

  private GroupWrite create(long groupId, int replicaId) {
    NewReplica replica = new NewReplica(replicaId, nextConfig());
    if (random.nextInt(20) == 0) {
      // Gone before it was ever written: the life is spent all the same.
      return new GroupWrite(groupId, replica, true, null, 0, List.of(), 0);
    }
    return grow(groupId, replica, new PlainGroup(replica));
  }

  private GroupConfig nextConfig() {
    return switch (random.nextInt(4)) {
      case 0 -> GroupConfig.UNKNOWN;
      case 1 -> GroupConfig.ofVoters(List.of(1, 2, 3));
      case 2 -> new GroupConfig(List.of(1, 2), List.of(2, 3), List.of(), random.nextInt(9));
      default -> new GroupConfig(List.of(BROKER), List.of(), List.of(ReplicaId.of(4, 2)));
    };
  }

  private GroupWrite grow(long groupId, @Nullable NewReplica create, PlainGroup group) {
    HardState hardState = null;
    if (random.nextInt(4) == 0) {
      hardState = new HardState(group.hardState.term() + 1, random.nextInt(4));
      group.hardState = hardState;
    }
    long truncateFrom = 0;
    LogReset reset = null;
    if (random.nextInt(20) == 0) {
      reset = nextReset(group);
    } else if (random.nextInt(4) == 0) {
      truncateFrom = group.commitIndex + 1 + random.nextInt(6);
    }
    PlainGroup before = group.copy();
    group.apply(
        new GroupWrite(groupId, null, false, null, reset, truncateFrom, List.of(), 0, null, null));
    long keptIndex = reset == null ? group.lastIndex() : 0;
    List<Entry> added = new ArrayList<>();
    for (int count = random.nextInt(6); count > 0; count--) {
      Entry entry = nextEntry(groupId, group);
      group.entries.add(entry);
      added.add(entry);
    }
    long commitIndex = random.nextInt(3) == 0 ? random.nextLong(group.lastIndex() + 3) : 0;
    LogStart start =
        nextStart(before, Math.min(keptIndex, Math.max(commitIndex, before.commitIndex)));
    long startIndex = Math.max(group.start.index(), start == null ? 0 : start.index());
    long committedIndex = Math.max(group.commitIndex, Math.min(commitIndex, group.lastIndex()));
    return new GroupWrite(
        groupId,
        create,
        false,
        hardState,
        reset,
        truncateFrom,
        added,
        commitIndex,
        start,
        nextCheckpoint(group, startIndex, committedIndex));
  }

  /** Of a committed entry that is there; seldom, if it need not be. */
  private @Nullable Checkpoint nextCheckpoint(PlainGroup group, long startIndex, long endIndex) {
    Checkpoint last = group.checkpoint;
    boolean isNeeded = startIndex > (last == null ? 0 : last.index());
    if (endIndex == 0 || (!isNeeded && random.nextInt(6) > 0)) {
      return null;
    }
    byte[] state = new byte[random.nextInt(8) == 0 ? random.nextInt(9_000) : random.nextInt(30)];
    random.nextBytes(state);
    long index = startIndex + random.nextLong(endIndex - startIndex + 1);
    return new Checkpoint(group.placeAt(index).id(), state);
  }

  /** A start up to an index that is stored before and after, and committed; seldom a late one. */
  private @Nullable LogStart nextStart(PlainGroup before, long maxIndex) {
    int chance = random.nextInt(40);
    if (chance == 0) {
      return before.start;
    }
    return chance < 6 && before.holds(maxIndex)
        ? before.placeAt(maxIndex - random.nextLong(maxIndex - before.start.index()))
        : null;
  }

  private LogReset nextReset(PlainGroup group) {
    LogStart last = group.placeAt(group.lastIndex());
    long index = group.commitIndex + 1 + random.nextInt(20);
    LogStart start =
        new LogStart(
            new EntryId(Math.max(group.hardState.term(), last.id().term()), index),
            last.nextOffset() + random.nextInt(9),
            last.maxTimestampMs() + random.nextInt(9));
    return new LogReset(start, nextConfig(), random.nextLong(index + 1));
  }

  private Entry nextEntry(long groupId, PlainGroup group) {
    LogStart last = group.placeAt(group.lastIndex());
    long term = Math.max(1, Math.max(group.hardState.term(), last.id().term()));
    EntryKind kind = EntryKind.of(1 + random.nextInt(4));
    byte[] payload = new byte[random.nextInt(8) == 0 ? random.nextInt(70_000) : random.nextInt(90)];
    random.nextBytes(payload);
    if (kind == EntryKind.CONFIG) {
      payload = GroupConfigCodec.encode(nextConfig());
    }
    return Entry.seal(
        groupId,
        new EntryId(term, group.lastIndex() + 1),
        new EntryDraft(
            kind,
            last.nextOffset() + random.nextInt(3),
            last.maxTimestampMs() + random.nextInt(3),
            payload));
  }
}
