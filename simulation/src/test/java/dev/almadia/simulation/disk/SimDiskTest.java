// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

import static dev.almadia.simulation.disk.TestRounds.append;
import static dev.almadia.simulation.disk.TestRounds.commit;
import static dev.almadia.simulation.disk.TestRounds.create;
import static dev.almadia.simulation.disk.TestRounds.destroy;
import static dev.almadia.simulation.disk.TestRounds.entries;
import static dev.almadia.simulation.disk.TestRounds.replace;
import static dev.almadia.simulation.disk.TestRounds.vote;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.store.RestoredGroup;
import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What ends of processes, power losses, failures and damage leave of the data. */
class SimDiskTest {
  private static final long CAPACITY_BYTES = 1 << 20;

  private SimDisk disk = new SimDisk(new SimRandom(1), CAPACITY_BYTES);
  private TestRounds rounds = new TestRounds();

  private SimLogStore reopen() {
    rounds = new TestRounds();
    return disk.open();
  }

  private static SimDisk diskOf(long seed) {
    return new SimDisk(new SimRandom(seed), CAPACITY_BYTES);
  }

  private static void assertFails(ThrowingCallable call, Reason reason) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  /** Last index of group 1. */
  private long last() {
    StoredGroup group = disk.find(1);
    return group == null ? -1 : group.lastIndex();
  }

  @Test
  void whatWasWrittenOutlivesItsProcess() {
    SimLogStore store = disk.open();
    store.write(rounds.unsynced(create(1), create(2)));
    store.write(rounds.unsynced(append(1, 1, 1, 3), vote(2, 4, 2)));
    disk.processEnds();

    assertThatThrownBy(() -> store.read(1, 1, 1, 1)).isInstanceOf(IllegalStateException.class);
    List<RestoredGroup> groups = reopen().restore();
    assertThat(groups).extracting(RestoredGroup::groupId).containsExactly(1L, 2L);
    assertThat(groups.get(0).log().tail()).extracting(Entry::index).containsExactly(1L, 2L, 3L);
    assertThat(groups.get(1).log().hardState()).isEqualTo(new HardState(4, 2));
  }

  @Test
  void powerLossLeavesSomeOfTheUnsyncedRoundsButAlwaysTheFirstOnes() {
    TreeSet<Long> seen = new TreeSet<>();
    for (long seed = 1; seed <= 60; seed++) {
      disk = diskOf(seed);
      SimLogStore store = reopen();
      store.write(rounds.unsynced(create(1), create(2)));
      store.write(rounds.synced(append(1, 1, 1, 4), append(2, 1, 1, 4)));
      store.write(rounds.unsynced(append(1, 1, 5, 5), append(2, 1, 5, 5)));
      store.write(rounds.unsynced(replace(1, 3, entries(1, 2, 3, 3)), vote(2, 7, 1)));
      store.write(rounds.unsynced(append(1, 2, 4, 6), destroy(2)));
      disk.powerLoss();
      long kept = checkOneOfFour();
      seen.add(kept);
      assertThat(disk.find(1).syncedIndex()).isEqualTo(last());
      assertThat(reopen().restore()).extracting(RestoredGroup::damage).containsOnlyNulls();
    }
    assertThat(seen).containsExactly(0L, 1L, 2L, 3L);
  }

  /** How many of the rounds in the test above are there; fails if one is there by half. */
  private long checkOneOfFour() {
    StoredGroup one = disk.find(1);
    StoredGroup two = disk.find(2);
    if (last() == 4) {
      assertThat(one.entry(3).term()).isEqualTo(1);
      assertThat(two.lastIndex()).isEqualTo(4);
      assertThat(two.hardState()).isEqualTo(HardState.INITIAL);
      return 0;
    }
    if (last() == 5) {
      assertThat(two.lastIndex()).isEqualTo(5);
      assertThat(two.hardState()).isEqualTo(HardState.INITIAL);
      return 1;
    }
    assertThat(one.entry(3).term()).isEqualTo(2);
    assertThat(two.hardState()).isEqualTo(new HardState(7, 1));
    assertThat(two.isDestroyed()).isEqualTo(last() == 6);
    return last() == 3 ? 2 : 3;
  }

