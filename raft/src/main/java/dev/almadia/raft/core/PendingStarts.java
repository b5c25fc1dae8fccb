// SPDX-License-Identifier: Apache-2.0
package dev.almadia.raft.core;

import dev.almadia.raft.core.log.LogStart;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Entries of the log that say where it starts and have not been carried out. */
final class PendingStarts {
  private record Pending(long entryIndex, LogStart start) {}

  private final ArrayDeque<Pending> pending = new ArrayDeque<>(0);

  void add(Entry entry) {
    pending.addLast(new Pending(entry.index(), LogStart.decode(entry.payload())));
  }

  void truncateFrom(long index) {
    while (!pending.isEmpty() && pending.getLast().entryIndex() >= index) {
      pending.removeLast();
    }
  }

  void clear() {
    pending.clear();
  }

  /** Highest index that is to go, 0 if none. */
  long newestIndex() {
    return pending.isEmpty() ? 0 : pending.getLast().start().index();
  }

  /** Whether there is one with its own entry at or below this index. */
  boolean isDue(long index) {
    return !pending.isEmpty() && pending.getFirst().entryIndex() <= index;
  }

  /** Takes all whose own entry is at or below this index; returns the furthest, null if none. */
  @Nullable LogStart takeDue(long index) {
    LogStart newest = null;
    while (isDue(index)) {
      LogStart next = pending.removeFirst().start();
      newest = newest == null || next.index() > newest.index() ? next : newest;
    }
    return newest;
  }
}
