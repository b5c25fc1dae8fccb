// SPDX-License-Identifier: Apache-2.0
package dev.almadia.storage;

import static dev.almadia.storage.TestLog.append;
import static dev.almadia.storage.TestLog.create;
import static dev.almadia.storage.TestLog.entries;
import static dev.almadia.storage.TestLog.synced;
import static dev.almadia.storage.TestLog.unsynced;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.almadia.raft.core.Entry;
import dev.almadia.raft.core.EntryId;
import dev.almadia.raft.core.config.GroupConfig;
import dev.almadia.raft.core.config.ReplicaId;
import dev.almadia.raft.core.log.Checkpoint;
import dev.almadia.raft.core.log.LogStart;
import dev.almadia.raft.core.log.RestoredLog;
import dev.almadia.raft.core.log.TermRun;
import dev.almadia.raft.store.GroupWrite;
import dev.almadia.raft.store.LogReset;
import dev.almadia.raft.store.NewReplica;
import dev.almadia.raft.store.RestoredGroup;
import dev.almadia.raft.store.StoreException;
import dev.almadia.storage.testing.PlainLogs;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;

/** A log that is cut at its start, and one that starts anew elsewhere. */
class LogStartTest {
  private static final GroupConfig OTHERS = GroupConfig.ofVoters(List.of(1, 4, 5));
  private static final byte[] STATE = {4, 3, 2, 1};

  @TempDir Path temp;
  Path directory;
  RocksLogStore store;