  @Test
  void aRoundCutShortIsThereAsAWholeOrNotAtAll() {
    TreeSet<String> seen = new TreeSet<>();
    for (long seed = 1; seed <= 60; seed++) {
      disk = diskOf(seed);
      SimLogStore store = reopen();
      store.write(rounds.unsynced(create(1), create(2)));
      store.writeCutShort(rounds.synced(append(1, 1, 1, 2), vote(2, 3, 3)));
      disk.processEnds();
      assertThat(disk.find(2).hardState().term()).isEqualTo(last() == 2 ? 3 : 0);
      seen.add(last() + " " + disk.unsyncedRounds());
    }
    assertThat(seen).containsExactly("0 1", "2 0", "2 2");
  }

  @Test
  void openingMakesEverythingSafe() {
    SimLogStore store = disk.open();
    store.write(rounds.unsynced(create(1), create(2)));
    assertThat(disk.unsyncedRounds()).isEqualTo(1);
    disk.processEnds();
    assertThat(disk.unsyncedRounds()).isEqualTo(1);
    reopen().write(rounds.unsynced(append(1, 1, 1, 1)));
    assertThat(disk.unsyncedRounds()).isEqualTo(1);
    for (int i = 0; i < 5; i++) {
      disk.powerLoss();
    }
    assertThat(disk.groups()).hasSize(2);
  }

  @Test
  void closingMakesEverythingSafe() {
    SimLogStore store = disk.open();
    store.write(rounds.unsynced(create(1)));
    store.close();
    assertThat(disk.unsyncedRounds()).isZero();
    reopen();
  }

  @Test
  void aSyncMakesAllRoundsBeforeItSafe() {
    SimLogStore store = disk.open();
    store.write(rounds.unsynced(create(1), create(2)));
    store.write(rounds.unsynced(append(1, 1, 1, 3)));
    assertThat(disk.find(1).syncedIndex()).isZero();
    store.write(rounds.synced(vote(2, 1, 1)));
    assertThat(disk.find(1).syncedIndex()).isEqualTo(3);
    store.write(rounds.unsynced(replace(1, 2, entries(1, 2, 2, 4)), vote(2, 2, 2)));
    assertThat(disk.find(1).syncedIndex()).isEqualTo(1);
    assertThat(disk.find(2).syncedHardState()).isEqualTo(new HardState(1, 1));
    assertThat(disk.find(2).hardState()).isEqualTo(new HardState(2, 2));
  }

  @Test
  void twoProcessesCannotHaveItOpen() {
    SimLogStore store = disk.open();
    assertFails(disk::open, Reason.LOCKED);
    store.close();
    disk.open();
  }

  @Test
  void afterAFailedWriteEveryLaterOneFailsAndReadsGoOn() {
    SimLogStore store = disk.open();
    store.write(rounds.synced(create(1), create(2)));
    disk.failNextWrite();
    assertFails(() -> store.write(rounds.synced(append(1, 1, 1, 1))), Reason.IO);
    assertFails(() -> store.write(rounds.synced(append(1, 1, 1, 1))), Reason.IO);
    assertFails(() -> store.header(1, 1), Reason.NOT_FOUND);
    assertThat(store.restore()).hasSize(2);
  }

  @Test
  void aRoundWhoseWriteFailedMayBeThereOrNot() {
    TreeSet<Long> seen = new TreeSet<>();
    for (long seed = 1; seed <= 30; seed++) {
      disk = diskOf(seed);
      SimLogStore store = reopen();
      store.write(rounds.unsynced(create(1)));
      disk.failNextWrite();
      assertFails(() -> store.write(rounds.synced(append(1, 1, 1, 1))), Reason.IO);
      disk.processEnds();
      reopen();
      seen.add(last());
    }
    assertThat(seen).containsExactly(0L, 1L);
  }

