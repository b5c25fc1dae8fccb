// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Effects;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryHeader;
import dev.almadia.raft.core.RaftInput;
import dev.almadia.raft.store.StoreException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings entries of one group back into memory: for followers that are behind, from the cache if
 * they are still there, else from the store at the rate at which followers may catch up. Shard
 * thread only.
 */
final class SlotLoads {
  private final GroupSlot slot;
  private final ShardContext context;
  private final TailCache.GroupTail tail;

  SlotLoads(GroupSlot slot, ShardContext context, TailCache.GroupTail tail) {
    this.slot = slot;
    this.context = context;
    this.tail = tail;
  }

  /** The core wants entries; it gets an answer in a later turn in every case. */
  void start(Effects.LoadRequest wanted) {
    long from = wanted.fromIndex();
    long maxBytes =
        Math.min(wanted.maxBytes(), context.parts.config().groupLimits().appendBytesMax());
    EntryLoader.Anchor anchor = anchorBefore(from);
    List<Entry> cached = tail.read(from, slot.lastIndex(), maxBytes);
    if (anchor != null && !cached.isEmpty()) {
      answer(wanted, anchor, cached);
      return;
    }
    long toIndex = slot.durableIndex();
    boolean isStored = from > slot.logStart().id().index() && from <= toIndex;
    EntryLoader.Page page = new EntryLoader.Page(slot.groupId(), from, toIndex, maxBytes, anchor);
    if (isStored) {
      context.catchUp.add(this, wanted, page, context.turnNanos);
    } else {
      slot.input(new RaftInput.LoadFailed(wanted.term(), wanted.peer()));
    }
  }

  /** Whether the core still waits for it: else it may have been asked for by a former leader. */
  boolean isWanted(Effects.LoadRequest wanted) {
    return slot.leadsIn(wanted.term());
  }

  /**
   * The rate allows it.
   *
   * @param takenNanos what it took of the rate
   */
  void begin(Effects.LoadRequest wanted, EntryLoader.Page page, long takenNanos) {
    if (!read(page, loaded -> loaded(wanted, loaded, takenNanos))) {
      context.parts.catchUp().giveBack(takenNanos, 0);
      slot.input(new RaftInput.LoadFailed(wanted.term(), wanted.peer()));
    }
  }

  private EntryLoader.@Nullable Anchor anchorBefore(long index) {
    EntryLoader.Anchor start = slot.logStart();
    if (index == start.id().index() + 1) {
      return start;
    }
    Entry before = tail.get(index - 1);
    return before == null ? null : new EntryLoader.Anchor(before.id(), before.nextOffset());
  }

  private void loaded(Effects.LoadRequest wanted, EntryLoader.Loaded loaded, long takenNanos) {
    long bytes = 0;
    for (Entry entry : loaded.entries()) {
      bytes += entry.costBytes();
    }
    CatchUpRate rate = context.parts.catchUp();
    rate.giveBack(takenNanos, (double) bytes / loaded.page().maxBytes());
    rate.sent(bytes);
    EntryLoader.Anchor anchor = loaded.anchor();
    StoreException failure = loaded.failure();
    if (failure != null) {
      report(failure);
    }
    if (anchor == null) {
      slot.input(new RaftInput.LoadFailed(wanted.term(), wanted.peer()));
    } else {
      answer(wanted, anchor, loaded.entries());
    }
  }

  private void answer(Effects.LoadRequest wanted, EntryLoader.Anchor anchor, List<Entry> entries) {
    slot.input(
        new RaftInput.EntriesLoaded(
            wanted.term(), wanted.peer(), anchor.id(), anchor.nextOffset(), entries));
  }

  /** Reads what is known of a stored entry; no answer if there is none, or no room for a read. */
  void header(long index, Consumer<EntryHeader> answer) {
    Entry cached = tail.get(index);
    if (cached != null) {
      answer.accept(cached.header());
    } else if (index > slot.logStart().id().index() && index <= slot.durableIndex()) {
      long maxBytes = context.parts.config().groupLimits().appendBytesMax();
      boolean unused =
          read(
              new EntryLoader.Page(slot.groupId(), index, index, maxBytes, EntryLoader.Anchor.NONE),
              loaded -> {
                StoreException failure = loaded.failure();
                if (failure != null) {
                  report(failure);
                }
                loaded.entries().forEach(entry -> answer.accept(entry.header()));
              });
    }
  }

  /**
   * Starts a read of the store; the answer comes in a later turn, unless the group closes.
   *
   * @return false if there is no room for it now
   */
  boolean read(EntryLoader.Page page, Consumer<EntryLoader.Loaded> answer) {
    EntryLoader loader = context.parts.loader();
    return loader.load(
        page,
        loaded ->
            context.mailbox.post(
                shard -> {
                  loader.release(page);
                  if (!slot.isClosed()) {
                    answer.accept(loaded);
                    context.ready(slot);
                  }
                }));
  }

  /** Damage is told to the operator; absence may be a race with what is being written. */
  void report(StoreException failure) {
    if (failure.reason() != StoreException.Reason.NOT_FOUND) {
      context.parts.views().problem(slot.groupId(), String.valueOf(failure.getMessage()));
    }
  }
}
