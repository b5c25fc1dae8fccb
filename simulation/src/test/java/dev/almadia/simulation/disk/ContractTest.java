// SPDX-License-Identifier: Apache-2.0
package dev.almadia.simulation.disk;

import static dev.almadia.simulation.disk.TestRounds.append;
import static dev.almadia.simulation.disk.TestRounds.commit;
import static dev.almadia.simulation.disk.TestRounds.configure;
import static dev.almadia.simulation.disk.TestRounds.create;
import static dev.almadia.simulation.disk.TestRounds.destroy;
import static dev.almadia.simulation.disk.TestRounds.entries;
import static dev.almadia.simulation.disk.TestRounds.replace;
import static dev.almadia.simulation.disk.TestRounds.reset;
import static dev.almadia.simulation.disk.TestRounds.startAt;
import static dev.almadia.simulation.disk.TestRounds.vote;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.WriteRound;
import dev.almadia.simulation.kernel.SimRandom;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What no user of a store may do. */
class ContractTest {
  private final SimDisk disk = new SimDisk(new SimRandom(1), 1 << 20);
  private final SimLogStore store = disk.open();
  private final TestRounds rounds = new TestRounds();

  @BeforeEach
  void twoGroups() {
    store.write(rounds.synced(create(1), create(2)));
    store.write(rounds.synced(append(1, 2, 1, 5), vote(2, 3, 1)));
    store.write(rounds.synced(commit(1, 3)));
  }

  private void assertBroken(String rule, GroupWrite... writes) {
    assertThatThrownBy(() -> store.write(rounds.synced(writes)))
        .isInstanceOf(ContractBroken.class)
        .hasMessageContaining(rule);
    assertThat(disk.contractBroken()).hasMessageContaining(rule);
    assertThat(disk.find(1).lastIndex()).isEqualTo(5);
    assertThatThrownBy(() -> store.write(rounds.synced(append(1, 2, 6, 6))))
        .isInstanceOf(StoreException.class);
  }

  @Test
  void refusesAGapInTheRounds() {
    assertThatThrownBy(() -> store.write(new WriteRound(9, List.of(), true)))
        .isInstanceOf(ContractBroken.class)
        .hasMessageContaining("round 9, expected 4");
  }

  @Test
  void refusesAGroupTwice() {
    assertBroken("twice", append(1, 2, 6, 6), append(1, 2, 7, 7));
  }

  @Test
  void refusesToCreateWhatExists() {
    assertBroken("exists", create(2));
  }

  @Test
  void refusesToCreateWhatExisted() {
    store.write(rounds.synced(destroy(2)));
    assertBroken("existed", create(2));
  }

  @Test
  void refusesALifeThatWasHereAndAnyBeforeIt() {
    store.write(rounds.synced(create(3, ReplicaId.of(1, 2))));
    store.write(rounds.synced(destroy(3)));
    assertBroken("existed as replica 1.2", create(3, ReplicaId.of(1, 2)));
  }

  @Test
  void refusesAnEntryThatIsNoConfiguration() {
    assertBroken("no configuration", configure(1, new EntryId(2, 6), new byte[7]));
  }

  @Test
  void takesAHigherLifeWhereOneWasDestroyed() {
    store.write(rounds.synced(destroy(2)));
    store.write(rounds.synced(create(2, ReplicaId.of(1, 1))));
    assertThat(disk.find(2).selfId()).isEqualTo(ReplicaId.of(1, 1));
    assertThat(disk.find(2).hardState()).isEqualTo(HardState.INITIAL);
  }

  @Test
  void refusesAGroupThatDoesNotExist() {
    assertBroken("does not exist", append(3, 1, 1, 1));
  }

  @Test
  void refusesAGroupThatWasDestroyed() {
    store.write(rounds.synced(destroy(2)));
    assertBroken("does not exist", append(1, 2, 6, 6), append(2, 1, 1, 1));
  }

  @Test
  void refusesATermThatGoesBack() {
    assertBroken("term fell", append(1, 2, 6, 6), vote(2, 2, 1));
  }

  @Test
  void refusesToCutWhatIsCommitted() {
    assertBroken("committed", replace(1, 3, entries(1, 3, 3, 3)));
  }

  @Test
  void refusesAGapInALog() {
    assertBroken("after", append(1, 2, 7, 7));
  }

  @Test
  void refusesAGapBehindACut() {
    assertBroken("after", replace(1, 4, entries(1, 3, 5, 5)));
  }

  @Test
  void refusesAnEntryOfAnOlderTerm() {
    assertBroken("after", append(1, 1, 6, 6));
  }

  @Test
  void refusesADamagedEntry() {
    Entry good = entries(1, 2, 6, 6).get(0);
    byte[] payload = good.payload().clone();
    payload[3] ^= 1;
    assertBroken("is damaged", replace(1, 0, List.of(new Entry(good.header(), payload))));
  }

  @Test
  void refusesAnEntryOfAnotherGroup() {
    assertBroken("is damaged", replace(1, 0, entries(2, 2, 6, 6)));
  }

  @Test
  void refusesAStartBehindTheCommitIndex() {
    assertBroken("start at", startAt(1, 2, 4));
  }

  @Test
  void refusesAStartThatIsAnotherEntry() {
    assertBroken("start at", startAt(1, 1, 2));
  }

  @Test
  void refusesAResetToWhatIsCommitted() {
    assertBroken("is committed", reset(1, 3, 3, List.of()));
  }

  @Test
  void refusesAResetWithoutSync() {
    GroupWrite write = reset(1, 3, 9, List.of());
    assertThatThrownBy(() -> store.write(rounds.unsynced(write)))
        .isInstanceOf(ContractBroken.class)
        .hasMessageContaining("unsynced");
  }

  @Test
  void takesAStartAndAReset() {
    store.write(rounds.unsynced(startAt(1, 2, 2)));
    assertThat(disk.find(1).firstIndex()).isEqualTo(3);
    store.write(rounds.synced(reset(1, 3, 9, entries(1, 3, 10, 11))));
    assertThat(disk.find(1).firstIndex()).isEqualTo(10);
    assertThat(disk.find(1).lastIndex()).isEqualTo(11);
    assertThat(disk.find(1).syncedIndex()).isEqualTo(11);
  }

  @Test
  void takesADamagedGroupAsALaterLifeOrNotAtAll() {
    assertThat(disk.flipBit((groupId, index) -> index == 5)).isTrue();
    store.close();
    SimLogStore again = disk.open();
    TestRounds later = new TestRounds();
    assertThat(again.restore()).extracting(group -> group.damage() != null).contains(true);
    again.write(later.synced(create(1, ReplicaId.of(1, 1))));
    again.write(later.synced(append(1, 1, 1, 2)));

    assertThat(again.restore()).allMatch(group -> group.damage() == null);
    assertThat(disk.find(1).lastIndex()).isEqualTo(2);
  }

  @Test
  void refusesADamagedGroupInTheLifeThatItHad() {
    assertThat(disk.flipBit((groupId, index) -> index == 5)).isTrue();
    store.close();
    SimLogStore again = disk.open();
    assertThatThrownBy(() -> again.write(new TestRounds().synced(create(1, 1))))
        .isInstanceOf(ContractBroken.class);
  }

  @Test
  void acceptsACutAboveTheEnd() {
    store.write(rounds.synced(replace(1, 9, entries(1, 2, 6, 6))));
    assertThat(disk.find(1).lastIndex()).isEqualTo(6);
  }
}