  @Test
  void aFailedSyncMayTakeUnsyncedRoundsWithItButNoSyncedOne() {
    TreeSet<Long> seen = new TreeSet<>();
    for (long seed = 1; seed <= 60; seed++) {
      disk = diskOf(seed);
      SimLogStore store = reopen();
      store.write(rounds.synced(create(1)));
      disk.failNextSync();
      store.write(rounds.unsynced(append(1, 1, 1, 1)));
      store.write(rounds.unsynced(append(1, 1, 2, 2)));
      assertFails(() -> store.write(rounds.synced(append(1, 1, 3, 3))), Reason.IO);
      disk.processEnds();
      reopen();
      seen.add(last());
    }
    assertThat(seen).containsExactly(0L, 1L, 2L, 3L);
  }

  @Test
  void aFullDiskRefusesWritesAndStarts() {
    SimLogStore store = disk.open();
    store.write(rounds.synced(create(1)));
    disk.fill(2000);
    assertThat(store.freeBytes()).isEqualTo(2000);
    store.write(rounds.synced(append(1, 1, 1, 2)));
    assertThat(store.freeBytes()).isLessThan(2000);
    disk.fill();
    assertThat(store.freeBytes()).isZero();
    assertFails(() -> store.write(rounds.synced(append(1, 1, 3, 3))), Reason.IO);
    disk.processEnds();
    assertFails(this::reopen, Reason.IO);
    disk.free();
    assertThat(reopen().freeBytes()).isGreaterThan(2000);
  }

  @Test
  void healTakesBackWhatIsNotDamage() {
    SimLogStore store = disk.open();
    disk.failNextSync();
    disk.failNextWrite();
    disk.fill();
    disk.slow(100);
    disk.heal();
    store.write(rounds.synced(create(1)));
    assertThat(disk.find(1)).isNotNull();
  }

  @Test
  void aDamagedWriteAheadLogIsRefusedUntilTheDiskIsWiped() {
    SimLogStore store = disk.open();
    store.write(rounds.synced(create(1)));
    disk.setClusterId("c1");
    String before = disk.incarnation();
    disk.damageLog();
    disk.powerLoss();
    assertFails(this::reopen, Reason.CORRUPT);
    assertFails(this::reopen, Reason.CORRUPT);
    disk.wipe();
    assertThat(reopen().restore()).isEmpty();
    assertThat(disk.incarnation()).isNotEqualTo(before);
    assertThat(disk.clusterId()).isEmpty();
  }

  @Test
  void theClusterIdStaysTheOneItHas() {
    disk.setClusterId("c1");
    disk.setClusterId("c1");
    assertFails(() -> disk.setClusterId("c2"), Reason.WRONG_DIRECTORY);
    disk.powerLoss();
    assertThat(disk.clusterId()).isEqualTo("c1");
  }

  @Test
  void aFlippedBitHarmsReadsOfItsBlockOnly() {
    SimLogStore store = disk.open();
    store.write(rounds.synced(create(1), create(2)));
    store.write(rounds.synced(append(1, 1, 1, 9), append(2, 1, 1, 9)));
    store.write(rounds.synced(commit(1, 9), commit(2, 9)));
    assertThat(disk.flipBit((groupId, index) -> groupId == 1 && index == 5)).isTrue();
    while (!disk.find(1).isEntryBad(5)) {
      disk.flipBit((groupId, index) -> groupId == 1 && index == 5);
    }
    assertThat(store.read(1, 1, 4, Long.MAX_VALUE)).hasSize(4);
    assertThat(store.read(1, 6, 9, Long.MAX_VALUE)).hasSize(4);
    assertFails(() -> store.read(1, 4, 5, Long.MAX_VALUE), Reason.CORRUPT);
    assertFails(() -> store.digest(1, 1, 9), Reason.CORRUPT);
    assertThat(store.read(2, 1, 9, Long.MAX_VALUE)).hasSize(9);
    // Committed and not the last: nothing of it is read at the start.
    disk.processEnds();
    SimLogStore next = reopen();
    if (!disk.find(1).isHeaderBad(5)) {
      assertThat(next.restore()).extracting(RestoredGroup::damage).containsOnlyNulls();
      assertThat(next.header(1, 5).index()).isEqualTo(5);
    }
    next.write(rounds.synced(append(1, 1, 10, 10)));
  }

