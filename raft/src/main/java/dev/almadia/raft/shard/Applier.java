// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.Invariant;
import dev.almadia.raft.store.StoreException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings committed entries to the state machine of one group, each once, in order. Shard thread
 * only.
 *
 * <p>Entries come from the cache, or in pages from the store (at the start, or when the cache has
 * already dropped them). One page at a time, a bounded number of entries a turn.
 */
final class Applier {
  /** More would delay the other groups of the shard. */
  private static final int ENTRIES_PER_TURN_MAX = 1024;

  private static final long BYTES_PER_TURN_MAX = 4 * 1024 * 1024;
  private static final long PAGE_BYTES = 1024 * 1024;

  private final GroupSlot slot;
  private final StateMachine machine;
  private final TailCache.GroupTail tail;
  private final boolean wantsEntries;
  private long appliedIndex;
  private boolean loading;
  private List<Entry> page = List.of();

  Applier(GroupSlot slot, StateMachine machine, TailCache.GroupTail tail, long appliedIndex) {
    this.slot = slot;
    this.machine = machine;
    this.tail = tail;
    this.wantsEntries = machine.wantsEntries();
    this.appliedIndex = appliedIndex;
  }

  long appliedIndex() {
    return appliedIndex;
  }

  /** Whether its machine is made of what the log says, so that the log may not be cut. */
  boolean wantsEntries() {
    return wantsEntries;
  }

  /** The log begins anew behind this index. */
  void reset(long index) {
    Invariant.check(!wantsEntries, "a machine lost the entries up to {} that it wants", index);
    appliedIndex = index;
  }

  /**
   * Applies what it can up to the commit index.
   *
   * @return true if it stopped for fairness and should be called again soon
   */
  boolean advance(long commitIndex) {
    if (!wantsEntries) {
      appliedIndex = commitIndex;
      return false;
    }
    int applied = 0;
    long bytes = 0;
    while (appliedIndex < commitIndex) {
      if (applied >= ENTRIES_PER_TURN_MAX || bytes >= BYTES_PER_TURN_MAX) {
        return true;
      }
      Entry entry = next();
      if (entry == null) {
        load(commitIndex);
        return false;
      }
      Invariant.check(entry.index() == appliedIndex + 1, "applied out of order: {}", entry.index());
      machine.apply(entry);
      appliedIndex++;
      applied++;
      bytes += entry.costBytes();
    }
    page = List.of();
    return false;
  }

  private @Nullable Entry next() {
    long index = appliedIndex + 1;
    if (!page.isEmpty()) {
      long first = page.get(0).index();
      if (index >= first && index < first + page.size()) {
        return page.get((int) (index - first));
      }
      page = List.of();
    }
    Entry cached = tail.get(index);
    return cached == null ? slot.entryInMemory(index) : cached;
  }

  private void load(long commitIndex) {
    if (loading) {
      return;
    }
    // What is committed may not be durable here yet: a leader can be the slowest of its quorum.
    long toIndex = Math.min(commitIndex, slot.durableIndex());
    if (toIndex > appliedIndex) {
      loading =
          slot.loads()
              .read(
                  new EntryLoader.Page(
                      slot.groupId(),
                      appliedIndex + 1,
                      toIndex,
                      PAGE_BYTES,
                      EntryLoader.Anchor.NONE),
                  this::loaded);
    }
  }

  /** If it failed, the next tick tries again. */
  private void loaded(EntryLoader.Loaded loaded) {
    loading = false;
    page = loaded.entries();
    StoreException failure = loaded.failure();
    if (failure != null) {
      slot.loads().report(failure);
    }
  }
}