  @BeforeEach
  void open() {
    directory = temp.resolve("live");
    store = RocksLogStore.open(directory, StoreOptions.small());
    store.write(synced(create(1), create(2)));
    store.write(synced(append(1, entries(1, 1, 1, 10, 100), 8), append(2, entries(2, 1, 1, 3, 9))));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private RestoredLog reopened() {
    store.close();
    store = RocksLogStore.open(directory, StoreOptions.small());
    return store.restore().get(0).log();
  }

  private static LogStart place(long term, long index) {
    return new LogStart(new EntryId(term, index), index, 1000 * index);
  }

  private static GroupWrite startAt(LogStart start) {
    return startAt(start, new Checkpoint(start.id(), STATE));
  }

  private static GroupWrite startAt(LogStart start, Checkpoint checkpoint) {
    return new GroupWrite(1, null, false, null, null, 0, List.of(), 8, start, checkpoint);
  }

  private static GroupWrite resetTo(LogReset reset, List<Entry> entries) {
    return resetTo(reset, entries, new Checkpoint(reset.start().id(), STATE));
  }

  private static GroupWrite resetTo(LogReset reset, List<Entry> entries, Checkpoint checkpoint) {
    return new GroupWrite(1, null, false, null, reset, 0, entries, 0, null, checkpoint);
  }

  private void assertNotFound(long index) {
    assertThatThrownBy(() -> store.read(1, index, 10, 100))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.reason()).isEqualTo(StoreException.Reason.NOT_FOUND));
  }

  @Test
  void startsBehindThePlaceThatItIsCutTo() {
    store.write(unsynced(startAt(place(1, 5))));

    assertNotFound(5);
    assertThat(store.read(1, 6, 10, Long.MAX_VALUE)).hasSize(5);
    assertThat(store.indexOfOffset(1, 0)).isEqualTo(6);
    assertThat(store.indexOfTimestamp(1, 0)).isEqualTo(6);
    RestoredLog log = reopened();
    assertThat(log.prev()).isEqualTo(new EntryId(1, 5));
    assertThat(log.startOffset()).isEqualTo(5);
    assertThat(log.startMaxTimestampMs()).isEqualTo(5000);
    assertThat(log.runs()).containsExactly(new TermRun(6, 1));
    assertThat(store.read(2, 1, 3, Long.MAX_VALUE)).hasSize(3);
  }

  @Test
  void mayBeCutUpToItsCommitIndexAndNoFurther() {
    assertThatThrownBy(() -> store.write(unsynced(startAt(place(1, 9)))))
        .isInstanceOf(IllegalStateException.class);
    RestoredLog log = reopened();
    assertThat(log.prev()).isEqualTo(EntryId.ZERO);

    store.write(unsynced(startAt(place(1, 8))));

    assertThat(reopened().tail()).extracting(Entry::index).containsExactly(9L, 10L);
  }

  @Test
  void growsBehindAStartAtItsEnd() {
    store.write(synced(append(1, List.of(), 10)));
    store.write(unsynced(startAt(place(1, 10))));
    assertThat(reopened().runs()).isEmpty();

    store.write(synced(append(1, entries(1, 2, 11, 12, 10))));

    assertThat(reopened().runs()).containsExactly(new TermRun(11, 2));
  }

  @Test
  void ignoresAStartThatIsNotAboveThePresentOne() {
    store.write(unsynced(startAt(place(1, 5))));
    store.write(unsynced(startAt(place(1, 5)), append(2, List.of(), 1)));
    store.write(unsynced(startAt(place(1, 4), new Checkpoint(new EntryId(1, 6), STATE))));

    assertThat(reopened().prev()).isEqualTo(new EntryId(1, 5));
  }

  @Test
  void refusesAStartThatIsAnotherEntry() {
    assertThatThrownBy(() -> store.write(unsynced(startAt(place(2, 5)))))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void resetsToAPlaceAndGrowsBehindItInOneRound() {
    LogReset reset = new LogReset(place(3, 100), OTHERS, 90);
    store.write(synced(resetTo(reset, entries(1, 3, 101, 103, 10))));

    assertNotFound(10);
    assertNotFound(100);
    assertThat(store.read(1, 101, 200, Long.MAX_VALUE)).hasSize(3);
    RestoredLog log = reopened();
    assertThat(log.prev()).isEqualTo(new EntryId(3, 100));
    assertThat(log.commitIndex()).isEqualTo(100);
    assertThat(log.commitMaxTimestampMs()).isEqualTo(100_000);
    assertThat(log.config()).isEqualTo(OTHERS);
    assertThat(log.configIndex()).isEqualTo(90);
    assertThat(log.tail()).hasSize(3);
  }

  @Test
  void resetsIntoItsUncommittedTailAndForgetsIt() {
    store.write(synced(resetTo(new LogReset(place(3, 9), OTHERS, 0), List.of())));

    RestoredLog log = reopened();
    assertThat(log.prev()).isEqualTo(new EntryId(3, 9));
    assertThat(log.tail()).isEmpty();
    assertNotFound(10);
  }

  @Test
  void refusesAResetToWhatIsCommitted() {
    GroupWrite write = resetTo(new LogReset(place(3, 8), OTHERS, 0), List.of());

    assertThatThrownBy(() -> store.write(synced(write))).isInstanceOf(IllegalStateException.class);
  }

  /** Its only round is one batch, so this is every place where a crash can leave it (bug 35). */
  @Test
  void aResetThatWasTornIsThereAsAWholeOrNotAtAll() {
    String before = PlainLogs.fingerprintOf(store);
    Path wal = new Image(directory).wal();
    long start = Image.size(wal);
    LogReset reset = new LogReset(place(3, 100), OTHERS, 90);
    store.write(synced(resetTo(reset, entries(1, 3, 101, 102, 10))));
    String after = PlainLogs.fingerprintOf(store);
    long end = Image.size(wal);
    // The mark would know of it: a crash comes before the mark is written.
    Image whole = Image.of(store, directory, temp.resolve("whole"));
    Set<String> found = new TreeSet<>();
    for (long bytes = end; bytes >= start; bytes -= 17) {
      Image torn = whole.copy("torn" + bytes);
      Image.cut(torn.store().resolve(wal.getFileName()), bytes);
      try (RocksLogStore left = RocksLogStore.open(torn.root(), StoreOptions.small())) {
        String content = PlainLogs.fingerprintOf(left);
        assertThat(content).isEqualTo(bytes == end ? after : before);
        found.add(content);
      }
    }
    assertThat(found).containsExactlyInAnyOrder(before, after);
  }

  @Test
  void spaceComesBackAtOnceWhereWholeFilesGo() throws RocksDBException {
    for (long index = 11; index < 1000; index += 11) {
      store.write(
          unsynced(
              append(1, entries(1, 1, index, index + 10, 12_000), index),
              append(2, entries(2, 1, index - 7, index + 3, 40), index - 7)));
    }
    compact();
    long full = tableBytes();
    store.write(unsynced(startAtStored(900)));
    assertThat(tableBytes()).as("the cut may still be lost").isEqualTo(full);
    store.write(synced(append(2, List.of(), 900)));

    assertThat(full).isGreaterThan(11_000_000);
    assertThat(tableBytes()).isLessThan(full / 2);
    assertThat(store.read(1, 901, 2_000, Long.MAX_VALUE)).hasSize(100);
    assertThat(store.read(2, 1, 2_000, Long.MAX_VALUE)).hasSize(993);
    RestoredLog log = reopened();
    assertThat(log.prev().index()).isEqualTo(900);
    assertThat(store.digest(1, 901, 1_000)).hasSize(32);
    assertThat(store.restore()).allMatch(group -> group.damage() == null);
  }

  @Test
  void whatWasCutStaysAwayWhereverFilesGo() throws RocksDBException {
    long last = 10;
    for (int turn = 0; turn < 12; turn++) {
      store.write(unsynced(append(1, entries(1, 1, last + 1, last + 60, 4_000), last + 60)));
      last += 60;
      if (turn % 3 == 0) {
        compact();
      }
      store.write(synced(startAtStored(last - 25)));
      flush();
      assertThat(store.read(1, last - 24, last, Long.MAX_VALUE)).hasSize(25);
    }
    store.write(synced(TestLog.destroy(1)));
    compact();
    assertThat(reopened().tail()).as("group 2").hasSize(3);
    assertThat(store.restore()).extracting(RestoredGroup::groupId).containsExactly(2L);
    NewReplica again = new NewReplica(ReplicaId.of(1, 1), OTHERS);
    store.write(synced(create(1, again)));
    assertThat(reopened().runs()).isEmpty();
  }

  private GroupWrite startAtStored(long index) {
    LogStart start = place(1, index);
    Checkpoint checkpoint = new Checkpoint(start.id(), STATE);
    return new GroupWrite(1, null, false, null, null, 0, List.of(), index, start, checkpoint);
  }

  private void flush() throws RocksDBException {
    RocksFiles files = store.files();
    try (FlushOptions wait = new FlushOptions().setWaitForFlush(true)) {
      files.db().flush(wait, List.of(files.log(), files.headers(), files.meta(), files.state()));
    }
  }

  private void compact() throws RocksDBException {
    flush();
    store.files().db().compactRange(store.files().log());
    store.files().db().compactRange(store.files().headers());
  }

  private long tableBytes() throws RocksDBException {
    RocksFiles files = store.files();
    return files.db().getLongProperty(files.log(), "rocksdb.live-sst-files-size");
  }

  @Test
  void keepsTheNewestCheckpoint() {
    store.write(unsynced(save(new EntryId(1, 3), 5)));
    assertThat(reopened().checkpoint().state()).hasSize(5);
    store.write(unsynced(save(new EntryId(1, 8), 70_000)));

    Checkpoint checkpoint = reopened().checkpoint();
    assertThat(checkpoint.id()).isEqualTo(new EntryId(1, 8));
    assertThat(checkpoint.state()).isEqualTo(new byte[70_000]);
    assertThat(store.restore().get(1).log().checkpoint()).as("of another group").isNull();
  }

  private static GroupWrite save(EntryId id, int bytes) {
    Checkpoint checkpoint = new Checkpoint(id, new byte[bytes]);
    return new GroupWrite(1, null, false, null, null, 0, List.of(), 8, null, checkpoint);
  }

  @Test
  void refusesACheckpointOfWhatIsNotStored() {
    assertThatThrownBy(() -> store.write(unsynced(save(new EntryId(1, 11), 5))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the log ends at");
  }

  @Test
  void refusesACutWithoutACheckpointOfWhatGoes() {
    GroupWrite none = startAt(place(1, 5), null);
    GroupWrite tooOld = startAt(place(1, 5), new Checkpoint(new EntryId(1, 4), STATE));

    for (GroupWrite write : List.of(none, tooOld)) {
      assertThatThrownBy(() -> store.write(unsynced(write)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("its checkpoint is of");
      assertThat(reopened().prev()).isEqualTo(EntryId.ZERO);
    }
    store.write(unsynced(save(new EntryId(1, 6), 5)));
    store.write(unsynced(none));
    assertThat(reopened().checkpoint().index()).isEqualTo(6);
  }

  @Test
  void aResetForgetsTheCheckpointAndMayBringOneThatIsAhead() {
    LogReset reset = new LogReset(place(3, 100), OTHERS, 90);
    store.write(unsynced(save(new EntryId(1, 8), 5)));
    assertThatThrownBy(() -> store.write(synced(resetTo(reset, List.of(), null))))
        .isInstanceOf(IllegalStateException.class);
    store.close();
    store = RocksLogStore.open(directory, StoreOptions.small());

    store.write(synced(resetTo(reset, List.of(), new Checkpoint(new EntryId(3, 140), STATE))));

    assertThat(reopened().checkpoint().index()).isEqualTo(140);
    store.write(synced(append(1, entries(1, 3, 101, 120, 10), 120)));
    assertThat(reopened().checkpoint().index()).isEqualTo(140);
    store.write(synced(append(1, entries(1, 4, 121, 150, 10), 120)));
    store.close();
    store = RocksLogStore.open(directory, StoreOptions.small());
    assertThat(store.restore())
        .filteredOn(group -> group.groupId() == 1)
        .first()
        .extracting(RestoredGroup::damage)
        .asString()
        .contains("entry is of term 4");
  }

  @Test
  void aGroupThatGoesTakesItsCheckpointAlong() {
    store.write(unsynced(save(new EntryId(1, 8), 5)));
    store.write(synced(TestLog.destroy(1)));
    store.write(synced(create(1, new NewReplica(ReplicaId.of(1, 1), OTHERS))));

    assertThat(reopened().checkpoint()).isNull();
  }

  @Test
  void refusesAResetWithoutSync() {
    GroupWrite write = resetTo(new LogReset(place(3, 9), OTHERS, 0), List.of());

    assertThatThrownBy(() -> store.write(unsynced(write)))
        .isInstanceOf(IllegalStateException.class);
  }
}
