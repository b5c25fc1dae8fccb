// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryHeader;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.store.LogStore;
import dev.almadia.raft.store.StoreException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads entries from the store for slow followers and for state machines, off the shards. Shards
 * ask; threads of the executor read and answer; lock-free.
 *
 * <p>The memory of all loads of a broker is bounded: room is taken before a read starts and given
 * back when the shard is done with the answer. Without room the answer is no, and the asker comes
 * again; so any number of followers may be any distance behind (bug class 29).
 */
final class EntryLoader {
  /** The place before an entry. */
  record Anchor(EntryId id, long nextOffset) {
    /** For reads that need no place before them. */
    static final Anchor NONE = new Anchor(EntryId.ZERO, 0);
  }

  /**
   * What to read.
   *
   * @param anchor the place before the first entry; null if it has to be looked up
   */
  record Page(long groupId, long fromIndex, long toIndex, long maxBytes, @Nullable Anchor anchor) {}

  /**
   * What was read; whoever gets it calls {@link #release} with its page.
   *
   * @param anchor place before the first entry, null if the load failed
   * @param entries empty if the load failed
   * @param failure why, null if the read was refused or worked
   */
  record Loaded(
      Page page, @Nullable Anchor anchor, List<Entry> entries, @Nullable StoreException failure) {}

  private final LogStore store;
  private final Executor executor;
  private final ShardLimits limits;
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicLong heldBytes = new AtomicLong();
  private final AtomicLong loads = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();

  EntryLoader(LogStore store, Executor executor, ShardLimits limits) {
    this.store = store;
    this.executor = executor;
    this.limits = limits;
  }

  /**
   * Starts a read.
   *
   * @param answer called by a thread of the executor, always, if this returned true
   * @return false if there is no room now
   */
  boolean load(Page page, Consumer<Loaded> answer) {
    int runningBefore = running.getAndIncrement();
    long heldBefore = heldBytes.getAndAdd(page.maxBytes());
    boolean fits =
        runningBefore < limits.loadsMax()
            && (runningBefore == 0 || heldBefore + page.maxBytes() <= limits.loadBytesMax());
    if (fits) {
      try {
        executor.execute(() -> answer.accept(read(page)));
        loads.incrementAndGet();
        return true;
      } catch (RejectedExecutionException e) {
        // The same as having no room: told below.
        fits = false;
      }
    }
    release(page);
    refused.incrementAndGet();
    return false;
  }

  private Loaded read(Page page) {
    try {
      Anchor anchor = page.anchor();
      if (anchor == null) {
        EntryHeader header = store.header(page.groupId(), page.fromIndex() - 1);
        anchor = new Anchor(new EntryId(header.term(), header.index()), header.nextOffset());
      }
      List<Entry> entries =
          store.read(page.groupId(), page.fromIndex(), page.toIndex(), page.maxBytes());
      return new Loaded(page, anchor, entries, null);
    } catch (StoreException e) {
      return new Loaded(page, null, List.of(), e);
    } catch (RuntimeException e) {
      return new Loaded(
          page,
          null,
          List.of(),
          new StoreException(StoreException.Reason.IO, "read failed: " + e, e));
    }
  }

  /** The answer's entries were handed on. */
  void release(Page page) {
    running.decrementAndGet();
    heldBytes.addAndGet(-page.maxBytes());
  }

  long heldBytes() {
    return heldBytes.get();
  }

  long loads() {
    return loads.get();
  }

  long refused() {
    return refused.get();
  }
}