  @Test
  void nothingIsHarmedThatTheFilterProtects() {
    for (long seed = 1; seed <= 40; seed++) {
      disk = diskOf(seed);
      SimLogStore store = reopen();
      store.write(rounds.synced(create(1)));
      store.write(rounds.synced(append(1, 1, 1, 20)));
      assertThat(disk.flipBit((groupId, index) -> index % 5 != 0)).isTrue();
      assertThat(disk.flipBit((groupId, index) -> false)).isFalse();
      StoredGroup group = disk.find(1);
      List<Long> harmed = new ArrayList<>();
      for (long index = 1; index <= 20; index++) {
        if (group.isEntryBad(index) || group.isHeaderBad(index)) {
          harmed.add(index);
        }
      }
      assertThat(harmed).isNotEmpty().noneMatch(index -> index % 5 == 0);
    }
  }

  @Test
  void damageInTheUncommittedTailIsFoundAtTheStartAndTheGroupIsNotWritten() {
    SimLogStore store = disk.open();
    store.write(rounds.synced(create(1), create(2)));
    store.write(rounds.synced(append(1, 1, 1, 9), append(2, 1, 1, 9)));
    store.write(rounds.synced(commit(1, 4)));
    while (!disk.find(1).isEntryBad(6)) {
      disk.flipBit((groupId, index) -> groupId == 1 && index == 6);
    }
    disk.processEnds();
    SimLogStore next = reopen();
    List<RestoredGroup> groups = next.restore();
    assertThat(groups).extracting(RestoredGroup::groupId).containsExactly(2L, 1L);
    assertThat(groups.get(0).damage()).isNull();
    assertThat(groups.get(1).log()).isNull();
    assertThat(groups.get(1).damage()).contains("group 1, index 6");
    assertFails(() -> next.header(1, 1), Reason.CORRUPT);
    assertThatThrownBy(() -> next.write(rounds.synced(append(1, 1, 10, 10))))
        .isInstanceOf(ContractBroken.class);
    assertThat(disk.contractBroken()).hasMessageContaining("is damaged");
  }

  @Test
  void entriesWrittenAnewAreWhole() {
    SimLogStore store = disk.open();
    store.write(rounds.synced(create(1)));
    store.write(rounds.synced(append(1, 1, 1, 3)));
    disk.flipBit((groupId, index) -> index == 3);
    store.write(rounds.synced(replace(1, 3, entries(1, 1, 3, 4))));
    assertThat(store.read(1, 1, 4, Long.MAX_VALUE)).hasSize(4);
    assertThat(store.header(1, 3).index()).isEqualTo(3);
  }

  @Test
  void writesTakeTimeAndLongerOnASlowDisk() {
    var small = rounds.unsynced(create(1));
    var synced = rounds.synced(create(1));
    long fast = 0;
    long syncs = 0;
    for (int i = 0; i < 1000; i++) {
      fast += disk.writeNanos(small);
      syncs += disk.writeNanos(synced);
    }
    assertThat(syncs).isGreaterThan(fast + 1000 * 200_000L);
    disk.slow(1000);
    assertThat(disk.writeNanos(small)).isGreaterThan(1_000_000);
    disk.normal();
  }

  @Test
  void theSameSeedDoesTheSame() {
    assertThat(diskOf(5).incarnation()).isEqualTo(diskOf(5).incarnation());
    assertThat(diskOf(5).incarnation()).isNotEqualTo(diskOf(6).incarnation());
  }
}
