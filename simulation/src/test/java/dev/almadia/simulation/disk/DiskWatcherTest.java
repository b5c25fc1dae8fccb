// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

import static dev.almadia.simulation.disk.TestRounds.append;
import static dev.almadia.simulation.disk.TestRounds.commit;
import static dev.almadia.simulation.disk.TestRounds.create;
import static dev.almadia.simulation.disk.TestRounds.destroy;
import static dev.almadia.simulation.disk.TestRounds.entries;
import static dev.almadia.simulation.disk.TestRounds.replace;
import static dev.almadia.simulation.disk.TestRounds.startAt;
import static dev.almadia.simulation.disk.TestRounds.vote;
import static org.assertj.core.api.Assertions.assertThat;

import dev.almadia.raft.core.Entry;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A watcher's copy is the disk's content at any time. */
class DiskWatcherTest {
  /** Entries of each group, from what it is told alone. */
  private static final class Copy implements DiskWatcher {
    final Map<Long, List<Entry>> groups = new TreeMap<>();
    int rounds;
    int lost;
    int synced;

    @Override
    public void onRound(List<GroupChange> changes, boolean isSynced) {
      rounds++;
      synced = isSynced ? rounds : synced;
      for (GroupChange change : changes) {
        if (change.created()) {
          groups.put(change.groupId(), new ArrayList<>());
        }
        List<Entry> log = groups.get(change.groupId());
        assertThat(log.subList(log.size() - change.removed().size(), log.size()))
            .isEqualTo(change.removed());
        log.removeAll(change.removed());
        log.addAll(change.appended());
        log.removeAll(change.removedBelow());
      }
    }

    @Override
    public void onSynced() {
      synced = rounds;
    }

    @Override
    public void onLost(List<GroupChange> changes) {
      rounds--;
      lost++;
      for (GroupChange change : changes) {
        List<Entry> log = groups.get(change.groupId());
        log.removeAll(change.appended());
        log.addAll(change.removed());
        log.addAll(0, change.removedBelow());
        if (change.created()) {
          groups.remove(change.groupId());
        }
      }
    }

    @Override
    public void onWiped() {
      groups.clear();
    }
  }

  private static void assertSame(SimDisk disk, Copy copy) {
    assertThat(disk.groups())
        .extracting(StoredGroup::groupId)
        .containsExactlyElementsOf(copy.groups.keySet());
    for (StoredGroup group : disk.groups()) {
      List<Entry> log = copy.groups.get(group.groupId());
      assertThat(group.lastIndex() - group.origin().start().index()).isEqualTo(log.size());
      for (Entry entry : log) {
        assertThat(group.entry(entry.index())).isSameAs(entry);
      }
    }
  }

  @Test
  void isToldOfAllThatComesAndGoes() {
    int lost = 0;
    for (long seed = 1; seed <= 30; seed++) {
      SimDisk disk = new SimDisk(new SimRandom(seed), 1 << 20);
      Copy copy = new Copy();
      disk.watch(copy);
      TestRounds rounds = new TestRounds();
      SimLogStore store = disk.open();
      store.write(rounds.synced(create(1), create(2)));
      store.write(rounds.unsynced(append(1, 1, 1, 5), append(2, 1, 1, 2)));
      store.write(rounds.unsynced(replace(1, 3, entries(1, 2, 3, 4)), create(3)));
      store.write(rounds.unsynced(commit(1, 3)));
      store.write(rounds.unsynced(startAt(1, 2, 3)));
      assertSame(disk, copy);
      store.write(rounds.unsynced(destroy(2), vote(1, 4, 1)));
      store.writeCutShort(rounds.synced(append(1, 4, 5, 5)));
      disk.powerLoss();
      assertSame(disk, copy);
      assertThat(copy.synced).isEqualTo(copy.rounds).isPositive();
      lost += copy.lost;
      disk.wipe();
      assertSame(disk, copy);
    }
    assertThat(lost).isPositive();
  }
}
