// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.shard;

import dev.almadia.raft.core.Effects;
import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.Invariant;
import dev.almadia.raft.core.InvariantViolation;
import dev.almadia.raft.core.Message;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.RestoredLog;
import dev.almadia.raft.store.StoreException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings committed entries to the state machine of one group, each once, in order, and says when
 * what it made of them is to be kept. Shard thread only.
 *
 * <p>Entries come from the cache, or in pages from the store (at the start, or when the cache has
 * already dropped them). One page at a time, a bounded number of entries a turn.
 *
 * <p><b>A state that is ahead.</b> After a reset the state may hold more than the log: the leader
 * gave what it had, and its log follows. These entries are committed, so the same ones will come,
 * and are left out. Only where people gave up a lost quorum ({@code forceConfig}) others may:
 *
 * <pre>
 *   leader 1   start 100, state of 150, lost with its quorum
 *   2          reset: log 101..120, state of 150; is forced to lead, and appends its own 121..
 * </pre>
 *
 * <p>The forced one goes on from its log's end ({@link #endAt}). Others see it at entry 150, whose
 * term is another than the state's: such a replica says so and serves no more.
 */
final class Applier {
  /** More would delay the other groups of the shard. */
  private static final int ENTRIES_PER_TURN_MAX = 1024;

  private static final long BYTES_PER_TURN_MAX = 4 * 1024 * 1024;

  /**
   * Many groups read at once after a crash, and share a bound; most of them have little to read.
   */
  private static final long PAGE_BYTES = 256 * 1024;

  /** A large state is kept as seldom as it is large: each time all of it is written. */
  private static final long PAUSE_STATES = 16;

  private static final long PAUSE_BYTES_MAX = 16 * 1024 * 1024;

  private final GroupSlot slot;
  private final StateMachine machine;
  private final TailCache.GroupTail tail;
  private final boolean keepsLog;
  private long appliedIndex;
  private long appliedTerm;
  private boolean loading;
  private List<Entry> page = List.of();

  /** Index of the newest checkpoint that was given out. */
  private long savedIndex;

  private long savedBytes;
  private long bytesSinceSaved;

  /** The state came from outside of the log, and was not compared with it yet. */
  private boolean isForeign;

  /** It is the state of another log than this one. */
  private boolean isLost;

  Applier(GroupSlot slot, StateMachine machine, TailCache.GroupTail tail, RestoredLog restored) {
    this.slot = slot;
    this.machine = machine;
    this.tail = tail;
    this.keepsLog = machine.keepsLog();
    this.appliedIndex = restored.prev().index();
    this.appliedTerm = restored.prev().term();
    Checkpoint checkpoint = restored.checkpoint();
    if (checkpoint != null) {
      restore(checkpoint);
    }
    Invariant.check(
        appliedIndex >= restored.prev().index(),
        "state of {}, the log starts behind {}",
        appliedIndex,
        restored.prev().index());
  }

  private void restore(Checkpoint checkpoint) {
    machine.restore(checkpoint.state());
    appliedIndex = checkpoint.index();
    appliedTerm = checkpoint.id().term();
    page = List.of();
    isForeign = true;
    saved(checkpoint);
  }

  private void saved(Checkpoint checkpoint) {
    savedIndex = checkpoint.index();
    savedBytes = checkpoint.state().length;
    bytesSinceSaved = 0;
  }

  /** The machine has everything up to here; 0 if what it has is of no use. */
  long appliedIndex() {
    return isLost ? 0 : appliedIndex;
  }

  /** Whether its machine is made of all that the log says, so that the log may not be cut. */
  boolean keepsLog() {
    return keepsLog;
  }

  /** Whether a log that starts elsewhere can be taken, with the state that comes with it. */
  boolean canTake(Message.ResetLog reset) {
    Checkpoint checkpoint = reset.checkpoint();
    return !keepsLog
        && checkpoint != null
        && checkpoint.index() >= reset.start().index()
        && machine.canRestore(checkpoint.state());
  }

  /** The log begins anew, and with it the state; it is kept by whoever writes the reset. */
  void reset(Effects.Reset reset) {
    Checkpoint checkpoint = reset.checkpoint();
    if (keepsLog || checkpoint == null) {
      throw new InvariantViolation("a machine lost the entries up to " + reset.start());
    }
    isLost = false;
    restore(checkpoint);
  }

  /**
   * The log ends here for good, and what was behind it is lost: others will come in its place.
   *
   * @return whether the state was ahead, and is to be kept as one of this place
   */
  boolean endAt(EntryId last) {
    if (isLost || appliedIndex <= last.index()) {
      return false;
    }
    appliedIndex = last.index();
    appliedTerm = last.term();
    isForeign = false;
    return true;
  }

  /** The state as it is now, to be kept by the caller. */
  Checkpoint takeCheckpoint() {
    Checkpoint checkpoint = checkpoint();
    saved(checkpoint);
    return checkpoint;
  }

  /** The state as it is now. */
  Checkpoint checkpoint() {
    Invariant.check(!keepsLog && !isLost, "no checkpoint at {}", appliedIndex);
    return new Checkpoint(new EntryId(appliedTerm, appliedIndex), machine.checkpoint());
  }

  /** Whether the newest checkpoint is not of the state as it is now. */
  boolean isChanged() {
    return !keepsLog && !isLost && savedIndex != appliedIndex;
  }

  /** Whether there is so much behind the newest checkpoint that another one is worth its bytes. */
  boolean isCheckpointDue() {
    long pauseBytes = Math.min(PAUSE_BYTES_MAX, PAUSE_STATES * savedBytes);
    return isChanged() && bytesSinceSaved >= Math.max(slot.limits().checkpointBytes(), pauseBytes);
  }

  /** Index of the newest checkpoint that was given out, 0 for none. */
  long savedIndex() {
    return savedIndex;
  }

  /**
   * Applies what it can up to the commit index.
   *
   * @return true if it stopped for fairness and should be called again soon
   */
  boolean advance(long commitIndex) {
    if (isForeign && commitIndex >= appliedIndex) {
      compareWithLog();
    }
    if (isLost) {
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
      appliedTerm = entry.term();
      applied++;
      bytes += entry.costBytes();
      bytesSinceSaved += entry.costBytes();
    }
    page = List.of();
    return false;
  }

  private void compareWithLog() {
    isForeign = false;
    long term = slot.termAt(appliedIndex);
    if (term != appliedTerm) {
      isLost = true;
      slot.problem(
          "its derived state is of entry "
              + (appliedTerm + "/" + appliedIndex)
              + (", where the log has one of term " + term));
    }
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
