// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.cluster;

import dev.almadia.raft.core.Entry;
import dev.almadia.simulation.check.Invariants;
import dev.almadia.simulation.disk.DiskWatcher;
import dev.almadia.simulation.disk.GroupChange;
import dev.almadia.simulation.disk.SimDisk;
import dev.almadia.simulation.disk.StoredGroup;
import java.util.ArrayList;
import java.util.List;

/** Tells the checks what happens to a disk. */
final class DiskChecks implements DiskWatcher {
  /** An entry that was written and not synced. */
  private record Unsynced(long groupId, int replicaId, long term, long index) {}

  private final SimDisk disk;
  private final Invariants invariants;
  private final List<Unsynced> unsynced = new ArrayList<>();

  DiskChecks(SimDisk disk, Invariants invariants) {
    this.disk = disk;
    this.invariants = invariants;
  }

  @Override
  public void onRound(List<GroupChange> changes, boolean synced) {
    for (GroupChange change : changes) {
      if (change.destroyed()) {
        invariants.destroyed(change.groupId(), change.replicaId());
      } else {
        for (Entry entry : change.removed()) {
          if (entry.index() <= change.origin().start().index()) {
            // A reset: all up to its start is committed, and the replica stands for it.
            continue;
          }
          invariants.truncated(change.replicaId(), change.groupId(), entry.term(), entry.index());
        }
      }
      long prevTerm = change.appended().isEmpty() ? 0 : termBefore(change);
      for (Entry entry : change.appended()) {
        invariants.wrote(change.replicaId(), change.groupId(), entry, prevTerm);
        unsynced.add(
            new Unsynced(change.groupId(), change.replicaId(), entry.term(), entry.index()));
        prevTerm = entry.term();
      }
    }
    if (synced) {
      onSynced();
    }
  }

  private long termBefore(GroupChange change) {
    long index = change.appended().get(0).index() - 1;
    StoredGroup stored = disk.find(change.groupId());
    return stored == null ? 0 : stored.termAt(index);
  }

  @Override
  public void onSynced() {
    for (Unsynced entry : unsynced) {
      invariants.synced(entry.replicaId(), entry.groupId(), entry.term(), entry.index());
    }
    unsynced.clear();
  }

  @Override
  public void onLost(List<GroupChange> changes) {
    for (GroupChange change : changes) {
      for (Entry entry : change.appended()) {
        invariants.lost(change.replicaId(), change.groupId(), entry.term(), entry.index());
      }
    }
    unsynced.clear();
  }

  @Override
  public void onWiped() {
    unsynced.clear();
  }
}
