// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import static dev.almadia.storage.TestLog.append;
import static dev.almadia.storage.TestLog.config;
import static dev.almadia.storage.TestLog.create;
import static dev.almadia.storage.TestLog.destroy;
import static dev.almadia.storage.TestLog.entries;
import static dev.almadia.storage.TestLog.entry;
import static dev.almadia.storage.TestLog.synced;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.HardState;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.core.log.RestoredLog;
import dev.almadia.raft.core.log.TermRun;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.NewReplica;
import dev.almadia.raft.store.RestoredGroup;
import dev.almadia.raft.store.StoreException;
import dev.almadia.raft.store.StoreException.Reason;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of LogStore, one rule per test. */
class RocksLogStoreTest {
  @TempDir Path directory;
  RocksLogStore store;

  @BeforeEach
  void open() {
    store = RocksLogStore.open(directory, StoreOptions.small());
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void reopen() {
    store.close();
    open();
  }

  private RestoredLog restored(long groupId) {
    return store.restore().stream()
        .filter(group -> group.groupId() == groupId)
        .findFirst()
        .orElseThrow()
        .log();
  }

  private static void assertReason(Runnable call, Reason reason) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void keepsWhatWasWrittenOverARestart() {
    List<Entry> written = entries(7, 3, 1, 10, 100);
    store.write(
        synced(
            new GroupWrite(7, TestLog.SELF, false, new HardState(3, 2), 0, written, 6), create(8)));

    reopen();

    RestoredLog log = restored(7);
    assertThat(log.hardState()).isEqualTo(new HardState(3, 2));
    assertThat(log.config()).isEqualTo(TestLog.CONFIG);
    assertThat(log.prev()).isEqualTo(EntryId.ZERO);
    assertThat(log.runs()).containsExactly(new TermRun(1, 3));
    assertThat(log.commitIndex()).isEqualTo(6);
    assertThat(log.commitNextOffset()).isEqualTo(6);
    assertThat(log.commitMaxTimestampMs()).isEqualTo(6000);
    assertThat(log.tail()).hasSize(4).first().extracting(Entry::index).isEqualTo(7L);
    assertThat(restored(8)).isNotNull();
    assertThat(store.read(7, 1, 10, Long.MAX_VALUE)).usingRecursiveComparison().isEqualTo(written);
  }

  @Test
  void readsAsManyAsFitAndAtLeastOne() {
    store.write(synced(create(1)));
    store.write(synced(append(1, entries(1, 1, 1, 10, 1000))));

    assertThat(store.read(1, 3, 100, 3 * 1064))
        .extracting(Entry::index)
        .containsExactly(3L, 4L, 5L);
    assertThat(store.read(1, 3, 100, 1)).hasSize(1);
    assertThat(store.read(1, 9, 9, Long.MAX_VALUE)).hasSize(1);
  }

  @Test
  void tellsWhatIsNotThere() {
    store.write(synced(create(1)));
    store.write(synced(append(1, entries(1, 1, 1, 3, 10))));

    assertReason(() -> store.read(1, 4, 9, 100), Reason.NOT_FOUND);
    assertReason(() -> store.read(1, 0, 9, 100), Reason.NOT_FOUND);
    assertReason(() -> store.header(1, 4), Reason.NOT_FOUND);
    assertReason(() -> store.read(2, 1, 1, 100), Reason.NOT_FOUND);
    assertReason(() -> store.digest(1, 2, 4), Reason.NOT_FOUND);
  }

  @Test
  void replacesTheTailInOneRound() {
    store.write(synced(create(1)));
    store.write(synced(append(1, entries(1, 1, 1, 10, 50), 4)));

    store.write(
        synced(new GroupWrite(1, null, false, new HardState(2, 0), 6, entries(1, 2, 6, 8, 60), 5)));

    for (int round = 0; round < 2; round++) {
      assertThat(store.header(1, 6).term()).isEqualTo(2);
      assertThat(store.read(1, 1, 99, Long.MAX_VALUE)).hasSize(8);
      assertThat(restored(1).runs()).containsExactly(new TermRun(1, 1), new TermRun(6, 2));
      assertReason(() -> store.header(1, 9), Reason.NOT_FOUND);
      reopen();
    }
  }

  @Test
  void cutsAllUncommittedEntries() {
    store.write(synced(create(1)));
    store.write(synced(append(1, entries(1, 1, 1, 3, 50))));
    store.write(synced(new GroupWrite(1, null, false, null, 1, List.of(), 0)));
    reopen();

    assertThat(restored(1).runs()).isEmpty();
    store.write(synced(append(1, entries(1, 2, 1, 1, 50))));
    assertThat(store.header(1, 1).term()).isEqualTo(2);
  }

  @Test
  void keepsTheCommitIndexWithinTheLog() {
    store.write(synced(create(1)));
    store.write(synced(append(1, entries(1, 1, 1, 3, 50), 1000)));
    assertThat(restored(1).commitIndex()).isEqualTo(3);
    store.write(synced(append(1, entries(1, 1, 4, 4, 50), 2)));
    assertThat(restored(1).commitIndex()).isEqualTo(3);
  }

  @Test
  void destroyedGroupIsGoneForGood() {
    store.write(synced(create(1), create(2)));
    store.write(synced(append(1, entries(1, 1, 1, 50, 100)), append(2, entries(2, 1, 1, 50, 100))));
    store.write(synced(destroy(1)));

    for (int round = 0; round < 2; round++) {
      assertThat(store.restore()).extracting(RestoredGroup::groupId).containsExactly(2L);
      assertReason(() -> store.read(1, 1, 1, 1), Reason.NOT_FOUND);
      assertThat(store.read(2, 1, 99, Long.MAX_VALUE)).hasSize(50);
      reopen();
    }
    assertThatThrownBy(() -> store.write(synced(create(1)))).hasMessageContaining("existed");
  }

  @Test
  void aHigherLifeBeginsAnewWhereOneWasDestroyed() {
    NewReplica third = new NewReplica(ReplicaId.of(1, 2), GroupConfig.UNKNOWN);
    store.write(synced(create(1)));
    store.write(synced(append(1, entries(1, 7, 1, 50, 100), 50)));
    store.write(synced(destroy(1)));
    store.write(synced(new GroupWrite(1, third, false, null, 0, List.of(), 0)));

    for (int round = 0; round < 2; round++) {
      assertThat(restored(1)).isEqualTo(RestoredLog.empty(third.selfId(), GroupConfig.UNKNOWN));
      assertReason(() -> store.read(1, 1, 1, 1), Reason.NOT_FOUND);
      reopen();
    }
    store.write(synced(append(1, entries(1, 1, 1, 2, 100))));
    assertThat(store.read(1, 1, 9, 9999)).hasSize(2);
  }

  @Test
  void aLifeThatWasHereNeverComesBack() {
    NewReplica second = new NewReplica(ReplicaId.of(1, 1), TestLog.CONFIG);
    store.write(synced(create(1, second), create(2)));
    store.write(synced(destroy(1)));
    reopen();

    assertThatThrownBy(() -> store.write(synced(create(1, second))))
        .hasMessageContaining("existed as replica 1.1");
    reopen();
    assertThatThrownBy(() -> store.write(synced(create(1))))
        .hasMessageContaining("cannot come back as 1");
    reopen();
    assertThatThrownBy(() -> store.write(synced(create(2, second))))
        .hasMessageContaining("exists, as replica 1");
  }

  @Test
  void restoresTheNewestCommittedConfigurationAndLeavesLaterOnesInTheTail() {
    GroupConfig joint = new GroupConfig(List.of(1, 4), List.of(1, 2, 3), List.of(), 5);
    GroupConfig left = new GroupConfig(List.of(1, 4), List.of(), List.of(), 5);
    store.write(synced(create(1)));
    store.write(synced(append(1, List.of(entry(1, 1, 1, 9), config(1, 1, 2, joint)))));
    store.write(synced(append(1, List.of(config(1, 1, 3, left), entry(1, 1, 4, 9)))));
    assertConfig(TestLog.CONFIG, 0);
    store.write(synced(append(1, List.of(), 1)));
    assertConfig(TestLog.CONFIG, 0);
    store.write(synced(append(1, List.of(), 2)));
    assertConfig(joint, 2);
    assertThat(restored(1).tail()).extracting(Entry::index).containsExactly(3L, 4L);
    store.write(synced(append(1, List.of(), 4)));
    assertConfig(left, 3);
  }

  @Test
  void aConfigurationThatIsCutIsForgotten() {
    GroupConfig first = GroupConfig.ofVoters(List.of(1, 2));
    GroupConfig other = GroupConfig.ofVoters(List.of(1, 3));
    store.write(synced(create(1)));
    store.write(synced(append(1, List.of(entry(1, 1, 1, 9), config(1, 1, 2, first)), 1)));

    List<Entry> instead = List.of(entry(1, 2, 2, 9), config(1, 2, 3, other));
    store.write(synced(new GroupWrite(1, null, false, null, 2, instead, 2)));
    assertConfig(TestLog.CONFIG, 0);
    store.write(synced(append(1, List.of(), 3)));
    assertConfig(other, 3);
  }

  private void assertConfig(GroupConfig config, long index) {
    for (int round = 0; round < 2; round++) {
      assertThat(restored(1).config()).isEqualTo(config);
      assertThat(restored(1).configIndex()).isEqualTo(index);
      reopen();
    }
  }

  @Test
  void refusesWhatBreaksTheLogAndEverythingAfterIt() {
    store.write(synced(create(1)));
    store.write(synced(append(1, entries(1, 5, 1, 3, 50), 2)));

    assertThatThrownBy(() -> store.write(synced(append(1, entries(1, 5, 5, 5, 50)))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("group 1");
    assertReason(() -> store.write(synced(append(1, entries(1, 5, 4, 4, 50)))), Reason.IO);
    assertThat(store.read(1, 1, 9, 9999)).hasSize(3);
  }

  @Test
  void refusesFallingTermsOffsetsAndCutsOfCommitted() {
    List<GroupWrite> wrong =
        List.of(
            append(1, List.of(entry(1, 4, 4, 10))),
            new GroupWrite(1, null, false, new HardState(0, 0), 0, List.of(), 0),
            new GroupWrite(1, null, false, null, 2, List.of(), 0),
            create(1),
            append(1, List.of(TestLog.config(1, 5, 4, new byte[3]))),
            append(9, List.of(entry(9, 4, 1, 10))));
    store.write(synced(create(1)));
    store.write(synced(append(1, entries(1, 5, 1, 3, 50), 2)));

    for (GroupWrite write : wrong) {
      assertThatThrownBy(() -> store.write(synced(write)))
          .isInstanceOf(IllegalStateException.class);
      reopen();
    }
  }

  @Test
  void findsOffsetsAndTimes() {
    store.write(synced(create(1)));
    store.write(synced(append(1, entries(1, 1, 1, 9, 10))));

    // Entry i holds offset i - 1 and time 1000 i.
    assertThat(store.indexOfOffset(1, 0)).isEqualTo(1);
    assertThat(store.indexOfOffset(1, 8)).isEqualTo(9);
    assertThat(store.indexOfOffset(1, 9)).isZero();
    assertThat(store.indexOfTimestamp(1, 0)).isEqualTo(1);
    assertThat(store.indexOfTimestamp(1, 4001)).isEqualTo(5);
    assertThat(store.indexOfTimestamp(1, 9001)).isZero();
  }

  @Test
  void knowsItsFreeSpaceAndCounts() {
    long before = store.counters().rounds();
    store.write(synced(create(1)));
    assertThat(store.freeBytes()).isPositive();
    assertThat(store.counters().rounds()).isEqualTo(before + 1);
    assertThat(store.counters().syncNanos()).isPositive();
  }

  @Test
  void tellsAboutHowMuchALogTakes() {
    store.write(synced(create(1), create(2)));
    for (int from = 1; from <= 4000; from += 100) {
      store.write(synced(append(1, entries(1, 1, from, from + 99, 2000))));
    }
    store.write(synced(append(2, entries(2, 1, 1, 10, 2000))));

    assertThat(store.logBytes(1)).isBetween(5_000_000L, 12_000_000L);
    assertThat(store.logBytes(2)).isBetween(1L, 1_000_000L);
    assertThat(store.logBytes(3)).isZero();
    assertThat(store.space().logBytes()).isGreaterThanOrEqualTo(store.logBytes(1));
    assertThat(store.space().deviceBytes()).isGreaterThan(store.space().freeBytes());
  }

  @Test
  void refusesCallsAfterClose() {
    store.close();
    assertThatThrownBy(() -> store.read(1, 1, 1, 1)).isInstanceOf(IllegalStateException.class);
    open();
  }
}
